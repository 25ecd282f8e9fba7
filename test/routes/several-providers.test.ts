import { test } from 'tap'
import type { AuthOptions } from '../../lib/index.ts'
import { MemoryStore } from '../../lib/stores/memory/memory-store.ts'
import { secret as createSecret } from '../_app.ts'
import { logoutToken } from '../oidc/_logout-token.ts'
import { ScriptedProvider } from '../oidc/_scripted-provider.ts'
import { buildSite, pathOf, type Response, type Site, stateOf, type Visitor } from '../oidc/_site.ts'

interface Teardown { teardown (handler: () => Promise<unknown>): unknown }

interface Pair {
  readonly site: Site
  readonly work: ScriptedProvider
  readonly home: ScriptedProvider
}

/** A site that signs people in with two providers. */
async function buildPair (t: Teardown, options: Partial<AuthOptions> = {}, homeOptions: object = {}): Promise<Pair> {
  const work = await ScriptedProvider.create('https://work.example')
  const home = await ScriptedProvider.create('https://home.example')
  const providers = { work: { ...work.client, label: 'Work Inc.' }, home: { ...home.client, ...homeOptions } }
  const site = await buildSite(t, { provider: work, providers, ...options })
  home.now = site.clock.now
  const { app } = site
  app.get('/work-only', { onRequest: [app.loginRequired({ provider: 'work' })] }, async request => request.currentUser.toJSON())
  app.get('/misspelt', { onRequest: [app.loginRequired({ provider: 'wrok' })] }, async () => 'in')
  app.get('/recent', { onRequest: [app.loginRequired({ maxAge: 60 })] }, async () => 'in')
  app.get('/token', async request => await request.getAccessToken())
  app.get('/url', async request => request.loginUrl(request.query as object))
  return { site, work, home }
}

/** The links of a page. */
function linksOf ({ body }: Response): readonly string[] {
  return [...body.matchAll(/href="([^"]+)"/g)].map(([, link]) => String(link).replaceAll('&amp;', '&'))
}

async function signInWith (visitor: Visitor, provider: ScriptedProvider, name: string, page = '/auth/login'): Promise<Response> {
  const joint = page.includes('?') ? '&' : '?'
  return await visitor.get(provider.authorize(await visitor.begin(`${page}${joint}provider=${name}`)))
}

test('a person chooses among several providers, and comes back to where they wanted to go', async t => {
  const { site, home } = await buildPair(t)
  const visitor = site.visitor()
  const guarded = await visitor.get('/deep/inside?a=b')
  t.equal(guarded.statusCode, 302)
  const page = await visitor.get(pathOf(guarded.headers.location))
  t.equal(page.statusCode, 200)
  t.match(page.body, 'Work Inc.')
  t.equal(page.headers['cache-control'], 'private, no-store')
  const [, link] = linksOf(page)
  const location = String((await visitor.get(pathOf(link))).headers.location)
  t.equal(new URL(location).origin, home.issuer)
  t.equal(new URL(location).searchParams.get('redirect_uri'), 'https://app.example.com/auth/callback/home')
  const answer = await visitor.get(home.authorize(location))
  t.equal(answer.headers.location, 'https://app.example.com/deep/inside?a=b')
  t.equal(await visitor.who(), 'home:alice')
})

test('the same subject at two providers is two people', async t => {
  const { site, work, home } = await buildPair(t)
  const [one, two] = [site.visitor(), site.visitor()]
  await signInWith(one, work, 'work')
  await signInWith(two, home, 'home')
  t.equal(await one.who(), 'work:alice')
  t.equal(await two.who(), 'home:alice')
  t.match((await two.get('/who')).json(), { identity: { issuer: home.issuer, subject: 'alice', provider: 'home' } })
})

test('a provider that this site does not have is a page with 404, and nothing is fetched', async t => {
  const { site, work, home } = await buildPair(t)
  for (const query of ['provider=other', 'provider=', 'provider=work&provider=home', 'provider=__proto__', 'provider=oidc']) {
    const answer = await site.visitor().get(`/auth/login?${query}`)
    t.equal(answer.statusCode, 404, query)
    t.match(answer.body, 'FST_LOGIN_PROVIDER_UNKNOWN')
  }
  t.equal(work.requests.length + home.requests.length, 0)
  t.equal((await site.visitor().get('/auth/callback')).statusCode, 404)
  t.equal((await site.visitor().get('/auth/callback/other')).statusCode, 404)
})

