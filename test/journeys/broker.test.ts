import { createRemoteJWKSet, decodeProtectedHeader, jwtVerify } from 'jose'
import * as client from 'openid-client'
import pg from 'pg'
import { test, type Test } from 'tap'
import type { DevProvider } from '../../lib/dev-provider/index.ts'
import { AuthUser, type BrokerOptions, type ProgramOptions } from '../../lib/index.ts'
import { freePort } from '../_free-port.ts'
import { newPostgresDatabase, startPostgres } from '../_postgres.ts'
import { needsPostgres } from '../_services.ts'
import { type Application, type ApplicationOptions, startApplication, startProvider } from './_application.ts'
import { Browser } from './_browser.ts'
import { begin, type Loopback, refusalOf, startLoopback } from './_program.ts'

const CLI: ProgramOptions = {
  label: 'The command line', redirectUris: ['http://127.0.0.1/callback'], scopes: ['reports.read', 'reports.write'], tokenExchange: true
}
const AUDITOR: ProgramOptions = { secret: 'a-secret-that-only-the-auditor-has', introspect: true }
const EXCHANGE = 'urn:ietf:params:oauth:grant-type:token-exchange'
const ACCESS_TOKEN = 'urn:ietf:params:oauth:token-type:access_token'
const ALL = 'openid profile email offline_access reports.read reports.write'

interface Instance extends Application {
  readonly loopback: Loopback
  /** The program, as it has discovered the instance. */
  readonly cli: client.Configuration
  /** A service that asks about tokens. */
  readonly auditor: client.Configuration
}

async function discover (origin: string, clientId: string, auth: client.ClientAuth): Promise<client.Configuration> {
  return await client.discovery(new URL(origin), clientId, undefined, auth, {
    algorithm: 'oauth2', execute: [client.allowInsecureRequests]
  })
}

/** An instance with a broker, and its programs, which know no more of it than where it is. */
async function startInstance (
  t: Test, provider: DevProvider, broker: BrokerOptions, options: Partial<ApplicationOptions> = {}
): Promise<Instance> {
  const loopback = await startLoopback(t)
  const application = await startApplication(t, {
    provider,
    broker,
    programs: { cli: CLI, auditor: AUDITOR },
    addPages (scope) {
      const guard = scope.loginRequired({ scopes: ['reports.read'] })
      scope.get('/reports', { onRequest: [guard] }, async ({ currentUser, token }) => ({
        of: currentUser.isAuthenticated && currentUser.id,
        roles: currentUser.isAuthenticated && currentUser.claims['roles'],
        by: token?.clientId
      }))
      scope.post('/everywhere', { onRequest: [scope.loginRequired] }, async ({ currentUser }) => {
        if (currentUser instanceof AuthUser) await scope.login.sessions.endAll(currentUser)
        return 'done'
      })
    },
    ...options
  })
  const { origin } = application
  const cli = await discover(origin, 'cli', client.None())
  const auditor = await discover(origin, 'auditor', client.ClientSecretBasic(String(AUDITOR.secret)))
  return { ...application, loopback, cli, auditor }
}

/** The whole way of a program on the machine of a person, in a browser where nobody has signed in before. */
async function signIn (
  { cli, loopback }: Instance, scope = ALL, browser = new Browser()
): Promise<client.TokenEndpointResponse> {
  const { url, checks } = await begin(cli, loopback.redirectUri, scope)
  const tab = browser.tab()
  await tab.open(url)
  await tab.submit('continue')
  return await client.authorizationCodeGrant(cli, (await tab.submit('alice')).url, checks)
}

async function reports ({ origin, cli }: Instance, token: string): Promise<Record<string, unknown>> {
  const response = await client.fetchProtectedResource(cli, token, new URL('/reports', origin), 'GET')
  return { status: response.status, ...await response.json() as object }
}

async function statusOf ({ origin }: Instance, token: string): Promise<number> {
  return (await fetch(new URL('/reports', origin), { headers: { authorization: `Bearer ${token}` } })).status
}

