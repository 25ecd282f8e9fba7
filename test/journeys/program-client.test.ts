import * as client from 'openid-client'
import { test, type Test } from 'tap'
import type { DevProviderOptions } from '../../lib/dev-provider/index.ts'
import type { ProgramOptions } from '../../lib/index.ts'
import { type Application, type ApplicationOptions, startApplication, startProvider } from './_application.ts'
import { Browser, type Tab } from './_browser.ts'
import { begin, configurationOf, type Loopback, refusalOf, startLoopback } from './_program.ts'

const PREFIX = '/auth/v2'
const DEVICE_CODE = 'urn:ietf:params:oauth:grant-type:device_code'
const REPORTS: ProgramOptions = {
  label: 'Reports on the command line', redirectUris: ['http://127.0.0.1/callback'], scopes: ['reports.read', 'reports.write']
}

interface Journey extends Application {
  readonly issuer: string
  readonly loopback: Loopback
  readonly program: client.Configuration
  readonly browser: Browser
  readonly reports: URL
}

/** An application with a real provider, and a program that reaches both over sockets. */
async function start (
  t: Test, options: Partial<ApplicationOptions> = {}, providerOptions: DevProviderOptions = {}
): Promise<Journey> {
  const provider = await startProvider(t, providerOptions)
  const loopback = await startLoopback(t)
  const application = await startApplication(t, {
    provider,
    bearer: { issued: true },
    programs: { cli: REPORTS },
    routes: { prefix: PREFIX },
    addPages (scope) {
      scope.get('/reports', { onRequest: [scope.loginRequired({ scopes: ['reports.read'] })] }, async ({ currentUser, token }) => ({
        of: currentUser.isAuthenticated ? currentUser.id : undefined, by: token?.clientId, scopes: token?.scopes
      }))
      scope.post('/reports', { onRequest: [scope.loginRequired({ scopes: ['reports.write'] })] }, async () => 'written')
      scope.register(async beside => {
        beside.get('/auth-ports', async () => ({ valid_ports: [8080, 8443] }))
      }, { prefix: PREFIX })
    },
    ...options
  })
  const { origin } = application
  const program = configurationOf(origin, PREFIX, 'cli')
  return { ...application, issuer: provider.issuer, loopback, program, browser: new Browser(), reports: new URL('/reports', origin) }
}

/** Lets the program act for somebody, in a browser that came to a page that asks about it. */
async function agree (tab: Tab, person = 'alice'): Promise<URL> {
  await tab.submit('continue')
  return (await tab.submit(person)).url
}

/** The whole way of a program on the machine of a person. */
async function signIn ({ program, loopback, browser }: Journey, scope: string): Promise<client.TokenEndpointResponse> {
  const { url, checks } = await begin(program, loopback.redirectUri, scope)
  const tab = browser.tab()
  await tab.open(url)
  return await client.authorizationCodeGrant(program, await agree(tab), checks)
}

async function get (
  { program }: Pick<Journey, 'program'>, token: string, url: URL, method = 'GET'
): Promise<Record<string, unknown>> {
  const response = await client.fetchProtectedResource(program, token, url, method)
  return await response.json() as Record<string, unknown>
}

test('a program gets a code at its own port, and with the token for it the routes that need one (RFC 8252)', async t => {
  const journey = await start(t)
  const { origin, program, loopback, browser, reports } = journey
  const { url, checks } = await begin(program, loopback.redirectUri, 'openid profile email reports.read')
  const tab = browser.tab()
  const question = await tab.open(url)
  t.match(question.text, REPORTS.label)
  t.match(question.text, 'reports.read')
  const back = await agree(tab)
  t.match(loopback.arrived.map(({ href }) => href), [back.href])
  t.match(tab.page.text, 'You may close this window')
  const answer = await client.authorizationCodeGrant(program, back, checks)
  t.match(answer, { token_type: 'bearer', expires_in: 600, scope: 'openid profile email reports.read', refresh_token: undefined, id_token: undefined })

  t.same(await get(journey, answer.access_token, reports), { of: 'alice', by: 'cli', scopes: answer.scope?.split(' ') })
  t.match(await refusalOf(get(journey, answer.access_token, reports, 'POST')), {
    status: 403, scheme: 'bearer', error: 'insufficient_scope', scope: 'reports.write'
  })
  t.match(await client.fetchUserInfo(program, answer.access_token, 'alice'), {
    sub: 'alice', email: 'alice@example.com', name: /Alice/
  })
  t.match(await refusalOf(client.authorizationCodeGrant(program, back, checks)), { error: 'invalid_grant', status: 400 }, 'a code is good once')
  t.match(await refusalOf(get(journey, answer.access_token, reports)), { status: 401, error: 'invalid_token' }, 'and twice ends all')

  await tab.open(`${origin}/who`)
  t.match(tab.json, { isAuthenticated: false }, 'no session begins for the browser')
})