for (const announces of [true, false]) {
  const how = announces ? 'both say that they name themselves' : 'neither names itself'
  test(`no answer of one provider is taken for that of another where ${how}`, async t => {
    const { site, work, home } = await buildPair(t)
    work.metadata = home.metadata = { authorization_response_iss_parameter_supported: announces }
    for (const [from, fromName, toName] of [[work, 'work', 'home'], [home, 'home', 'work']] as const) {
      for (const iss of [undefined, work.issuer, home.issuer, '', 'https://evil.example']) {
        const visitor = site.visitor()
        const ownLocation = await visitor.begin(`/auth/login?provider=${fromName}`)
        const otherLocation = await visitor.begin(`/auth/login?provider=${toName}`)
        for (const location of [ownLocation, otherLocation]) {
          const title = `${fromName} at the callback of ${toName} with iss ${String(iss)}`
          const before = from.count('token')
          const answer = from.authorize(ownLocation, { iss, state: stateOf(location) })
          const { statusCode } = await visitor.get(answer.replace(`/callback/${fromName}`, `/callback/${toName}`))
          t.equal(statusCode, 400, title)
          t.equal(await visitor.who(), undefined, title)
          t.equal(from.count('token'), before, 'nobody signs in where the code was made')
        }
      }
    }
  })
}

test('a code that is brought to its own callback with the state of another provider goes to nobody', async t => {
  const { site, work, home } = await buildPair(t)
  const visitor = site.visitor()
  const honest = await visitor.begin('/auth/login?provider=work')
  const evil = await visitor.begin('/auth/login?provider=home')
  const answer = await visitor.get(work.authorize(honest, { state: stateOf(evil) }))
  t.equal(answer.statusCode, 400)
  t.match(answer.body, 'FST_LOGIN_RESPONSE_INVALID')
  t.equal(work.count('token') + home.count('token'), 0)
  t.equal(await visitor.who(), undefined)
  await visitor.get(work.authorize(honest))
  t.equal(await visitor.who(), 'work:alice', 'the true answer still signs in')
})

test('a guard that names a provider sends people of another one to it, and lets those of it pass', async t => {
  const { site, work, home } = await buildPair(t)
  const visitor = site.visitor()
  await signInWith(visitor, home, 'home')
  const guarded = await visitor.get('/work-only')
  t.equal(guarded.statusCode, 302)
  const location = await visitor.begin(pathOf(guarded.headers.location))
  t.equal(new URL(location).origin, work.issuer, 'nobody is asked to choose')
  t.equal((await visitor.get(work.authorize(location))).headers.location, 'https://app.example.com/work-only')
  t.match((await visitor.get('/work-only')).json(), { id: 'work:alice' })
  t.equal((await site.visitor().get('/misspelt')).statusCode, 500)
})

test('whoever has to prove it again does so where the session came from', async t => {
  const { site, home } = await buildPair(t)
  const visitor = site.visitor()
  await signInWith(visitor, home, 'home')
  site.clock.advance(3600)
  const location = await visitor.begin(pathOf((await visitor.get('/recent')).headers.location))
  t.equal(new URL(location).origin, home.issuer)
  t.equal(new URL(location).searchParams.get('prompt'), null)
  t.equal(new URL(location).searchParams.get('max_age'), '60')
})

test('an address of a sign-in can name the provider', async t => {
  const { site, home } = await buildPair(t)
  const visitor = site.visitor()
  const url = (await visitor.get('/url?provider=home&returnTo=/deep/x')).body
  const location = await visitor.begin(pathOf(url))
  t.equal(new URL(location).origin, home.issuer)
  t.equal((await visitor.get(home.authorize(location))).headers.location, 'https://app.example.com/deep/x')
  t.match((await visitor.get('/url?provider=other')).json(), { statusCode: 500, code: 'FST_LOGIN_ARGUMENT_INVALID' })
  t.match((await visitor.get('/url?provider=a&provider=b')).json(), { code: 'FST_LOGIN_ARGUMENT_INVALID' })
})

