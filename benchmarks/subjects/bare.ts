import Fastify, { type FastifyInstance } from 'fastify'
import { personOf, PUBLIC_BODY } from './people.ts'
import type { Subject, SignedInHeaders } from './subject.ts'
import { listen } from './listen.ts'

const PERSON = personOf(0)

function createApp (): FastifyInstance {
  const app = Fastify()
  app.get('/me', async () => PERSON)
  app.get('/public', async () => PUBLIC_BODY)
  return app
}

/** Fastify without any login: it sends the same bodies from its memory. What everything is compared with. */
export const bare: Subject = {
  async start () {
    return await listen(createApp(), async people => new Array<SignedInHeaders>(people).fill({}))
  }
}

export const bareWithCookie: Subject = {
  async start () {
    return await listen(createApp(), async people => new Array<SignedInHeaders>(people).fill({ cookie: `__Host-login=${'x'.repeat(420)}` }))
  }
}
