import t from 'tap'
import { Browser, readForms } from './_browser.ts'
import { begin, discover, finish, introspect, revoke, signIn, userInfo } from './_client.ts'
import { startFor } from './_start.ts'

const api = { client_id: 'api', client_secret: 'api-secret', grant_types: [], response_types: [], redirect_uris: [] }
const spa = { client_id: 'spa', token_endpoint_auth_method: 'none', redirect_uris: ['http://localhost:5173/cb'] }
const people = [{ sub: 'alice' }, { sub: 'emil' }]
const provider = await startFor(t, { clients: [api, spa], people, accessTokenTtl: 30 })
const application = await discover(provider)
const asApi = await discover({ ...provider, clientId: 'api', clientSecret: 'api-secret' })

t.test('discovery announces what a modern provider has', async t => {
  t.match(application.server, {
    authorization_response_iss_parameter_supported: true,
    backchannel_logout_supported: true,
    backchannel_logout_session_supported: true,
    code_challenge_methods_supported: ['S256'],
    device_authorization_endpoint: String,
    end_session_endpoint: String,
    id_token_signing_alg_values_supported: ['RS256'],
    introspection_endpoint: String,
    pushed_authorization_request_endpoint: String,
    response_modes_supported: ['form_post', 'fragment', 'query'],
    response_types_supported: ['code'],
    revocation_endpoint: String,
    scopes_supported: ['openid', 'offline_access', 'profile', 'email', 'address', 'phone'],
    userinfo_endpoint: String
  })
})

t.test('an access token ends when it says so', async t => {
  const login = await signIn(application, new Browser(provider.issuer), 'alice')
  t.equal(login.tokens.expires_in, 30)
  t.match(await userInfo(application, login), { sub: 'alice' })
  const { now } = Date
  t.intercept(Date, 'now', { value: () => now() + 30_000 })
  await t.rejects(userInfo(application, login))
})

t.test('scopes of your own come with the sign-in, and discovery announces them', async t => {
  const provider = await startFor(t, { scopes: ['mail.read'] })
  const mail = await discover(provider)
  t.match(mail.server.scopes_supported?.includes('mail.read'), true)
  const { tokens } = await signIn(mail, new Browser(provider.issuer), 'alice', { scope: 'openid mail.read mail.send' })
  t.match(await introspect(mail, tokens.access_token), { scope: 'openid mail.read' })
})

t.test('a program with a secret may ask about any token, one without only about its own', async t => {
  const { tokens: { access_token: token } } = await signIn(application, new Browser(provider.issuer), 'alice')
  t.match(await introspect(application, token), { active: true, sub: 'alice', client_id: 'dev-client' })
  t.match(await introspect(asApi, token), { active: true, sub: 'alice' })
  const response = await fetch(`${provider.issuer}/token/introspection`, {
    method: 'POST', body: new URLSearchParams({ client_id: 'spa', token })
  })
  t.strictSame(await response.json(), { active: false })
})

t.test('a token is revoked by its own client, and by no other', async t => {
  const login = await signIn(application, new Browser(provider.issuer), 'alice')
  await revoke(asApi, login.tokens.access_token)
  t.match(await userInfo(application, login), { sub: 'alice' })
  await revoke(application, login.tokens.access_token)
  await t.rejects(userInfo(application, login))
})

t.test('a browser application of this machine may call the endpoints, one from elsewhere may not', async t => {
  const { tokens } = await signIn(application, new Browser(provider.issuer), 'alice')
  const ask = (origin: string) => fetch(`${provider.issuer}/me`, {
    headers: { origin, authorization: `Bearer ${tokens.access_token}` }
  })
  t.equal((await ask('http://localhost:5173')).status, 200)
  t.equal((await ask('https://example.com')).status, 400)
})

t.test('a resource that nobody configured is refused', async t => {
  const { url } = await begin(application, { resource: 'https://api.example.com' })
  const { headers } = await new Browser(provider.issuer).open(url)
  t.match(headers.get('location'), /error=invalid_target/)
})

t.test('the answer may come as a form (response_mode=form_post)', async t => {
  const browser = new Browser(provider.issuer)
  const attempt = await begin(application, { response_mode: 'form_post' })
  const page = await browser.submit(await browser.open(attempt.url), '/login', { person: 'alice' })
  const [form] = readForms(await page.text())
  t.equal(form?.action, application.redirectUri)
  const { claims } = await finish(application, attempt, new URL(`?${new URLSearchParams(form?.fields)}`, form?.action))
  t.equal(claims.sub, 'alice')
})

t.test('the token of somebody who is not among the people any more is worth nothing', async t => {
  const login = await signIn(application, new Browser(provider.issuer), 'emil')
  people.pop()
  await t.rejects(userInfo(application, login))
})
