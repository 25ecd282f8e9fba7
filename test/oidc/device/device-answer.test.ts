import { test } from 'tap'
import { askForTokens } from '../../../lib/oidc/device/device-answer.ts'
import { createBinding, type Transaction } from '../../../lib/oidc/login/transaction.ts'
import { createProvider } from '../../../lib/oidc/provider/provider.ts'
import { resolveOidcSettings } from '../../../lib/options/oidc-settings.ts'
import { beginAt, buildDeviceSite, GRANT, poll } from '../_devices.ts'
import { assertFailurePage } from '../_refusal.ts'
import { type Answer, connectionReset, createKey, htmlAnswer, json, ScriptedProvider, timeOut } from '../_scripted-provider.ts'

test('the token endpoint gets the device code and the proof of the client (RFC 8628, section 3.4)', async t => {
  const { site } = await buildDeviceSite(t)
  const visitor = site.visitor()
  const page = await beginAt(visitor)
  site.clock.advance(5)
  await poll(visitor, page)
  const { form, headers } = site.provider.last('token')
  t.equal(form.get('grant_type'), GRANT)
  t.match(form.get('device_code'), /^[\w-]{32}$/)
  t.match(headers.get('authorization'), /^Basic /)
})

const interim: Record<string, Answer> = {
  authorization_pending: () => json({ error: 'authorization_pending' }, 400),
  'authorization_pending with a status of its own': () => json({ error: 'authorization_pending' }, 403),
  slow_down: () => json({ error: 'slow_down' }, 400),
  'slow_down with 429': () => json({ error: 'slow_down' }, 429),
  'an outage': () => htmlAnswer(503),
  'too many requests': () => new Response(null, { status: 429, headers: { 'retry-after': '1' } }),
  temporarily_unavailable: () => json({ error: 'temporarily_unavailable' }, 400),
  'a broken connection': connectionReset,
  'no answer': timeOut,
  'an endless answer': () => json({ access_token: 'a'.repeat(1_100_000) })
}

for (const [name, answer] of Object.entries(interim)) {
  test(`${name} keeps the sign-in waiting, and tokens that come later sign in`, async t => {
    const { site, devices } = await buildDeviceSite(t)
    const visitor = site.visitor()
    const page = await beginAt(visitor)
    devices.next.push(answer)
    site.clock.advance(5)
    t.match((await visitor.get(page)).body, 'BDFH-KLMN')
    devices.error = undefined
    site.clock.advance(10)
    await visitor.get(page)
    t.equal(await visitor.who(), 'alice')
    t.equal(devices.asked, 2)
  })
}

const last: Record<string, [answer: Answer, status: number, code: string]> = {
  access_denied: [() => json({ error: 'access_denied', error_description: 'no <b>way</b>' }, 400), 403, 'FST_LOGIN_DENIED'],
  expired_token: [() => json({ error: 'expired_token' }, 400), 400, 'FST_LOGIN_STATE_EXPIRED'],
  invalid_grant: [() => json({ error: 'invalid_grant' }, 400), 400, 'FST_LOGIN_CODE_REFUSED'],
  invalid_client: [() => json({ error: 'invalid_client' }, 401, { 'www-authenticate': 'Basic' }), 502, 'FST_LOGIN_PROVIDER_ANSWER_INVALID'],
  'an error that nobody knows': [() => json({ error: 'oops' }, 400), 502, 'FST_LOGIN_PROVIDER_ANSWER_INVALID'],
  'a page': [() => htmlAnswer(), 502, 'FST_LOGIN_PROVIDER_ANSWER_INVALID'],
  'no content': [() => new Response(null, { status: 204 }), 502, 'FST_LOGIN_PROVIDER_ANSWER_INVALID'],
  'tokens without a type': [() => json({ access_token: 'a' }), 502, 'FST_LOGIN_PROVIDER_ANSWER_INVALID'],
  'tokens without an ID token': [() => json({ access_token: 'a', token_type: 'Bearer' }), 502, 'FST_LOGIN_PROVIDER_ANSWER_INVALID'],
  'a token of a type that nobody asked for': [() => json({ access_token: 'a', token_type: 'DPoP' }), 502, 'FST_LOGIN_PROVIDER_ANSWER_INVALID'],
  'more than anybody could keep': [() => json({ access_token: 'a'.repeat(300_000), token_type: 'Bearer' }), 502, 'FST_LOGIN_PROVIDER_ANSWER_INVALID']
}

