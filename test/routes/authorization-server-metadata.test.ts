import Fastify, { type FastifyInstance } from 'fastify'
import * as oauth from 'oauth4webapi'
import { type Test, test } from 'tap'
import { authPlugin, type AuthOptions, loginRequired, type ProgramOptions } from '../../lib/index.ts'
import { resolveSettings } from '../../lib/options/settings.ts'
import { serverMetadataPaths } from '../../lib/routes/authorization-server-metadata.ts'
import { secret } from '../_app.ts'

const WELL_KNOWN = '/.well-known/oauth-authorization-server'
const publicUrl = 'https://app.example.com'
const oidc = { issuer: 'https://id.example.com', clientId: 'app', clientSecret: 'a secret of the app' }
const cli: ProgramOptions = { redirectUris: ['http://127.0.0.1/callback'], scopes: ['reports.read'] }
const web: ProgramOptions = { redirectUris: ['https://tool.example.com/callback'], secret: 'of web', scopes: ['mail.read'] }
const withPrograms: Partial<AuthOptions> = { publicUrl, oidc, bearer: { issued: true }, programs: { cli, web } }

interface Built extends Partial<AuthOptions> { readonly prefix?: string }

async function build (t: Test, { prefix = '', ...options }: Built = {}): Promise<FastifyInstance> {
  const app = Fastify()
  t.teardown(() => app.close())
  await app.register(async scope => {
    scope.addHook('onRequest', loginRequired) // Before, or it would not reach what the plugin registers.
    await scope.register(authPlugin, { secret: secret(), ...options })
  }, { prefix })
  return app
}

async function metadataOf (t: Test, options: Built, url = WELL_KNOWN): Promise<Record<string, unknown>> {
  return (await (await build(t, options)).inject(url)).json()
}

test('with programs the application says what it is to them (RFC 8414, section 2)', async t => {
  t.same(await metadataOf(t, withPrograms), {
    issuer: publicUrl,
    authorization_endpoint: `${publicUrl}/auth/authorize`,
    token_endpoint: `${publicUrl}/auth/token`,
    device_authorization_endpoint: `${publicUrl}/auth/device`,
    revocation_endpoint: `${publicUrl}/auth/revoke`,
    introspection_endpoint: `${publicUrl}/auth/introspect`,
    userinfo_endpoint: `${publicUrl}/auth/userinfo`,
    end_session_endpoint: `${publicUrl}/auth/logout`,
    scopes_supported: ['openid', 'profile', 'email', 'offline_access', 'reports.read', 'mail.read'],
    response_types_supported: ['code'],
    response_modes_supported: ['query'],
    code_challenge_methods_supported: ['S256'],
    authorization_response_iss_parameter_supported: true,
    grant_types_supported: ['authorization_code', 'refresh_token', 'urn:ietf:params:oauth:grant-type:device_code'],
    token_endpoint_auth_methods_supported: ['client_secret_basic', 'client_secret_post', 'none'],
    revocation_endpoint_auth_methods_supported: ['client_secret_basic', 'client_secret_post', 'none'],
    introspection_endpoint_auth_methods_supported: ['client_secret_basic', 'client_secret_post']
  })
})

test('they are JSON that anybody may keep, also a stranger behind a guard (RFC 8414, section 3.2)', async t => {
  const app = await build(t, withPrograms)
  for (const headers of [{}, { cookie: '__Host-login=nonsense' }, { authorization: 'Bearer nonsense' }]) {
    const answer = await app.inject({ url: WELL_KNOWN, headers: { ...headers } as Record<string, string> })
    t.equal(answer.statusCode, 200)
    t.match(answer.headers, { 'content-type': 'application/json; charset=utf-8', 'cache-control': 'public, max-age=3600' })
    for (const name of ['vary', 'set-cookie', 'access-control-allow-origin']) t.equal(answer.headers[name], undefined, name)
  }
  t.equal((await app.inject({ method: 'HEAD', url: WELL_KNOWN })).statusCode, 200)
  t.equal((await app.inject({ method: 'POST', url: WELL_KNOWN })).statusCode, 404)
})

