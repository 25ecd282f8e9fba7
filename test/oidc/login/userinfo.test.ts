import { test } from 'tap'
import { assertRefused } from '../_refusal.ts'
import { connectionReset, createKey, ScriptedProvider } from '../_scripted-provider.ts'
import { buildSite } from '../_site.ts'

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

test('userinfo of another person, and an endpoint that does not answer, sign nobody in', async t => {
  await assertRefused(t, { ...invalid, misbehave (provider) { provider.userinfo = { sub: 'bob', admin: true } } })
  await assertRefused(t, { ...unavailable, misbehave (provider) { provider.answers.userinfo = connectionReset } })
})

test('userinfo that come as a token are verified (OpenID Connect Core, section 5.3.4)', async t => {
  const provider = await ScriptedProvider.create()
  provider.metadata = { userinfo_signing_alg_values_supported: ['RS256'] }
  const site = await buildSite(t, { ...options, provider })
  const answer = async (): Promise<Response> =>
    new Response(await provider.signJwt({ sub: 'alice', nickname: 'Al' }), { headers: { 'content-type': 'application/jwt' } })
  provider.answers.userinfo = answer
  const visitor = await site.signedIn()
  t.match((await visitor.get('/who')).json().userinfo, { sub: 'alice', nickname: 'Al' })
  const another = await createKey('one')
  provider.answers.userinfo = async () => {
    provider.signer = another
    return await answer()
  }
  t.equal((await site.visitor().signIn()).statusCode, 502)
})

test('a provider without a userinfo endpoint, or with one on plain http, is refused where userinfo is wanted', async t => {
  for (const address of [undefined, 'http://id.example.com/userinfo', 'nowhere']) {
    const provider = await ScriptedProvider.create()
    provider.metadata = { userinfo_endpoint: address }
    const site = await buildSite(t, { ...options, provider })
    t.equal((await site.visitor().signIn()).statusCode, 502, String(address))
  }
})
