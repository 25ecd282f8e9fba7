import Fastify, { type FastifyInstance } from 'fastify'
import authPlugin, { type AuthOptions, AuthUser, type CurrentUser } from 'fastify-login'
import { signedIn } from 'fastify-login/testing'
import { LOGIN_PATH, LOGIN_SCHEMA, type LoginRoute } from './fastify-peer.ts'
import { listen } from './listen.ts'
import { logIn } from './login-route.ts'
import { personOf, PUBLIC_BODY } from './people.ts'
import { CROWD, type RunningSubject, type SignedInHeaders, type Subject, type SubjectSettings } from './subject.ts'

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
  app.post<LoginRoute>(LOGIN_PATH, { schema: LOGIN_SCHEMA }, async (request, reply) => {
    await request.loginUser(userOf(request.params.index))
    return reply.code(204).send()
  })
  app.post('/logout', async (request, reply) => {
    await request.logoutUser()
    return reply.code(204).send()
  })
  const running = await listen(app, async people => people > CROWD
    ? await signInCrowd(app, people)
    : await logIn(running.port, people))
  return running
}

function userOf (index: number): AuthUser {
  const { id, claims } = personOf(index)
  return new AuthUser(id, { claims: { ...claims } })
}

/**
 * Without sockets, which is faster. Not in a process that is measured: what injects requests makes objects of other
 * shapes than those of sockets, and the code that meets both of them slower.
 */
async function signInCrowd (app: FastifyInstance, people: number): Promise<readonly SignedInHeaders[]> {
  const headers: SignedInHeaders[] = []
  for (let index = 0; index < people; index++) headers.push((await signedIn(app, userOf(index))).headers)
  return headers
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

/** Sessions in Redis, with the copy that Redis keeps true. */
export const inRedisCopied = withOptions(({ redisUrl = '' }) => ({ session: { store: redisUrl, localCopy: true } }))

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