test('a program finds the broker by its metadata, and gets a token that any library verifies (RFC 8414, RFC 9068)', async t => {
  const instance = await startInstance(t, await startProvider(t), { audience: 'https://reports.example' })
  const { origin, cli } = instance
  const answer = await signIn(instance)
  const keys = createRemoteJWKSet(new URL(String(cli.serverMetadata().jwks_uri)))
  const { payload, protectedHeader } = await jwtVerify(answer.access_token, keys, {
    issuer: origin,
    audience: 'https://reports.example',
    typ: 'at+jwt',
    algorithms: ['ES256'],
    requiredClaims: ['exp', 'iat', 'jti', 'sub', 'client_id', 'scope', 'sid', 'provider']
  })
  t.match(payload, { sub: 'alice', client_id: 'cli', scope: /reports\.read reports\.write/, provider: 'oidc', name: String })
  t.equal(Number(payload.exp) - Number(payload.iat), 600)
  t.same(await reports(instance, answer.access_token), { status: 200, of: 'alice', roles: payload['roles'] ?? null, by: 'cli' })
  t.match(await client.fetchUserInfo(cli, answer.access_token, 'alice'), { sub: 'alice', name: String, email: String })
  t.ok(protectedHeader.kid)
  t.notMatch(answer.refresh_token, /\./, 'a refresh token is no JWT')
})

test('a program refreshes, gives its tokens back, and a service hears of it at once (RFC 6749, 7009, 7662)', async t => {
  const instance = await startInstance(t, await startProvider(t), {})
  const { cli, auditor } = instance
  const first = await signIn(instance)
  const second = await client.refreshTokenGrant(cli, String(first.refresh_token))
  for (const { access_token: token } of [first, second]) {
    t.match(await client.tokenIntrospection(auditor, token), { active: true, sub: 'alice', client_id: 'cli', token_type: 'Bearer' })
    t.equal(await statusOf(instance, token), 200)
  }
  await client.tokenRevocation(cli, String(second.refresh_token))
  for (const { access_token: token } of [first, second]) {
    t.strictSame(await client.tokenIntrospection(auditor, token), { active: false })
    t.equal(await statusOf(instance, token), 401)
  }
  t.same(await refusalOf(client.refreshTokenGrant(cli, String(second.refresh_token))), { status: 400, error: 'invalid_grant' })
})

test('whoever ends all their sessions ends what programs have, and so does the end of their account', async t => {
  let isDisabled = false
  const instance = await startInstance(t, await startProvider(t), {}, {
    loadUser: async ({ id }) => isDisabled && id === 'alice' ? null : { id }
  })
  const { origin, cli, auditor } = instance
  const ended = await signIn(instance)
  const headers = { authorization: `Bearer ${ended.access_token}` }
  t.equal((await fetch(new URL('/everywhere', origin), { method: 'POST', headers })).status, 200)
  t.equal(await statusOf(instance, ended.access_token), 401)
  t.strictSame(await client.tokenIntrospection(auditor, ended.access_token), { active: false })
  t.match(await refusalOf(client.refreshTokenGrant(cli, String(ended.refresh_token))), { error: 'invalid_grant' })

  const later = await signIn(instance)
  t.equal(await statusOf(instance, later.access_token), 200)
  isDisabled = true
  t.equal(await statusOf(instance, later.access_token), 401)
  t.strictSame(await client.tokenIntrospection(auditor, later.access_token), { active: false })
  t.match(await refusalOf(client.refreshTokenGrant(cli, String(later.refresh_token))), { error: 'invalid_grant' })
})

test('a person who logs out at the provider is told to the broker, and no token of that login holds', async t => {
  const port = await freePort()
  const provider = await startProvider(t, {
    configuration: {
      async fetch (address: URL, { method, headers, body }: RequestInit) {
        return await fetch(address, { method, headers, body } as RequestInit)
      }
    },
    client: {
      redirect_uris: [`http://localhost:${port}/auth/callback`],
      post_logout_redirect_uris: [`http://localhost:${port}/auth/logged-out`],
      backchannel_logout_uri: `http://localhost:${port}/auth/backchannel-logout`,
      backchannel_logout_session_required: true
    }
  })
  const instance = await startInstance(t, provider, {}, { port })
  const { origin, cli, auditor } = instance
  const browser = new Browser()
  const [ended, other] = [await signIn(instance, ALL, browser), await signIn(instance)]
  const subject = { subject_token: ended.access_token, subject_token_type: ACCESS_TOKEN }
  const exchanged = await client.genericGrantRequest(cli, EXCHANGE, subject)
  const tab = browser.tab()
  await tab.open(`${origin}/auth/login`)
  await tab.open(`${origin}/auth/logout`)
  await tab.submit('/auth/logout')
  await tab.submit('yes')
  for (const { access_token: token } of [ended, exchanged]) {
    t.equal(await statusOf(instance, token), 401)
    t.strictSame(await client.tokenIntrospection(auditor, token), { active: false })
  }
  t.match(await refusalOf(client.refreshTokenGrant(cli, String(ended.refresh_token))), { error: 'invalid_grant' })
  t.equal(await statusOf(instance, other.access_token), 200, 'another login of theirs is another one')
})

