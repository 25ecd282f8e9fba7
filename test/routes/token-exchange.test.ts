import { type Test, test } from 'tap'
import type { BrokerOptions } from '../../lib/options/broker-options.ts'
import type { ProgramOptions } from '../../lib/options/program-options.ts'
import type { Claims } from '../../lib/user.ts'
import { logoutToken } from '../oidc/_logout-token.ts'
import { json, ScriptedProvider } from '../oidc/_scripted-provider.ts'
import type { Response, Site, SiteOptions } from '../oidc/_site.ts'
import { pkce } from '../programs/_bench.ts'
import { ask, authorized, authorizePath, type Parameters, PORT, programSite } from './_programs.ts'

const API = 'https://api.example.com'
const APP = 'https://app.example.com'
const MAIL = 'https://mail.example.com'
const EXCHANGE = 'urn:ietf:params:oauth:grant-type:token-exchange'
const ACCESS_TOKEN = 'urn:ietf:params:oauth:token-type:access_token'

const PROGRAMS: Readonly<Record<string, ProgramOptions>> = {
  cli: { redirectUris: ['http://127.0.0.1/callback'], scopes: ['reports.read', 'reports.write'] },
  service: { secret: 'a secret', scopes: ['reports.read', 'mail.read'], tokenExchange: true }
}
const BROKER: BrokerOptions = { audience: [APP, MAIL], subjectAudiences: [API] }

/** An application that exchanges tokens of its provider. */
async function exchangeSite (t: Test, options: SiteOptions = {}): Promise<Site> {
  return await programSite(t, { programs: PROGRAMS, broker: BROKER, ...options })
}

/** An access token of the provider for a service beside this one, changed as a test wants it. */
async function providerToken ({ provider, clock }: Pick<Site, 'provider' | 'clock'>, changes: object = {}): Promise<string> {
  const now = Math.floor(clock.now() / 1000)
  return await provider.signJwt({
    iss: provider.issuer, sub: 'alice', aud: API, exp: now + 120, iat: now, client_id: 'spa', scope: 'openid reports.read admin', ...changes
  })
}

async function exchange (site: Site, token: unknown, changes: Parameters = {}): Promise<Response> {
  return await ask(site, {
    grant_type: EXCHANGE,
    client_id: 'service',
    client_secret: 'a secret',
    subject_token: String(token),
    subject_token_type: ACCESS_TOKEN,
    ...changes
  })
}

/** The tokens of `cli`, which are ours. */
async function ownTokens (site: Site, scope = 'reports.read reports.write offline_access', changes: Parameters = {}): Promise<Record<string, unknown>> {
  const proof = pkce()
  const code = (await authorized(site, authorizePath(proof, { scope }))).get('code') ?? ''
  const answer = await ask(site, {
    grant_type: 'authorization_code', client_id: 'cli', code, redirect_uri: PORT, code_verifier: proof.verifier, ...changes
  })
  return answer.json()
}

async function isGood (site: Site, token: unknown): Promise<boolean> {
  return (await site.app.login.verifyToken(String(token))).isValid
}

async function refuses (t: Test, site: Site, token: unknown, changes: Parameters = {}, error = 'invalid_request'): Promise<void> {
  const answer = await exchange(site, token, changes)
  t.equal(answer.statusCode, 400)
  t.match(answer.json(), { error, error_description: /./ })
  t.equal(answer.headers['cache-control'], 'no-store')
}

test('a token of the provider is exchanged for one of ours, for the person who would sign in', async t => {
  const site = await exchangeSite(t)
  const visitor = await site.signedIn()
  const { id, identity } = (await visitor.get('/who')).json<{ id: string, identity: object }>()
  const answer = await exchange(site, await providerToken(site))
  t.equal(answer.statusCode, 200)
  t.equal(answer.headers['cache-control'], 'no-store')
  const body = answer.json<Record<string, unknown>>()
  t.same(Object.keys(body).sort(), ['access_token', 'expires_in', 'issued_token_type', 'scope', 'token_type'])
  t.match(body, { issued_token_type: ACCESS_TOKEN, token_type: 'Bearer', expires_in: 120, scope: 'openid reports.read' })
  const verified = await site.app.login.verifyToken(String(body['access_token']))
  t.match(verified, { isValid: true, user: { id, identity }, token: { clientId: 'service' } })
  t.notMatch(site.log, String(body['access_token']))
})

