import { test } from 'tap'
import { BINDING, evilPaths, isRestart, ROOT, SESSION } from '../oidc/_people.ts'
import { buildSite, pathOf } from '../oidc/_site.ts'

const ISSUER = 'https://id.example.com'
const CROSS_SITE = { 'sec-fetch-site': 'cross-site', origin: ISSUER }

/** The login page with such parameters; a list gives one several times. */
function loginPage (parameters: Record<string, string | readonly string[]>): string {
  const pairs = Object.entries(parameters).flatMap(([name, values]) => {
    return [values].flat().map((value): [string, string] => [name, value])
  })
  return `/auth/login?${new URLSearchParams(pairs)}`
}

test('the provider may begin a sign-in here, with a hint and a page to end at (OpenID Connect Core, section 4)', async t => {
  const site = await buildSite(t)
  for (const target of ['https://app.example.com/deep/1?a=b#c', '/deep/1?a=b#c']) {
    const visitor = site.visitor()
    const location = await visitor.begin(loginPage({ iss: ISSUER, login_hint: 'alice', target_link_uri: target }))
    t.equal(new URL(location).searchParams.get('login_hint'), 'alice')
    t.equal((await visitor.deliver(location)).headers.location, 'https://app.example.com/deep/1?a=b#c')
    t.equal(await visitor.who(), 'alice')
  }
  const visitor = site.visitor()
  t.equal((await visitor.signIn(loginPage({ iss: ISSUER }))).headers.location, ROOT)
})

test('it is a sign-in of this browser: nobody is signed in before the provider has answered it', async t => {
  const site = await buildSite(t)
  const [mallory, victim] = [site.visitor(), site.visitor()]
  const location = await mallory.begin(loginPage({ iss: ISSUER }))
  t.ok(isRestart(await victim.deliver(location)), 'the answer to another browser begins anew')
  t.equal(await victim.who(), undefined)
})

test('another issuer, or two, begin nothing: a page says so with 400', async t => {
  const site = await buildSite(t)
  for (const iss of ['https://evil.example', `${ISSUER}/`, 'HTTPS://id.example.com', '', [ISSUER, ISSUER], [ISSUER, 'https://evil.example']]) {
    const visitor = site.visitor()
    for (const answer of [await visitor.get(loginPage({ iss, target_link_uri: '/deep/1' })), await visitor.post('/auth/login', loginPage({ iss }).split('?')[1])]) {
      t.equal(answer.statusCode, 400)
      t.match(answer.body, 'FST_LOGIN_ISSUER_UNKNOWN')
      t.notMatch(answer.body, 'evil')
    }
    t.same(visitor.jar.names, [])
  }
  t.equal(site.provider.requests.length, 0, 'nobody is asked')
})

test('a target that is not of this site leads to its root', async t => {
  const site = await buildSite(t)
  for (const target of [...evilPaths.map(String), 'https://app.example.com@evil.example/deep/1', 'https://app.example.com.evil.example/',
    'http://app.example.com/deep/1', 'https://app.example.com:8443/deep/1', 'https://app.example.com//evil.example', '//app.example.com/deep/1', 'data:,x']) {
    const visitor = site.visitor()
    const answer = await visitor.signIn(loginPage({ iss: ISSUER, target_link_uri: target }))
    t.equal(answer.headers.location, ROOT, target.slice(0, 60))
  }
})

test('a form of the provider does the same, with the cookies that come with the request after it', async t => {
  const site = await buildSite(t)
  const alice = await site.signedIn()
  const before = alice.jar.get(BINDING)
  const session = String(alice.jar.get(SESSION))
  alice.jar.delete(SESSION).delete(BINDING) // Lax cookies stay at home.
  const form = new URLSearchParams({ iss: ISSUER, login_hint: 'alice', target_link_uri: '/deep/1', prompt: 'none', scope: 'all' })
  const answer = await alice.post('/auth/login', String(form), CROSS_SITE)
  t.equal(answer.statusCode, 303)
  t.equal(answer.headers.location, `https://app.example.com${loginPage({ iss: ISSUER, login_hint: 'alice', target_link_uri: '/deep/1' })}`)
  t.same(answer.cookies, [])
  alice.jar.set(SESSION, session).set(BINDING, String(before))
  const end = await alice.deliver(await alice.begin(pathOf(answer.headers.location)))
  t.equal(end.headers.location, 'https://app.example.com/deep/1')
})