test('a route asks for a token, or knows who it is where there is one', async t => {
  const journey = await start(t)
  const { origin, reports } = journey
  const who = new URL('/who', origin)
  const { access_token: token } = await signIn(journey, 'reports.read')

  t.match(await get(journey, token, who), { isAuthenticated: true, id: 'alice' })
  t.match(await get(journey, `${token}x`, who), { isAuthenticated: false }, 'a bad token is nobody where nobody is asked for')
  t.match(await (await fetch(who)).json(), { isAuthenticated: false })
  t.match(await refusalOf(get(journey, `${token}x`, reports)), { status: 401, scheme: 'bearer', error: 'invalid_token' })
  const stranger = await fetch(reports)
  t.equal(stranger.status, 401)
  t.match(stranger.headers.get('www-authenticate'), /^Bearer /)
  t.notMatch(stranger.headers.get('www-authenticate'), 'error=', 'who brought nothing has done nothing wrong')
})

test('a program goes on without the person, each refresh token is good once, and a logout ends all', async t => {
  const journey = await start(t)
  const { origin, program, reports } = journey
  const first = await signIn(journey, 'openid reports.read reports.write offline_access')
  const second = await client.refreshTokenGrant(program, String(first.refresh_token))
  t.not(second.refresh_token, first.refresh_token)
  const third = await client.refreshTokenGrant(program, String(second.refresh_token), { scope: 'openid reports.read' })
  t.equal(third.scope, 'openid reports.read offline_access')
  t.same(await get(journey, third.access_token, reports), { of: 'alice', by: 'cli', scopes: ['openid', 'reports.read'] })
  t.match(await refusalOf(client.refreshTokenGrant(program, String(third.refresh_token), { scope: 'admin' })), { error: 'invalid_scope' })

  const logout = new URL(`${PREFIX}/logout`, origin)
  const ended = await client.fetchProtectedResource(program, third.access_token, logout, 'POST')
  t.equal(ended.status, 204)
  for (const { access_token: token, refresh_token: refreshToken } of [first, second, third]) {
    t.match(await refusalOf(get(journey, token, reports)), { status: 401, error: 'invalid_token' })
    t.match(await refusalOf(client.refreshTokenGrant(program, String(refreshToken))), { error: 'invalid_grant', status: 400 })
  }
  t.match(await refusalOf(client.fetchUserInfo(program, third.access_token, 'alice')), { status: 401, error: 'invalid_token' })
})

test('a program without a browser waits until the person has agreed at the provider (RFC 8628)', { timeout: 120_000 }, async t => {
  const journey = await start(t)
  const { issuer, program, browser, reports } = journey
  const device = await client.initiateDeviceAuthorization(program, { scope: 'openid reports.read offline_access' })
  t.equal(new URL(device.verification_uri).origin, issuer)
  const waiting = client.pollDeviceAuthorizationGrant(program, device)

  const tab = browser.tab()
  await tab.open(String(device.verification_uri_complete))
  if (!tab.page.text.includes('name="confirm"')) await tab.submit('/device')
  await tab.submit('/device')
  await tab.submit('bob')
  t.match(tab.page.text, 'Device connected')

  const answer = await waiting
  t.match(answer, { token_type: 'bearer', scope: 'openid reports.read offline_access', refresh_token: String })
  t.match(await get(journey, answer.access_token, reports), { of: 'bob', by: 'cli' })
  const next = await client.refreshTokenGrant(program, String(answer.refresh_token))
  t.match(await get(journey, next.access_token, reports), { of: 'bob' })
  const again = client.genericGrantRequest(program, DEVICE_CODE, { device_code: device.device_code })
  t.match(await refusalOf(again), { status: 400, error: /^(slow_down|invalid_grant)$/ }, 'it is good once')
})

test('a person who does not agree is refused to the program', async t => {
  const { program, loopback, browser } = await start(t)
  const { url, checks } = await begin(program, loopback.redirectUri, 'reports.read')
  const tab = browser.tab()
  await tab.open(url)
  const { url: back } = await tab.submit('cancel')
  t.match(await refusalOf(client.authorizationCodeGrant(program, back, checks)), { error: 'access_denied' })
})

test('a program with a secret proves itself, and one of the same redirect address gets nothing for its code', async t => {
  const secret = 'a secret: with % and +'
  const journey = await start(t, { programs: { cli: REPORTS, site: { ...REPORTS, secret } } })
  const { origin, loopback, browser } = journey
  const site = configurationOf(origin, PREFIX, 'site', secret)
  const { url, checks } = await begin(site, loopback.redirectUri, 'reports.read')
  const tab = browser.tab()
  await tab.open(url)
  const back = await agree(tab)
  t.match(await refusalOf(client.authorizationCodeGrant(journey.program, back, checks)), { error: 'invalid_grant' })
  const liar = configurationOf(origin, PREFIX, 'site', 'another secret')
  const lie = client.authorizationCodeGrant(liar, back, checks)
  t.match(await refusalOf(lie), { status: 401, scheme: 'basic' })
  const answer = await client.authorizationCodeGrant(site, back, checks)
  t.match(await get(journey, answer.access_token, journey.reports), { by: 'site' })
})

