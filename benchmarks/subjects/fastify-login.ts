import Fastify from 'fastify'
import authPlugin, { type AuthOptions, AuthUser } from 'fastify-login'
import { signedIn } from 'fastify-login/testing'
import { listen } from './listen.ts'
import { personOf, PUBLIC_BODY } from './people.ts'
import type { RunningSubject, SignedInHeaders, Subject, SubjectSettings } from './subject.ts'

const SECRET = 'the benchmarks keep no secret: 0123456789'

async function start (options: AuthOptions): Promise<RunningSubject> {
  const app = Fastify()
  await app.register(authPlugin, { secret: SECRET, ...options })
  app.get('/me', { onRequest: [app.loginRequired] }, async ({ currentUser: { id, claims } }) => ({ id, claims }))
  app.get('/public', async () => PUBLIC_BODY)
  return await listen(app, async people => {
    const headers: SignedInHeaders[] = []
    for (let index = 0; index < people; index++) {
      const { id, claims } = personOf(index)
      const person = await signedIn(app, new AuthUser(id, { claims: { ...claims } }))
      headers.push(person.headers)
    }
    return headers
  })
}

/** fastify-login with these options. */
function withOptions (options: (settings: SubjectSettings) => AuthOptions): Subject {
  return { start: settings => start(options(settings)) }
}

/** Cookie mode, as it is without any option. */
export const cookieMode = withOptions(() => ({}))

/** Sessions in the memory of the process. */
export const memoryStore = withOptions(() => ({ session: { store: 'memory:' } }))
