import Fastify, { type FastifyInstance } from 'fastify'
import * as oauth from 'oauth4webapi'
import { type Test, test } from 'tap'
import { authPlugin, type AuthOptions, loginRequired } from '../../lib/index.ts'
import { resolveSettings } from '../../lib/options/settings.ts'
import { type MetadataSettings, resourceMetadataPaths, resourceMetadataUrl } from '../../lib/routes/resource-metadata.ts'
import { selfSigned } from '../_certificate.ts'
import { secret } from '../_app.ts'

const WELL_KNOWN = '/.well-known/oauth-protected-resource'
const bearer = { issuer: 'https://id.example.com', audience: 'https://app.example.com' }
const publicUrl = 'https://app.example.com'

function settingsOf (options: Partial<AuthOptions> = {}): MetadataSettings {
  return resolveSettings({ secret: secret(), publicUrl, bearer, ...options })
}

interface Built extends Partial<AuthOptions> {
  readonly prefix?: string
  readonly server?: object
}

async function build (t: Test, { prefix = '', server = {}, ...options }: Built = {}): Promise<FastifyInstance> {
  const app = Fastify(server)
  t.teardown(() => app.close())
  await app.register(async scope => {
    scope.addHook('onRequest', loginRequired) // Before, or it would not reach what the plugin registers.
    await scope.register(authPlugin, { secret: secret(), publicUrl, bearer, ...options })
    scope.get('/room', async () => 'inside')
  }, { prefix })
  return app
}

test('the service says what it is and who gives tokens for it (RFC 9728, section 2)', async t => {
  const app = await build(t, { bearer: { ...bearer, scopes: ['mail.read', 'mail.write'] } })
  const answer = await app.inject(WELL_KNOWN)
  t.equal(answer.statusCode, 200)
  t.same(answer.json(), {
    resource: 'https://app.example.com',
    authorization_servers: ['https://id.example.com'],
    scopes_supported: ['mail.read', 'mail.write'],
    bearer_methods_supported: ['header'],
    dpop_signing_alg_values_supported: [
      'RS256', 'RS384', 'RS512', 'PS256', 'PS384', 'PS512', 'ES256', 'ES384', 'ES512', 'EdDSA', 'Ed25519'
    ]
  })
})

test('they are JSON that anybody may keep, also a stranger behind a guard (RFC 9728, section 3.2)', async t => {
  const app = await build(t)
  for (const headers of [{}, { cookie: '__Host-login=nonsense' }, { authorization: 'Bearer nonsense' }, { authorization: 'Basic' }]) {
    const answer = await app.inject({ url: WELL_KNOWN, headers: { ...headers } as Record<string, string> })
    t.equal(answer.statusCode, 200)
    t.match(answer.headers, { 'content-type': 'application/json; charset=utf-8', 'cache-control': 'public, max-age=3600' })
    for (const name of ['vary', 'set-cookie', 'access-control-allow-origin']) t.equal(answer.headers[name], undefined, name)
  }
  t.equal((await app.inject('/room')).statusCode, 401, 'the guard is there')
  t.equal((await app.inject({ method: 'HEAD', url: WELL_KNOWN })).statusCode, 200)
  t.equal((await app.inject({ method: 'POST', url: WELL_KNOWN })).statusCode, 404)
})

/** What an independent client makes of it. */
async function discover (t: Test, app: FastifyInstance, resource: string, strips = ''): Promise<unknown> {
  const asked: string[] = []
  const response = await oauth.resourceDiscoveryRequest(new URL(resource), {
    async [oauth.customFetch] (url) {
      asked.push(url)
      const { statusCode, body, headers } = await app.inject(new URL(url).pathname.replace(strips, ''))
      return new Response(body, { status: statusCode, headers: { 'content-type': String(headers['content-type']) } })
    }
  })
  t.equal(asked.length, 1)
  return (await oauth.processResourceDiscoveryResponse(new URL(resource), response)).resource
}

test('an independent client finds them by the address of the service (RFC 9728, sections 3.1 and 3.3)', async t => {
  t.equal(await discover(t, await build(t), publicUrl), publicUrl)
  const withPath = 'https://example.com/shop/app'
  t.equal(await discover(t, await build(t, { publicUrl: withPath }), withPath), withPath)
})

/** Where the challenge leads, as a path of the host. */
const challenged = (options: Partial<AuthOptions>, prefix = ''): string | undefined =>
  resourceMetadataUrl(settingsOf(options), prefix)

test('a challenge leads to them behind any proxy (RFC 9728, section 5.1)', async t => {
  const withPath = 'https://example.com/shop'
  t.equal(challenged({}), `https://app.example.com${WELL_KNOWN}`)
  t.equal(challenged({ publicUrl: withPath }), `https://example.com/shop${WELL_KNOWN}`)
  const behind = await build(t, { publicUrl: withPath })
  for (const url of [WELL_KNOWN, `/shop${WELL_KNOWN}`, `${WELL_KNOWN}/shop`]) {
    t.equal((await behind.inject(url)).json().resource, withPath, url)
  }
})

