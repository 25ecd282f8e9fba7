import { setTimeout } from 'node:timers/promises'
import { test } from 'tap'
import { AuthUser } from '../../lib/index.ts'
import { buildApp, secret } from '../_app.ts'
import { json, ScriptedProvider, type SeenRequest } from '../oidc/_scripted-provider.ts'
import { buildSite, type Response, type Site, type SiteOptions, type Visitor } from '../oidc/_site.ts'

interface Teardown { teardown (handler: () => Promise<unknown>): unknown }

/** A site with `GET /token`, whose provider refreshes as `refresh` says. */
async function tokenSite (
  t: Teardown, refresh: (site: Site, request: SeenRequest) => Promise<globalThis.Response>, options: SiteOptions = {}
): Promise<Site> {
  const site = await buildSite(t, options)
  site.provider.answers.token = request =>
    request.form.get('grant_type') === 'refresh_token' ? refresh(site, request) : site.provider.redeem(request)
  site.app.get('/token', async request => await request.getAccessToken())
  return site
}

async function refreshed (site: Site): Promise<globalThis.Response> {
  const idToken = await site.provider.idToken()
  return json({ access_token: `later-${'x'.repeat(20)}`, token_type: 'Bearer', expires_in: 300, id_token: idToken })
}

const refusal = { code: 'FST_LOGIN_UNAUTHORIZED', statusCode: 401 }

async function tokenOf (visitor: Visitor): Promise<Response> {
  return await visitor.get('/token', { 'sec-fetch-mode': 'cors', 'sec-fetch-dest': 'empty' })
}

test('an application gets the access token of the session, and a new one when it is due', async t => {
  const site = await tokenSite(t, refreshed)
  const visitor = await site.signedIn()
  const first = await tokenOf(visitor)
  t.match(first.json(), { accessToken: String, tokenType: 'bearer', scopes: ['openid', 'profile', 'email'] })
  t.equal(first.headers['cache-control'], 'private, no-store')
  site.clock.advance(241)
  t.match((await tokenOf(visitor)).json(), { accessToken: /^later-/ })
})

test('a stranger gets no access token', async t => {
  const site = await tokenSite(t, refreshed)
  t.match((await tokenOf(site.visitor())).json(), refusal)
})

test('without a provider there are no access tokens: getAccessToken throws FST_LOGIN_NO_PROVIDER', async t => {
  const app = await buildApp()
  t.teardown(() => app.close())
  app.get('/token', async request => await request.getAccessToken())
  t.match((await app.inject('/token')).json(), { code: 'FST_LOGIN_NO_PROVIDER', statusCode: 500 })
})

test('whoever proved by a key who they are has no access token of a session', async t => {
  const site = await tokenSite(t, refreshed, {
    authenticators: [function key (request) { return request.headers['x-key'] === 'k' ? new AuthUser('robot') : null }]
  })
  const visitor = await site.signedIn()
  const answer = await visitor.get('/token', { 'x-key': 'k' })
  t.match(answer.json(), { code: 'FST_LOGIN_NO_SESSION', statusCode: 400 })
})

test('a login without a provider behind it has no access tokens: a sign-in brings some', async t => {
  const site = await tokenSite(t, refreshed)
  const visitor = site.visitor()
  await visitor.post('/app/login')
  t.match((await tokenOf(visitor)).json(), { code: 'FST_LOGIN_TOKENS_LOST', statusCode: 401 })
})

for (const [mode, session] of [['cookie', {}], ['store', { store: 'memory:' }]] as const) {
  test(`a grant that the provider took back ends the session, once for all who ask, in ${mode} mode`, async t => {
    const ended: unknown[] = []
    const site = await tokenSite(t, async () => json({ error: 'invalid_grant', error_description: 'too much' }, 400), {
      session, events: { sessionEnded: event => ended.push(event.reason) }
    })
    const visitor = await site.signedIn()
    const copy = visitor.jar.copy()
    site.clock.advance(301)
    const answers = await Promise.all([1, 2, 3].map(() => site.app.inject({ url: '/token', headers: copy.headers })))
    for (const answer of answers) t.match(answer.json(), refusal)
    t.same(ended, ['grantRevoked'])
    t.equal(await visitor.who(), undefined)
    const again = await site.app.inject({ url: '/who', headers: copy.headers })
    t.equal(again.json<{ isAuthenticated: boolean }>().isAuthenticated, false, 'a copy of the cookie is dead too')
    t.match(site.log, '"providerError":"invalid_grant"')
    t.notMatch(site.log, 'too much')
  })
}

