import { createRemoteJWKSet, jwtVerify } from 'jose'
import * as client from 'openid-client'
import { test, type Test } from 'tap'
import type { ProgramOptions } from '../../lib/index.ts'
import { type Application, type ApplicationOptions, startApplication, startProvider } from './_application.ts'
import { freePort } from '../_free-port.ts'
import { Browser } from './_browser.ts'
import { begin, refusalOf, startLoopback } from './_program.ts'

const SECRET = 'a secret: with % and +'
const REPORTS: ProgramOptions = { redirectUris: ['http://127.0.0.1/callback'], scopes: ['reports.read'] }
const PROGRAMS = {
  cli: REPORTS,
  site: { ...REPORTS, secret: SECRET },
  gate: { secret: SECRET, introspect: true }
}

interface Journey extends Application {
  /** A program that was told nothing but the address of the application. */
  discover (clientId: string, method?: client.ClientAuth): Promise<client.Configuration>
  signIn (program: client.Configuration, scope?: string): Promise<client.TokenEndpointResponse>
}

async function start (t: Test, options: Partial<ApplicationOptions> = {}): Promise<Journey> {
  const provider = await startProvider(t)
  const { redirectUri } = await startLoopback(t)
  const application = await startApplication(t, {
    provider,
    bearer: { issued: true },
    programs: PROGRAMS,
    addPages (scope) {
      scope.get('/reports', { onRequest: [scope.loginRequired] }, async ({ token }) => ({ by: token?.clientId }))
    },
    ...options
  })
  return {
    ...application,
    async discover (clientId, method = client.None()) {
      const settings: client.DiscoveryRequestOptions = { algorithm: 'oauth2', execute: [client.allowInsecureRequests] }
      return await client.discovery(new URL(application.origin), clientId, {}, method, settings)
    },
    async signIn (program, scope = 'openid profile reports.read offline_access') {
      const { url, checks } = await begin(program, redirectUri, scope)
      const tab = new Browser().tab()
      await tab.open(url)
      await tab.submit('continue')
      return await client.authorizationCodeGrant(program, (await tab.submit('alice')).url, checks)
    }
  }
}

async function statusOf ({ origin }: Application, token: string): Promise<number> {
  return (await fetch(`${origin}/reports`, { headers: { authorization: `Bearer ${token}` } })).status
}

test('a program finds everything by the address of the application alone (RFC 8414)', async t => {
  const journey = await start(t)
  const program = await journey.discover('cli')
  t.match(program.serverMetadata(), { issuer: journey.origin, token_endpoint: `${journey.origin}/auth/token` })
  t.ok(program.serverMetadata().supportsPKCE())
  const answer = await journey.signIn(program)
  t.match(answer, { token_type: 'bearer', refresh_token: String })
  t.match(await client.fetchUserInfo(program, answer.access_token, 'alice'), { sub: 'alice' })
  t.equal(await statusOf(journey, answer.access_token), 200)
  const device = await client.initiateDeviceAuthorization(program, { scope: 'openid' })
  t.match(device, { user_code: String })
})

test('what a program gives back ends everywhere at once (RFC 7009)', async t => {
  const journey = await start(t)
  const program = await journey.discover('cli')
  for (const which of ['access_token', 'refresh_token'] as const) {
    const first = await journey.signIn(program)
    const beside = await journey.signIn(program)
    const second = await client.refreshTokenGrant(program, String(first.refresh_token))
    await client.tokenRevocation(program, String(second[which]), { token_type_hint: which })
    t.equal(await statusOf(journey, first.access_token), 401)
    t.equal(await statusOf(journey, second.access_token), 401)
    t.match(await refusalOf(client.refreshTokenGrant(program, String(second.refresh_token))), { error: 'invalid_grant' })
    t.equal(await statusOf(journey, beside.access_token), 200, 'and nothing else')
    await client.tokenRevocation(program, String(second[which]))
  }
  await client.tokenRevocation(program, 'nothing of anybody')
})

test('a program gives back nothing of another one (RFC 7009, section 2.1)', async t => {
  const journey = await start(t)
  const [program, site] = [await journey.discover('cli'), await journey.discover('site', client.ClientSecretBasic(SECRET))]
  const answer = await journey.signIn(program)
  for (const token of [answer.access_token, String(answer.refresh_token)]) {
    t.match(await refusalOf(client.tokenRevocation(site, token)), { status: 400, error: 'invalid_grant' })
  }
  const liar = await journey.discover('site', client.ClientSecretPost('another'))
  t.match(await refusalOf(client.tokenRevocation(liar, answer.access_token)), { status: 401, scheme: 'basic' })
  t.equal(await statusOf(journey, answer.access_token), 200)
})

