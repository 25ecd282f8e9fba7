import { createHash, generateKeyPairSync, type KeyObject, webcrypto } from 'node:crypto'
import { jwtVerify, type JWTVerifyResult } from 'jose'
import { type Test, test } from 'tap'
import type { AssertionRequest, ClientAuthentication } from '../../../lib/index.ts'
import { clientAuth } from '../../../lib/oidc/provider/client-auth.ts'
import type { OidcSettings } from '../../../lib/options/oidc-settings.ts'
import { selfSigned } from '../../_certificate.ts'
import { assertAccepted } from '../_refusal.ts'
import { json, ScriptedProvider, type SeenRequest } from '../_scripted-provider.ts'
import { buildSite, type Site, type SiteOptions } from '../_site.ts'
import { createTokenBench } from '../_token-bench.ts'

interface Teardown { teardown (handler: () => Promise<unknown>): unknown }

/** The token request of a login at a provider that takes these methods. */
async function tokenRequest (t: Teardown, methods: unknown, oidc: SiteOptions['oidc'] = {}): Promise<SeenRequest> {
  const provider = await ScriptedProvider.create()
  provider.metadata = { token_endpoint_auth_methods_supported: methods }
  const clientId = oidc.clientId ?? provider.clientId
  provider.claims = { aud: clientId }
  await (await buildSite(t, { provider, oidc })).signedIn()
  return provider.last('token')
}

/** Client id and secret of an Authorization header, decoded as RFC 6749, section 2.3.1, says. */
function basicOf ({ headers }: SeenRequest): readonly string[] {
  const text = Buffer.from(String(headers.get('authorization')).replace('Basic ', ''), 'base64').toString('latin1')
  return text.split(':').map(part => decodeURIComponent(part.replaceAll('+', ' ')))
}

test('a client proves itself by HTTP Basic where the provider names no methods (OpenID Connect Discovery, section 3)', async t => {
  const request = await tokenRequest(t, undefined, { clientSecret: 'a secret' })
  t.same(basicOf(request), ['web', 'a secret'])
  t.notOk(request.form.has('client_secret'))
})

test('a client proves itself by HTTP Basic where the provider takes that and the body', async t => {
  const request = await tokenRequest(t, ['client_secret_post', 'client_secret_basic'], { clientSecret: 'a secret' })
  t.same(basicOf(request), ['web', 'a secret'])
})

test('id and secret are form-encoded before they are joined (RFC 6749, section 2.3.1)', async t => {
  const secrets = ['a:b', 'a%b+c d&e=f', 'ÄÖ€漢字🔑', '!\'()*~-_.', 'p@ss/w?rd#"\\']
  for (const clientSecret of secrets) {
    const request = await tokenRequest(t, ['client_secret_basic'], { clientId: 'urn:app:wéb 1', clientSecret })
    t.same(basicOf(request), ['urn:app:wéb 1', clientSecret])
    const [id, secret, ...more] = Buffer.from(String(request.headers.get('authorization')).slice(6), 'base64').toString().split(':')
    t.match([id, secret], [/^[\w.*+%-]+$/, /^[\w.*+%-]+$/], 'application/x-www-form-urlencoded')
    t.same(more, [])
  }
})

test('a client proves itself in the body where the provider takes that and not HTTP Basic', async t => {
  const request = await tokenRequest(t, ['client_secret_post', 'private_key_jwt'], { clientSecret: 'ä &=+' })
  t.equal(request.form.get('client_secret'), 'ä &=+')
  t.equal(request.form.get('client_id'), 'web')
  t.notOk(request.headers.has('authorization'))
})

test('a client proves itself by HTTP Basic where the provider names only methods that are not built', async t => {
  t.same(basicOf(await tokenRequest(t, ['private_key_jwt'], { clientSecret: 'a secret' })), ['web', 'a secret'])
})

test('a public client says who it is and proves nothing but its verifier (RFC 6749, section 2.1)', async t => {
  const provider = await ScriptedProvider.create()
  await assertAccepted(t, await buildSite(t, { provider, oidc: { clientSecret: undefined } }))
  const { form, headers } = provider.last('token')
  t.equal(form.get('client_id'), 'web')
  t.notOk(form.has('client_secret'))
  t.notOk(headers.has('authorization'))
  t.ok(form.has('code_verifier'))
})

