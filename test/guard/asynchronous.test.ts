import Fastify, { type FastifyInstance } from 'fastify'
import { type Test, test } from 'tap'
import { type EndReason, LoginEvents } from '../../lib/events.ts'
import { createHooks } from '../../lib/guard/hooks.ts'
import type { AccessTokenJudge } from '../../lib/guard/access-proof.ts'
import type { SignIn } from '../../lib/guard/realm-parts.ts'
import { bindRealm, createRealm, type Realm, SLOT } from '../../lib/guard/realm.ts'
import { OidcClients } from '../../lib/oidc/client/oidc-clients.ts'
import { ReturnPaths } from '../../lib/guard/return-paths.ts'
import { loginRequired } from '../../lib/index.ts'
import type { AuthOptions } from '../../lib/options/auth-options.ts'
import { resolveSettings } from '../../lib/options/settings.ts'
import { createCookies, type SetCookie } from '../../lib/session/cookies.ts'
import { createSessions } from '../../lib/session/create-sessions.ts'
import type { EndedSession, SessionStart } from '../../lib/session/session.ts'
import type { SessionInfo } from '../../lib/session/session-info.ts'
import type { Held, Sessions, Visit, Written } from '../../lib/session/sessions.ts'
import { MemoryStore } from '../../lib/stores/memory/memory-store.ts'
import { createVault } from '../../lib/vault.ts'
import { createClock } from '../../lib/testing/index.ts'
import { Jar, setCookiesOf } from '../_jar.ts'
import { Inside, Log, secret, signedIn } from './_app.ts'

/** The road to something that takes time, as a store does. */
class Road {
  isClosed = false

  async travel (): Promise<void> {
    await new Promise(resolve => { setImmediate(resolve) })
    if (this.isClosed) throw new Error('the store is down')
  }
}

/** The same sessions at the end of a road: whatever may take time does. */
class FarSessions implements Sessions {
  readonly isLocal = false
  readonly #road: Road
  readonly #near: Sessions

  constructor (road: Road, near: Sessions) {
    this.#road = road
    this.#near = near
  }

  async find (header: string | undefined, which?: 'live' | 'any'): Promise<Held | undefined> {
    await this.#road.travel()
    const held = await this.#near.find(header, which)
    return held === undefined ? undefined : this.#far(held)
  }

  async begin (start: SessionStart, visit: Visit): Promise<Written> {
    await this.#road.travel()
    const { held, cookies } = await this.#near.begin(start, visit)
    return { held: this.#far(held), cookies }
  }

  async end (session: EndedSession, reason: EndReason): Promise<void> {
    await this.#road.travel()
    await this.#near.end(session, reason)
  }

  clear (header: string | undefined): readonly SetCookie[] {
    return this.#near.clear(header)
  }

  async list (): Promise<readonly SessionInfo[]> {
    throw new Error('nobody asks')
  }

  async endAll (): Promise<void> {
    throw new Error('nobody asks')
  }

  #far (held: Held): Held {
    const { session, isStale } = held
    const roll: Held['roll'] = async (next, visit) => {
      await this.#road.travel()
      return await held.roll(next, visit)
    }
    return { session, isStale, roll }
  }
}

interface Far {
  readonly app: FastifyInstance
  readonly realm: Realm
  readonly road: Road
}

/** The guard floor alone, with sessions that take time. */
async function createFarApp (
  t: Test, options: Partial<AuthOptions> = {}, log = new Log(), signIn?: SignIn, bearer?: AccessTokenJudge
): Promise<Far> {
  const app = Fastify({ logger: log.logger })
  t.teardown(() => app.close())
  const settings = resolveSettings({ secret: secret(), ...options })
  const vault = await createVault(app, settings.secrets, settings.cookie.name)
  const cookies = createCookies(settings)
  const road = new Road()
  const store = new MemoryStore(settings)
  const sessions = new FarSessions(road, createSessions({ vault, cookies, store, settings }))
  const events = new LoginEvents({}, () => {})
  const own = { bearer, issued: undefined, keys: undefined, resourceMetadata: undefined }
  const realm = createRealm({ settings, events, cookies, sessions, signIn, challenge: 'Cookie', ...own })
  app.decorateRequest(SLOT, null)
  bindRealm(app, realm)
  const { onRequest, onSend } = createHooks(realm)
  app.addHook('onRequest', onRequest)
  app.addHook('onSend', onSend)
  return { app, realm, road }
}

