import { type Test, test } from 'tap'
import { AuthUser, type LoginEventMap, type SessionOptions, StoreUnavailable } from '../../lib/index.ts'
import { MemoryStore } from '../../lib/stores/memory/memory-store.ts'
import { secret } from '../_app.ts'
import { logoutToken, type LogoutTokenChanges } from '../oidc/_logout-token.ts'
import { ROOT } from '../oidc/_people.ts'
import { connectionReset, createKey, ScriptedProvider } from '../oidc/_scripted-provider.ts'
import { buildSite, type Response, type Site, type SiteOptions, type Visitor } from '../oidc/_site.ts'
import { NotedStore } from '../session/_noted-store.ts'

const ROUTE = '/auth/backchannel-logout'
const FORM = 'application/x-www-form-urlencoded'
const SID = 'session-of-alice'

const places: Readonly<Record<string, SessionOptions>> = {
  'cookie mode': {},
  'cookie mode with a store': { store: 'memory:', mode: 'cookie' },
  'store mode': { store: 'memory:' }
}

interface Heard {
  readonly done: Array<LoginEventMap['backchannelLogout']>
  readonly failed: Array<LoginEventMap['backchannelLogoutFailed']>
}

interface Place {
  readonly site: Site
  readonly provider: ScriptedProvider
  readonly heard: Heard
  /** Signs alice in, from a session at the provider of this name. */
  signIn (sid?: string): Promise<Visitor>
}

async function place (t: Test, options: SiteOptions = {}): Promise<Place> {
  const provider = options.provider ?? await ScriptedProvider.create()
  const heard: Heard = { done: [], failed: [] }
  const events = {
    backchannelLogout: (event: LoginEventMap['backchannelLogout']) => heard.done.push(event),
    backchannelLogoutFailed: (event: LoginEventMap['backchannelLogoutFailed']) => heard.failed.push(event)
  }
  const site = await buildSite(t, { ...options, provider, events })
  async function signIn (sid = SID): Promise<Visitor> {
    provider.claims = { sid }
    return await site.signedIn()
  }
  return { site, provider, heard, signIn }
}

async function send ({ app }: Site, payload: string, headers: Record<string, string> = {}): Promise<Response> {
  return await app.inject({ method: 'POST', url: ROUTE, payload, headers: { 'content-type': FORM, ...headers } })
}

async function tell (site: Site, changes?: LogoutTokenChanges): Promise<Response> {
  return await send(site, `logout_token=${await logoutToken(site.provider, changes)}`)
}

function assertDone (t: Test, answer: Response): void {
  t.equal(answer.statusCode, 200)
  t.equal(answer.body, '')
  t.equal(answer.headers['cache-control'], 'no-store')
  t.equal(answer.headers['set-cookie'], undefined)
}

function assertRefused (t: Test, answer: Response, error = 'invalid_request'): void {
  t.equal(answer.statusCode, 400)
  t.match(answer.json(), { error, error_description: /^The logout/ })
  t.equal(answer.headers['cache-control'], 'no-store')
  t.equal(answer.headers['set-cookie'], undefined)
}

