import { type Test, test } from 'tap'
import { beginAt, buildDeviceSite, type DeviceSite } from '../_devices.ts'
import { assertFailurePage } from '../_refusal.ts'
import { connectionReset, htmlAnswer, json, timeOut } from '../_scripted-provider.ts'

interface Teardown { teardown (handler: () => Promise<unknown>): unknown }

async function deviceRequest (
  t: Teardown, oidc: Record<string, unknown> = {}
): Promise<{ form: unknown, headers: Headers }> {
  const { site } = await buildDeviceSite(t, { oidc })
  await beginAt(site.visitor())
  const { form, headers } = site.provider.last('device')
  return { form: Object.fromEntries(form), headers }
}

test('the request names the client, proves it and asks for the scopes (RFC 8628, section 3.1)', async t => {
  const { form, headers } = await deviceRequest(t)
  t.same(form, { client_id: 'web', scope: 'openid profile email' })
  t.match(headers.get('authorization'), /^Basic /)
})

test('a public client says only who it is', async t => {
  const { form, headers } = await deviceRequest(t, { clientSecret: undefined })
  t.match(form, { client_id: 'web' })
  t.equal(headers.get('authorization'), null)
})

test('what is configured for sign-in goes along', async t => {
  const { form } = await deviceRequest(t, {
    prompt: 'consent', maxAge: 60, acrValues: ['silver', 'gold'], authorizationParameters: { audience: 'api' }, scopes: ['mail.read']
  })
  t.same(form, {
    audience: 'api', client_id: 'web', scope: 'openid mail.read', prompt: 'consent', max_age: '60', acr_values: 'silver gold'
  })
})

test('what one sign-in says goes along, also over what is configured', async t => {
  const { site } = await buildDeviceSite(t, { oidc: { authorizationParameters: { audience: 'api', ui_locales: 'en' } } })
  const demands = { e: { login_hint: 'alice@example.com', ui_locales: 'de' } }
  await beginAt(site.visitor(), `/auth/login?returnTo=${site.vault.seal('return-path', { v: 1, r: '/', q: demands })}`)
  t.same(Object.fromEntries(site.provider.last('device').form), {
    audience: 'api', login_hint: 'alice@example.com', ui_locales: 'de', client_id: 'web', scope: 'openid profile email'
  })
})

test('scopes that a page needs are asked for first, and must be granted', async t => {
  const { site, devices } = await buildDeviceSite(t)
  const visitor = site.visitor()
  const link = `/auth/login?returnTo=${site.vault.seal('return-path', { v: 1, r: '/', q: { o: ['mail.read'] } })}`
  const page = await beginAt(visitor, link)
  t.equal(site.provider.last('device').form.get('scope'), 'mail.read openid profile email')
  devices.error = undefined
  site.provider.tokenAnswer = { scope: 'openid profile' }
  site.clock.advance(5)
  assertFailurePage(t, site, await visitor.get(page), { status: 403, code: 'FST_LOGIN_SCOPE_REFUSED' })
})

async function assertNotBegun (t: Test, { site }: DeviceSite, status: number, code: string): Promise<void> {
  const visitor = site.visitor()
  assertFailurePage(t, site, await visitor.get('/auth/login'), { status, code })
  t.same(visitor.jar.names, [], 'and no login is begun')
}

const refusals: Record<string, [answer: () => Response | Promise<Response>, status: number, code: string]> = {
  'an error for the client': [() => json({ error: 'unauthorized_client' }, 400), 400, 'FST_LOGIN_PROVIDER_REFUSED'],
  'an error about a scope': [() => json({ error: 'invalid_scope' }, 400), 400, 'FST_LOGIN_PROVIDER_REFUSED'],
  'an error that is an outage': [() => json({ error: 'server_error' }, 503), 503, 'FST_LOGIN_PROVIDER_UNAVAILABLE'],
  'too many requests': [() => json({ error: 'slow_down' }, 429), 503, 'FST_LOGIN_PROVIDER_UNAVAILABLE'],
  'a page of a proxy': [() => htmlAnswer(502), 503, 'FST_LOGIN_PROVIDER_UNAVAILABLE'],
  'a page instead of JSON': [() => htmlAnswer(), 502, 'FST_LOGIN_PROVIDER_ANSWER_INVALID'],
  'a redirect': [() => new Response(null, { status: 302, headers: { location: 'https://evil.example' } }), 502, 'FST_LOGIN_PROVIDER_ANSWER_INVALID'],
  nothing: [() => new Response(null), 502, 'FST_LOGIN_PROVIDER_ANSWER_INVALID'],
  'a broken connection': [connectionReset, 503, 'FST_LOGIN_PROVIDER_UNAVAILABLE'],
  'no answer': [timeOut, 503, 'FST_LOGIN_PROVIDER_UNAVAILABLE'],
  'an endless answer': [() => json({ device_code: 'a'.repeat(1_100_000) }), 503, 'FST_LOGIN_PROVIDER_UNAVAILABLE']
}

for (const [name, [answer, status, code]] of Object.entries(refusals)) {
  test(`${name} in place of codes begins no login`, async t => {
    const begun = await buildDeviceSite(t)
    begun.site.provider.answers.device = answer
    await assertNotBegun(t, begun, status, code)
  })
}

test('a member that is missing, of another type, too long or no address that may be a link is refused', async t => {
  const begun = await buildDeviceSite(t)
  const faults: readonly Record<string, unknown>[] = [
    { device_code: undefined }, { device_code: 7 }, { device_code: '' }, { device_code: 'a'.repeat(8193) },
    { user_code: undefined }, { user_code: ['a'] }, { user_code: 'a'.repeat(65) },
    { verification_uri: undefined }, { verification_uri: 'javascript:alert(1)' }, { verification_uri: '/go' },
    { verification_uri: 'http://id.example.com/go' }, { verification_uri: `https://a.example/${'a'.repeat(2048)}` },
    { verification_uri_complete: 'data:text/html,x' }, { verification_uri_complete: {} }, { verification_uri_complete: null },
    { verification_uri_complete: `https://a.example/${'a'.repeat(2048)}` },
    { expires_in: undefined }, { expires_in: -1 }, { expires_in: 'soon' }, { interval: 0 }, { interval: -5 }, { interval: {} }
  ]
  for (const authorization of faults) {
    begun.devices.authorization = authorization
    await assertNotBegun(t, begun, 502, 'FST_LOGIN_PROVIDER_ANSWER_INVALID')
  }
})

test('a provider without the endpoint, or with one on plain http, signs nobody in', async t => {
  for (const endpoint of [undefined, 'http://id.example.com/device', 7]) {
    const begun = await buildDeviceSite(t)
    begun.site.provider.metadata = { device_authorization_endpoint: endpoint }
    await assertNotBegun(t, begun, 502, 'FST_LOGIN_PROVIDER_ANSWER_INVALID')
    t.match(begun.site.log, 'device_authorization_endpoint', 'the log says why')
  }
})