test('a client of py-oidc-auth finds keys and tokens where it looks for them, and sends its fields as it spells them', async t => {
  const instance = await startInstance(t, await startProvider(t), { audience: 'py-oidc-auth' }, {
    routes: { prefix: '/auth/v2', jwks: '/.well-known/jwks.json' }
  })
  const { origin } = instance
  const first = await signIn(instance)
  const keys = createRemoteJWKSet(new URL(`${origin}/auth/v2/.well-known/jwks.json`))
  await t.resolves(jwtVerify(first.access_token, keys, { issuer: origin, audience: 'py-oidc-auth' }))
  const ask = async (fields: Record<string, string>): Promise<Record<string, unknown>> => {
    const answer = await fetch(`${origin}/auth/v2/token`, {
      method: 'POST', body: new URLSearchParams({ client_id: 'cli', ...fields })
    })
    return { status: answer.status, ...await answer.json() as object }
  }
  t.match(await ask({ 'refresh-token': String(first.refresh_token) }), { status: 200, access_token: String, refresh_token: String })
  t.match(await ask({ grant_type: EXCHANGE, 'subject-token': first.access_token, 'subject-token-type': ACCESS_TOKEN }), {
    status: 200, access_token: String, issued_token_type: ACCESS_TOKEN
  })
})

test('two instances on PostgreSQL take each other\'s tokens, and not those of one that was removed', needsPostgres(), async t => {
  const provider = await startProvider(t)
  const server = await startPostgres(t)
  const ports = [await freePort(), await freePort(), await freePort()] as const
  const [north, south, gone] = ports.map(port => `http://localhost:${port}`) as [string, string, string]
  const pool = new pg.Pool({ connectionString: server.url })
  pool.on('error', () => {}) // A server that ends tells every client.
  t.teardown(() => pool.end())
  const audience = 'https://reports.example'
  const roles = { editor: 'guest' }
  const [a, c] = await Promise.all([
    startInstance(t, provider, {
      audience, store: pool, trustedIssuers: { south: { issuer: south, roles } }
    }, { port: ports[0] }),
    startInstance(t, provider, { audience, store: await newPostgresDatabase(server, 'gone') }, { port: ports[2] })
  ])
  const b = await startInstance(t, provider, {
    audience,
    store: await newPostgresDatabase(server, 'south'),
    trustedIssuers: { north },
    mapClaims: () => ({ roles: ['editor', 'admin'] })
  }, { port: ports[1] })

  const [ofA, ofB, ofC] = [await signIn(a), await signIn(b), await signIn(c)]
  t.match(await reports(a, ofA.access_token), { status: 200, of: 'alice' })
  t.match(await reports(a, ofB.access_token), { status: 200, of: 'south:alice', roles: ['guest'] })
  t.match(await reports(b, ofA.access_token), { status: 200, of: 'north:alice' })
  t.match(await reports(b, ofB.access_token), { status: 200, of: 'alice', roles: ['editor', 'admin'] })
  t.equal(await statusOf(a, ofC.access_token), 401, 'nobody trusts it any more')
  t.equal(await statusOf(b, ofC.access_token), 401)
  t.equal(await statusOf(c, ofA.access_token), 401)
  t.equal(gone, c.origin)

  const exchanged = await client.genericGrantRequest(a.cli, EXCHANGE, {
    subject_token: ofB.access_token, subject_token_type: ACCESS_TOKEN
  })
  t.match(await reports(a, exchanged.access_token), { status: 200, of: 'south:alice' })
  t.equal(decodeProtectedHeader(exchanged.access_token).typ, 'at+jwt')

  const { rows } = await pool.query<{ count: string }>('SELECT count(*) FROM fastify_login')
  t.ok(Number(rows[0]?.count) > 0, 'all of it is in the database of the application')
})

test('a new key signs later and the old one verifies on, but where it was dropped all that it signed is nothing', async t => {
  const instance = await startInstance(t, await startProvider(t), { audience: ['https://reports.example', 'https://mail.example'] })
  const { app, cli } = instance
  const before = await signIn(instance)
  await app.login.rotateKeys({ drop: true })
  t.equal(await statusOf(instance, before.access_token), 401, 'what a dropped key signed is nothing')
  const after = await client.refreshTokenGrant(cli, String(before.refresh_token))
  t.equal(await statusOf(instance, after.access_token), 200)
  const { keyId, signsFrom } = await app.login.rotateKeys()
  t.ok(signsFrom > Date.now() / 1000)
  t.not(decodeProtectedHeader(after.access_token).kid, keyId)
  t.equal(await statusOf(instance, after.access_token), 200)
})
