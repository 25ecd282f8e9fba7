import { type Test, test } from 'tap'
import type { LoginEventMap, SessionOptions } from '../../lib/index.ts'
import { MemoryStore } from '../../lib/stores/memory/memory-store.ts'
import { secret } from '../_app.ts'
import { ScriptedProvider } from '../oidc/_scripted-provider.ts'
import { buildSite, type Response, type Site, type SiteOptions, type Visitor } from '../oidc/_site.ts'
import { NotedStore } from '../session/_noted-store.ts'

const ISSUER = 'https://id.example.com'
const ROUTE = '/auth/fcl'
const FRAME = { 'sec-fetch-site': 'cross-site', 'sec-fetch-mode': 'navigate', 'sec-fetch-dest': 'iframe' }

interface Place {
  readonly site: Site
  readonly heard: Array<LoginEventMap['frontchannelLogout']>
  signIn (sid?: string): Promise<Visitor>
}

async function place (t: Test, options: SiteOptions = {}): Promise<Place> {
  const provider = options.provider ?? await ScriptedProvider.create()
  const heard: Array<LoginEventMap['frontchannelLogout']> = []
  const events = { frontchannelLogout: (event: LoginEventMap['frontchannelLogout']) => heard.push(event) }
  const site = await buildSite(t, { routes: { frontchannelLogout: '/fcl' }, ...options, provider, events })
  async function signIn (sid = 's1'): Promise<Visitor> {
    provider.claims = { sid }
    return await site.signedIn()
  }
  return { site, heard, signIn }
}

/** A frame that has no cookie, as in every browser that keeps third-party cookies away. */
async function frame ({ app }: Site, query: string, method: 'GET' | 'HEAD' = 'GET'): Promise<Response> {
  return await app.inject({ method, url: `${ROUTE}?${query}`, headers: FRAME })
}

const meant = (sid = 's1', iss = ISSUER): string => `${new URLSearchParams({ iss, sid })}`

const places: Readonly<Record<string, SessionOptions>> = {
  'cookie mode': {},
  'cookie mode with a store': { store: 'memory:', mode: 'cookie' },
  'store mode': { store: 'memory:' }
}

for (const [mode, session] of Object.entries(places)) {
  test(`a frame without a cookie ends every session that came from the provider's (${mode})`, async t => {
    const { site, heard, signIn } = await place(t, { session })
    const [desk, laptop, phone] = [await signIn(), await signIn(), await signIn('s2')]
    const answer = await frame(site, meant())
    t.equal(answer.statusCode, 200)
    t.equal(answer.headers['cache-control'], 'no-store')
    t.equal(answer.headers['x-frame-options'], undefined)
    t.match(answer.headers['content-security-policy'], `frame-ancestors ${ISSUER}`)
    t.match(answer.headers['content-type'], /^text\/html/)
    t.equal(answer.headers['set-cookie'], undefined)
    t.same(await Promise.all([desk, laptop, phone].map(visitor => visitor.who())), [undefined, undefined, 'alice'])
    t.same(heard, [{ provider: 'oidc', sid: 's1' }])
    t.equal((await site.app.login.sessions.list('alice')).length, 1)
  })

  test(`a frame with the cookie of that session clears it, and no other one (${mode})`, async t => {
    const { signIn } = await place(t, { session })
    const [alice, other] = [await signIn(), await signIn('s2')]
    t.equal((await other.get(`${ROUTE}?${meant()}`, FRAME)).headers['set-cookie'], undefined)
    t.equal(await other.who(), 'alice')
    t.match((await alice.get(`${ROUTE}?${meant()}`, FRAME)).headers['set-cookie'], /__Host-login=;.*Max-Age=0/)
    t.same(alice.jar.names.filter(name => !name.endsWith('-binding')), [])
  })
}

test('for a session that is unknown here the answer is the same, and nothing is kept', async t => {
  const store = new NotedStore()
  const { site, heard, signIn } = await place(t, { session: { store } })
  await signIn()
  const known = await frame(site, meant())
  const written = store.written.size
  const unknown = await frame(site, meant('s2'))
  t.equal(unknown.statusCode, 200)
  t.equal(unknown.body, known.body)
  const lasting = ({ headers }: Response): object => ({ ...headers, date: undefined })
  t.same(lasting(unknown), lasting(known))
  t.equal(store.written.size, written)
  t.equal(heard.length, 1)
})