test('every address that is named is there, and what is switched off is not named', async t => {
  const names = ['authorize', 'token', 'device', 'revoke', 'introspect', 'userinfo', 'logout'] as const
  const app = await build(t, withPrograms)
  const all = (await app.inject(WELL_KNOWN)).json<Record<string, unknown>>()
  const addresses = Object.entries(all).filter(([name]) => name.endsWith('_endpoint')).map(([, url]) => String(url))
  t.equal(addresses.length, names.length)
  for (const url of addresses) {
    const { pathname } = new URL(url)
    t.ok(app.hasRoute({ method: 'POST', url: pathname }) || app.hasRoute({ method: 'GET', url: pathname }), pathname)
  }
  for (const name of names) {
    const left = Object.values(await metadataOf(t, { ...withPrograms, routes: { [name]: false } }))
    t.equal(left.filter(value => String(value).startsWith(publicUrl)).length, names.length, `without ${name}`)
    t.notOk(left.includes(`${publicUrl}/auth/${name}`))
  }
})

test('what a missing address has to do with it is left out too (RFC 8414, section 3.2)', async t => {
  async function saysOf (options: Built): Promise<Record<string, unknown>> {
    return await metadataOf(t, { ...withPrograms, ...options })
  }
  const noAuthorize = await saysOf({ routes: { authorize: false } })
  t.match(noAuthorize, { grant_types_supported: ['refresh_token', 'urn:ietf:params:oauth:grant-type:device_code'] })
  for (const name of ['response_types_supported', 'response_modes_supported', 'code_challenge_methods_supported']) t.notHas(noAuthorize, name)
  t.same((await saysOf({ routes: { device: false } }))['grant_types_supported'], ['authorization_code', 'refresh_token'])
  t.notHas(await saysOf({ routes: { token: false } }), 'grant_types_supported')
  t.notHas(await saysOf({ routes: { token: false } }), 'token_endpoint_auth_methods_supported')
  t.notHas(await saysOf({ routes: { revoke: false } }), 'revocation_endpoint_auth_methods_supported')
  t.notHas(await saysOf({ routes: { introspect: false } }), 'introspection_endpoint_auth_methods_supported')
  const open = await saysOf({ programs: { cli } })
  t.same(open['token_endpoint_auth_methods_supported'], ['none'])
  t.notHas(open, 'introspection_endpoint', 'who has no secret is told nothing there')
  t.notHas(open, 'introspection_endpoint_auth_methods_supported')
  const closed = await saysOf({ programs: { web } })
  t.same(closed['token_endpoint_auth_methods_supported'], ['client_secret_basic', 'client_secret_post'])
})

test('a broker without programs says who it is, and where its keys are', async t => {
  const settings = { publicUrl, broker: { issuer: `${publicUrl}/broker` } }
  t.same(await metadataOf(t, settings, `${WELL_KNOWN}/broker`), {
    issuer: `${publicUrl}/broker`,
    jwks_uri: `${publicUrl}/auth/jwks`,
    userinfo_endpoint: `${publicUrl}/auth/userinfo`
  })
})

test('a broker with programs that exchange tokens says so (RFC 8693, section 2.1)', async t => {
  const says = await metadataOf(t, { publicUrl, oidc, broker: {}, programs: { web: { ...web, tokenExchange: true } } })
  t.match(says, { issuer: publicUrl, jwks_uri: `${publicUrl}/auth/jwks` })
  t.match(says['grant_types_supported'], ['authorization_code', 'refresh_token', String, 'urn:ietf:params:oauth:grant-type:token-exchange'])
})