test('of what a token of the provider says counts what counts at a sign-in', async t => {
  const site = await exchangeSite(t, { oidc: { mapClaims: ({ job }) => ({ roles: [job] }) } })
  const said = { job: 'editor', roles: ['admin'], realm_access: { roles: ['admin'] }, sid: 'one' }
  const answer = await exchange(site, await providerToken(site, said))
  const { access_token: token } = answer.json<{ access_token: string }>()
  const verified = await site.app.login.verifyToken(token)
  t.same(verified.isValid && verified.user.claims['roles'], ['editor'])
  const fields = { logout_token: await logoutToken(site.provider, { claims: { sid: 'one' } }) }
  const headers = { 'content-type': 'application/x-www-form-urlencoded' }
  const payload = new URLSearchParams(fields).toString()
  await site.app.inject({ method: 'POST', url: '/auth/backchannel-logout', headers, payload })
  t.notOk(await isGood(site, token), 'also where they leave out what a logout is known by')
})

test('an exchanged token of ours keeps what broker.mapClaims made of the person, which is not asked about its own words', async t => {
  const mapClaims = ({ groups }: Claims): Claims =>
    ({ roles: (groups as readonly string[]).map(group => group.toLowerCase()) })
  const site = await exchangeSite(t, { broker: { ...BROKER, mapClaims } })
  site.provider.claims = { groups: ['EDITOR'] }
  const { access_token: own } = await ownTokens(site)
  const answer = await exchange(site, own)
  t.equal(answer.statusCode, 200)
  const verified = await site.app.login.verifyToken(answer.json<{ access_token: string }>().access_token)
  t.same(verified.isValid && verified.user.claims['roles'], ['editor'])
})

test('of several providers too, whoever signs in and whoever brings a token is the same person', async t => {
  const provider = await ScriptedProvider.create()
  const site = await exchangeSite(t, { provider, providers: { work: provider.client } })
  const { access_token: token } = (await exchange(site, await providerToken(site))).json<{ access_token: string }>()
  const verified = await site.app.login.verifyToken(token)
  t.match(verified, { isValid: true, user: { id: 'work:alice', identity: { provider: 'work', subject: 'alice' } } })
})

test('a token of another instance becomes one of ours for the same stranger, with no more than we let them have', async t => {
  const archive = await ScriptedProvider.create('https://archive.example.com')
  const { issuer, fetch } = archive
  const trustedIssuers = { archive: { issuer, fetch, algorithms: ['RS256'], roles: { editor: 'guest' } } }
  const site = await exchangeSite(t, { broker: { ...BROKER, trustedIssuers } })
  site.app.get('/of-provider', { onRequest: [site.app.loginRequired({ provider: 'oidc' })] }, async () => 'in')
  archive.header = { typ: 'at+jwt' }
  const said = {
    aud: APP,
    jti: 'one',
    client_id: 'cli',
    scope: 'reports.read admin',
    roles: ['editor', 'admin'],
    groups: ['admin'],
    realm_access: { roles: ['admin'] },
    provider: 'oidc',
    idp_iss: site.provider.issuer,
    idp_sub: 'alice',
    fastify_login: { b: false }
  }
  const text = await providerToken({ provider: archive, clock: site.clock }, said)
  const answer = await exchange(site, text)
  t.match(answer.json(), { scope: 'reports.read' })
  const { access_token: token } = answer.json<{ access_token: string }>()
  const verified = await site.app.login.verifyToken(token)
  t.match(verified, {
    isValid: true,
    user: { id: 'archive:alice', identity: { issuer, subject: 'alice', provider: 'archive' }, claims: { roles: ['guest'], aud: APP } },
    token: { clientId: 'service', scopes: ['reports.read'] }
  })
  for (const one of [text, token]) {
    const headers = { authorization: `Bearer ${one}` }
    t.equal((await site.app.inject({ url: '/of-provider', headers })).statusCode, 401)
  }
  await refuses(t, site, token, { audience: MAIL }, 'invalid_target')
})

