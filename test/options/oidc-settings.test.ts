import { test } from 'tap'
import { inEnvironment, oidc, oidcSettingsOf, publicUrl, refuses, settingsOf } from './_refusal.ts'

const metadata = Object.freeze({
  issuer: 'https://id.example',
  authorization_endpoint: 'https://id.example/authorize',
  token_endpoint: 'https://id.example/token',
  jwks_uri: 'https://id.example/keys'
})

test('a provider needs an issuer and a client, and the rest has defaults', async t => {
  t.same(oidcSettingsOf(), {
    name: 'oidc',
    label: 'oidc',
    issuer: 'https://id.example',
    clientId: 'client',
    clientSecret: undefined,
    clientProof: { method: 'none' },
    scopes: ['openid', 'profile', 'email'],
    prompt: undefined,
    authorizationParameters: {},
    forwardedParameters: [],
    silentLogin: false,
    pushedAuthorization: false,
    resources: [],
    dpop: false,
    userinfo: false,
    responseMode: 'query',
    maxAge: undefined,
    acrValues: [],
    idTokenSigningAlg: 'RS256',
    clockTolerance: 30,
    postLogoutRedirect: undefined,
    isPlainHttp: false,
    claims: {},
    endSession: { endpoint: undefined, redirectParameter: 'post_logout_redirect_uri' },
    flows: {},
    answerCodes: { cancelled: undefined, passwordForgotten: undefined },
    metadata: undefined,
    endpoints: ['authorization_endpoint', 'token_endpoint', 'jwks_uri'],
    fetch: undefined
  })
})

test('everything can be said', async t => {
  const fetch = async (): Promise<Response> => new Response()
  const said = {
    scopes: ['mail', 'openid', 'mail'],
    prompt: 'login consent',
    authorizationParameters: { login_hint: 'ada' },
    forwardedParameters: ['ui_locales'],
    silentLogin: true,
    userinfo: true,
    responseMode: 'form_post',
    maxAge: 0,
    acrValues: ['high'],
    idTokenSigningAlg: 'EdDSA',
    clockTolerance: 0,
    postLogoutRedirect: '/bye',
    metadata,
    fetch
  }
  t.same(oidcSettingsOf(said), {
    ...oidcSettingsOf(), ...said, scopes: ['openid', 'mail']
  })
})

test('an unknown option is refused', async t => {
  refuses(t, () => oidcSettingsOf({ scope: 'openid' }), 'oidc.scope', 'scopes')
  refuses(t, () => oidcSettingsOf({ redirectUri: 'x' }), 'oidc.redirectUri')
})

test('an issuer that is no address is refused', async t => {
  for (const issuer of [undefined, null, 1, '', 'id.example', '/x']) refuses(t, () => oidcSettingsOf({ issuer }), 'oidc.issuer')
})

test('an issuer with a user, a query or a fragment is refused', async t => {
  for (const issuer of ['https://u@id.example', 'https://u:p@id.example', 'https://id.example?a=b', 'https://id.example#x']) {
    refuses(t, () => oidcSettingsOf({ issuer }), 'oidc.issuer', 'no user, query or fragment')
  }
})

test('an issuer on http outside loopback is refused', async t => {
  refuses(t, () => oidcSettingsOf({ issuer: 'http://id.example' }), 'oidc.issuer', 'oidc.allowHttp')
  refuses(t, () => oidcSettingsOf({ issuer: 'ftp://id.example' }), 'oidc.issuer', 'https://')
  t.equal(oidcSettingsOf({ issuer: 'http://localhost:9000' }).isPlainHttp, true)
  t.equal(oidcSettingsOf({ issuer: 'http://id.example', allowHttp: true }).isPlainHttp, true)
  t.equal(oidcSettingsOf({ issuer: 'https://localhost:9000' }).isPlainHttp, false)
})

test('the issuer keeps its spelling', async t => {
  t.equal(oidcSettingsOf({ issuer: 'https://Id.Example/tenant/' }).issuer, 'https://Id.Example/tenant/')
})

test('plain http is refused in production', async t => {
  inEnvironment(t, 'production')
  refuses(t, () => oidcSettingsOf({ allowHttp: true }), 'oidc.allowHttp', 'production')
  t.equal(oidcSettingsOf({ allowHttp: false }).isPlainHttp, false)
})

test('allowHttp is true or false', async t => {
  for (const allowHttp of ['true', 1]) refuses(t, () => oidcSettingsOf({ allowHttp }), 'oidc.allowHttp', 'true or false')
})

test('a client needs a name, and a secret that is there is a text', async t => {
  for (const clientId of [undefined, null, '', 1]) refuses(t, () => oidcSettingsOf({ clientId }), 'oidc.clientId')
  for (const clientSecret of [null, '', 1]) refuses(t, () => oidcSettingsOf({ clientSecret }), 'oidc.clientSecret')
  t.equal(oidcSettingsOf({ clientSecret: 'shh' }).clientSecret?.reveal(), 'shh')
})

test('scopes are single words', async t => {
  for (const scope of ['openid profile', 'a"b', 'a\\b', 'ä', 'a\n']) refuses(t, () => oidcSettingsOf({ scopes: [scope] }), 'oidc.scopes', 'one word')
  for (const scopes of ['openid', [1], ['']]) refuses(t, () => oidcSettingsOf({ scopes }), Array.isArray(scopes) ? 'oidc.scopes[0]' : 'oidc.scopes')
})

