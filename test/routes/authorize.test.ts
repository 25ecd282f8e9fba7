import { test } from 'tap'
import { json } from '../oidc/_scripted-provider.ts'
import { buildSite } from '../oidc/_site.ts'
import { pkce } from '../programs/_bench.ts'
import { agree, answerOf, ask, authorized, authorizePath, PORT, PROGRAMS, programSite, sealedIn } from './_programs.ts'

test('a person is asked before a program may act for them, and nobody is sent anywhere before that', async t => {
  const site = await programSite(t)
  const page = await site.visitor().get(authorizePath())
  t.equal(page.statusCode, 200)
  t.match(page.body, '<strong>Reports</strong> (a program on this computer)')
  t.match(page.body, '<li>reports.read</li>')
  t.match(page.headers['cache-control'], /no-store/)
  t.same(page.cookies, [])
  t.equal(site.provider.count('discovery'), 0)
})

test('who agrees signs in, and the program gets a code, its state and who answers (RFC 6749, section 4.1.2; RFC 9207)', async t => {
  const site = await programSite(t)
  const visitor = site.visitor()
  const begun = await agree(visitor, authorizePath(pkce(), { scope: 'reports.read offline_access', prompt: 'login' }))
  const location = String(begun.headers.location)
  t.ok(location.startsWith('https://id.example.com/authorize'))
  const asked = new URL(location).searchParams
  t.same(asked.get('scope')?.split(' '), ['reports.read', 'openid', 'profile', 'email', 'offline_access'])
  t.equal(asked.get('prompt'), 'login')
  const answer = await visitor.deliver(location)
  t.equal(answer.statusCode, 302)
  t.ok(String(answer.headers.location).startsWith(`${PORT}?`))
  t.same([...answerOf(answer).keys()], ['code', 'state', 'iss'])
  t.equal(answerOf(answer).get('state'), 'of the program')
  t.equal(answerOf(answer).get('iss'), 'https://app.example.com')
  t.equal(answer.headers['cache-control'], 'no-store')
  t.equal(answer.headers['referrer-policy'], 'no-referrer')
  t.same(answer.cookies, [], 'no session begins')
  t.equal(await visitor.who(), undefined)
})

test('a session that is there stays as it is', async t => {
  const site = await programSite(t)
  const visitor = await site.signedIn()
  const before = visitor.jar.cookie
  site.provider.claims = { sub: 'bob' }
  site.provider.userinfo = { sub: 'bob' }
  t.ok((await authorized(site, authorizePath(), visitor)).get('code'))
  t.equal(visitor.jar.get('__Host-login'), before.match(/__Host-login=([^;]+)/)?.[1])
  t.equal(await visitor.who(), 'alice')
})

test('who cancels, cancels: access_denied (RFC 6749, section 4.1.2.1)', async t => {
  const site = await programSite(t)
  for (const form of [{ action: 'cancel' }, {}, { action: 'other' }]) {
    const answer = await agree(site.visitor(), authorizePath(), form)
    t.equal(answer.statusCode, 303)
    t.match(Object.fromEntries(answerOf(answer)), { error: 'access_denied', state: 'of the program', iss: 'https://app.example.com' })
  }
  t.equal(site.provider.count('discovery'), 0)
})

test('an unknown program or address gets a page, and never a redirect', async t => {
  const site = await programSite(t)
  const visitor = site.visitor()
  for (const changes of [{ client_id: 'other' }, { client_id: undefined }, { redirect_uri: 'https://evil.example/' }, { redirect_uri: 'http://127.0.0.1:4711/callback/../../evil' }]) {
    const answer = await visitor.get(authorizePath(pkce(), changes))
    t.equal(answer.statusCode, 400)
    t.equal(answer.headers.location, undefined)
    t.match(answer.body, /FST_LOGIN_PROGRAM_(UNKNOWN|REDIRECT_INVALID)/)
    t.notMatch(answer.body, 'evil')
  }
})

test('what is wrong beside that is said to the program, and breaks out of no header', async t => {
  const site = await programSite(t)
  const state = 'a\r\nSet-Cookie: x=1\u2028&code=mine#é'
  const answer = await site.visitor().get(authorizePath(pkce(), { response_type: 'token', state }))
  t.equal(answer.statusCode, 302)
  t.match(Object.fromEntries(answerOf(answer)), { error: 'unsupported_response_type', state })
  t.equal(answerOf(answer).get('code'), null)
  t.match(String(answer.headers.location), /^[!-~]+$/)
  t.same(answer.cookies, [])
})