test('what is no access token of the provider for such a service is exchanged for nothing', async t => {
  const site = await exchangeSite(t)
  const now = Math.floor(site.clock.now() / 1000)
  const stranger = await ScriptedProvider.create('https://stranger.example.com')
  const tokens = {
    'for another service': await providerToken(site, { aud: 'https://other.example.com' }),
    'for this application, which the provider gives none for': await providerToken(site, { aud: APP }),
    'of another issuer': await providerToken({ provider: stranger, clock: site.clock }),
    'that has ended': await providerToken(site, { exp: now - 40 }),
    'that ended a moment ago by our clock': await providerToken(site, { exp: now - 1 }),
    'an ID token': await site.provider.idToken({ nonce: 'x', aud: [API, site.provider.clientId] }),
    'a logout token': await providerToken(site, { events: {} }),
    'bound to a key': await providerToken(site, { cnf: { jkt: 'x'.repeat(43) } }),
    'an opaque text': 'x'.repeat(40),
    'an unsigned one': `${Buffer.from('{"alg":"none"}').toString('base64url')}.${Buffer.from(JSON.stringify({ iss: site.provider.issuer })).toString('base64url')}.`,
    'a long one': 'x'.repeat(60_000)
  }
  for (const [name, token] of Object.entries(tokens)) {
    await t.test(name, async t => { await refuses(t, site, token) })
  }
  t.equal((await exchange(site, 'x'.repeat(100_000))).statusCode, 413)
  t.same(site.leaks(site.log), [])
})

test('without an audience that may be exchanged, tokens of the provider are not', async t => {
  const site = await exchangeSite(t, { broker: { audience: APP }, bearer: { audience: API } })
  const token = await providerToken(site)
  t.ok(await isGood(site, token), 'although they are taken here')
  await refuses(t, site, token)
})

test('what is said twice is refused, and so is a program without the right, or without its secret', async t => {
  const site = await exchangeSite(t)
  const token = await providerToken(site)
  const fields = new URLSearchParams({ grant_type: EXCHANGE, client_id: 'service', client_secret: 'a secret', subject_token: token, subject_token_type: ACCESS_TOKEN })
  for (const name of fields.keys()) {
    const body = `${fields}&${name}=x`
    const headers = { 'content-type': 'application/x-www-form-urlencoded' }
    const answer = await site.app.inject({ method: 'POST', url: '/auth/token', headers, payload: body })
    t.equal(answer.json<{ error: string }>().error, 'invalid_request', name)
  }
  await refuses(t, site, token, { client_id: 'cli', client_secret: undefined }, 'unauthorized_client')
  t.equal((await exchange(site, token, { client_secret: 'another' })).statusCode, 401)
  const without = await programSite(t)
  t.match((await ask(without, { grant_type: EXCHANGE, client_id: 'cli' })).json(), { error: 'unsupported_grant_type' })
})

test('a person who has logged out at the provider exchanges nothing, and what they have exchanged ends', async t => {
  const site = await exchangeSite(t)
  const token = await providerToken(site, { sid: 'one' })
  const { access_token: early } = (await exchange(site, token)).json<{ access_token: string }>()
  t.ok(await isGood(site, early))
  const payload = new URLSearchParams({ logout_token: await logoutToken(site.provider, { claims: { sid: 'one' } }) }).toString()
  const headers = { 'content-type': 'application/x-www-form-urlencoded' }
  const told = await site.app.inject({ method: 'POST', url: '/auth/backchannel-logout', headers, payload })
  t.equal(told.statusCode, 200)
  t.notOk(await isGood(site, early))
  await refuses(t, site, token)
})

test('all sessions of a person end, and what was exchanged for them before', async t => {
  const site = await exchangeSite(t)
  const token = await providerToken(site)
  const { access_token: early } = (await exchange(site, token)).json<{ access_token: string }>()
  await site.app.login.sessions.endAll('alice')
  t.notOk(await isGood(site, early))
  t.equal((await exchange(site, token)).statusCode, 200, 'the provider has ended nothing')
})

