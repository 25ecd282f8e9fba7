import { generateKeyPairSync, type JsonWebKey, type KeyObject } from 'node:crypto'
import { once } from 'node:events'
import { createServer } from 'node:https'
import type { TLSSocket } from 'node:tls'
import { type Test, test } from 'tap'
import Fastify, { type FastifyInstance } from 'fastify'
import { loadOidcProvider } from '../../lib/dev-provider/oidc-provider.ts'
import { authPlugin, type ClientAuthentication, type OidcOptions } from '../../lib/index.ts'
import { secret } from '../_app.ts'
import { fetchWith } from '../_certificate-fetch.ts'
import { selfSigned, type SelfSigned } from '../_certificate.ts'
import { freePort } from '../_free-port.ts'
import { startApplication, startProvider } from './_application.ts'
import { Browser } from './_browser.ts'

const jwkOf = (key: KeyObject, further: object = {}): JsonWebKey => ({ ...key.export({ format: 'jwk' }), use: 'sig', ...further })

/** A client as oidc-provider knows it, and what its application writes. */
interface Registration {
  readonly client: Readonly<Record<string, unknown>>
  readonly oidc: Partial<OidcOptions>
}

/** A person signs in, their token is refreshed, the application gets one of its own, and the person signs out. */
async function walk (t: Test, { client, oidc }: Registration): Promise<readonly string[]> {
  const grants: string[] = []
  const told: string[] = []
  const isPublic = client['token_endpoint_auth_method'] === 'none'
  const { now } = Date
  let ahead = 0
  t.intercept(Date, 'now', { value: () => now() + ahead })
  const provider = await startProvider(t, {
    client,
    configuration: {
      features: { clientCredentials: { enabled: !isPublic } }, enabledJWA: { clientAuthSigningAlgValues: ALGS }
    },
    onTokens: ({ grantType }) => { grants.push(grantType) }
  })
  const { app, origin } = await startApplication(t, {
    provider,
    oidc: { clientSecret: undefined, scopes: ['offline_access'], ...oidc },
    events: { revocationFailed ({ error }) { told.push(String(error.cause)) } },
    addPages (scope) { scope.get('/token', async request => (await request.getAccessToken()).scopes) }
  })
  const tab = new Browser().tab()
  await tab.open(`${origin}/auth/login`)
  await tab.submit('alice')
  ahead = 290_000
  t.equal((await tab.open(`${origin}/token`)).status, 200)
  if (!isPublic) await app.login.clientToken()
  await tab.click(`${origin}/auth/logout`)
  await app.close()
  t.same(told, [], 'both tokens were revoked')
  return grants
}

const ALGS = ['RS256', 'PS256', 'ES256', 'EdDSA', 'Ed25519']
const ALL = ['authorization_code', 'refresh_token', 'client_credentials']
/** What ids and secrets are made of (RFC 6749, appendices A.1 and A.2): oidc-provider takes no other characters. */
const visible = Array.from({ length: 0x7f - 0x20 }, (_none, index) => String.fromCharCode(0x20 + index)).join('')

for (const method of ['client_secret_basic', 'client_secret_post'] as const) {
  test(`a real provider takes every character of an id and a secret that come by ${method}`, async t => {
    const client = { client_id: `a${visible}z`, client_secret: `b${visible}+%2B y`, token_endpoint_auth_method: method }
    const oidc = { clientId: client.client_id, clientSecret: client.client_secret, clientAuthentication: method }
    t.same(await walk(t, { client, oidc }), ALL)
  })
}

test('a real provider takes a public client', async t => {
  const grants = ['authorization_code', 'refresh_token']
  const client = { client_secret: undefined, token_endpoint_auth_method: 'none', grant_types: grants }
  t.same(await walk(t, { client, oidc: { clientAuthentication: 'none' } }), grants)
})

const rsa = generateKeyPairSync('rsa', { modulusLength: 2048 })
const ec = generateKeyPairSync('ec', { namedCurve: 'P-256' })
const ed25519 = generateKeyPairSync('ed25519')

const pem = String(rsa.privateKey.export({ type: 'pkcs8', format: 'pem' }))
const jwk = { ...ec.privateKey.export({ format: 'jwk' }), kid: 'one' }

const registrations: ReadonlyArray<readonly [string, KeyObject, ClientAuthentication]> = [
  ['RS256', rsa.publicKey, { privateKey: pem }],
  ['PS256', rsa.publicKey, { privateKey: rsa.privateKey, alg: 'PS256', audience: 'token_endpoint' }],
  ['ES256', ec.publicKey, { privateKey: jwk }],
  ['EdDSA', ed25519.publicKey, { privateKey: ed25519.privateKey }],
  ['Ed25519', ed25519.publicKey, { privateKey: ed25519.privateKey, alg: 'Ed25519' }]
]

function registrationOf (publicKey: KeyObject, alg: string): Registration['client'] {
  return {
    client_secret: undefined,
    token_endpoint_auth_method: 'private_key_jwt',
    token_endpoint_auth_signing_alg: alg,
    jwks: { keys: [jwkOf(publicKey, { alg, kid: 'one' })] }
  }
}