test('another site says nothing in the name of a person', async t => {
  const site = await programSite(t)
  const visitor = site.visitor()
  const request = sealedIn(await site.visitor().get(authorizePath()))
  const form = new URLSearchParams({ request, action: 'continue' }).toString()
  for (const headers of [{ 'sec-fetch-site': 'cross-site' }, { 'sec-fetch-site': 'same-site' }, { 'sec-fetch-site': undefined, origin: 'https://evil.example' }, { 'sec-fetch-site': undefined, origin: 'null' }]) {
    const answer = await visitor.post('/auth/authorize', form, headers)
    t.equal(answer.statusCode, 403)
    t.equal(answer.headers.location, undefined)
  }
})

test('an answer to a question that nobody asked here, or long ago, is none', async t => {
  const site = await programSite(t)
  const visitor = site.visitor()
  const request = sealedIn(await visitor.get(authorizePath()))
  site.clock.advance(600)
  for (const one of [request, 'x', '']) {
    const answer = await visitor.post('/auth/authorize', new URLSearchParams({ request: one, action: 'continue' }).toString())
    t.equal(answer.statusCode, 400)
    t.match(answer.body, 'FST_LOGIN_PROGRAM_REQUEST_EXPIRED')
  }
  t.equal((await visitor.post('/auth/authorize', '')).statusCode, 400)
})

test('whoever waits for no page is asked nothing', async t => {
  const site = await programSite(t)
  const visitor = site.visitor()
  t.equal((await visitor.get(authorizePath(), { 'sec-purpose': 'prefetch' })).statusCode, 204)
  t.equal((await visitor.head(authorizePath())).statusCode, 204)
})

test('where the provider is away, the program is told so', async t => {
  const site = await programSite(t)
  site.provider.answers.discovery = () => json({}, 503)
  t.equal(answerOf(await agree(site.visitor(), authorizePath())).get('error'), 'temporarily_unavailable')
})

test('of several providers the person chooses one, unless the program has its own', async t => {
  const { provider } = await programSite(t)
  const providers = { one: { ...provider.client, label: 'One' }, two: { ...provider.client, label: 'Two' } }
  const programs = { ...PROGRAMS, own: { redirectUris: [PORT], passThrough: true, provider: 'two' } }
  const site = await buildSite(t, { provider, providers, programs })
  const visitor = site.visitor()
  const page = await visitor.get(authorizePath())
  t.match(page.body, 'value="one">Continue with One<')
  const again = await agree(visitor, authorizePath(), { provider: 'three' })
  t.equal(again.statusCode, 200)
  t.match(again.body, 'Continue with Two')
  t.equal((await agree(visitor, authorizePath())).statusCode, 200, 'a choice is needed')
  const begun = await agree(visitor, authorizePath(), { provider: 'two' })
  t.match(new URL(String(begun.headers.location)).searchParams.get('redirect_uri'), /\/callback\/two$/)
  const own = await agree(visitor, authorizePath(pkce(), { client_id: 'own' }))
  t.match(new URL(String(own.headers.location)).searchParams.get('redirect_uri'), /\/callback\/two$/)
})

test('the login page is another address of it, as py-oidc-auth has it', async t => {
  const site = await programSite(t)
  const page = '/auth/login?redirect_uri=com.example.old:/callback&prompt=none&offline_access=true&scope=openid'
  const visitor = site.visitor()
  const begun = await agree(visitor, page)
  const asked = new URL(String(begun.headers.location)).searchParams
  t.equal(asked.get('prompt'), null)
  t.match(asked.get('scope'), /offline_access/)
  const answer = await visitor.deliver(String(begun.headers.location))
  t.match(String(answer.headers.location), /^com\.example\.old:\/callback\?code=/)
  const tokens = await ask(site, { code: answerOf(answer).get('code') ?? '', redirect_uri: 'com.example.old:/callback', client_id: 'old' })
  t.match(tokens.json(), { token_type: 'Bearer', refresh_token: String })
  t.equal((await visitor.get('/auth/login?redirect_uri=https://evil.example/')).statusCode, 400)
})

test('where nobody may be asked, the login page asks nobody either', async t => {
  const site = await programSite(t, { routes: { authorize: false } })
  const answer = await site.visitor().get('/auth/login?redirect_uri=com.example.old:/callback')
  t.match(answer, { statusCode: 302, headers: { location: /^https:\/\/id\./ } })
})

test('without programs a redirect address means nothing to the login page', async t => {
  const site = await buildSite(t)
  t.equal((await site.visitor().get('/auth/login?redirect_uri=https://evil.example/')).statusCode, 302)
  t.equal((await site.visitor().get('/auth/authorize')).statusCode, 404)
  t.equal((await ask(site, {})).statusCode, 404)
})
