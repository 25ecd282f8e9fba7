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

async function start (options: Options, prepare?: (app: FastifyInstance) => void): Promise<RunningSubject> {
  const app = Fastify()
  prepare?.(app)
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
function withOptions (optionsFor: (settings: SubjectSettings) => Options): Subject {
  return { start: settings => start(optionsFor(settings)) }
}

/** Cookie mode, as it is without any option. */
export const cookieMode = withOptions(() => ({}))

/** An application whose error handler answers strangers. */
export const withErrorHandler: Subject = {
  start: () => start({}, app => {
    app.setErrorHandler((error: Error, _request, reply) => reply.code(401).send({ message: error.message }))
  })
}

/** Sessions in the memory of the process. */
export const inMemory = withOptions(() => ({ session: { store: 'memory:' } }))

/** Sessions in Redis, read for each request. */
export const inRedis = withOptions(({ redisUrl = '' }) => ({ session: { store: redisUrl } }))

/** Time passes by requests: of 64 people each comes about once in a minute. */
function withClock (session: NonNullable<Options['session']>): Subject {
  return {
    start () {
      let now = Date.now()
      return start({ session, now: () => now }, app => {
        app.addHook('onRequest', (_request, _reply, done) => {
          now += 1000
          done()
        })
      })
    }
  }
}

const DAY = 86_400

/** Sessions as they are without any option: they are sealed again in a twentieth of 24 hours. */
export const dueByAndBy = withClock({ idle: DAY, absolute: 400 * DAY })

/** Sessions that are sealed again in a twentieth of 400 days. */
export const neverDue = withClock({ idle: 400 * DAY, absolute: 400 * DAY })

interface Cache {
  get (text: string): unknown
  add (text: string, opened: object): void
}

/** The same build, whose cache of opened cookies keeps nothing: each is opened each time. */
export const withoutCache: Subject = {
  async start () {
    const { OpenedCache }: { OpenedCache?: { readonly prototype: Cache } } =
      await import(new URL('../../dist/opened-cache.js', import.meta.url).href)
    if (OpenedCache?.prototype.add === undefined) throw new Error('the cache of opened cookies is somewhere else now')
    OpenedCache.prototype.add = () => {}
    return await start({})
  }
}