test('a list of methods that is no list fails the login, and nothing more', async t => {
  const provider = await ScriptedProvider.create()
  provider.metadata = { token_endpoint_auth_methods_supported: 7 }
  const site = await buildSite(t, { provider })
  t.ok([502, 503].includes((await site.visitor().signIn()).statusCode))
})

const rsa = generateKeyPairSync('rsa', { modulusLength: 2048 })
const ec = generateKeyPairSync('ec', { namedCurve: 'P-256' })
const ed25519 = generateKeyPairSync('ed25519')

/** A site whose client proves itself so, at a provider that revokes too. */
async function siteWith (t: Teardown, clientAuthentication: ClientAuthentication, oidc: SiteOptions['oidc'] = {}): Promise<Site> {
  const provider = await ScriptedProvider.create()
  provider.metadata = { revocation_endpoint: `${provider.issuer}/revoke` }
  return await buildSite(t, { provider, oidc: { clientSecret: undefined, clientAuthentication, ...oidc } })
}

/** Goes to every endpoint that asks a client for a proof, and gives what each of them saw. */
async function askAll (site: Site): Promise<readonly SeenRequest[]> {
  const { provider, app: { login } } = site
  const visitor = await site.signedIn()
  await visitor.post('/auth/logout')
  await site.app.close()
  provider.answers.token = () => json({
    access_token: 'a', token_type: 'Bearer', issued_token_type: 'urn:ietf:params:oauth:token-type:access_token'
  })
  await login.clientToken()
  await login.onBehalfOf({ assertion: 'given', scopes: ['a'] })
  await login.exchangeToken({ subjectToken: 'given' })
  const asked = provider.requests.filter(({ url }) => /token$|revoke$/.test(url.pathname))
  const isAnswered = asked.length === 6
  if (!isAnswered) throw new Error(`${asked.length} requests, and not code, three tokens and two revocations`)
  return asked
}

/** The assertion of a request, verified as a provider does (RFC 7523, section 3). */
async function verify ({ form }: SeenRequest, key: KeyObject, site: Site, audience?: string): Promise<JWTVerifyResult> {
  return await jwtVerify(String(form.get('client_assertion')), key, {
    issuer: 'web',
    subject: 'web',
    audience: audience ?? site.provider.issuer,
    currentDate: new Date(site.clock.now()),
    requiredClaims: ['exp', 'iat', 'jti']
  })
}

async function assertionOf (
  t: Test, clientAuthentication: ClientAuthentication, key: KeyObject, audience?: string
): Promise<JWTVerifyResult> {
  const site = await siteWith(t, clientAuthentication)
  await site.signedIn()
  return await verify(site.provider.last('token'), key, site, audience)
}

test('a key signs an assertion of its own for every request that needs a proof (RFC 7523, section 2.2)', async t => {
  const site = await siteWith(t, { privateKey: rsa.privateKey })
  const requests = await askAll(site)
  const seen = new Set<unknown>()
  for (const request of requests) {
    t.equal(request.form.get('client_assertion_type'), 'urn:ietf:params:oauth:client-assertion-type:jwt-bearer')
    t.equal(request.form.get('client_id'), 'web')
    t.notOk(request.form.has('client_secret'))
    t.notOk(request.headers.has('authorization'))
    const { payload, protectedHeader } = await verify(request, rsa.publicKey, site)
    t.same(protectedHeader, { alg: 'RS256', typ: 'JWT' })
    t.same(Object.keys(payload).sort(), ['aud', 'exp', 'iat', 'iss', 'jti', 'nbf', 'sub'])
    t.equal(payload.aud, site.provider.issuer, 'the issuer alone, and no list')
    seen.add(payload.jti)
  }
  t.equal(seen.size, requests.length, 'none is used twice')
})

test('an assertion begins a clock tolerance before now, by the clock of the application, and lives for a minute', async t => {
  const site = await siteWith(t, { privateKey: rsa.privateKey }, { clockTolerance: 20 })
  site.clock.advance(-86_400)
  await site.signedIn()
  const { payload: { iat, nbf, exp } } = await verify(site.provider.last('token'), rsa.publicKey, site)
  const now = Math.floor(site.clock.now() / 1000)
  t.ok(Math.abs(Number(iat) - now) <= 1, 'two readings of the clock can lie on both sides of a second')
  t.same([Number(nbf) - Number(iat), Number(exp) - Number(iat)], [-20, 60])
})