/** What an independent client makes of it. */
async function discover (t: Test, app: FastifyInstance, issuer: string): Promise<oauth.AuthorizationServer> {
  const asked: string[] = []
  const response = await oauth.discoveryRequest(new URL(issuer), {
    algorithm: 'oauth2',
    async [oauth.customFetch] (url) {
      asked.push(url)
      const { statusCode, body, headers } = await app.inject(new URL(url).pathname)
      return new Response(body, { status: statusCode, headers: { 'content-type': String(headers['content-type']) } })
    }
  })
  t.equal(asked.length, 1)
  return await oauth.processDiscoveryResponse(new URL(issuer), response)
}

test('an independent client finds them by the issuer (RFC 8414, sections 3.1 and 3.3)', async t => {
  t.match(await discover(t, await build(t, withPrograms), publicUrl), { issuer: publicUrl })
  const withPath = 'https://example.com/shop/app'
  const behind = await build(t, { ...withPrograms, publicUrl: withPath })
  t.match(await discover(t, behind, withPath), { issuer: withPath, token_endpoint: `${withPath}/auth/token` })
  const issuer = `${withPath}/broker/one`
  const own = await build(t, { publicUrl: withPath, oidc, broker: { issuer }, programs: { cli } })
  t.match(await discover(t, own, issuer), { issuer, jwks_uri: `${withPath}/auth/jwks`, token_endpoint: `${withPath}/auth/token` })
})

function pathsOf (options: Partial<AuthOptions>, prefix = ''): readonly string[] {
  return serverMetadataPaths(resolveSettings({ secret: secret(), ...withPrograms, ...options }), prefix)
}

test('they are at the root of the host, and below the path that a proxy passes on (RFC 8414, section 3.1)', async t => {
  t.same(pathsOf({}), [WELL_KNOWN])
  t.same(pathsOf({ publicUrl: 'https://example.com/app' }), [WELL_KNOWN, `/app${WELL_KNOWN}`, `${WELL_KNOWN}/app`])
  t.same(pathsOf({ bearer: {}, broker: { issuer: `${publicUrl}/broker` } }), [`${WELL_KNOWN}/broker`])
  t.same(pathsOf({ publicUrl: 'https://example.com/app', bearer: {}, broker: { issuer: 'https://example.com/app/broker' } }), [
    `${WELL_KNOWN}/broker`, `/app${WELL_KNOWN}/broker`, `${WELL_KNOWN}/app/broker`
  ])
  t.same(pathsOf({}, '/api'), [WELL_KNOWN], 'a scope with a prefix has them below it')
  t.same(pathsOf({ publicUrl: 'https://example.com/app' }, '/app'), [WELL_KNOWN])
  const says = await metadataOf(t, { ...withPrograms, prefix: '/api' }, `/api${WELL_KNOWN}`)
  t.match(says, { issuer: publicUrl, token_endpoint: `${publicUrl}/api/auth/token`, userinfo_endpoint: `${publicUrl}/api/auth/userinfo` })
})

test('without programs and a broker, or switched off, there are none', async t => {
  const off = { ...withPrograms, routes: { authorizationServerMetadata: false } }
  for (const options of [{ publicUrl, bearer: { issued: true } }, {}, off]) {
    t.same(serverMetadataPaths(resolveSettings({ secret: secret(), ...options }), ''), [])
    t.equal((await (await build(t, options)).inject(WELL_KNOWN)).statusCode, 404)
  }
})

test('two registrations cannot both be the server of one host, and are told what to write', async t => {
  const register = async (options: Pick<AuthOptions, 'routes'>): Promise<unknown> => {
    const app = Fastify()
    t.teardown(() => app.close())
    const common = { secret: secret(), ...withPrograms }
    await app.register(authPlugin, { ...common, name: 'a', routes: { resourceMetadata: false } })
    return await app.register(authPlugin, { ...common, name: 'b', routes: { prefix: '/b', resourceMetadata: false, ...options.routes } })
  }
  const message = /"routes\.authorizationServerMetadata" makes a route \/\.well-known\/.*Write false for one of them/
  await t.rejects(register({}), { code: 'FST_LOGIN_CONFIGURATION', message })
  await t.resolves(register({ routes: { authorizationServerMetadata: false } }))
})
