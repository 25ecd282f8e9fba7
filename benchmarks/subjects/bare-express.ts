import { createExpress, serveExpress } from './express-peer.ts'
import { personOf } from './people.ts'
import type { Subject } from './subject.ts'

const PERSON = personOf(0)

/** Express without any login: what peers on Express cannot be faster than. */
export const bareExpress: Subject = {
  async start () {
    const app = createExpress()
    app.get('/me', (_request, response) => { response.json(PERSON) })
    return await serveExpress(app, { signIn: async () => { throw new Error('bare Express signs nobody in') } })
  }
}