test('scopes that one provider granted are not asked of another', async t => {
  const { site, work } = await buildPair(t)
  const visitor = site.visitor()
  work.tokenAnswer = { scope: 'openid profile email work.read' }
  await signInWith(visitor, work, 'work')
  const location = await visitor.begin('/auth/login?provider=home')
  t.equal(new URL(location).searchParams.get('scope'), 'openid profile email')
  t.match(new URL(await visitor.begin('/auth/login?provider=work')).searchParams.get('scope'), 'work.read')
})

test('tokens come from the provider of the session, and of the application from the one that is named', async t => {
  const { site, work, home } = await buildPair(t)
  const visitor = site.visitor()
  home.tokenAnswer = { access_token: 'a token of home' }
  await signInWith(visitor, home, 'home')
  t.match((await visitor.get('/token')).json(), { accessToken: 'a token of home' })
  work.answers.token = () => Response.json({ access_token: 'a token of work', token_type: 'Bearer' })
  t.match(await site.app.login.provider('work').clientToken(), { accessToken: 'a token of work' })
  await t.rejects(site.app.login.clientToken(), { code: 'FST_LOGIN_ARGUMENT_INVALID', message: /several providers.*work, home/ })
  t.throws(() => site.app.login.provider('other'), { code: 'FST_LOGIN_ARGUMENT_INVALID', message: /work, home/ })
})

test('a logout goes by the provider of the session, which alone gets its tokens back', async t => {
  const { site, work, home } = await buildPair(t, {}, { postLogoutRedirect: '/bye' })
  home.metadata = { revocation_endpoint: `${home.issuer}/revoke` }
  work.metadata = { revocation_endpoint: `${work.issuer}/revoke` }
  const visitor = site.visitor()
  await signInWith(visitor, home, 'home')
  const url = new URL(String((await visitor.post('/auth/logout')).headers.location))
  t.equal(url.origin, home.issuer)
  t.ok(url.searchParams.get('state'))
  await site.app.close()
  t.ok(home.count('revocation') > 0)
  t.equal(work.count('revocation'), 0)
})

test('a stranger among several providers is logged out here only', async t => {
  const { site } = await buildPair(t)
  t.equal((await site.visitor().post('/auth/logout')).headers.location, 'https://app.example.com/auth/logged-out')
})

test('a logout token ends the sessions of its own provider, and one for nobody here is refused', async t => {
  const failed: unknown[] = []
  const { site, work, home } = await buildPair(t, {
    events: { backchannelLogoutFailed ({ provider }) { failed.push(provider) } }
  })
  for (const provider of [work, home]) provider.claims = { sid: 'session-of-alice' }
  const [one, two] = [site.visitor(), site.visitor()]
  await signInWith(one, work, 'work')
  await signInWith(two, home, 'home')
  const post = async (token: string) => {
    return await one.post('/auth/backchannel-logout', `logout_token=${token}`, { 'sec-fetch-site': undefined })
  }
  t.equal((await post(await logoutToken(home))).statusCode, 200)
  t.equal(await one.who(), 'work:alice')
  t.equal(await two.who(), undefined)
  for (const claims of [{ iss: 'https://other.example' }, { aud: 'other' }]) {
    t.equal((await post(await logoutToken(work, { claims }))).statusCode, 400)
  }
  t.equal((await post('no.token')).statusCode, 400)
  const lie = await logoutToken(work, { claims: { iss: home.issuer, sub: 'alice' }, header: { kid: 'unknown' } })
  t.equal((await post(lie)).statusCode, 400)
  t.equal(await one.who(), 'work:alice')
  t.same(failed, [undefined, undefined, undefined, 'home'])
})

test('a frame of one provider ends the sessions of that one', async t => {
  const { site, work, home } = await buildPair(t, { routes: { frontchannelLogout: '/frontchannel-logout' } })
  for (const provider of [work, home]) provider.claims = { sid: 'session-of-alice' }
  const [one, two] = [site.visitor(), site.visitor()]
  await signInWith(one, work, 'work')
  await signInWith(two, home, 'home')
  const frame = await site.visitor().get(`/auth/frontchannel-logout?iss=${encodeURIComponent(home.issuer)}&sid=session-of-alice`)
  t.equal(frame.statusCode, 200)
  t.match(frame.headers['content-security-policy'], 'frame-ancestors https://work.example https://home.example')
  t.equal(await one.who(), 'work:alice')
  t.equal(await two.who(), undefined)
  t.equal((await site.visitor().get('/auth/frontchannel-logout?iss=https://other.example&sid=session-of-alice')).statusCode, 400)
})