for (const [mode, session] of Object.entries(places)) {
  test(`every session that came from the provider's session ends, and others go on (${mode})`, async t => {
    const { site, signIn, heard } = await place(t, { session })
    const [desk, laptop, phone] = [await signIn(), await signIn(), await signIn('another')]
    t.equal((await site.app.login.sessions.list('alice')).length, 3)
    assertDone(t, await tell(site))
    t.same(await Promise.all([desk, laptop, phone].map(visitor => visitor.who())), [undefined, undefined, 'alice'])
    t.equal((await site.app.login.sessions.list('alice')).length, 1)
    t.same(heard, { done: [{ provider: 'oidc', subject: undefined, sid: SID }], failed: [] })
  })

  test(`with a sub alone, every session of the person ends that began before (${mode})`, async t => {
    const { site, signIn } = await place(t, { session })
    const [desk, phone] = [await signIn(), await signIn('another')]
    site.provider.claims = { sub: 'bob' }
    const bob = site.visitor()
    await bob.signIn()
    const claims = { sub: 'alice', sid: undefined }
    const sent = logoutToken(site.provider, { claims })
    site.clock.advance(1)
    const later = await signIn('later')
    assertDone(t, await send(site, `logout_token=${await sent}`))
    t.same(await Promise.all([desk, phone, bob, later].map(visitor => visitor.who())), [undefined, undefined, 'bob', 'alice'])
    t.equal((await site.app.login.sessions.list('alice')).length, 1)
  })

  test(`a login whose code is exchanged while the provider ends it is over too (${mode})`, async t => {
    const { site, provider } = await place(t, { session })
    provider.claims = { sid: SID }
    const visitor = site.visitor()
    const location = await visitor.begin()
    provider.answers.token = async request => {
      assertDone(t, await tell(site))
      return await provider.redeem(request)
    }
    t.equal((await visitor.deliver(location)).headers.location, ROOT)
    t.equal(await visitor.who(), undefined)
    t.same(await site.app.login.sessions.list('alice'), [])
    delete provider.answers.token
    provider.claims = { sid: 'the next one' }
    await visitor.signIn()
    t.equal(await visitor.who(), 'alice', 'who signs in again is in')
  })

  test(`sessions that no provider vouched for go on (${mode})`, async t => {
    const { site } = await place(t, { session })
    const visitor = site.visitor()
    await visitor.post('/app/login')
    assertDone(t, await tell(site, { claims: { sub: 'local', sid: undefined } }))
    assertDone(t, await tell(site, { claims: { sub: 'local' } }))
    t.equal(await visitor.who(), 'local')
  })

  test(`a person whom the application has logged in again is logged out too, another one is not (${mode})`, async t => {
    const { site, signIn } = await place(t, { session })
    const identity = { issuer: site.provider.issuer, subject: 'bob', provider: 'oidc' }
    site.app.post('/again', async request => {
      if (request.currentUser.isAuthenticated) await request.loginUser(request.currentUser, { remember: true })
    })
    site.app.post('/as-bob', async request => { await request.loginUser(new AuthUser('bob', { identity })) })
    const [alice, helper, bob] = [await signIn(), await signIn(), site.visitor()]
    await alice.post('/again')
    await helper.post('/as-bob')
    await bob.post('/as-bob')
    assertDone(t, await tell(site))
    t.same(await Promise.all([alice, helper, bob].map(visitor => visitor.who())), [undefined, 'bob', 'bob'])
  })

  test(`nobody is signed in again by a copy of the cookie, or by using it for long (${mode})`, async t => {
    const { site, signIn } = await place(t, { session })
    const alice = await signIn()
    site.clock.advance(86_000)
    t.equal(await alice.who(), 'alice')
    assertDone(t, await tell(site))
    for (let day = 0; day < 7; day++) {
      t.equal(await alice.who(), undefined)
      site.clock.advance(86_000)
    }
  })
}

test('a session whose provider names none is ended by the subject alone', async t => {
  const { site, provider } = await place(t)
  provider.claims = {}
  const alice = await site.signedIn()
  assertDone(t, await tell(site))
  t.equal(await alice.who(), 'alice')
  assertDone(t, await tell(site, { claims: { sid: undefined, sub: 'alice' } }))
  t.equal(await alice.who(), undefined)
})

test('a logout token is good once, also at another process that shares the store (section 2.6, number 7)', async t => {
  const store = new MemoryStore()
  const shared = { secret: secret(), provider: await ScriptedProvider.create(), session: { store } }
  const [{ site, signIn }, other] = [await place(t, shared), await place(t, shared)]
  const alice = await signIn()
  const form = `logout_token=${await logoutToken(site.provider, { claims: { sid: 'of nobody' } })}`
  assertDone(t, await send(site, form))
  assertRefused(t, await send(site, form))
  assertRefused(t, await send(other.site, form))
  t.match(other.heard.failed, [{ provider: 'oidc', error: { cause: { message: /"jti"/ } } }])
  t.equal(await alice.who(), 'alice')
})

