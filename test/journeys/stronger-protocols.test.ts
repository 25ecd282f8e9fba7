import { randomBytes } from 'node:crypto'
import { once } from 'node:events'
import { createServer, type IncomingMessage, type ServerResponse } from 'node:http'
import { type AddressInfo } from 'node:net'
import { text } from 'node:stream/consumers'
import { decodeJwt } from 'jose'
import * as oauth from 'oauth4webapi'
import { type Test, test } from 'tap'
import type { FastifyInstance } from 'fastify'
import type { DevProvider, DevProviderOptions } from '../../lib/dev-provider/index.ts'
import type { AccessTokenOptions } from '../../lib/index.ts'
import { MemoryStore } from '../../lib/stores/index.ts'
import { secret } from '../_app.ts'
import { type Application, type ApplicationOptions, startApplication, startProvider } from './_application.ts'
import { Browser, type Tab } from './_browser.ts'

const FILES = 'https://files.example.com'
const MAIL = 'https://mail.example.com'

/** What a provider knows of the services behind it: each has one scope, and takes tokens that it can read itself. */
const resourceIndicators = {
  getResourceServerInfo: (_context: unknown, resource: string) => ({
    scope: resource === MAIL ? 'mail.read' : 'files.read', audience: resource, accessTokenFormat: 'jwt'
  })
}

interface Journey extends Application {
  readonly provider: DevProvider
  readonly browser: Browser
  readonly tab: Tab
  /** The claims of an access token, as the service reads them that it is for. */
  claimsOf (options?: AccessTokenOptions): Promise<Record<string, unknown>>
}

/** Alice signs in. */
async function signIn (
  t: Test, options: DevProviderOptions, { addPages, ...application }: Omit<ApplicationOptions, 'provider'>
): Promise<Journey> {
  const provider = await startProvider(t, options)
  const started = await startApplication(t, {
    provider,
    addPages (scope: FastifyInstance) {
      scope.get('/token', async request => {
        const { wish = '{}' } = request.query as { wish?: string }
        const { accessToken } = await request.getAccessToken(JSON.parse(wish))
        return decodeJwt(accessToken)
      })
      addPages?.(scope)
    },
    ...application
  })
  const browser = new Browser()
  const tab = browser.tab()
  await tab.open(`${started.origin}/auth/login`)
  await tab.submit('alice')
  t.equal(tab.page.url.href, `${started.origin}/`)
  async function claimsOf (options: AccessTokenOptions = {}): Promise<Record<string, unknown>> {
    await tab.open(`${started.origin}/token?wish=${encodeURIComponent(JSON.stringify(options))}`)
    return tab.json
  }
  return { ...started, provider, browser, tab, claimsOf }
}

test('a provider that requires it is told directly what a sign-in asks for (RFC 9126)', async t => {
  const features = { pushedAuthorizationRequests: { requirePushedAuthorizationRequests: true } }
  const { tab, provider, origin } = await signIn(t, { configuration: { features } }, {})
  const asked = tab.visited.filter(({ href }) => href.startsWith(`${provider.issuer}/auth?`))
  t.same(asked.map(({ searchParams }) => [...searchParams.keys()]), [['client_id', 'request_uri']])
  await tab.open(`${origin}/who`)
  t.match(tab.json, { id: 'alice' })
})

test('a sign-in asks for all services, and each has a token of its own (RFC 8707)', async t => {
  const { claimsOf } = await signIn(t, { configuration: { features: { resourceIndicators } } }, {
    oidc: { resource: [FILES, MAIL], scopes: ['files.read', 'mail.read', 'offline_access'] }
  })
  t.match(await claimsOf(), { aud: FILES, scope: 'files.read' })
  t.match(await claimsOf({ resource: FILES }), { aud: FILES, scope: 'files.read' })
  t.match(await claimsOf({ resource: MAIL }), { aud: MAIL, scope: 'mail.read' })
  t.match(await claimsOf({ resource: MAIL, scopes: ['mail.read'] }), { aud: MAIL })
  t.match(await claimsOf({ resource: 'https://other.example.com' }), { code: 'FST_LOGIN_INSUFFICIENT_SCOPE' })
})