test('one provider may answer by form_post while another does not', async t => {
  const { site, work, home } = await buildPair(t, {}, { responseMode: 'form_post' })
  const visitor = site.visitor()
  const callback = home.authorize(await visitor.begin('/auth/login?provider=home'))
  t.equal((await visitor.postFromProvider('/auth/callback/home', String(callback.split('?')[1]))).statusCode, 303)
  t.equal(await visitor.who(), 'home:alice')
  t.equal((await visitor.postFromProvider('/auth/callback/work', String(callback.split('?')[1]))).statusCode, 404)
  await signInWith(visitor, work, 'work')
  t.equal(await visitor.who(), 'work:alice')
})

test('with a strict cookie the choice is kept over the page in between', async t => {
  const { site, home } = await buildPair(t, { session: { cookie: { sameSite: 'strict' } } })
  const visitor = site.visitor()
  const page = await visitor.get('/auth/login?provider=home', { 'sec-fetch-site': 'cross-site' })
  t.equal(page.statusCode, 200)
  const address = String(/url=([^"]+)"/.exec(page.body)?.[1]).replaceAll('&amp;', '&')
  const location = (await visitor.get(pathOf(address), { 'sec-fetch-site': 'same-origin' })).headers.location
  t.equal(new URL(String(location)).origin, home.issuer)
})

test('the page of sessions calls providers as the person knows them', async t => {
  const { site, work } = await buildPair(t, { routes: { sessions: '/sessions' }, session: { store: 'memory:' } })
  const visitor = site.visitor()
  await signInWith(visitor, work, 'work')
  t.match((await visitor.get('/auth/sessions')).body, 'Work Inc.')
})

test('a session of a provider that has another issuer now gets no token, and nothing of it is told there', async t => {
  const moved = await ScriptedProvider.create('https://moved.example')
  const secret = createSecret()
  const store = new MemoryStore()
  const { site, work } = await buildPair(t, { secret, session: { store } })
  const visitor = site.visitor()
  await signInWith(visitor, work, 'work')
  const providers = { work: moved.client }
  const later = await buildSite(t, { provider: moved, providers, secret, session: { store }, clock: site.clock })
  later.app.get('/token', async request => await request.getAccessToken())
  const same = later.visitor()
  for (const name of visitor.jar.names) same.jar.set(name, String(visitor.jar.get(name)))
  t.equal(await same.who(), 'work:alice')
  t.match((await same.get('/token')).json(), { code: 'FST_LOGIN_TOKENS_LOST' })
  t.equal((await same.post('/auth/logout')).headers.location, 'https://app.example.com/auth/logged-out')
  await later.app.close()
  t.equal(moved.requests.length, 0)
})

test('a provider that begins a sign-in here itself is the one that people sign in with', async t => {
  const { site, home } = await buildPair(t)
  const query = new URLSearchParams({ iss: home.issuer, target_link_uri: 'https://app.example.com/deep/x', login_hint: 'ada' })
  const visitor = site.visitor()
  const location = await visitor.begin(`/auth/login?${query}`)
  t.equal(new URL(location).origin, home.issuer)
  t.equal(new URL(location).searchParams.get('login_hint'), 'ada')
  t.equal((await visitor.get(home.authorize(location))).headers.location, 'https://app.example.com/deep/x')
})

test('a sign-in without a question is with the session\'s provider, or the one that may do it', async t => {
  const { site, work, home } = await buildPair(t, {}, { silentLogin: true })
  site.app.get('/silent', async request => request.loginUrl({ silent: true, returnTo: '/who' }))
  const stranger = site.visitor()
  const location = await stranger.begin(pathOf((await stranger.get('/silent')).body))
  t.equal(new URL(location).origin, home.issuer)
  t.equal(new URL(location).searchParams.get('prompt'), 'none')
  t.equal(work.requests.length, 0)
})
