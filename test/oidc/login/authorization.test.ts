import { test } from 'tap'
import { assertAccepted, assertRefused } from '../_refusal.ts'
import { ScriptedProvider } from '../_scripted-provider.ts'
import { buildSite, type SiteOptions } from '../_site.ts'

const malformed = { status: 400, code: 'FST_LOGIN_RESPONSE_INVALID' } as const

interface Teardown { teardown (handler: () => Promise<unknown>): unknown }

/** The parameters of an authorization request. */
async function requested (t: Teardown, options: SiteOptions = {}, page?: string): Promise<URLSearchParams> {
  const site = await buildSite(t, options)
  return new URL(await site.visitor().begin(page)).searchParams
}

test('an authorization request says what OpenID Connect Core, 3.1.2.1, and RFC 7636, section 4.3, ask for', async t => {
  const parameters = Object.fromEntries(await requested(t))
  t.match(parameters, {
    client_id: 'web',
    redirect_uri: 'https://app.example.com/auth/callback',
    response_type: 'code',
    scope: 'openid profile email',
    state: /^[A-Za-z0-9_.-]{100,}$/,
    nonce: /^[A-Za-z0-9_-]{43}$/,
    code_challenge: /^[A-Za-z0-9_-]{43}$/,
    code_challenge_method: 'S256'
  })
  t.same(Object.keys(parameters).sort(), [
    'client_id', 'code_challenge', 'code_challenge_method', 'nonce', 'redirect_uri', 'response_type', 'scope', 'state', 'tenant'
  ])
})

test('the query of the authorization endpoint is kept (RFC 6749, section 3.1)', async t => {
  t.equal((await requested(t)).get('tenant'), 'a')
})

test('prompt, max_age, acr_values, scopes and further parameters are passed where they are configured', async t => {
  const parameters = await requested(t, {
    oidc: {
      prompt: 'login consent',
      maxAge: 0,
      acrValues: ['gold', 'silver'],
      scopes: ['mail.read'],
      responseMode: 'form_post',
      authorizationParameters: { login_hint: 'a b&c', audience: 'https://api.example.com' }
    }
  })
  t.match(Object.fromEntries(parameters), {
    prompt: 'login consent',
    max_age: '0',
    acr_values: 'gold silver',
    scope: 'openid mail.read',
    response_mode: 'form_post',
    login_hint: 'a b&c',
    audience: 'https://api.example.com'
  })
})

test('services that tokens are needed for are named, each by itself (RFC 8707, section 2.1)', async t => {
  const resource = ['https://files.example.com', 'https://mail.example.com/v2?a=b']
  t.same((await requested(t, { oidc: { resource } })).getAll('resource'), resource)
})

test('a code is bound to the key of its login, another one for each (RFC 9449, section 10)', async t => {
  const site = await buildSite(t, { oidc: { dpop: true } })
  const visitor = site.visitor()
  const thumbprints = [await visitor.begin(), await visitor.begin()].map(location => new URL(location).searchParams.get('dpop_jkt'))
  for (const thumbprint of thumbprints) t.match(thumbprint, /^[A-Za-z0-9_-]{43}$/)
  t.not(thumbprints[0], thumbprints[1])
})

test('parameters of the query of the login route never reach the provider', async t => {
  const query = new URLSearchParams({
    prompt: 'none', max_age: '0', acr_values: 'x', login_hint: 'eve', redirect_uri: 'https://evil.example/', client_id: 'evil', scope: 'admin', state: 's', foo: 'bar'
  })
  t.same([...(await requested(t, {}, `/auth/login?${query}`)).keys()].sort(), [...(await requested(t)).keys()].sort())
  const parameters = await requested(t, {}, `/auth/login?${query}`)
  t.equal(parameters.get('redirect_uri'), 'https://app.example.com/auth/callback')
  t.equal(parameters.get('client_id'), 'web')
  t.equal(parameters.get('scope'), 'openid profile email')
})

test('the Host header and forwarding headers have no say in the redirect address', async t => {
  const site = await buildSite(t)
  const answer = await site.visitor().get('/auth/login', { host: 'evil.example', 'x-forwarded-host': 'evil.example', forwarded: 'host=evil.example' })
  t.equal(new URL(String(answer.headers.location)).searchParams.get('redirect_uri'), 'https://app.example.com/auth/callback')
})

test('each login of a browser has a state, a nonce and a challenge of its own', async t => {
  const site = await buildSite(t)
  const visitor = site.visitor()
  const logins: URLSearchParams[] = []
  for (let n = 0; n < 10; n++) logins.push(new URL(await visitor.begin()).searchParams)
  for (const name of ['state', 'nonce', 'code_challenge']) {
    t.equal(new Set(logins.map(parameters => parameters.get(name))).size, 10, name)
  }
})

test('a response with the right iss is accepted, announced or not', async t => {
  const provider = await ScriptedProvider.create()
  const site = await buildSite(t, { provider })
  const visitor = site.visitor()
  await visitor.get(provider.authorize(await visitor.begin(), { iss: provider.issuer }))
  t.equal(await visitor.who(), 'alice')
  provider.metadata = { authorization_response_iss_parameter_supported: true }
  site.clock.advance(600)
  await assertAccepted(t, site)
})

test('a response of another issuer, or with an empty one, is refused (RFC 9207, section 2.4)', async t => {
  for (const iss of ['https://evil.example', '']) await assertRefused(t, { ...malformed, response: { iss } })
})

test('a response with two codes, or with an empty one, is refused', async t => {
  for (const code of [['one', 'two'], '']) await assertRefused(t, { ...malformed, response: { code } })
})

test('an error response is judged by its iss too (RFC 9207, section 2.4)', async t => {
  await assertRefused(t, { ...malformed, response: { code: undefined, error: 'access_denied', iss: 'https://evil.example' } })
})

test('access_denied is a refusal of 403 (RFC 6749, 4.1.2.1)', async t => {
  await assertRefused(t, { status: 403, code: 'FST_LOGIN_DENIED', response: { code: undefined, error: 'access_denied' } })
})

test('a question that must not be asked is a refusal of 400 (OpenID Connect Core, 3.1.2.6)', async t => {
  for (const error of ['login_required', 'interaction_required', 'consent_required', 'account_selection_required']) {
    await assertRefused(t, { status: 400, code: 'FST_LOGIN_INTERACTION_REQUIRED', response: { code: undefined, error } })
  }
})

test('any other error of the provider is a refusal of 400 (RFC 6749, 4.1.2.1; OpenID Connect Core, 3.1.2.6)', async t => {
  for (const error of ['server_error', 'temporarily_unavailable', 'invalid_scope', 'something_else']) {
    await assertRefused(t, { status: 400, code: 'FST_LOGIN_PROVIDER_REFUSED', response: { code: undefined, error } })
  }
})