test('tokens that ran out were not lost by this process: the log does not say so', async t => {
  const provider = await ScriptedProvider.create()
  provider.tokenAnswer = { refresh_token: undefined }
  const site = await tokenSite(t, refreshed, { provider })
  const visitor = await site.signedIn()
  site.clock.advance(301)
  t.match((await tokenOf(visitor)).json(), { code: 'FST_LOGIN_TOKENS_LOST', statusCode: 401 })
  t.notMatch(site.log, 'memory of this process')
})

test('an application that closes waits for the refresh of a refresh token that is spent by now', async t => {
  const order: string[] = []
  let isBegun = (): void => {}
  const begun = new Promise<void>(resolve => { isBegun = resolve })
  const site = await tokenSite(t, async site => {
    isBegun()
    await setTimeout(100)
    order.push('refreshed')
    return await refreshed(site)
  })
  const visitor = await site.signedIn()
  site.clock.advance(301)
  const asking = tokenOf(visitor)
  await begun
  await site.app.close()
  order.push('closed')
  t.same(order, ['refreshed', 'closed'])
  t.match((await asking).json(), { accessToken: /^later-/ })
})

test('a guard that needs a token sends a person whose grant was taken back to sign in', async t => {
  const site = await tokenSite(t, async () => json({ error: 'invalid_grant' }, 400))
  site.app.get('/safe', { onRequest: [site.app.loginRequired({ scopes: ['profile'] })] }, async () => 'inside')
  const visitor = await site.signedIn()
  site.clock.advance(301)
  const answer = await visitor.get('/safe')
  t.equal(answer.statusCode, 302)
  t.match(answer.headers.location, /\/auth\/login\?returnTo=/)
})

test('a provider that is away logs nobody out: 503, and the token again as soon as it is back', async t => {
  let isAway = true
  const site = await tokenSite(t, async site => isAway ? json({}, 503, { 'retry-after': '60' }) : await refreshed(site))
  const visitor = await site.signedIn()
  site.clock.advance(301)
  const answer = await tokenOf(visitor)
  t.match(answer.json(), { code: 'FST_LOGIN_PROVIDER_UNAVAILABLE', statusCode: 503 })
  t.match(answer.headers['retry-after'], /^\d+$/)
  t.equal(await visitor.who(), 'alice')
  isAway = false
  site.clock.advance(10)
  t.match((await tokenOf(visitor)).json(), { accessToken: /^later-/ })
})

test('tokens that a restart lost are had again by a sign-in that a guard begins, and the log says why', async t => {
  const shared = secret()
  const site = await tokenSite(t, refreshed, { secret: shared })
  const visitor = await site.signedIn()
  const restarted = await tokenSite(t, refreshed, { provider: site.provider, clock: site.clock, secret: shared })
  restarted.app.get('/safe', { onRequest: [restarted.app.loginRequired({ scopes: ['profile'] })] }, async () => 'inside')
  const later = restarted.visitor()
  for (const name of visitor.jar.names) later.jar.set(name, String(visitor.jar.get(name)))
  t.equal(await later.who(), 'alice')
  const answer = await tokenOf(later)
  t.match(answer.json(), { code: 'FST_LOGIN_TOKENS_LOST', statusCode: 401 })
  t.match(restarted.log, 'are not in the memory of this process')
  await later.signIn('/safe')
  t.equal((await later.get('/safe')).body, 'inside')
})

for (const [mode, session] of [['cookie', {}], ['store', { store: 'memory:' }]] as const) {
  test(`what a refreshed ID token says about the person is taken over, in ${mode} mode`, async t => {
    const site = await tokenSite(t, refreshed, { session })
    const visitor = await site.signedIn()
    site.provider.claims = { name: 'Alice Cooper' }
    site.clock.advance(241)
    await tokenOf(visitor)
    t.match((await visitor.get('/who')).json(), { id: 'alice', claims: { name: 'Alice Cooper' } })
    const before = visitor.jar.copy().headers
    await tokenOf(visitor)
    t.same(visitor.jar.headers, before, 'the same claims are not written twice')
  })
}