for (const [alg, publicKey, clientAuthentication] of registrations) {
  test(`a real provider takes assertions that a key signs with ${alg}`, async t => {
    t.same(await walk(t, { client: registrationOf(publicKey, alg), oidc: { clientAuthentication } }), ALL)
  })
}

test('a real provider takes no assertion of another key', async t => {
  const provider = await startProvider(t, { client: registrationOf(ec.publicKey, 'ES256') })
  const { privateKey } = generateKeyPairSync('ec', { namedCurve: 'P-256' })
  const oidc = { clientSecret: undefined, clientAuthentication: { privateKey } }
  const { origin } = await startApplication(t, { provider, oidc })
  const tab = new Browser().tab()
  await tab.open(`${origin}/auth/login`)
  t.equal((await tab.submit('alice')).status, 502)
  await tab.open(`${origin}/who`)
  t.same(tab.json, { isAuthenticated: false })
})

interface TlsContext { readonly socket: TLSSocket }

const server = selfSigned('server')

interface TlsProvider {
  readonly issuer: string
  /** Where it asks for certificates. */
  readonly certificatePort: number
  /** Where it was asked for tokens. */
  readonly ports: readonly number[]
}

/** A real provider on https that asks for certificates at one of its two ports. */
async function startTlsProvider (t: Test, client: object, trusted: SelfSigned): Promise<TlsProvider> {
  const { Provider } = await loadOidcProvider()
  const [port, certificatePort] = [await freePort(), await freePort()]
  const issuer = `https://localhost:${port}`
  const certificateOf = ({ socket }: TlsContext) => socket.getPeerX509Certificate()
  const provider = new Provider(issuer, {
    clients: [{ client_id: 'web', redirect_uris: [], response_types: [], grant_types: ['client_credentials'], ...client }],
    clientAuthMethods: ['tls_client_auth', 'self_signed_tls_client_auth'],
    cookies: { keys: ['k'.repeat(32)] },
    discovery: { mtls_endpoint_aliases: { token_endpoint: `https://localhost:${certificatePort}/token` } },
    features: {
      clientCredentials: { enabled: true },
      devInteractions: { enabled: false },
      mTLS: {
        enabled: true,
        tlsClientAuth: true,
        selfSignedTlsClientAuth: true,
        getCertificate: certificateOf,
        certificateAuthorized: ({ socket }: TlsContext) => socket.authorized,
        certificateSubjectMatches: (context: TlsContext, _property: string, expected: string) =>
          certificateOf(context)?.subject === expected
      }
    }
  })
  const ports: number[] = []
  const answer = provider.callback()
  for (const one of [port, certificatePort]) {
    const options = { cert: server.cert, key: server.key, ca: trusted.cert, rejectUnauthorized: false }
    const listener = createServer({ ...options, requestCert: one === certificatePort }, (request, response) => {
      if (request.url === '/token') ports.push(one)
      answer(request, response)
    }).listen(one, 'localhost')
    await once(listener, 'listening')
    t.teardown(() => new Promise(resolve => {
      listener.close(resolve)
      listener.closeAllConnections()
    }))
  }
  return { issuer, ports, certificatePort }
}

async function appWith (t: Test, oidc: OidcOptions): Promise<FastifyInstance> {
  const app = Fastify()
  t.teardown(() => app.close())
  await app.register(authPlugin, { secret: secret(), publicUrl: 'https://app.example.com', oidc })
  return app
}

for (const method of ['tls_client_auth', 'self_signed_tls_client_auth'] as const) {
  test(`a real provider knows a client by its certificate, and no other: ${method} (RFC 8705, section 2)`, async t => {
    const own = selfSigned('client')
    const jwk = { ...own.x509.publicKey.export({ format: 'jwk' }), x5c: [own.x509.raw.toString('base64')], use: 'sig' }
    const { issuer, ports, certificatePort } = await startTlsProvider(t, {
      token_endpoint_auth_method: method,
      ...method === 'tls_client_auth' ? { tls_client_auth_subject_dn: 'CN=client' } : { jwks: { keys: [jwk] } }
    }, own)
    const base = { issuer, clientId: 'web', clientAuthentication: method }
    const app = await appWith(t, { ...base, fetch: fetchWith({ cert: own.cert, key: own.key, ca: server.cert }) })
    t.match(await app.login.clientToken(), { accessToken: String, tokenType: 'bearer' })
    t.same(ports, [certificatePort], 'at the address for clients with a certificate (section 5)')

    const other = selfSigned('client')
    for (const shown of [{}, { cert: other.cert, key: other.key }]) {
      const stranger = await appWith(t, { ...base, fetch: fetchWith({ ...shown, ca: server.cert }) })
      await t.rejects(stranger.login.clientToken(), { code: 'FST_LOGIN_PROVIDER_ANSWER_INVALID' })
    }
  })
}