for (const [title, options] of [['without', {}], ['with', { loadUser: async () => ({}) }]] as const) {
  test(`the guard waits for sessions that take time, ${title} loadUser`, async t => {
    const { app } = await createFarApp(t, options)
    const inside = new Inside()
    app.get('/', { onRequest: [loginRequired] }, inside.handler)
    const ada = await signedIn(app, 'ada')

    t.equal((await app.inject('/')).statusCode, 401)
    t.equal((await app.inject({ url: '/', headers: { cookie: '__Host-login=1nonsense' } })).statusCode, 401)
    t.equal(inside.runs, 0)
    t.equal((await app.inject({ url: '/', ...ada })).statusCode, 200)
  })

  test(`nobody passes while the sessions cannot be asked, ${title} loadUser`, async t => {
    const { app, road } = await createFarApp(t, options)
    const inside = new Inside()
    app.get('/', { onRequest: [loginRequired] }, inside.handler)
    app.get('/public', async () => 'public')
    const ada = await signedIn(app, 'ada')
    road.isClosed = true

    t.equal((await app.inject({ url: '/', ...ada })).statusCode, 500)
    t.equal(inside.runs, 0)
    t.equal((await app.inject({ url: '/public', ...ada })).body, 'public')
  })
}

test('a login is written where sessions take time, and the session before is dead', async t => {
  const { app, realm } = await createFarApp(t)
  app.get('/login', async request => {
    await realm.of(request).login({ userId: 'bob' })
    return realm.of(request).user
  })
  app.get('/', { onRequest: [loginRequired] }, async request => realm.of(request).user)
  const ada = await signedIn(app, 'ada')

  const response = await app.inject({ url: '/login', ...ada })
  t.match(response.json(), { id: 'bob' })
  t.match((await app.inject({ url: '/', headers: new Jar().take(response).headers })).json(), { id: 'bob' })
  t.equal((await app.inject({ url: '/', ...ada })).statusCode, 401)
})

test('the answer waits until a session that takes time was prolonged', async t => {
  const clock = createClock()
  const { app } = await createFarApp(t, { now: clock.now })
  app.get('/', { onRequest: [loginRequired] }, new Inside().handler)
  const ada = await signedIn(app, 'ada')
  clock.advance(86_400 / 2)

  const response = await app.inject({ url: '/', ...ada })
  t.equal(setCookiesOf(response).length, 1)
  t.equal(response.headers['cache-control'], 'private, no-store')
})

test('an answer that cannot be sent is a 500 where sessions take time too, not the end of the process', async t => {
  const clock = createClock()
  const { app } = await createFarApp(t, { now: clock.now })
  app.get('/header', { onRequest: [loginRequired] }, async (_request, reply) => reply.header('x-name', 'a\nb').send('x'))
  app.get('/payload', { onRequest: [loginRequired] }, (_request, reply) => { reply.type('text/plain').send({}) })
  for (const later of [0, 86_400 / 2]) {
    for (const url of ['/header', '/payload']) {
      const ada = await signedIn(app, 'ada')
      clock.advance(later)
      const { statusCode, body } = await app.inject({ url, ...ada })
      t.equal(statusCode, 500)
      t.match(JSON.parse(body), { code: /^(ERR_INVALID_CHAR|FST_ERR_REP_INVALID_PAYLOAD_TYPE)$/ })
    }
  }
})

test('where a session cannot be prolonged because its store went down, the answer leaves all the same', async t => {
  const clock = createClock()
  const log = new Log()
  const { app, road } = await createFarApp(t, { now: clock.now }, log)
  app.get('/', { onRequest: [loginRequired] }, async () => {
    road.isClosed = true
    return 'inside'
  })
  const ada = await signedIn(app, 'ada')
  clock.advance(86_400 / 2)

  const response = await app.inject({ url: '/', ...ada })
  t.equal(response.body, 'inside')
  t.same(setCookiesOf(response), [])
  t.match(log.lines, [{ level: 50, msg: /could not be prolonged/ }])
})

test('a login that the store refuses rejects, and nothing is written', async t => {
  const { app, realm, road } = await createFarApp(t)
  app.get('/login', async request => {
    road.isClosed = true
    await realm.of(request).login({ userId: 'bob' })
  })

  const response = await app.inject('/login')
  t.equal(response.statusCode, 500)
  t.same(setCookiesOf(response), [])
})

test('a logout holds where the logins that are under way cannot be ended', async t => {
  const signIn: SignIn = {
    returnPaths: new ReturnPaths({ origin: 'https://app.example', basePath: '' }, []),
    loginUrl: () => 'https://app.example/login',
    tokens: { find: async () => undefined, keep: async () => {}, prolong: async () => {} },
    clients: new OidcClients([]),
    endLogins: async () => { throw new Error('the store is down') }
  }
  const { app, realm } = await createFarApp(t, {}, new Log(), signIn)
  app.get('/logout', async request => { await realm.of(request).logout() })
  app.get('/', { onRequest: [loginRequired] }, new Inside().handler)
  const ada = await signedIn(app, 'ada')

  const response = await app.inject({ url: '/logout', ...ada })
  t.equal(response.statusCode, 500)
  t.match(setCookiesOf(response), [/^__Host-login=; Max-Age=0;/])
  t.equal((await app.inject({ url: '/', ...ada })).statusCode, 401)
})
