import tap, { test } from 'tap'
import { startDevProvider } from '../../lib/dev-provider/index.ts'
import { startApplication, startProvider } from './_application.ts'
import { Browser } from './_browser.ts'

const provider = await startDevProvider()
tap.teardown(() => provider.close())

test('a person who asks for a page signs in at the provider and lands on that page', async t => {
  const { origin } = await startApplication(t, { provider })
  const tab = new Browser().tab()
  const signIn = await tab.open(`${origin}/deep/link?a=b&c=%2F`)
  t.equal(signIn.url.origin, provider.issuer)
  const page = await tab.submit('alice')
  t.equal(page.url.href, `${origin}/deep/link?a=b&c=%2F`)
  t.equal(page.status, 200)
  t.equal(page.text, '/deep/link?a=b&c=%2F')
  await tab.open(`${origin}/who`)
  t.match(tab.json, { id: 'alice', claims: { name: 'Alice Adams', email: 'alice@example.com' } })
})

test('names beyond ASCII arrive as they are', async t => {
  const { origin } = await startApplication(t, { provider })
  const tab = new Browser().tab()
  await tab.open(`${origin}/auth/login`)
  t.equal((await tab.submit('carol')).url.href, `${origin}/`)
  await tab.open(`${origin}/who`)
  const name = provider.people.find(({ sub }) => sub === 'carol')?.name ?? ''
  t.match(name, /[À-ž]/)
  t.match(tab.json, { claims: { name } })
})

test('userinfo comes from the userinfo endpoint', async t => {
  const { origin } = await startApplication(t, { provider, oidc: { userinfo: true } })
  const tab = new Browser().tab()
  await tab.open(`${origin}/auth/login`)
  await tab.submit('bob')
  await tab.open(`${origin}/who`)
  t.match(tab.json, { id: 'bob', userinfo: { sub: 'bob', email: 'bob@example.com' } })
})

test('a person who cancels at the provider gets a page of 403 that leads back to where they wanted to go', async t => {
  const { origin } = await startApplication(t, { provider })
  const tab = new Browser().tab()
  await tab.open(`${origin}/deep/1`)
  const page = await tab.submit('/cancel')
  t.equal(page.status, 403)
  t.match(page.text, 'FST_LOGIN_DENIED')
  t.match(page.text, 'The person cancelled the sign-in.')
  await tab.click(/href="([^"]*)">Sign in again/.exec(page.text)?.[1] ?? '')
  t.equal((await tab.submit('alice')).url.href, `${origin}/deep/1`)
})

test('a person whom the provider still knows signs in without a page of it', async t => {
  const [one, other] = [await startApplication(t, { provider }), await startApplication(t, { provider })]
  const tab = new Browser().tab()
  await tab.open(`${one.origin}/deep/1`)
  await tab.submit('alice')
  t.equal((await tab.open(`${other.origin}/deep/2`)).url.href, `${other.origin}/deep/2`)
})

test('prompt=login asks a person whom the provider still knows', async t => {
  const { origin } = await startApplication(t, { provider, oidc: { prompt: 'login' } })
  const tab = new Browser().tab()
  await tab.open(`${origin}/auth/login`)
  await tab.submit('alice')
  t.equal((await tab.open(`${origin}/auth/login`)).url.origin, provider.issuer)
  await tab.submit('bob')
  await tab.open(`${origin}/who`)
  t.match(tab.json, { id: 'bob' })
})

test('further parameters reach the provider: login_hint puts a person first', async t => {
  const { origin } = await startApplication(t, { provider, oidc: { authorizationParameters: { login_hint: 'bob@example.com' } } })
  const page = await new Browser().tab().open(`${origin}/auth/login`)
  t.match(page.text, /value="bob" autofocus/)
})

test('a second login makes a new session, and the cookie before it is dead', async t => {
  const { origin, session } = await startApplication(t, { provider, oidc: { prompt: 'login' } })
  const browser = new Browser()
  const tab = browser.tab()
  await tab.open(`${origin}/auth/login`)
  await tab.submit('alice')
  const old = String(browser.value(session))
  await tab.open(`${origin}/auth/login`)
  await tab.submit('alice')
  t.not(browser.value(session), old)
  const thief = new Browser()
  thief.keep(new URL(origin), [`${session}=${old}; Path=/; SameSite=Lax`])
  const stolen = thief.tab()
  await stolen.open(`${origin}/who`)
  t.same(stolen.json, { isAuthenticated: false })
})