test('a program written for py-oidc-auth begins at the login page, and spells its fields with hyphens', async t => {
  const journey = await start(t, { programs: { cli: { ...REPORTS, requirePkce: false } } })
  const { origin, loopback, browser, reports } = journey
  const ports = await fetch(`${origin}${PREFIX}/auth-ports`)
  t.same(await ports.json(), { valid_ports: [8080, 8443] }, 'an address of the application beside ours')

  const login = new URL(`${PREFIX}/login`, origin)
  login.search = new URLSearchParams({
    redirect_uri: loopback.redirectUri, scope: 'openid reports.read', offline_access: 'true', prompt: 'none'
  }).toString()
  const tab = browser.tab()
  await tab.open(login)
  const back = await agree(tab)
  const code = String(back.searchParams.get('code'))

  async function ask (fields: Record<string, string>): Promise<{ status: number, answer: Record<string, unknown> }> {
    const response = await fetch(`${origin}${PREFIX}/token`, { method: 'POST', body: new URLSearchParams(fields) })
    return { status: response.status, answer: await response.json() as Record<string, unknown> }
  }

  const { answer: first } = await ask({ code, 'redirect-uri': loopback.redirectUri })
  t.match(first, { token_type: 'Bearer', access_token: String, refresh_token: String, scope: 'openid reports.read offline_access' })
  t.match(await get(journey, String(first['access_token']), reports), { of: 'alice', by: 'cli' })
  const { answer: second } = await ask({ 'refresh-token': String(first['refresh_token']) })
  t.match(await get(journey, String(second['access_token']), reports), { of: 'alice' })
  t.match(await ask({ 'device-code': 'made-up' }), { status: 400, answer: { error: 'invalid_grant' } })
  t.match(await ask({}), { status: 400, answer: { error: 'invalid_request' } })
})

test('with passThrough a program gets the token of the provider, and it opens the routes that take that audience', async t => {
  const audience = 'https://reports.example.com'
  const journey = await start(t, {
    bearer: { audience },
    oidc: { resource: audience },
    programs: { cli: { ...REPORTS, passThrough: true } }
  }, {
    scopes: ['reports.read', 'reports.write'],
    configuration: {
      features: {
        resourceIndicators: {
          enabled: true,
          useGrantedResource: () => true,
          getResourceServerInfo: (_context: unknown, resource: string) => ({
            scope: 'reports.read reports.write', audience: resource, accessTokenFormat: 'jwt'
          })
        }
      }
    }
  })
  const { origin, program, issuer, reports } = journey
  const first = await signIn(journey, 'openid reports.read offline_access')
  t.equal(first.access_token.split('.').length, 3)
  const [, payload = ''] = first.access_token.split('.')
  t.match(JSON.parse(Buffer.from(payload, 'base64url').toString()), { iss: issuer, aud: audience, sub: 'alice' })
  t.match(await get(journey, first.access_token, reports), { of: 'alice', scopes: ['reports.read'] })
  t.match(await client.fetchUserInfo(program, first.access_token, 'alice'), { sub: 'alice' })
  t.match(await refusalOf(get(journey, first.access_token, reports, 'POST')), { status: 403, error: 'insufficient_scope' })
  const second = await client.refreshTokenGrant(program, String(first.refresh_token))
  t.match(await get(journey, second.access_token, reports), { of: 'alice' })
  const logout = new URL(`${PREFIX}/logout`, origin)
  const answer = await client.fetchProtectedResource(program, second.access_token, logout, 'POST')
  t.match(await answer.json(), { error: 'unsupported_token_type' }, 'it is ended at the provider')
})

test('a program that ends the session of the browser has the person asked, who comes back to it', async t => {
  const programs = { cli: { ...REPORTS, postLogoutRedirectUris: ['http://127.0.0.1/callback'] } }
  const { origin, program, browser, loopback } = await start(t, { programs })
  const tab = browser.tab()
  await tab.open(`${origin}/deep/page`)
  await tab.submit('alice')
  const parameters = { post_logout_redirect_uri: loopback.redirectUri, state: 'mine' }
  await tab.open(client.buildEndSessionUrl(program, parameters))
  t.match(tab.page.url.pathname, `${PREFIX}/logout`)
  t.same(loopback.arrived, [], 'nobody is logged out by a link')
  await tab.submit('state=mine')
  await tab.submit('yes')
  t.same(loopback.arrived.map(({ search }) => search), ['?state=mine'])
  await tab.open(`${origin}/who`)
  t.match(tab.json, { isAuthenticated: false })
})