for (const [name, [answer, status, code]] of Object.entries(last)) {
  test(`${name} ends the sign-in on a page that says so, in every tab and after a reload`, async t => {
    const { site, devices } = await buildDeviceSite(t)
    const visitor = site.visitor()
    const page = await beginAt(visitor, '/deep/x')
    devices.next.push(answer)
    site.clock.advance(5)
    t.same((await poll(visitor, page)).json(), {})
    devices.error = undefined
    for (const wait of [0, 5]) {
      site.clock.advance(wait)
      const shown = await visitor.get(page)
      assertFailurePage(t, site, shown, { status, code })
      t.match(shown.body, /href="[^"]*\/auth\/login\?returnTo=/, 'and offers a new try')
      t.notMatch(shown.body, '<b>')
    }
    t.equal(devices.asked, 1, 'nobody asks again')
    t.equal(await visitor.who(), undefined)
  })
}

test('an ID token is verified as in every other sign-in', async t => {
  const { site, devices } = await buildDeviceSite(t)
  const { provider } = site
  const stranger = await createKey('one')
  const faults: readonly Record<string, unknown>[] = [
    { iss: 'https://evil.example' }, { aud: 'another' }, { sub: '' }, { exp: 1 }, { azp: 'another' },
    { iat: Math.floor(Date.now() / 1000) + 3600 }
  ]
  devices.error = undefined
  const refuse = async (): Promise<void> => {
    const visitor = site.visitor()
    const page = await beginAt(visitor)
    site.clock.advance(5)
    assertFailurePage(t, site, await visitor.get(page), { status: 502, code: 'FST_LOGIN_PROVIDER_ANSWER_INVALID' })
    t.equal(await visitor.who(), undefined)
  }
  for (const claims of faults) {
    provider.claims = claims
    await refuse()
  }
  provider.claims = {}
  provider.signer = stranger
  await refuse()
})

test('userinfo are asked for after the ID token and only for the same subject', async t => {
  const { site, devices } = await buildDeviceSite(t, { oidc: { userinfo: true } })
  devices.error = undefined
  const visitor = site.visitor()
  const page = await beginAt(visitor)
  site.clock.advance(5)
  site.provider.userinfo = { sub: 'bob' }
  assertFailurePage(t, site, await visitor.get(page), { status: 502, code: 'FST_LOGIN_PROVIDER_ANSWER_INVALID' })
  t.equal(await visitor.who(), undefined)
  site.provider.userinfo = { sub: 'alice', nickname: 'Al' }
  await visitor.get(page)
  t.match((await visitor.get('/who')).json(), { id: 'alice', userinfo: { nickname: 'Al' } }, 'a reload asks for them once more')
  t.equal(devices.asked, 1)
})

test('metadata that another process finds unusable are an outage, not the end', async t => {
  const scripted = await ScriptedProvider.create()
  const login = { binding: createBinding(0), transaction: { id: 'a' } as Transaction }
  scripted.metadata = { token_endpoint: 'http://evil.example/token' }
  const provider = createProvider(resolveOidcSettings(scripted.client, false), Date.now)
  t.same(await askForTokens(provider, 'code', login), { kind: 'unavailable', retryAfter: 0 })
  t.equal(scripted.count('token'), 0)
})

test('tokens are bound to a key and to a service where that is configured, and a nonce is taken up at once', async t => {
  const { site, devices } = await buildDeviceSite(t, { oidc: { dpop: true, resource: 'https://api.example.com' } })
  const visitor = site.visitor()
  const page = await beginAt(visitor)
  t.equal(site.provider.last('device').form.get('resource'), 'https://api.example.com')
  devices.next.push(() => json({ error: 'use_dpop_nonce' }, 400, { 'dpop-nonce': 'fresh' }))
  devices.error = undefined
  site.provider.tokenAnswer = { token_type: 'DPoP' }
  site.clock.advance(5)
  await visitor.get(page)
  t.equal(await visitor.who(), 'alice')
  t.equal(devices.asked, 2, 'one question, with the nonce the second time')
  const { headers, form } = site.provider.last('token')
  const [, payload = ''] = String(headers.get('dpop')).split('.')
  t.match(JSON.parse(Buffer.from(payload, 'base64url').toString()), { nonce: 'fresh', htm: 'POST' })
  t.equal(form.get('resource'), 'https://api.example.com')
})