test('a reload of the callback, and a way back to it, lead a signed-in person on and change nothing', async t => {
  const { origin, session } = await startApplication(t, { provider })
  const browser = new Browser()
  const tab = browser.tab()
  await tab.open(`${origin}/deep/1`)
  await tab.submit('alice', /\/auth\/callback/)
  const callback = String(tab.page.headers.get('location'))
  t.equal((await tab.click(callback)).url.href, `${origin}/deep/1`)
  const cookie = browser.value(session)
  t.equal((await tab.reload()).url.href, `${origin}/deep/1`)
  t.equal((await tab.open(callback)).url.href, `${origin}/deep/1`)
  t.equal(browser.value(session), cookie)
})

test('a callback link in another browser signs nobody in there, and its owner can still use it', async t => {
  const { origin } = await startApplication(t, { provider })
  const alice = new Browser().tab()
  await alice.open(`${origin}/deep/1`)
  await alice.submit('alice', /\/auth\/callback/)
  const callback = String(alice.page.headers.get('location'))
  const stranger = new Browser().tab()
  t.equal((await stranger.open(callback)).url.origin, provider.issuer, 'has to sign in')
  await stranger.open(`${origin}/who`)
  t.same(stranger.json, { isAuthenticated: false })
  t.equal((await alice.click(callback)).url.href, `${origin}/deep/1`)
})

test('what was asked of a sign-in is delivered: acr and auth_time', async t => {
  const { origin } = await startApplication(t, { provider, oidc: { acrValues: ['2'], maxAge: 3600 } })
  const tab = new Browser().tab()
  await tab.open(`${origin}/auth/login`)
  t.equal((await tab.submit('alice')).url.href, `${origin}/`)
  await tab.open(`${origin}/who`)
  t.match(tab.json, { claims: { acr: '2', auth_time: Number } })
})

for (const [parameter, oidc] of [['acr_values', { acrValues: ['2'] }], ['max_age', { maxAge: 3600 }]] as const) {
  test(`a person who takes ${parameter} out of the request is refused`, async t => {
    const { origin } = await startApplication(t, { provider, oidc })
    const tab = new Browser().tab()
    await tab.open(`${origin}/auth/login`, /\/auth\?/)
    const request = new URL(String(tab.page.headers.get('location')))
    t.ok(request.searchParams.has(parameter))
    request.searchParams.delete(parameter)
    await tab.click(request)
    const page = await tab.submit('alice')
    t.equal(page.status, 403)
    t.match(page.text, 'FST_LOGIN_TOO_WEAK')
    await tab.open(`${origin}/who`)
    t.same(tab.json, { isAuthenticated: false })
  })
}

test('a client that sends its secret in the body signs in, and so does one without a secret', async t => {
  const redirect = 'http://localhost/auth/callback'
  const own = await startProvider(t, {
    client: { token_endpoint_auth_method: 'client_secret_post' },
    configuration: { clientAuthMethods: ['client_secret_post', 'none'] },
    clients: [{ client_id: 'spa', token_endpoint_auth_method: 'none', application_type: 'native', redirect_uris: [redirect] }]
  })
  for (const oidc of [{}, { clientId: 'spa', clientSecret: undefined }]) {
    const { origin } = await startApplication(t, { provider: own, oidc })
    const tab = new Browser().tab()
    await tab.open(`${origin}/deep/1`)
    t.equal((await tab.submit('alice')).url.href, `${origin}/deep/1`)
  }
})

test('a secret and a client id of reserved characters are understood by the provider (RFC 6749, 2.3.1)', async t => {
  const own = await startProvider(t, { client: { client_id: 'urn:app:1/x', client_secret: 'a:b%c+d e&f=g"\\~!' } })
  const { origin } = await startApplication(t, { provider: own })
  const tab = new Browser().tab()
  await tab.open(`${origin}/deep/1`)
  t.equal((await tab.submit('alice')).url.href, `${origin}/deep/1`)
})

test('a link of request.loginUrl leads through the sign-in to its return path', async t => {
  const { origin } = await startApplication(t, { provider })
  const link = await (await fetch(`${origin}/login-link`, { headers: { 'x-return-to': '/deep/2?x=y' } })).text()
  const tab = new Browser().tab()
  await tab.open(link)
  t.equal((await tab.submit('alice')).url.href, `${origin}/deep/2?x=y`)
})
