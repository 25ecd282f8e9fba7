import type { FastifyRequest } from 'fastify'
import { test } from 'tap'
import { LOGGED_OUT, providerLogout } from '../oidc/_logout.ts'
import { BINDING, evilPaths, isRestart, peopled, ROOT, SESSION } from '../oidc/_people.ts'
import { ScriptedProvider } from '../oidc/_scripted-provider.ts'

const HINT = { id_token_hint: /^ey/, client_id: 'web' }

test('POST ends the session here, then at the provider with the ID token as hint (RP-Initiated Logout, section 2)', async t => {
  const { site, alice } = await peopled(t)
  const thief = site.visitor()
  thief.jar.set(SESSION, String(alice.jar.get(SESSION)))
  const answer = await alice.post('/auth/logout')
  t.match(providerLogout(answer), { id_token_hint: /^ey/, client_id: 'web', post_logout_redirect_uri: LOGGED_OUT })
  t.equal(JSON.parse(Buffer.from(String(providerLogout(answer)?.['id_token_hint']).split('.')[1] ?? '', 'base64url').toString()).sub, 'alice')
  t.match(answer.headers['cache-control'], /no-store/)
  t.same(alice.jar.names, [], 'the cookies are gone')
  t.equal(await alice.who(), undefined)
  t.equal(await thief.who(), undefined, 'a copy of the cookie is dead')
  t.same(site.leaks(site.log), [])
})

test('a link of this site ends the session too', async t => {
  const { alice } = await peopled(t)
  t.ok(providerLogout(await alice.get('/auth/logout', { 'sec-fetch-site': 'same-origin' })))
  t.equal(await alice.who(), undefined)
})

const others: Record<string, Record<string, string | undefined>> = {
  'from another site': { 'sec-fetch-site': 'cross-site' },
  'from another host of the site': { 'sec-fetch-site': 'same-site' },
  'that somebody typed': { 'sec-fetch-site': 'none' },
  'of a browser that says nothing about it': { 'sec-fetch-site': undefined, 'sec-fetch-mode': undefined, 'sec-fetch-dest': undefined },
  'that prefetches': { 'sec-fetch-site': 'same-origin', 'sec-purpose': 'prefetch' },
  'that prerenders': { 'sec-fetch-site': 'same-origin', 'sec-purpose': 'prefetch;prerender' },
  'of an image': { 'sec-fetch-site': 'same-origin', 'sec-fetch-mode': 'no-cors', 'sec-fetch-dest': 'image' },
  'of a frame': { 'sec-fetch-site': 'same-origin', 'sec-fetch-dest': 'iframe' },
  'of a script': { 'sec-fetch-site': 'same-origin', 'sec-fetch-mode': 'cors', 'sec-fetch-dest': 'empty' }
}

for (const [name, headers] of Object.entries(others)) {
  test(`a GET ${name} gets a page that asks, and ends nothing`, async t => {
    const { alice } = await peopled(t)
    const answer = await alice.get('/auth/logout', headers)
    t.equal(answer.statusCode, 200)
    t.match(answer.headers['content-type'], /^text\/html/)
    t.match(answer.headers['cache-control'], /no-store/)
    t.match(answer.body, '<form method="post" action="https://app.example.com/auth/logout"')
    t.same(answer.cookies, [])
    t.equal(await alice.who(), 'alice')
  })
}

test('HEAD ends nothing', async t => {
  const { alice } = await peopled(t)
  t.equal((await alice.head('/auth/logout', { 'sec-fetch-site': 'same-origin' })).statusCode, 200)
  t.equal(await alice.who(), 'alice')
})

test('a POST from another site is refused with 403, and the session lives on', async t => {
  const { alice } = await peopled(t)
  const sources = [
    { 'sec-fetch-site': 'cross-site', origin: 'https://evil.example' },
    { 'sec-fetch-site': 'same-site', origin: 'https://other.example.com' },
    { 'sec-fetch-site': undefined, origin: 'https://evil.example' },
    { 'sec-fetch-site': undefined, origin: 'null' }
  ]
  for (const headers of sources) {
    const answer = await alice.post('/auth/logout', '', headers)
    t.equal(answer.statusCode, 403)
    t.match(answer.body, 'FST_LOGIN_CROSS_SITE')
    t.same(answer.cookies, [])
    t.equal(await alice.who(), 'alice')
  }
})