test('each kind of key signs with its algorithm and says its name', async t => {
  const pem = String(ec.privateKey.export({ type: 'sec1', format: 'pem' }))
  const jwk = { ...rsa.privateKey.export({ format: 'jwk' }), alg: 'PS256', kid: 'of the key' }
  const der = ec.privateKey.export({ type: 'pkcs8', format: 'der' })
  const cryptoKey = await webcrypto.subtle.importKey('pkcs8', der, { name: 'ECDSA', namedCurve: 'P-256' }, false, ['sign'])
  const cases: ReadonlyArray<readonly [ClientAuthentication, KeyObject, object]> = [
    [{ privateKey: pem, kid: 'one' }, ec.publicKey, { alg: 'ES256', kid: 'one' }],
    [{ privateKey: jwk }, rsa.publicKey, { alg: 'PS256', kid: 'of the key' }],
    [{ privateKey: rsa.privateKey, alg: 'RS512' }, rsa.publicKey, { alg: 'RS512' }],
    [{ privateKey: cryptoKey }, ec.publicKey, { alg: 'ES256' }],
    [{ privateKey: ed25519.privateKey }, ed25519.publicKey, { alg: 'EdDSA' }],
    [{ privateKey: ed25519.privateKey, alg: 'Ed25519' }, ed25519.publicKey, { alg: 'Ed25519' }]
  ]
  for (const [proof, publicKey, header] of cases) {
    t.same((await assertionOf(t, proof, publicKey)).protectedHeader, { ...header, typ: 'JWT' })
  }
})

test('a certificate is named by its thumbprints, as Entra ID wants it', async t => {
  const { key, cert, x509 } = selfSigned('client', 'rsa')
  const digest = (alg: string): string => createHash(alg).update(x509.raw).digest('base64url')
  const { protectedHeader } = await assertionOf(t, {
    privateKey: key, certificate: cert, alg: 'PS256', audience: 'token_endpoint'
  }, x509.publicKey, 'https://id.example.com/token')
  t.same(protectedHeader, { alg: 'PS256', typ: 'JWT', x5t: digest('sha1'), 'x5t#S256': digest('sha256') })
})

test('an assertion is for the audience that was chosen, and for no other', async t => {
  for (const [audience, expected] of [
    ['issuer', 'https://id.example.com'],
    ['token_endpoint', 'https://id.example.com/token'],
    ['https://other.example/', 'https://other.example/']
  ] as const) {
    const { payload } = await assertionOf(t, { privateKey: ec.privateKey, audience }, ec.publicKey, expected)
    t.equal(payload.aud, expected)
  }
})

test('an assertion that something else makes is asked for each time, with what it must say', async t => {
  const asked: AssertionRequest[] = []
  const site = await siteWith(t, {
    assertion: async request => {
      asked.push(request)
      return `eyJ.number-${asked.length}.signed`
    }
  })
  const requests = await askAll(site)
  for (const [index, { form, headers }] of requests.entries()) {
    t.match(form.get('client_assertion'), /^eyJ\.number-\d\.signed$/)
    t.equal(form.get('client_assertion_type'), 'urn:ietf:params:oauth:client-assertion-type:jwt-bearer')
    t.equal(form.get('client_id'), 'web')
    t.notOk(headers.has('authorization'))
    t.same(asked[index], {
      audience: 'https://id.example.com', issuer: 'https://id.example.com', tokenEndpoint: 'https://id.example.com/token', clientId: 'web'
    })
  }
  t.equal(new Set(requests.map(({ form }) => form.get('client_assertion'))).size, requests.length)
  t.equal(asked.length, requests.length)
})

test('an assertion of somebody else has the audience that was chosen', async t => {
  const asked: string[] = []
  const assertion = ({ audience }: AssertionRequest): string => {
    asked.push(audience)
    return 'a.b.c'
  }
  for (const audience of ['token_endpoint', 'api://AzureADTokenExchange']) {
    await (await siteWith(t, { assertion, audience })).signedIn()
  }
  t.same(asked, ['https://id.example.com/token', 'api://AzureADTokenExchange'])
})

