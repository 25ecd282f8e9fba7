import { test } from 'tap'
import { assertRefused } from './_refusal.ts'
import { connectionReset, htmlAnswer, json, ScriptedProvider, timeOut } from './_scripted-provider.ts'
import { buildSite } from './_site.ts'

const options = { oidc: { userinfo: true } }
const invalid = { status: 502, code: 'FST_LOGIN_PROVIDER_ANSWER_INVALID', options } as const
const unavailable = { status: 503, code: 'FST_LOGIN_PROVIDER_UNAVAILABLE', options } as const

test('userinfo is asked with the access token where the option says so, and kept', async t => {
  const site = await buildSite(t, options)
  const visitor = await site.signedIn()
  t.same((await visitor.get('/who')).json().userinfo, { sub: 'alice', nickname: 'Al' })
  t.match(site.provider.last('userinfo').headers.get('authorization'), /^Bearer /)
})

test('userinfo is not asked where the option does not say so', async t => {
  const site = await buildSite(t)
  const visitor = await site.signedIn()
  t.equal((await visitor.get('/who')).json().userinfo, undefined)
  t.equal(site.provider.count('userinfo'), 0)
})

test('userinfo is not asked before the ID token was found good', async t => {
  const site = await buildSite(t, options)
  site.provider.claims = { aud: 'other' }
  await site.visitor().signIn()
  t.equal(site.provider.count('userinfo'), 0)
})

test('userinfo of another sub is refused (OpenID Connect Core, 5.3.2)', async t => {
  for (const sub of ['bob', undefined, '', 7, null, ['alice']]) {
    await assertRefused(t, { ...invalid, misbehave (provider) { provider.userinfo = { sub, admin: true } } })
  }
})

test('a userinfo answer that is no userinfo is refused', async t => {
  const lies = [
    () => htmlAnswer(), () => json(null), () => json([]), () => json({ sub: 'alice' }, 201), () => htmlAnswer(404),
    () => json({}, 401, { 'www-authenticate': 'Bearer error="invalid_token"' }),
    () => new Response('{', { headers: { 'content-type': 'application/json' } }),
    () => new Response(null, { status: 302, headers: { location: 'https://elsewhere.example/' } })
  ]
  for (const lie of lies) {
    await assertRefused(t, { ...invalid, misbehave (provider) { provider.answers.userinfo = lie } })
  }
})

test('a userinfo endpoint that does not answer is an outage', async t => {
  const outages = [
    connectionReset, timeOut, () => json({}, 500), () => htmlAnswer(503), () => json({}, 429),
    () => new Response('x'.repeat(2_000_000), { headers: { 'content-type': 'application/json' } })
  ]
  for (const outage of outages) {
    await assertRefused(t, { ...unavailable, misbehave (provider) { provider.answers.userinfo = outage } })
  }
})

test('a provider without a userinfo endpoint, or with one on plain http, is refused where userinfo is wanted', async t => {
  for (const address of [undefined, 'http://id.example.com/userinfo', 'nowhere']) {
    const provider = await ScriptedProvider.create()
    provider.metadata = { userinfo_endpoint: address }
    const site = await buildSite(t, { ...options, provider })
    t.equal((await site.visitor().signIn()).statusCode, 502, String(address))
  }
})