test('a token that came to one process ends sessions at another that shares the store', async t => {
  for (const mode of ['cookie', 'store'] as const) {
    const shared = {
      secret: secret(), provider: await ScriptedProvider.create(), session: { store: new MemoryStore(), mode }
    }
    const [here, there] = [await place(t, shared), await place(t, shared)]
    const alice = await here.signIn()
    assertDone(t, await tell(there.site))
    t.equal(await alice.who(), undefined)
  }
})

test('the request is a form with one logout_token (section 2.5)', async t => {
  const { site, signIn, heard } = await place(t)
  const alice = await signIn()
  const token = await logoutToken(site.provider)
  const wrong: ReadonlyArray<readonly [payload: string, type?: string]> = [
    [''], ['logout_token='], ['token=x'], [`Logout_Token=${token}`], [`logout_token=${token}&logout_token=${token}`],
    [`logout_token=${token}`, 'text/plain'], [`logout_token=${token}`, 'application/x-www-form-urlencodedx'],
    [`logout_token=${token}`, ''], [`logout_token=${token}`, 'multipart/form-data; boundary=x'], [`logout_token=${token}`, 'nonsense'],
    [JSON.stringify({ logout_token: token }), 'application/json'], [token, 'application/jwt'], [`logout_token=${'x'.repeat(70_000)}`]
  ]
  for (const [payload, type = FORM] of wrong) assertRefused(t, await send(site, payload, { 'content-type': type }))
  assertRefused(t, await site.app.inject({ method: 'POST', url: `${ROUTE}?logout_token=${token}` }))
  t.equal(heard.failed.length, wrong.length + 1)
  t.equal(await alice.who(), 'alice')
  t.same(site.leaks(site.log), [])
  assertDone(t, await send(site, `a=b&logout_token=${token}`, { 'content-type': 'Application/X-WWW-Form-Urlencoded; charset=UTF-8' }))
  t.equal(await alice.who(), undefined)
})

test('there is nothing for a GET, and a HEAD is no server error', async t => {
  const { site } = await place(t)
  for (const method of ['GET', 'HEAD', 'PUT', 'DELETE'] as const) {
    t.equal((await site.app.inject({ method, url: ROUTE })).statusCode, 404)
  }
})

test('a refused token changes nothing, and the answer tells nothing of ours (section 2.8)', async t => {
  const { site, signIn } = await place(t)
  const alice = await signIn()
  const answer = await tell(site, { claims: { aud: 'other' } })
  assertRefused(t, answer)
  t.same(Object.keys(answer.json()), ['error', 'error_description'])
  t.notMatch(answer.body, /aud|web|FST_/)
  t.equal(await alice.who(), 'alice')
})

test('no cookie and no origin is asked for, and none is touched', async t => {
  const { site, signIn } = await place(t)
  const [alice, phone] = [await signIn('another'), await signIn()]
  const headers = { cookie: alice.jar.cookie, origin: 'https://evil.example', 'sec-fetch-site': 'cross-site' }
  assertDone(t, await send(site, `logout_token=${await logoutToken(site.provider)}`, headers))
  t.equal(await alice.who(), 'alice')
  t.equal(await phone.who(), undefined)
})

test('while the keys of the provider cannot be had it is 400, and the next try succeeds', async t => {
  const { site, provider } = await place(t)
  provider.answers.keys = connectionReset
  site.clock.advance(25 * 3600)
  const token = await logoutToken(provider)
  assertRefused(t, await send(site, `logout_token=${token}`), 'temporarily_unavailable')
  delete provider.answers.keys
  site.clock.advance(60)
  assertDone(t, await send(site, `logout_token=${token}`))
})

test('while the store fails, in whatever step, it is 400, and the same token may come again', async t => {
  for (const [call, claims] of [['set', {}], ['add', {}], ['get', { sid: undefined, sub: 'alice' }]] as const) {
    const store = new NotedStore()
    const { site, signIn } = await place(t, { session: { store } })
    const alice = await signIn()
    const form = `logout_token=${await logoutToken(site.provider, { claims })}`
    store.before.set(call, async () => { throw new StoreUnavailable() })
    assertRefused(t, await send(site, form), 'temporarily_unavailable')
    store.before.clear()
    // Whoever asks a store that failed is told so for 2 seconds.
    let answer = await send(site, form)
    for (let tries = 0; answer.statusCode !== 200 && tries < 60; tries++) {
      await new Promise(resolve => { setTimeout(resolve, 100) })
      answer = await send(site, form)
    }
    assertDone(t, answer)
    t.equal(await alice.who(), undefined, call)
  }
})