test('where no assertion comes nothing is sent, and the provider counts as unavailable', async t => {
  const wrong: readonly unknown[] = [undefined, null, 5, '', 'a.b', 'a.b.c.d', 'a b.c.d', 'a.b.c\n', '<a>.b.c']
  const functions = [
    () => { throw new Error('no key') },
    async () => { throw new TypeError('no service') },
    ...wrong.map(answer => async () => answer)
  ]
  for (const assertion of functions) {
    const site = await siteWith(t, { assertion: assertion as unknown as () => string })
    const answer = await site.visitor().signIn()
    t.equal(answer.statusCode, 503)
    t.match(answer.body, 'FST_LOGIN_PROVIDER_UNAVAILABLE')
    t.equal(site.provider.count('token'), 0)
    t.match(site.log, 'clientAuthentication.assertion')
    await t.rejects(site.app.login.clientToken(), { code: 'FST_LOGIN_PROVIDER_UNAVAILABLE' })
  }
})

test('an assertion that does not come in time is not waited for', async t => {
  const site = await siteWith(t, { assertion: () => new Promise(() => {}) })
  const visitor = site.visitor()
  const location = await visitor.begin()
  // The timers of bounds keep no process alive.
  const awake = setInterval(() => {}, 1000)
  t.teardown(() => { clearInterval(awake) })
  const { setTimeout } = globalThis
  // The bound alone is hurried: it is the only timer of 4 seconds.
  t.intercept(globalThis, 'setTimeout', {
    value: (run: () => void, milliseconds: number) => setTimeout(run, milliseconds === 4_000 ? 1 : milliseconds)
  })
  t.equal((await visitor.deliver(location)).statusCode, 503)
  t.equal(site.provider.count('token'), 0)
})

test('a refresh token is not used up by a proof that failed, and the session goes on', async t => {
  let isFailing = false
  const assertion = (): string => {
    if (isFailing) throw new Error('no key')
    return 'a.b.c'
  }
  const bench = await createTokenBench({ clientSecret: undefined, clientAuthentication: { assertion } })
  bench.clock.advance(300)
  isFailing = true
  await t.rejects(bench.find(), { code: 'FST_LOGIN_PROVIDER_UNAVAILABLE' })
  t.equal(bench.endpoint.requests.length, 0)
  isFailing = false
  bench.clock.advance(60)
  t.match(await bench.find(), { kind: 'token' })
  t.equal(bench.endpoint.requests.at(-1)?.get('client_assertion'), 'a.b.c')
  t.equal(bench.endpoint.requests.at(-1)?.get('grant_type'), 'refresh_token')
})

test('a proof that took so long that another process could refresh keeps the refresh token from being sent', async t => {
  let seconds = 4.1
  const bench = await createTokenBench({
    clientSecret: undefined,
    clientAuthentication: {
      assertion: () => {
        bench.clock.advance(seconds)
        return 'a.b.c'
      }
    }
  })
  bench.clock.advance(300)
  await t.rejects(bench.find(), { code: 'FST_LOGIN_PROVIDER_UNAVAILABLE' })
  t.equal(bench.endpoint.requests.length, 0)
  seconds = 3.9
  bench.clock.advance(60)
  t.match(await bench.find(), { kind: 'token' })
})

test('a client that shows a certificate says who it is, at the addresses for such clients (RFC 8705, sections 2 and 5)', async t => {
  for (const method of ['tls_client_auth', 'self_signed_tls_client_auth'] as const) {
    const provider = await ScriptedProvider.create()
    provider.metadata = {
      revocation_endpoint: `${provider.issuer}/revoke`,
      mtls_endpoint_aliases: {
        token_endpoint: 'https://mtls.example.com/token',
        revocation_endpoint: 'https://mtls.example.com/revoke',
        userinfo_endpoint: 'https://mtls.example.com/userinfo'
      }
    }
    const { fetch } = provider
    const site = await buildSite(t, {
      provider, oidc: { clientSecret: undefined, clientAuthentication: method, fetch, userinfo: true }
    })
    for (const { url, form, headers } of await askAll(site)) {
      t.equal(url.host, 'mtls.example.com')
      t.equal(form.get('client_id'), 'web')
      t.notOk(headers.has('authorization'))
      t.notOk(form.has('client_assertion') || form.has('client_secret'))
    }
    t.equal(provider.last('userinfo').url.host, 'mtls.example.com')
    t.equal(provider.last('keys').url.host, 'id.example.com')
  }
})