test('in a scope with a prefix they are below it, and about it', async t => {
  t.equal(challenged({}, '/api'), `https://app.example.com/api${WELL_KNOWN}`)
  const app = await build(t, { prefix: '/api' })
  t.equal((await app.inject(`/api${WELL_KNOWN}`)).json().resource, 'https://app.example.com/api')
  t.equal((await app.inject(WELL_KNOWN)).statusCode, 404)
  t.same(resourceMetadataPaths(settingsOf(), '/api'), [WELL_KNOWN])

  const withPath = 'https://example.com/shop'
  t.equal(challenged({ publicUrl: withPath }, '/shop'), `https://example.com/shop${WELL_KNOWN}`, 'a path that the proxy leaves')
  const left = await build(t, { publicUrl: withPath, prefix: '/shop' })
  t.equal((await left.inject(`/shop${WELL_KNOWN}`)).json().resource, withPath)
  t.equal(challenged({ publicUrl: withPath }, '/api'), `https://example.com/shop/api${WELL_KNOWN}`)
})

test('who gives no tokens to everybody is left out: this application, and an issuer of any tenant', async t => {
  const own = await build(t, { bearer: { issued: true } })
  t.same((await own.inject(WELL_KNOWN)).json(), { resource: publicUrl, bearer_methods_supported: ['header'] })
  const providers = {
    any: {
      issuer: 'https://login.example.com/{tenantid}/v2.0',
      tenantClaim: 'tid',
      discoveryUrl: 'https://login.example.com/common/v2.0/.well-known/openid-configuration'
    },
    one: { issuer: 'https://id.example.com' }
  }
  const many = await build(t, { bearer: { audience: 'api', providers } })
  t.same((await many.inject(WELL_KNOWN)).json().authorization_servers, ['https://id.example.com'])
})

test('this application is named where programs get tokens of it, and so are sister instances (RFC 9728, section 2)', async t => {
  const oidc = { issuer: 'https://id.example.com', clientId: 'app', clientSecret: 'a secret of the app' }
  const cli = { redirectUris: ['http://127.0.0.1/callback'] }
  const issuersOf = async (options: Built): Promise<unknown> => {
    const app = await build(t, { bearer: { issued: true }, ...options })
    return (await app.inject(WELL_KNOWN)).json().authorization_servers
  }
  t.same(await issuersOf({ oidc, programs: { cli } }), [publicUrl])
  t.same(await issuersOf({ oidc, programs: { cli: { ...cli, passThrough: true } } }), undefined, 'tokens of the provider')
  t.same(await issuersOf({ oidc, programs: { cli }, routes: { authorizationServerMetadata: false } }), undefined)
  const broker = { issuer: `${publicUrl}/broker`, trustedIssuers: { archive: 'https://archive.example.com' } }
  t.same(await issuersOf({ bearer: {}, broker }), [`${publicUrl}/broker`, 'https://archive.example.com'])
  t.same(await issuersOf({ bearer, broker }), [`${publicUrl}/broker`, 'https://id.example.com', 'https://archive.example.com'])
})

test('where a client can show a certificate they say so (RFC 8705, section 3.3)', async t => {
  const { key, cert } = selfSigned('localhost')
  const member = 'tls_client_certificate_bound_access_tokens'
  async function saysOf (built: Built): Promise<unknown> {
    const app = await build(t, built)
    return (await app.inject(WELL_KNOWN)).json()[member]
  }
  t.equal(await saysOf({}), undefined)
  t.equal(await saysOf({ bearer: { ...bearer, clientCertificate: () => undefined } }), true)
  t.equal(await saysOf({ server: { https: { key, cert } } }), undefined)
  t.equal(await saysOf({ server: { https: { key, cert, requestCert: true, rejectUnauthorized: false } } }), true)
  t.equal(await saysOf({ server: { http2: true, https: { key, cert, requestCert: true } } }), true)
})

test('without tokens, without an address, or switched off there are none', async t => {
  const common = { secret: secret(), publicUrl }
  const off = { ...common, bearer, routes: { resourceMetadata: false } }
  for (const given of [common, off, { secret: secret(), bearer: { issued: true } }]) {
    const settings = resolveSettings(given)
    t.equal(resourceMetadataUrl(settings, ''), undefined)
    t.same(resourceMetadataPaths(settings, ''), [])
    const app = Fastify()
    t.teardown(() => app.close())
    await app.register(authPlugin, given)
    t.equal((await app.inject(WELL_KNOWN)).statusCode, 404)
  }
})

test('two registrations cannot both speak for one address, and are told what to write', async t => {
  const register = async (options: Pick<AuthOptions, 'routes'>): Promise<unknown> => {
    const app = Fastify()
    t.teardown(() => app.close())
    await app.register(authPlugin, { secret: secret(), publicUrl, bearer, name: 'a' })
    return await app.register(authPlugin, { secret: secret(), publicUrl, bearer, name: 'b', routes: { prefix: '/b', ...options.routes } })
  }
  const message = /"routes\.resourceMetadata" makes a route \/\.well-known\/.*Write false for one of them/
  await t.rejects(register({}), { code: 'FST_LOGIN_CONFIGURATION', message })
  await t.resolves(register({ routes: { resourceMetadata: false } }))
})