test('whom the application does not accept exchanges nothing; where it cannot say, it can be tried again', async t => {
  let answer: () => object | null = () => null
  const site = await exchangeSite(t, { loadUser: async () => answer() })
  await refuses(t, site, await providerToken(site))
  answer = () => { throw new Error('the database is away') }
  const away = await exchange(site, await providerToken(site))
  t.equal(away.statusCode, 503)
  t.ok(Number(away.headers['retry-after']) > 0)
  answer = () => ({})
  t.equal((await exchange(site, await providerToken(site))).statusCode, 200)
})

test('where the keys of the provider are away, it can be tried again', async t => {
  const site = await exchangeSite(t)
  site.provider.answers.discovery = () => json({}, 503)
  const answer = await exchange(site, await providerToken(site))
  t.equal(answer.statusCode, 503)
  t.match(answer.json(), { error: 'temporarily_unavailable' })
  t.ok(Number(answer.headers['retry-after']) > 0)
})

test('a token of ours is exchanged for less, again and again, and never for more or for longer', async t => {
  const site = await exchangeSite(t)
  const first = await ownTokens(site)
  const once = (await exchange(site, first['access_token'])).json<Record<string, unknown>>()
  t.match(once, { scope: 'reports.read', expires_in: 600 })
  site.clock.advance(400)
  const twice = (await exchange(site, once['access_token'])).json<Record<string, unknown>>()
  t.match(twice, { scope: 'reports.read', expires_in: 200 })
  await refuses(t, site, twice['access_token'], { scope: 'reports.write' }, 'invalid_scope')
  await refuses(t, site, twice['access_token'], { scope: 'mail.read' }, 'invalid_scope')
  await refuses(t, site, twice['access_token'], { audience: 'https://evil.example.com' }, 'invalid_target')
  site.clock.advance(200)
  await refuses(t, site, twice['access_token'])
  t.notOk(await isGood(site, twice['access_token']))
})

test('what a token of ours was exchanged for ends with the login that it is of', async t => {
  const handles: string[] = []
  const events = { programAuthorized: ({ sessionHandle }: { sessionHandle: string }) => handles.push(sessionHandle) }
  const site = await exchangeSite(t, { events })
  const first = await ownTokens(site)
  const { access_token: later } = (await exchange(site, first['access_token'])).json<{ access_token: string }>()
  await site.app.login.sessions.end(String(handles[0]))
  t.notOk(await isGood(site, later))
  await refuses(t, site, later)
  await refuses(t, site, first['access_token'])
})

test('a refresh token of ours is no subject token', async t => {
  const site = await exchangeSite(t)
  const { refresh_token: token } = await ownTokens(site)
  await refuses(t, site, token)
  t.match((await ask(site, { grant_type: 'refresh_token', client_id: 'cli', refresh_token: String(token) })).json(), { token_type: 'Bearer' }, 'and nothing happened to it')
})

test('codes and refresh tokens are good for one service; another one spends nothing (RFC 8707)', async t => {
  const site = await exchangeSite(t)
  const first = await ownTokens(site, undefined, { resource: MAIL })
  t.match(first, { token_type: 'Bearer' })
  const fields = { grant_type: 'refresh_token', client_id: 'cli', refresh_token: String(first['refresh_token']) }
  const refused = await ask(site, { ...fields, resource: 'https://evil.example.com' })
  t.equal(refused.statusCode, 400)
  t.match(refused.json(), { error: 'invalid_target' })
  t.equal((await ask(site, { ...fields, resource: APP })).statusCode, 200)
  t.match(await ownTokens(site, undefined, { resource: 'https://evil.example.com' }), { error: 'invalid_target' })
})

test('without a broker nobody is asked what tokens are for', async t => {
  const site = await programSite(t, { programs: { cli: { redirectUris: ['http://127.0.0.1/callback'], scopes: ['reports.read', 'reports.write'] } }, bearer: { issued: true } })
  t.match(await ownTokens(site, undefined, { resource: 'https://evil.example.com' }), { token_type: 'Bearer' })
})