test('openid is always asked for, once and first', async t => {
  t.same(oidcSettingsOf({ scopes: [] }).scopes, ['openid'])
  t.same(oidcSettingsOf({ scopes: ['a', 'openid'] }).scopes, ['openid', 'a'])
})

test('a prompt is made of the known words, and none is not one of them', async t => {
  for (const prompt of ['none', 'login none', 'login  consent', '', 'Login', 1]) refuses(t, () => oidcSettingsOf({ prompt }), 'oidc.prompt')
  for (const prompt of ['login', 'consent', 'select_account', 'create', 'login consent']) t.equal(oidcSettingsOf({ prompt }).prompt, prompt)
})

test('parameters that the plugin sends itself are refused', async t => {
  for (const name of [
    'client_id', 'redirect_uri', 'response_type', 'response_mode', 'scope', 'state', 'nonce', 'code_challenge', 'code_challenge_method',
    'request', 'request_uri', 'prompt', 'max_age', 'acr_values'
  ]) {
    refuses(t, () => oidcSettingsOf({ authorizationParameters: { [name]: 'x' } }), `oidc.authorizationParameters.${name}`, 'sends itself')
  }
})

test('other parameters are texts', async t => {
  for (const value of [1, true, null, '', ['x']]) {
    refuses(t, () => oidcSettingsOf({ authorizationParameters: { audience: value } }), 'oidc.authorizationParameters.audience')
  }
  for (const authorizationParameters of ['a=b', []]) refuses(t, () => oidcSettingsOf({ authorizationParameters }), 'oidc.authorizationParameters')
})

test('an ID token is signed with one algorithm of public keys', async t => {
  for (const idTokenSigningAlg of ['none', 'HS256', 'rs256', '', ['RS256'], null]) {
    refuses(t, () => oidcSettingsOf({ idTokenSigningAlg }), 'oidc.idTokenSigningAlg', '"RS256"')
  }
  for (const alg of ['RS256', 'RS384', 'RS512', 'PS256', 'PS384', 'PS512', 'ES256', 'ES384', 'ES512', 'EdDSA', 'Ed25519']) {
    t.equal(oidcSettingsOf({ idTokenSigningAlg: alg }).idTokenSigningAlg, alg)
  }
})

test('the remaining options have their types', async t => {
  for (const [name, values] of Object.entries({
    userinfo: ['true', 1, null],
    responseMode: ['fragment', 'jwt', null],
    clockTolerance: [-1, 301, 1.5, '30', null],
    maxAge: [-1, 1.5, '60', null],
    acrValues: ['high', null],
    fetch: ['fetch', {}, null],
    postLogoutRedirect: ['', 'bye', '//evil.example', '/\\evil.example', 'javascript:alert(1)', 'ftp://a.example', 'https://', 1, null]
  })) {
    for (const value of values) refuses(t, () => oidcSettingsOf({ [name]: value }), `oidc.${name}`)
  }
})

test('a logout may end at a path of this site or at an address', async t => {
  for (const target of ['/', '/bye?x=1', 'https://www.example/', 'http://www.example/']) {
    t.equal(oidcSettingsOf({ postLogoutRedirect: target }).postLogoutRedirect, target)
  }
  const choose = (): string => '/bye'
  t.equal(oidcSettingsOf({ postLogoutRedirect: choose }).postLogoutRedirect, choose)
})

test('metadata must be of the same issuer and have the endpoints of a login', async t => {
  t.same(oidcSettingsOf({ metadata }).metadata, metadata)
  for (const issuer of [undefined, 'https://other.example', 'https://id.example/']) {
    refuses(t, () => oidcSettingsOf({ metadata: { ...metadata, issuer } }), 'oidc.metadata.issuer', 'oidc.issuer')
  }
  for (const name of ['authorization_endpoint', 'token_endpoint', 'jwks_uri']) {
    for (const address of [undefined, 1, '/token', 'http://id.example/token', 'javascript:x']) {
      refuses(t, () => oidcSettingsOf({ metadata: { ...metadata, [name]: address } }), `oidc.metadata.${name}`, 'https://')
    }
  }
  for (const value of ['x', [], null]) refuses(t, () => oidcSettingsOf({ metadata: value }), 'oidc.metadata', 'must be an object')
})

test('metadata on http are for a provider on http', async t => {
  const onHttp = { ...metadata, issuer: 'http://localhost:9000', token_endpoint: 'http://localhost:9000/token' }
  t.equal(oidcSettingsOf({ issuer: onHttp.issuer, metadata: onHttp }).metadata?.token_endpoint, 'http://localhost:9000/token')
})

test('form_post needs a cookie that travels from another site', async t => {
  const form = { oidc: { ...oidc, responseMode: 'form_post' } }
  t.equal(settingsOf({ ...form, publicUrl }).providers[0]?.responseMode, 'form_post')
  t.equal(settingsOf({ ...form, publicUrl: 'http://localhost:3000' }).providers[0]?.responseMode, 'form_post')
  refuses(t, () => settingsOf({ publicUrl: 'http://app.example', oidc: { ...form.oidc, allowHttp: true } }), 'oidc.responseMode', 'Secure')
})

test('a provider needs the address of the application', async t => {
  refuses(t, () => settingsOf({ oidc }), 'publicUrl', 'is missing')
})

test('a provider is an object', async t => {
  for (const value of [null, 'https://id.example', [], () => {}]) refuses(t, () => settingsOf({ publicUrl, oidc: value }), 'oidc', 'must be an object')
})
