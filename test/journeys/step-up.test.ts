import { test } from 'tap'
import { type LoginRequirements } from '../../lib/index.ts'
import { buildSite, NAVIGATION, pathOf, type Site, type SiteOptions, type Visitor } from '../oidc/_site.ts'

interface Teardown { teardown (handler: () => Promise<unknown>): unknown }

/** A site with one page whose guard demands more than a login. */
async function guarded (t: Teardown, requirements: LoginRequirements, options: SiteOptions = {}): Promise<Site> {
  const site = await buildSite(t, options)
  site.app.get('/safe', { onRequest: [site.app.loginRequired(requirements)] }, async () => 'inside')
  site.app.post('/safe', { onRequest: [site.app.loginRequired(requirements)] }, async () => 'inside')
  return site
}

/** What the authorization request asks for that the browser is sent to. */
async function asked (visitor: Visitor, page = '/safe'): Promise<URLSearchParams> {
  return new URL(await visitor.begin(page)).searchParams
}

const seconds = (site: Site): number => Math.floor(site.clock.now() / 1000)

test('a page that demands an acr sends a person to the provider for it, and then opens', async t => {
  const site = await guarded(t, { acr: ['gold', 'platinum'] })
  const visitor = await site.signedIn()
  const before = visitor.jar.copy()
  const request = await asked(visitor)
  t.equal(request.get('acr_values'), 'gold platinum')
  t.equal(request.get('prompt'), null)
  site.provider.claims = { acr: 'gold' }
  const back = await visitor.signIn('/safe')
  t.equal(pathOf(back.headers.location), '/safe')
  t.equal((await visitor.get('/safe')).body, 'inside')
  const old = await site.app.inject({ url: '/who', headers: { ...NAVIGATION, ...before.headers } })
  t.equal(old.json<{ isAuthenticated: boolean }>().isAuthenticated, false, 'the session before is dead')
})

test('a provider that does not bring the acr is told so on a page, and the session before goes on', async t => {
  const site = await guarded(t, { acr: 'gold' })
  const visitor = await site.signedIn()
  for (const acr of [undefined, 'bronze', ['gold']]) {
    site.provider.claims = { acr }
    const answer = await visitor.signIn('/safe')
    t.equal(answer.statusCode, 403)
    t.match(answer.body, 'FST_LOGIN_TOO_WEAK')
    t.equal(await visitor.who(), 'alice')
  }
})

test('a page that demands a recent proof asks for it with max_age, and checks auth_time', async t => {
  const site = await guarded(t, { maxAge: 300 })
  site.provider.claims = { auth_time: seconds(site) }
  const visitor = await site.signedIn()
  t.equal((await visitor.get('/safe')).body, 'inside')
  site.clock.advance(331)
  t.equal((await asked(visitor)).get('max_age'), '300')
  t.match((await visitor.signIn('/safe')).body, 'FST_LOGIN_TOO_WEAK', 'the old proof is not enough')
  site.provider.claims = {}
  t.match((await visitor.signIn('/safe')).body, 'FST_LOGIN_TOO_WEAK', 'no auth_time is not enough')
  site.provider.claims = { auth_time: seconds(site) }
  await visitor.signIn('/safe')
  t.equal((await visitor.get('/safe')).body, 'inside')
})

test('a page that demands a fresh login asks for a proof now, which a silent sign-in is not', async t => {
  const site = await guarded(t, { fresh: true }, { session: { idle: 100 } })
  site.provider.claims = { auth_time: seconds(site) - 1000 }
  const visitor = await site.signedIn()
  const request = await asked(visitor)
  t.same([request.get('prompt'), request.get('max_age')], ['login', '0'])
  t.match((await visitor.signIn('/safe')).body, 'FST_LOGIN_TOO_WEAK')
  site.provider.claims = { auth_time: seconds(site) }
  await visitor.signIn('/safe')
  t.equal((await visitor.get('/safe')).body, 'inside')
})

test('the time that a person takes at the provider does not count', async t => {
  const site = await guarded(t, { fresh: true }, { session: { idle: 100 } })
  site.provider.claims = { auth_time: seconds(site) - 1000 }
  const visitor = await site.signedIn()
  const location = await visitor.begin('/safe')
  site.provider.claims = { auth_time: seconds(site) + 5 }
  site.clock.advance(500)
  t.equal(pathOf((await visitor.deliver(location)).headers.location), '/safe')
})

test('what is configured is kept where a page demands less', async t => {
  const site = await guarded(t, { maxAge: 6000 }, { oidc: { maxAge: 60, prompt: 'consent' } })
  site.provider.claims = { auth_time: seconds(site) }
  const visitor = await site.signedIn()
  site.clock.advance(7000)
  const request = await asked(visitor)
  t.same([request.get('max_age'), request.get('prompt')], ['60', 'consent'])
})

