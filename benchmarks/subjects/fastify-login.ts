import Fastify, { type FastifyInstance } from 'fastify'
import authPlugin, { type AuthOptions, AuthUser, type CurrentUser } from 'fastify-login'
import { signedIn } from 'fastify-login/testing'
import { listen } from './listen.ts'
import { personOf, PUBLIC_BODY } from './people.ts'
import type { RunningSubject, SignedInHeaders, Subject, SubjectSettings } from './subject.ts'

const SECRET = 'the benchmarks keep no secret: 0123456789'

type Options = Omit<AuthOptions, 'secret'>

/** What is known of the person, told as the other servers tell it. */
function describe ({ currentUser }: { currentUser: CurrentUser }): unknown {
  if (!currentUser.isAuthenticated) throw new Error('a stranger has passed the guard')
  return { id: currentUser.id, claims: currentUser.claims }
}

async function start (options: Options, change?: (app: FastifyInstance) => void): Promise<RunningSubject> {
  const app = Fastify()
  change?.(app)
  await app.register(authPlugin, { ...options, secret: SECRET })
  app.get('/me', { onRequest: [app.loginRequired] }, async request => describe(request))
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
function withOptions (options: (settings: SubjectSettings) => Options): Subject {
  return { start: settings => start(options(settings)) }
}

/** Cookie mode, as it is without any option. */
export const cookieMode = withOptions(() => ({}))

/** Sessions in the memory of the process. */
export const memoryStore = withOptions(() => ({ session: { store: 'memory:' } }))

/** An application whose error handler answers strangers. */
export const withErrorHandler: Subject = {
  start: () => start({}, app => {
    app.setErrorHandler((error: Error, _request, reply) => reply.code(401).send({ message: error.message }))
  })
}