test('claims that do not fit into cookies any more leave the session as it is', async t => {
  const site = await tokenSite(t, refreshed)
  const visitor = await site.signedIn()
  site.provider.claims = { name: 'x'.repeat(20_000) }
  site.clock.advance(241)
  t.match((await tokenOf(visitor)).json(), { accessToken: /^later-/ })
  t.match((await visitor.get('/who')).json(), { id: 'alice', claims: { name: 'Alice' } })
  t.match(site.log, 'could not be brought up to date')
})

test('an ID token of 20 kB is refused with a clear error where it does not fit, and sets no session', async t => {
  const site = await tokenSite(t, refreshed)
  site.provider.claims = { groups: Array.from({ length: 700 }, (_, index) => `group-${index}-${'x'.repeat(20)}`) }
  const visitor = site.visitor()
  const answer = await visitor.signIn()
  t.equal(answer.statusCode, 400)
  t.match(answer.body, 'FST_LOGIN_SESSION_TOO_LARGE')
  t.equal(await visitor.who(), undefined)
})

for (const [title, options] of [
  ['its claims are shaped', { oidc: { mapClaims: ({ sub, name }: Readonly<Record<string, unknown>>) => ({ sub, name }) } }],
  ['the session is kept in a store', { session: { store: 'memory:' } }]
] as const) {
  test(`an ID token of 20 kB logs in where ${title}`, async t => {
    const site = await tokenSite(t, refreshed, options)
    site.provider.claims = { groups: Array.from({ length: 700 }, (_, index) => `group-${index}-${'x'.repeat(20)}`) }
    const visitor = await site.signedIn()
    t.match((await visitor.get('/who')).json(), { claims: { name: 'Alice' } })
    t.ok(visitor.jar.cookie.length < 1500)
  })
}

test('what mapClaims returns must be claims', async t => {
  for (const wrong of [null, 'name', ['name']]) {
    const site = await tokenSite(t, refreshed, { oidc: { mapClaims: () => wrong as never } })
    const visitor = site.visitor()
    t.equal((await visitor.signIn()).statusCode, 500)
    t.match(site.log, 'must return the claims to keep')
    t.equal(await visitor.who(), undefined)
  }
})

test('an application that signs the same person in again, with claims of its own, loses no tokens', async t => {
  const site = await tokenSite(t, refreshed, { routes: { backchannelLogout: '/backchannel-logout' } })
  site.app.post('/claim', async request => {
    const { currentUser: user } = request
    if (!user.isAuthenticated) throw new Error('a stranger')
    await request.loginUser(new AuthUser(user.id, { identity: user.identity, claims: { role: 'admin' } }))
    return user.sessionHandle
  })
  site.provider.claims = { sid: 'the session there' }
  const visitor = await site.signedIn()
  const before = (await tokenOf(visitor)).json<{ accessToken: string }>()
  const handle = (await visitor.post('/claim')).body
  t.same((await tokenOf(visitor)).json(), before)
  const [session] = await site.app.login.sessions.list('alice')
  t.not(session?.handle, handle)
  site.clock.advance(241)
  t.match((await tokenOf(visitor)).json(), { accessToken: /^later-/ })
  t.match((await visitor.get('/who')).json(), { claims: { role: 'admin' } }, 'and keeps its own claims at a refresh')
})

for (const [mode, session] of [['cookie', {}], ['store', { store: 'memory:' }]] as const) {
  test(`signing somebody else in takes no tokens over, in ${mode} mode`, async t => {
    const site = await tokenSite(t, refreshed, { session })
    site.app.post('/become', async request => {
      const identity = { issuer: site.provider.issuer, subject: 'bob', provider: 'oidc' }
      await request.loginUser(new AuthUser('bob', { identity }))
      return {}
    })
    const visitor = await site.signedIn()
    await visitor.post('/become')
    t.equal(await visitor.who(), 'bob')
    t.match((await tokenOf(visitor)).json(), { code: 'FST_LOGIN_TOKENS_LOST' })
    t.equal(site.log.includes('memory of this process'), mode === 'cookie', 'a store that is shared is no reason')
  })
}