test('a service asks about tokens, and learns of each end at once (RFC 7662)', async t => {
  const journey = await start(t)
  const site = await journey.discover('site', client.ClientSecretPost(SECRET))
  const gate = await journey.discover('gate', client.ClientSecretBasic(SECRET))
  const cli = await journey.discover('cli')
  const answer = await journey.signIn(site)
  const active = {
    active: true, iss: journey.origin, sub: 'alice', aud: journey.origin, client_id: 'site', token_type: 'Bearer', name: /Alice/
  }
  for (const who of [site, gate]) t.match(await client.tokenIntrospection(who, answer.access_token), active)
  t.match(await client.tokenIntrospection(site, String(answer.refresh_token)), { active: true, client_id: 'site' })
  t.same(await client.tokenIntrospection(gate, String(answer.refresh_token)), { active: false })
  t.match(await refusalOf(client.tokenIntrospection(cli, answer.access_token)), { status: 401, scheme: 'basic' })
  const foreign = await journey.signIn(cli)
  t.same(await client.tokenIntrospection(site, foreign.access_token), { active: false })
  t.match(await client.tokenIntrospection(gate, foreign.access_token), { active: true, client_id: 'cli' })

  const next = await client.refreshTokenGrant(site, String(answer.refresh_token))
  t.same(await client.tokenIntrospection(site, String(answer.refresh_token)), { active: false }, 'one that was used')
  await journey.app.login.sessions.endAll('alice')
  for (const token of [next.access_token, String(next.refresh_token), answer.access_token]) {
    t.same(await client.tokenIntrospection(site, token), { active: false })
  }
  t.same(await client.tokenIntrospection(gate, foreign.access_token), { active: false })
})

test('what a broker signs is given back and asked about in the same way, and its keys are where it says', async t => {
  const journey = await start(t, {
    bearer: {},
    broker: {},
    programs: { ...PROGRAMS, site: { ...PROGRAMS.site, tokenExchange: true } }
  })
  const { origin } = journey
  const [cli, site] = [await journey.discover('cli'), await journey.discover('site', client.ClientSecretBasic(SECRET))]
  const gate = await journey.discover('gate', client.ClientSecretBasic(SECRET))
  const answer = await journey.signIn(cli)
  const keys = createRemoteJWKSet(new URL(String(cli.serverMetadata().jwks_uri)))
  const { payload } = await jwtVerify(answer.access_token, keys, { issuer: origin, audience: origin, typ: 'at+jwt' })
  t.match(payload, { sub: 'alice', client_id: 'cli' })
  const { fastify_login: _, ...said } = payload
  t.same(await client.tokenIntrospection(gate, answer.access_token), { ...said, active: true, token_type: 'Bearer' })
  t.same(await client.tokenIntrospection(site, answer.access_token), { active: false })

  const exchanged = await client.genericGrantRequest(site, 'urn:ietf:params:oauth:grant-type:token-exchange', {
    subject_token: answer.access_token, subject_token_type: 'urn:ietf:params:oauth:token-type:access_token'
  })
  t.match(await client.tokenIntrospection(site, exchanged.access_token), { active: true, client_id: 'site' })
  t.match(await refusalOf(client.tokenRevocation(site, exchanged.access_token)), { error: 'unsupported_token_type' })
  t.equal(await statusOf(journey, answer.access_token), 200, 'nobody ends what another program has')
  await client.tokenRevocation(cli, answer.access_token)
  for (const token of [answer.access_token, exchanged.access_token]) {
    t.equal(await statusOf(journey, token), 401)
    t.same(await client.tokenIntrospection(gate, token), { active: false })
  }
})

test('behind a path a program finds the same (RFC 8414, section 3.1)', async t => {
  const port = await freePort()
  const publicUrl = `http://localhost:${port}/shop`
  const journey = await start(t, { port, publicUrl, prefix: '/shop' })
  const settings: client.DiscoveryRequestOptions = { algorithm: 'oauth2', execute: [client.allowInsecureRequests] }
  const program = await client.discovery(new URL(publicUrl), 'cli', {}, client.None(), settings)
  const answer = await journey.signIn(program)
  await client.tokenRevocation(program, answer.access_token)
  t.match(await refusalOf(client.refreshTokenGrant(program, String(answer.refresh_token))), { error: 'invalid_grant' })
})