test('the addresses for certificates are for those who show one', async t => {
  const site = await siteWith(t, { privateKey: ec.privateKey })
  site.provider.metadata = { mtls_endpoint_aliases: { token_endpoint: 'https://mtls.example.com/token' } }
  await site.signedIn()
  t.equal(site.provider.last('token').url.host, 'id.example.com')
})

test('a provider without such addresses, or with none for an endpoint, is asked at the others', async t => {
  for (const aliases of [undefined, null, {}, { revocation_endpoint: 'https://mtls.example.com/revoke' }]) {
    const provider = await ScriptedProvider.create()
    const site = await buildSite(t, {
      provider, oidc: { clientSecret: undefined, clientAuthentication: 'tls_client_auth', fetch: provider.fetch }
    })
    provider.metadata = { mtls_endpoint_aliases: aliases }
    await site.signedIn()
    t.equal(provider.last('token').url.host, 'id.example.com')
  }
})

test('addresses for certificates that are none fail the login, and nothing is sent there', async t => {
  const wrong = [
    7, 'x', true, ...['http://mtls.example.com/token', 'javascript:alert(1)', '', null, 5].map(address => ({ token_endpoint: address }))
  ]
  for (const aliases of wrong) {
    const provider = await ScriptedProvider.create()
    provider.metadata = { mtls_endpoint_aliases: aliases }
    const site = await buildSite(t, {
      provider, oidc: { clientSecret: undefined, clientAuthentication: 'tls_client_auth', fetch: provider.fetch }
    })
    const visitor = site.visitor()
    const begun = await visitor.get('/auth/login')
    const answer = begun.statusCode === 302 ? await visitor.deliver(String(begun.headers.location)) : begun
    t.equal(answer.statusCode, 502, JSON.stringify(aliases))
    t.equal(provider.count('token'), 0)
  }
})

test('a way of sending the secret that was chosen is kept, whatever the provider says', async t => {
  for (const methods of [undefined, ['client_secret_post'], ['client_secret_basic'], 7]) {
    const basic = await tokenRequest(t, methods, { clientSecret: 'a b', clientAuthentication: 'client_secret_basic' })
    t.same(basicOf(basic), ['web', 'a b'])
    t.notOk(basic.form.has('client_secret'))
    const post = await tokenRequest(t, methods, { clientSecret: 'a b', clientAuthentication: 'client_secret_post' })
    t.same([post.form.get('client_id'), post.form.get('client_secret')], ['web', 'a b'])
    t.notOk(post.headers.has('authorization'))
  }
})

test('a client that chose to prove nothing does not', async t => {
  const { form, headers } = await tokenRequest(t, undefined, { clientSecret: undefined, clientAuthentication: 'none' })
  t.equal(form.get('client_id'), 'web')
  t.notOk(headers.has('authorization') || form.has('client_secret') || form.has('client_assertion'))
})

test('no log line shows an assertion, and no page does when the provider repeats it', async t => {
  const site = await siteWith(t, { privateKey: ec.privateKey })
  site.provider.answers.token = ({ form }) => json({
    error: 'invalid_client', error_description: `cannot take ${form.get('client_assertion')}`
  }, 401)
  const page = await site.visitor().signIn()
  t.equal(page.statusCode, 502)
  const sent = String(site.provider.last('token').form.get('client_assertion'))
  t.match(sent, /^eyJ/)
  for (const shown of [page.body, site.log]) {
    for (const part of sent.split('.')) t.notOk(shown.includes(part))
  }
})

test('where each tenant has an issuer an assertion is for the token endpoint: the issuer in the metadata is nobody', async t => {
  const tokenEndpoint = 'https://id.example/token'
  for (const [issuer, audience, expected] of [
    ['https://id.example/{tenantid}', 'issuer', tokenEndpoint],
    ['https://id.example/one', 'issuer', 'https://id.example/one'],
    ['https://id.example/{tenantid}', 'token_endpoint', tokenEndpoint],
    ['https://id.example/{tenantid}', 'https://other.example', 'https://other.example']
  ] as const) {
    const asked: string[] = []
    const assertion = ({ audience }: AssertionRequest): string => {
      asked.push(audience)
      return 'a.b.c'
    }
    const settings = { clientProof: { method: 'assertion', assertion, audience } } as unknown as OidcSettings
    const server = { issuer, token_endpoint: tokenEndpoint }
    await clientAuth(settings, server)(server, { client_id: 'web' }, new URLSearchParams(), new Headers())
    t.same(asked, [expected])
  }
})