test('a POST from another site without a session cookie ends no login that is under way', async t => {
  const { site, stranger } = await peopled(t, { oidc: { responseMode: 'form_post' } })
  const location = await stranger.begin()
  const answer = await stranger.post('/auth/logout', '', { 'sec-fetch-site': 'cross-site', origin: 'https://evil.example' })
  t.equal(answer.statusCode, 403)
  t.ok(stranger.jar.get(BINDING))
  const query = new URL(site.provider.authorize(location), ROOT).searchParams
  t.equal((await stranger.post('/auth/callback', String(query))).headers.location, ROOT)
})

test('a POST from an origin in allowedOrigins, or from no browser, is accepted', async t => {
  const sources = [
    { 'sec-fetch-site': 'same-site', origin: 'https://other.example.com' },
    { 'sec-fetch-site': undefined, 'sec-fetch-mode': undefined, 'sec-fetch-dest': undefined }
  ]
  for (const headers of sources) {
    const { alice } = await peopled(t, { allowedOrigins: ['https://other.example.com'] })
    t.ok(providerLogout(await alice.post('/auth/logout', '', headers)))
    t.equal(await alice.who(), undefined)
  }
})

test('logout ends the logins that are under way: the cookie with their secret goes', async t => {
  const { site, alice } = await peopled(t)
  const location = await alice.begin()
  await alice.post('/auth/logout')
  t.equal(alice.jar.get(BINDING), undefined)
  t.ok(isRestart(await alice.get(site.provider.authorize(location))))
})

test('query and body name no place to go to', async t => {
  const { site } = await peopled(t)
  const query = 'returnTo=https://evil.example/&post_logout_redirect_uri=https://evil.example/&redirect=//evil.example&id_token_hint=x'
  const alice = await site.signedIn()
  t.equal(providerLogout(await alice.post(`/auth/logout?${query}`, query))?.['post_logout_redirect_uri'], LOGGED_OUT)
  const bob = await site.signedIn()
  const answer = await bob.get(`/auth/logout?${query}`, { 'sec-fetch-site': 'same-origin' })
  t.match(providerLogout(answer), { post_logout_redirect_uri: LOGGED_OUT, id_token_hint: /^ey/ })
  const page = await site.visitor().get(`/auth/logout?${query}`)
  t.notMatch(page.body, 'evil')
})

test('without a session a logout ends at the logged-out page of this site', async t => {
  const { stranger } = await peopled(t)
  for (const answer of [await stranger.post('/auth/logout'), await stranger.get('/auth/logout', { 'sec-fetch-site': 'same-origin' })]) {
    t.equal(answer.statusCode, 303)
    t.equal(answer.headers.location, LOGGED_OUT)
  }
})

test('a session cookie that is broken, or whose session has ended, makes no difference', async t => {
  const { site, alice, stranger } = await peopled(t)
  stranger.jar.set(SESSION, 'garbage')
  t.equal((await stranger.post('/auth/logout')).headers.location, LOGGED_OUT)
  t.same(stranger.jar.names, [])
  site.clock.advance(86_400 * 8)
  t.equal((await alice.post('/auth/logout')).headers.location, LOGGED_OUT)
})

test('a session that the application began itself ends here only', async t => {
  const { site, stranger } = await peopled(t)
  await stranger.post('/app/login')
  t.equal(await stranger.who(), 'local')
  const answer = await stranger.post('/auth/logout')
  t.equal(answer.headers.location, LOGGED_OUT)
  t.equal(await stranger.who(), undefined)
  t.equal(site.provider.count('discovery'), 1)
})

test('a session ends also where loadUser fails', async t => {
  let isDown = false
  const loadUser = (): object => {
    if (isDown) throw new Error('the database is down')
    return {}
  }
  const { alice } = await peopled(t, { loadUser })
  const old = alice.jar.copy()
  isDown = true
  t.equal((await alice.post('/auth/logout')).statusCode, 303)
  isDown = false
  t.same(alice.jar.names, [])
  alice.jar.set(SESSION, String(old.get(SESSION)))
  t.equal(await alice.who(), undefined)
})

test('an address as postLogoutRedirect is known to the provider, and no state is needed', async t => {
  const address = 'https://www.example.com/bye'
  const { alice, stranger } = await peopled(t, { oidc: { postLogoutRedirect: address } })
  t.match(providerLogout(await alice.post('/auth/logout')), { ...HINT, state: undefined, post_logout_redirect_uri: address })
  t.same(alice.jar.names, [])
  t.equal((await stranger.post('/auth/logout')).headers.location, address)
})