test('a session that was prolonged beyond its first end is known by its cookie', async t => {
  const { site, signIn } = await place(t)
  site.app.post('/renew', async request => { await request.renewLogin() })
  const alice = await signIn()
  for (let day = 0; day < 8; day++) {
    site.clock.advance(80_000)
    t.equal((await alice.post('/renew')).statusCode, 200)
  }
  t.equal((await alice.get(`${ROUTE}?${meant()}`, FRAME)).statusCode, 200)
  t.equal(await alice.who(), undefined)
})

test('what is not exactly one iss of the provider and one sid is 400, and ends nothing (section 2)', async t => {
  const { site, heard, signIn } = await place(t)
  const alice = await signIn()
  const wrong = [
    '', 'sid=s1', `iss=${ISSUER}`, `iss=${ISSUER}&sid=`, meant('s1', 'https://evil.example'), meant('s1', `${ISSUER}/`),
    `${meant()}&sid=s1`, `${meant()}&iss=${ISSUER}`, `${meant()}&sid=s2`, `iss[]=${ISSUER}&sid[]=s1`, `ISS=${ISSUER}&SID=s1`
  ]
  for (const query of wrong) {
    const answer = await frame(site, query)
    t.equal(answer.statusCode, 400, query)
    t.equal(answer.headers['cache-control'], 'no-store')
    t.notMatch(answer.body, 's1')
  }
  t.equal((await site.app.inject({ url: ROUTE })).statusCode, 400)
  t.equal(await alice.who(), 'alice')
  t.same(heard, [])
})

test('HEAD ends nothing', async t => {
  const { site, signIn } = await place(t)
  const alice = await signIn()
  t.equal((await frame(site, meant(), 'HEAD')).statusCode, 200)
  t.equal(await alice.who(), 'alice')
})

test('no token is revoked by it', async t => {
  const provider = await ScriptedProvider.create()
  provider.metadata = { revocation_endpoint: 'https://id.example.com/revoke' }
  const { site, signIn } = await place(t, { provider })
  const alice = await signIn()
  await alice.get(`${ROUTE}?${meant()}`, FRAME)
  await site.app.close()
  t.equal(provider.count('revocation'), 0)
})

test('headers that an application puts on every page do not keep it out of the frame', async t => {
  const prepare: SiteOptions['prepare'] = app => {
    const headers = { 'x-frame-options': 'DENY', 'content-security-policy': 'frame-ancestors \'none\'' }
    app.addHook('onRequest', async (_request, reply) => { reply.headers(headers) })
  }
  const { site } = await place(t, { prepare })
  const { headers } = await frame(site, meant())
  t.equal(headers['x-frame-options'], undefined)
  t.match(headers['content-security-policy'], `frame-ancestors ${ISSUER}`)
})

test('a login that is under way is over too, once it is known', async t => {
  const shared = { secret: secret(), provider: await ScriptedProvider.create(), session: { store: new MemoryStore() } }
  const [here, there] = [await place(t, shared), await place(t, shared)]
  await here.signIn()
  await frame(there.site, meant())
  const late = here.site.visitor()
  await late.signIn()
  t.equal(await late.who(), undefined)
})

test('it is there only where it is asked for', async t => {
  const { site } = await place(t, { routes: {} })
  for (const path of ['/auth/fcl', '/auth/frontchannel-logout']) {
    t.equal((await site.app.inject({ url: `${path}?${meant()}` })).statusCode, 404)
  }
})

test('its sid does not appear in the log of requests', async t => {
  const { site, signIn } = await place(t)
  await signIn('the-session-at-the-provider')
  await frame(site, meant('the-session-at-the-provider'))
  t.notMatch(site.log, 'the-session-at-the-provider')
})

test('a question mark in a sid is part of it (RFC 3986, section 3.4)', async t => {
  const { site, signIn } = await place(t)
  const [alice, other] = [await signIn('a?b'), await signIn('a')]
  t.equal((await frame(site, `iss=${encodeURIComponent(ISSUER)}&sid=a?b`)).statusCode, 200)
  t.same([await alice.who(), await other.who()], [undefined, 'alice'])
})

for (const [mode, session] of Object.entries(places)) {
  test(`a hook of the application that asks for the user of every request harms nothing (${mode})`, async t => {
    const prepare: SiteOptions['prepare'] = app => {
      app.addHook('preHandler', async ({ currentUser }) => currentUser.isAuthenticated)
    }
    const { site, signIn } = await place(t, { session, prepare })
    const alice = await signIn()
    t.equal((await frame(site, meant('another'))).statusCode, 200)
    site.clock.advance(80_000)
    t.equal((await alice.get(`${ROUTE}?${meant()}`, FRAME)).statusCode, 200)
    t.same(alice.jar.names.filter(name => !name.endsWith('-binding')), [], 'and prolongs no session')
    t.equal(await alice.who(), undefined)
  })
}