for (const [mode, session] of [['cookie', {}], ['store', { store: 'memory:' }]] as const) {
  test(`a request that outlives its session gets no more tokens, in ${mode} mode`, async t => {
    const site = await tokenSite(t, refreshed, { session })
    site.app.get('/long', async request => {
      const before = await request.getAccessToken()
      await site.app.login.sessions.endAll('alice')
      site.clock.advance(1)
      const after = await request.getAccessToken().catch((error: unknown) => error)
      return { before, after }
    })
    const answer = await (await site.signedIn()).get('/long')
    t.match(answer.json(), { before: { accessToken: String }, after: refusal })
  })

  test(`a session that is ended while its token is refreshed gets none, in ${mode} mode`, async t => {
    const site = await tokenSite(t, async site => {
      await site.app.login.sessions.endAll('alice')
      site.clock.advance(1)
      return await refreshed(site)
    }, { session })
    const visitor = await site.signedIn()
    site.clock.advance(241)
    t.match((await tokenOf(visitor)).json(), refusal)
  })

  for (const [outcome, answer] of [
    ['brings new claims', refreshed], ['is refused', async () => json({ error: 'invalid_grant' }, 400)]
  ] as const) {
    test(`whoever is logged in during a refresh that ${outcome} has nothing of the person before, in ${mode} mode`, async t => {
      let isBegun = (): void => {}
      let goOn = (): void => {}
      const begun = new Promise<void>(resolve => { isBegun = resolve })
      const mayGoOn = new Promise<void>(resolve => { goOn = resolve })
      const site = await tokenSite(t, async site => {
        isBegun()
        await mayGoOn
        return await answer(site)
      }, { session })
      site.app.post('/swap', async request => {
        const asking = request.getAccessToken().catch((error: unknown) => error)
        await begun
        await request.loginUser('bob')
        goOn()
        await asking
        return request.currentUser
      })
      const visitor = await site.signedIn()
      site.clock.advance(241)
      site.provider.claims = { name: 'Alice Cooper' }
      const bob = { id: 'bob', isAuthenticated: true, claims: {} }
      t.same((await visitor.post('/swap')).json(), bob)
      t.same((await visitor.get('/who')).json(), { ...bob, scopes: [] })
    })
  }
}

test('what takes time to name or to shape a person is refused, and its failure does not end the process', async t => {
  const later = async (): Promise<never> => { throw new Error('later') }
  for (const options of [{ oidc: { mapClaims: later as never } }, { userId: later as never }]) {
    const site = await tokenSite(t, refreshed, options)
    const visitor = site.visitor()
    t.equal((await visitor.signIn()).statusCode, 500)
    t.match(site.log, 'FST_LOGIN_ARGUMENT_INVALID')
    t.equal(await visitor.who(), undefined)
  }
})

test('a route where nobody looks who asks gives no access token: another site could have sent the form', async t => {
  const site = await tokenSite(t, refreshed)
  site.app.post('/hook', { config: { auth: false } }, async request => await request.getAccessToken())
  const answer = await (await site.signedIn()).post('/hook', '', { 'sec-fetch-site': 'cross-site' })
  t.match(answer.json(), { code: 'FST_LOGIN_NOT_AUTHENTICATED', statusCode: 500 })
})

test('a session that was prolonged keeps its tokens', async t => {
  const site = await tokenSite(t, refreshed, { session: { idle: 1000, absolute: 1000 } })
  site.app.post('/renew', async request => {
    await request.renewLogin()
    return {}
  })
  const visitor = await site.signedIn()
  site.clock.advance(900)
  t.equal((await visitor.post('/renew')).statusCode, 200)
  site.clock.advance(500)
  t.match((await tokenOf(visitor)).json(), { accessToken: /^later-/ })
})

test('a session without a provider is prolonged where there is one for others', async t => {
  const site = await tokenSite(t, refreshed)
  site.app.post('/renew', async request => {
    await request.renewLogin()
    return {}
  })
  const visitor = site.visitor()
  await visitor.post('/app/login')
  t.equal((await visitor.post('/renew')).statusCode, 200)
})