test('the route can have another path, and none', async t => {
  const { site } = await place(t, { routes: { backchannelLogout: '/bcl' } })
  t.equal((await tell(site)).statusCode, 404)
  const payload = `logout_token=${await logoutToken(site.provider)}`
  t.equal((await site.app.inject({ method: 'POST', url: '/auth/bcl', payload, headers: { 'content-type': FORM } })).statusCode, 200)
  const without = await place(t, { routes: { backchannelLogout: false } })
  const alice = await without.signIn()
  t.equal((await tell(without.site)).statusCode, 404)
  t.equal(await alice.who(), 'alice')
})

test('a session costs its marks only where a provider may end it', async t => {
  const bytesOf = async (routes: SiteOptions['routes']): Promise<number> => {
    const { signIn } = await place(t, { routes: routes ?? {} })
    return (await signIn()).jar.cookie.length
  }
  t.ok(await bytesOf({}) > await bytesOf({ backchannelLogout: false }))
})

test('a request that needs the user still reads once, and a stranger nothing', async t => {
  for (const mode of ['cookie', 'store'] as const) {
    const store = new NotedStore()
    const { site, signIn } = await place(t, { session: { store, mode } })
    const alice = await signIn()
    store.calls = []
    t.equal(await alice.who(), 'alice')
    t.same(store.calls, ['getMany'], mode)
    store.calls = []
    await site.visitor().who()
    t.same(store.calls, [])
  }
})

test('neither sid nor subject can be read in the store', async t => {
  const store = new NotedStore()
  const { site, signIn } = await place(t, { session: { store }, routes: { frontchannelLogout: '/fcl' } })
  await signIn('the-session-at-the-provider')
  assertDone(t, await tell(site, { claims: { sid: 'the-session-at-the-provider' } }))
  assertDone(t, await tell(site, { claims: { sid: undefined, sub: 'alice-the-person' } }))
  t.notMatch(store.dump, 'the-session-at-the-provider')
  t.notMatch(store.dump, 'alice-the-person')
})

test('a stranger who makes up key ids keeps no login from following a rotation of keys', async t => {
  const { site, provider, signIn } = await place(t)
  await signIn()
  const [{ signer }, madeUp, next] = [provider, await createKey('made up'), await createKey('next')]
  for (let minute = 0; minute < 3; minute++) {
    provider.signer = madeUp
    assertRefused(t, await tell(site))
    provider.signer = signer
    site.clock.advance(60)
  }
  provider.signer = madeUp
  assertRefused(t, await tell(site))
  const asked = provider.count('keys')
  for (let time = 0; time < 10; time++) assertRefused(t, await tell(site))
  t.equal(provider.count('keys'), asked, 'and a flood of them asks for no keys')
  provider.keys = [next]
  provider.signer = next
  t.equal(await (await signIn()).who(), 'alice')
})

test('hooks of the application that ask for the user of every request see a stranger', async t => {
  for (const session of Object.values(places)) {
    const seen: unknown[] = []
    const prepare: SiteOptions['prepare'] = app => {
      app.addHook('onRequest', async ({ currentUser }) => { seen.push(currentUser.isAuthenticated) })
      app.addHook('preHandler', async ({ currentUser }) => { seen.push(currentUser.isAuthenticated) })
    }
    const { site } = await place(t, { session, prepare, authenticators: [() => undefined], loadUser: () => ({}) })
    assertDone(t, await tell(site))
    t.same(seen, [false, false])
    const elsewhere = { origin: 'https://id.example.com', 'sec-fetch-site': 'cross-site', cookie: '__Host-login=garbage' }
    assertDone(t, await send(site, `logout_token=${await logoutToken(site.provider)}`, elsewhere))
  }
})