/** A service that takes a token only with a proof of its key, and with a nonce of its own in the proof. */
async function startService (t: Test, provider: DevProvider): Promise<string> {
  const issuer = new URL(provider.issuer)
  const insecure = { [oauth.allowInsecureRequests]: true }
  const discovered = await oauth.discoveryRequest(issuer, insecure)
  const server = await oauth.processDiscoveryResponse(issuer, discovered)
  const nonce = randomBytes(16).toString('hex')
  const service = createServer()
  t.teardown(async () => {
    service.closeAllConnections()
    service.close()
  })
  async function answer (incoming: IncomingMessage, response: ServerResponse): Promise<void> {
    const { method = 'GET', headersDistinct, url = '/' } = incoming
    const headers = new Headers()
    for (const [name, [value = '']] of Object.entries(headersDistinct as Record<string, [string?]>)) headers.set(name, value)
    const request = new Request(`http://${headers.get('host')}${url}`, { method, headers })
    const { sub } = await oauth.validateJwtAccessToken(server, request, FILES, { ...insecure, requireDPoP: true })
    const isRecent = decodeJwt(String(headers.get('dpop')))['nonce'] === nonce
    if (!isRecent) response.writeHead(401, { 'www-authenticate': 'DPoP error="use_dpop_nonce"', 'dpop-nonce': nonce })
    const body = await text(incoming)
    response.end(isRecent ? JSON.stringify({ sub, method, body }) : '')
  }
  service.on('request', (incoming: IncomingMessage, response: ServerResponse) => {
    answer(incoming, response).catch((error: unknown) => response.writeHead(401).end(String(error)))
  })
  service.listen(0, '127.0.0.1')
  await once(service, 'listening')
  return `http://127.0.0.1:${(service.address() as AddressInfo).port}/files?a=b`
}

test('the tokens of a session are bound to a key of its own, at every endpoint, and in every process (RFC 9449)', async t => {
  const { now } = Date
  let ahead = 0
  t.intercept(Date, 'now', { value: () => now() + ahead * 1000 })
  const given: string[] = []
  const shared = { secret: secret(), session: { store: new MemoryStore(), cookie: { name: 'login' } } }
  const dPoP = { nonceSecret: randomBytes(32), requireNonce: () => true }
  let service = ''
  const addPages = (scope: FastifyInstance): void => {
    scope.get('/call', async request => {
      const token = await request.getAccessToken()
      const ask = async (init?: RequestInit): Promise<unknown> => await (await token.fetch(service, init)).json()
      const scheme = { authorization: `Bearer ${token.accessToken}` }
      return {
        token,
        get: await ask(),
        put: await ask({ method: 'put', body: 'text' }),
        stolen: (await fetch(service, { headers: scheme })).status
      }
    })
  }
  const { app, origin, tab, browser, provider } = await signIn(t, {
    client: { dpop_bound_access_tokens: true },
    onTokens: ({ grantType }) => given.push(grantType),
    configuration: { features: { dPoP, resourceIndicators } }
  }, { ...shared, addPages, oidc: { dpop: true, resource: FILES, scopes: ['files.read', 'offline_access'] } })
  service = await startService(t, provider)
  const expected = {
    token: { tokenType: 'DPoP', accessToken: String, fetch: undefined },
    get: { sub: 'alice', method: 'GET', body: '' },
    put: { sub: 'alice', method: 'PUT', body: 'text' },
    stolen: 401
  }
  await tab.open(`${origin}/call`)
  t.match(tab.json, expected)
  const { token: first } = tab.json as { token: { accessToken: string } }
  t.match(decodeJwt(first.accessToken), { aud: FILES, cnf: { jkt: String } })

  ahead = 250
  const other = await startApplication(t, {
    ...shared,
    provider,
    publicUrl: origin,
    addPages,
    oidc: { dpop: true, resource: FILES, scopes: ['files.read', 'offline_access'] }
  })
  const cookie = `login=${browser.value('login')}`
  const answers = await Promise.all([app, other.app].map(one => one.inject({ url: '/call', headers: { cookie } })))
  const tokens = answers.map(answer => answer.json<{ token: { accessToken: string } }>().token.accessToken)
  for (const answer of answers) t.match(answer.json(), expected)
  t.equal(tokens[0], tokens[1])
  t.not(tokens[0], first.accessToken)
  t.same(given, ['authorization_code', 'refresh_token'], 'the refresh token was used once')
  const keys = [first.accessToken, ...tokens].map(token => (decodeJwt(token)['cnf'] as { jkt: string }).jkt)
  t.equal(new Set(keys).size, 1)
})

test('userinfo are asked for with a proof; a token without one is refused there (RFC 9449, section 7)', async t => {
  const dPoP = { nonceSecret: randomBytes(32), requireNonce: () => true }
  const { tab, origin } = await signIn(t, { configuration: { features: { dPoP } } }, {
    oidc: { dpop: true, userinfo: true, pushedAuthorization: true },
    addPages (scope) {
      scope.get('/userinfo', async request => {
        const { accessToken, fetch: call } = await request.getAccessToken()
        const address = `${request.currentUser.isAuthenticated && request.currentUser.identity?.issuer}/me`
        const asBearer = await fetch(address, { headers: { authorization: `Bearer ${accessToken}` } })
        return { told: await (await call(address)).json(), asBearer: asBearer.status }
      })
    }
  })
  await tab.open(`${origin}/who`)
  t.match(tab.json, { id: 'alice', userinfo: { sub: 'alice' } })
  await tab.open(`${origin}/userinfo`)
  t.match(tab.json, { told: { sub: 'alice' }, asBearer: 401 })
})