test('a form that names no issuer, and one that no person sent, begin nothing', async t => {
  const site = await buildSite(t)
  const visitor = site.visitor()
  for (const form of ['', 'login_hint=a', '%', 'a'.repeat(1000)]) t.equal((await visitor.post('/auth/login', form, CROSS_SITE)).statusCode, 404)
  const fetched = await visitor.post('/auth/login', `iss=${encodeURIComponent(ISSUER)}`, { ...CROSS_SITE, 'sec-fetch-mode': 'no-cors', 'sec-fetch-dest': 'empty' })
  t.equal(fetched.statusCode, 204)
  t.equal((await visitor.post('/auth/login', 'a'.repeat(70_000), CROSS_SITE)).statusCode, 413)
  t.equal((await site.app.inject({ method: 'POST', url: '/auth/login', headers: { accept: 'text/html' } })).statusCode, 404)
  t.same(visitor.jar.names, [])
})

test('with a strict cookie the sign-in goes on from a page of this site, and keeps its hint and its end', async t => {
  const site = await buildSite(t, { session: { cookie: { sameSite: 'strict' } } })
  const visitor = site.visitor()
  const page = await visitor.get(loginPage({ iss: ISSUER, login_hint: 'alice', target_link_uri: '/deep/1' }), { 'sec-fetch-site': 'cross-site' })
  const [, next = ''] = /url=([^"]*)"/.exec(page.body) ?? []
  const location = await visitor.begin(pathOf(next.replaceAll('&amp;', '&').replaceAll('&#38;', '&')))
  t.equal(new URL(location).searchParams.get('login_hint'), 'alice')
  t.match((await visitor.deliver(location)).body, 'https://app.example.com/deep/1')
})

test('the login address passes on what is allowed, and nothing else', async t => {
  const site = await buildSite(t, { oidc: { forwardedParameters: ['login_hint', 'ui_locales', 'domain_hint'], authorizationParameters: { domain_hint: 'corp', audience: 'x' } } })
  const query = {
    login_hint: 'ada',
    ui_locales: 'fr',
    domain_hint: 'other',
    audience: 'evil',
    acr_values: 'low',
    redirect_uri: 'https://evil.example',
    prompt: 'none',
    state: 'x',
    scope: 'all',
    client_id: 'evil',
    nonce: 'x',
    request_uri: 'https://evil.example'
  }
  const visitor = site.visitor()
  const asked = new URL(await visitor.begin(loginPage(query))).searchParams
  const plain = new URL(await visitor.begin()).searchParams
  t.match(Object.fromEntries(asked), { login_hint: 'ada', ui_locales: 'fr', domain_hint: 'other', audience: 'x' })
  t.same([...asked.keys()].filter(name => !plain.has(name)), ['login_hint', 'ui_locales'])
  for (const name of ['client_id', 'redirect_uri', 'scope']) t.same(asked.getAll(name), plain.getAll(name), name)
})

test('without the option the login address passes nothing on', async t => {
  const visitor = (await buildSite(t)).visitor()
  t.equal(new URL(await visitor.begin(loginPage({ login_hint: 'ada' }))).searchParams.has('login_hint'), false)
})

test('a value that is too long, malformed or there twice is left out, and the sign-in begins', async t => {
  const site = await buildSite(t, { oidc: { forwardedParameters: ['login_hint'] } })
  for (const value of ['', 'a'.repeat(257), 'a\r\nb', 'a\u0000', ['a', 'b']]) {
    for (const iss of [{}, { iss: ISSUER }]) {
      const location = await site.visitor().begin(loginPage({ ...iss, login_hint: value }))
      t.equal(new URL(location).searchParams.has('login_hint'), false, JSON.stringify(value).slice(0, 20))
    }
  }
})

test('what the application has sealed cannot be said otherwise in the address', async t => {
  const site = await buildSite(t, {
    oidc: { forwardedParameters: ['login_hint', 'ui_locales'] },
    prepare (app) { app.get('/url', async request => request.loginUrl({ loginHint: 'ada', returnTo: '/who' })) }
  })
  const visitor = site.visitor()
  const page = pathOf((await visitor.get('/url')).body)
  const asked = new URL(await visitor.begin(`${page}&login_hint=mallory&ui_locales=fr`)).searchParams
  t.match(Object.fromEntries(asked), { login_hint: 'ada', ui_locales: 'fr' })
})

test('hints survive a sign-in that has to begin anew', async t => {
  const site = await buildSite(t, { oidc: { forwardedParameters: ['login_hint'] } })
  const visitor = site.visitor()
  const location = await visitor.begin(loginPage({ login_hint: 'ada' }))
  visitor.jar.delete(BINDING)
  const again = await visitor.deliver(location)
  t.equal(new URL(String(again.headers.location)).searchParams.get('login_hint'), 'ada')
})