test('a fresh proof and a consent that is configured are both asked for', async t => {
  const site = await guarded(t, { fresh: true }, { oidc: { prompt: 'consent' }, session: { idle: 100 } })
  site.provider.claims = { auth_time: seconds(site) - 1000 }
  t.equal((await asked(await site.signedIn())).get('prompt'), 'login consent')
})

test('a program gets the challenge of RFC 9470, section 3, and the address that helps', async t => {
  const site = await guarded(t, { acr: ['gold', 'silver'], maxAge: 60 })
  site.app.setErrorHandler((error: Error & { loginUrl?: string }, _request, reply) => {
    reply.header('x-login-url', String(error.loginUrl))
    return reply.send(error)
  })
  const visitor = await site.signedIn()
  const answer = await visitor.get('/safe', { 'sec-fetch-mode': 'cors', 'sec-fetch-dest': 'empty' })
  t.equal(answer.statusCode, 401)
  t.match(answer.json(), { code: 'FST_LOGIN_STALE' })
  t.match(answer.headers['www-authenticate'],
    /error="insufficient_user_authentication", acr_values="gold silver", max_age="60"$/)
  const request = await asked(visitor, pathOf(answer.headers['x-login-url']))
  t.same([request.get('acr_values'), request.get('max_age')], ['gold silver', '60'])
})

test('a form that demands a fresh login loses nothing: the person comes back to where it stands', async t => {
  const site = await guarded(t, { fresh: true }, { session: { idle: 100 } })
  site.provider.claims = { auth_time: seconds(site) - 1000 }
  const visitor = await site.signedIn()
  const answer = await visitor.post('/safe', 'a=b', { referer: 'https://app.example.com/deep/form' })
  t.match(answer.json(), { code: 'FST_LOGIN_STALE', statusCode: 401 })
})

test('a browser that never gets what a page demands is not sent round for ever', async t => {
  const site = await guarded(t, { acr: 'gold' }, { oidc: { mapClaims: ({ sub }) => ({ sub }) } })
  const visitor = await site.signedIn()
  site.provider.claims = { acr: 'gold' }
  let answer = await visitor.get('/safe')
  let turns = 0
  while (answer.statusCode === 302 && turns < 10) {
    const begun = await visitor.get(pathOf(answer.headers.location))
    if (begun.statusCode !== 302) {
      answer = begun
      break
    }
    await visitor.deliver(String(begun.headers.location))
    answer = await visitor.get('/safe')
    turns++
  }
  t.equal(answer.statusCode, 403)
  t.match(answer.body, 'FST_LOGIN_TOO_WEAK')
  t.ok(turns <= 4, `it ended after ${turns} turns`)
  t.equal(await visitor.who(), 'alice')
})

test('a step-up whose cookie is lost every time ends on a page', async t => {
  const site = await guarded(t, { acr: 'gold' })
  const visitor = await site.signedIn()
  site.provider.claims = { acr: 'gold' }
  let location = await visitor.begin('/safe')
  let answer = await visitor.get('/')
  for (let turn = 0; turn < 5; turn++) {
    for (const name of visitor.jar.names.filter(name => name.endsWith('-binding'))) visitor.jar.delete(name)
    answer = await visitor.deliver(location)
    if (answer.statusCode !== 302) break
    location = String(answer.headers.location)
  }
  t.equal(answer.statusCode, 400)
  t.match(answer.body, 'FST_LOGIN_STATE_FOREIGN')
  t.equal(await visitor.who(), 'alice')
})

test('the demands of a login cannot be taken out of its address', async t => {
  const site = await guarded(t, { acr: 'gold' })
  const visitor = await site.signedIn()
  const location = new URL(await visitor.begin('/safe'))
  location.searchParams.delete('acr_values')
  t.match((await visitor.deliver(location.href)).body, 'FST_LOGIN_TOO_WEAK')
})

test('a page that demands a scope which was granted opens, and its handler gets a token for it', async t => {
  const site = await guarded(t, { scopes: ['mail.read'] }, { oidc: { scopes: ['mail.read'] } })
  site.app.get('/token', async request => await request.getAccessToken({ scopes: ['mail.read'] }))
  const visitor = await site.signedIn()
  t.equal((await visitor.get('/safe')).body, 'inside')
  t.match((await visitor.get('/token')).json(), {
    accessToken: String, tokenType: 'bearer', scopes: ['openid', 'mail.read'], expiresAt: seconds(site) + 300
  })
})