test('a path as postLogoutRedirect is reached by the logged-out page (RP-Initiated Logout, section 3)', async t => {
  const { alice, stranger } = await peopled(t, { oidc: { postLogoutRedirect: '/bye?a=b' } })
  const sent = providerLogout(await alice.post('/auth/logout'))
  t.match(sent, { ...HINT, post_logout_redirect_uri: LOGGED_OUT, state: /^[\w.-]+$/ })
  t.notMatch(sent?.['state'], 'bye')
  t.same(alice.jar.names, [BINDING], 'with a new secret in the browser')
  const answer = await alice.get(`/auth/logged-out?state=${sent?.['state']}`, { 'sec-fetch-site': 'cross-site' })
  t.equal(answer.statusCode, 303)
  t.equal(answer.headers.location, 'https://app.example.com/bye?a=b')
  t.match(answer.headers['cache-control'], /no-store/)
  t.equal((await stranger.post('/auth/logout')).headers.location, 'https://app.example.com/bye?a=b')
})

test('a function as postLogoutRedirect is asked while the person is still signed in', async t => {
  const postLogoutRedirect = async ({ currentUser }: FastifyRequest): Promise<string> =>
    currentUser.isAuthenticated ? `/bye/${currentUser.id}` : 'https://www.example.com/'
  const { alice, stranger } = await peopled(t, { oidc: { postLogoutRedirect } })
  const state = providerLogout(await alice.post('/auth/logout'))?.['state']
  t.equal((await alice.get(`/auth/logged-out?state=${state}`)).headers.location, 'https://app.example.com/bye/alice')
  t.equal((await stranger.post('/auth/logout')).headers.location, 'https://www.example.com/')
})

test('an address that the function gives is reached by the logged-out page too', async t => {
  const { alice } = await peopled(t, { oidc: { postLogoutRedirect: () => 'https://www.example.com/bye' } })
  const sent = providerLogout(await alice.post('/auth/logout'))
  t.equal(sent?.['post_logout_redirect_uri'], LOGGED_OUT)
  t.equal((await alice.get(`/auth/logged-out?state=${sent?.['state']}`)).headers.location, 'https://www.example.com/bye')
})

test('without a logged-out page the path itself goes to the provider', async t => {
  for (const postLogoutRedirect of ['/bye', () => '/bye']) {
    const { alice } = await peopled(t, { oidc: { postLogoutRedirect }, routes: { loggedOut: false } })
    t.match(providerLogout(await alice.post('/auth/logout')), { ...HINT, state: undefined, post_logout_redirect_uri: 'https://app.example.com/bye' })
    t.same(alice.jar.names, [])
  }
})

test('a logout that cannot go by the provider ends there at once, and leaves no cookie', async t => {
  const provider = await ScriptedProvider.create()
  provider.metadata = { end_session_endpoint: undefined }
  const { alice } = await peopled(t, { provider, oidc: { postLogoutRedirect: () => '/bye' } })
  t.equal((await alice.post('/auth/logout')).headers.location, 'https://app.example.com/bye')
  t.same(alice.jar.names, [])
})

test('without a logged-out page a logout ends at the root of the site', async t => {
  const { alice, stranger } = await peopled(t, { routes: { loggedOut: false } })
  t.equal(providerLogout(await alice.post('/auth/logout'))?.['post_logout_redirect_uri'], ROOT)
  t.equal((await stranger.post('/auth/logout')).headers.location, ROOT)
  t.equal((await stranger.get('/auth/logged-out')).statusCode, 404)
})

test('routes.logout false leaves no address that logs out', async t => {
  const { alice } = await peopled(t, { routes: { logout: false } })
  t.equal((await alice.post('/auth/logout')).statusCode, 404)
  t.equal(await alice.who(), 'alice')
  await alice.post('/app/logout')
  t.equal(await alice.who(), undefined)
})

test('the page that asks leads nowhere else', async t => {
  const { stranger } = await peopled(t)
  for (const path of evilPaths) {
    const page = await stranger.get(`/auth/logout?returnTo=${encodeURIComponent(String(path))}`)
    t.same([...page.body.matchAll(/(?:href|action)="([^"]*)"/g)].map(([, address]) => address), ['https://app.example.com/auth/logout', ROOT])
  }
})

test('an ID token that is too long for an address is no hint: client_id says who sends the person', async t => {
  const provider = await ScriptedProvider.create()
  const hintOf = async (length: number): Promise<string | undefined> => {
    provider.claims = { groups: 'x'.repeat(length) }
    const { alice } = await peopled(t, { provider, oidc: { mapClaims: () => ({}) } })
    const answer = await alice.post('/auth/logout')
    t.match(providerLogout(answer), { client_id: 'web', post_logout_redirect_uri: LOGGED_OUT })
    t.ok(String(answer.headers.location).length < 8000)
    return providerLogout(answer)?.['id_token_hint']
  }
  t.match(await hintOf(3500), /^ey/)
  t.equal(await hintOf(20_000), undefined)
})