test('a page that demands a further scope asks for it beside those that were granted', async t => {
  const site = await guarded(t, { scopes: ['mail.read'] })
  const visitor = await site.signedIn()
  site.provider.tokenAnswer = { scope: 'openid profile email mail.read' }
  t.equal((await asked(visitor)).get('scope'), 'mail.read openid profile email')
  await visitor.signIn('/safe')
  t.equal((await visitor.get('/safe')).body, 'inside')
})

test('a page that demands a stronger login and a further scope asks for both at once', async t => {
  const site = await guarded(t, { acr: 'gold', scopes: ['mail.read'] })
  const visitor = await site.signedIn()
  const request = await asked(visitor)
  t.same([request.get('acr_values'), request.get('scope')], ['gold', 'mail.read openid profile email'])
  site.provider.claims = { acr: 'gold' }
  site.provider.tokenAnswer = { scope: 'openid mail.read' }
  await visitor.signIn('/safe')
  t.equal((await visitor.get('/safe')).body, 'inside')
})

test('scopes that were granted before are asked for again, because the new grant takes the place of the old', async t => {
  const site = await guarded(t, { scopes: ['mail.read'] })
  site.app.get('/files', { onRequest: [site.app.loginRequired({ scopes: ['files.read'] })] }, async () => 'files')
  const visitor = await site.signedIn()
  site.provider.tokenAnswer = { scope: 'openid mail.read' }
  await visitor.signIn('/safe')
  t.equal((await asked(visitor, '/files')).get('scope'), 'files.read openid profile email mail.read')
})

test('a scope that the provider does not grant ends on a page, and the session before goes on', async t => {
  const site = await guarded(t, { scopes: ['mail.read'] })
  const visitor = await site.signedIn()
  site.provider.tokenAnswer = { scope: 'openid profile' }
  const answer = await visitor.signIn('/safe')
  t.equal(answer.statusCode, 403)
  t.match(answer.body, 'FST_LOGIN_SCOPE_REFUSED')
  t.equal(await visitor.who(), 'alice')
})

test('a program that lacks a scope gets the challenge of RFC 6750, section 3', async t => {
  const site = await guarded(t, { scopes: ['mail.read', 'mail.send'] })
  const visitor = await site.signedIn()
  const answer = await visitor.get('/safe', { 'sec-fetch-mode': 'cors', 'sec-fetch-dest': 'empty' })
  t.equal(answer.statusCode, 403)
  t.match(answer.json(), { code: 'FST_LOGIN_INSUFFICIENT_SCOPE' })
  t.match(answer.headers['www-authenticate'], /error="insufficient_scope", scope="mail.read mail.send"$/)
})

test('a login that the application made itself holds the scopes that it said, and others are asked for', async t => {
  const site = await guarded(t, { scopes: ['mail.read'] })
  const visitor = site.visitor()
  await visitor.post('/app/login')
  t.equal((await asked(visitor)).get('scope'), 'mail.read openid profile email')
})

test('with the strict cookie a step-up goes through the page that brings the cookie along', async t => {
  const site = await guarded(t, { acr: 'gold' }, { session: { cookie: { sameSite: 'strict' } } })
  const visitor = await site.signedIn()
  site.provider.claims = { acr: 'gold' }
  const link = pathOf((await visitor.get('/safe')).headers.location)
  const page = await visitor.get(link, { 'sec-fetch-site': 'cross-site' })
  const continued = pathOf(/https:\/\/app\.example\.com[^"]*/.exec(page.body)?.[0].replaceAll('&amp;', '&'))
  const begun = await visitor.get(continued, { 'sec-fetch-site': 'same-origin' })
  t.equal(new URL(String(begun.headers.location)).searchParams.get('acr_values'), 'gold')
  t.equal((await visitor.deliver(String(begun.headers.location))).statusCode, 200)
  t.equal((await visitor.get('/safe')).body, 'inside')
})

test('a stranger is asked at once for what the page demands, and a silent sign-in is not enough', async t => {
  const site = await guarded(t, { maxAge: 300, acr: 'gold' })
  const visitor = site.visitor()
  const request = await asked(visitor)
  t.same([request.get('max_age'), request.get('acr_values')], ['300', 'gold'])
  site.provider.claims = { acr: 'gold', auth_time: seconds(site) - 3600 }
  t.match((await visitor.signIn('/safe')).body, 'FST_LOGIN_TOO_WEAK')
  t.equal(await visitor.who(), undefined)
  site.provider.claims = { acr: 'gold', auth_time: seconds(site) }
  await visitor.signIn('/safe')
  t.equal((await visitor.get('/safe')).body, 'inside')
})
