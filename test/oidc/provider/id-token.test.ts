import { test, type Test } from 'tap'
import { verifyIdToken } from '../../../lib/oidc/provider/id-token.ts'
import { createProvider } from '../../../lib/oidc/provider/provider.ts'
import { resolveSettings } from '../../../lib/options/settings.ts'
import { secret } from '../../_app.ts'
import { assertAccepted, assertRefused, type Refusal } from '../_refusal.ts'
import { createKey, ScriptedProvider, type SigningKey } from '../_scripted-provider.ts'
import { buildSite } from '../_site.ts'

// test/hostile has every fault of claims and signatures; here is what each check is for.

const invalid = { status: 502, code: 'FST_LOGIN_PROVIDER_ANSWER_INVALID' } as const
const nonceMismatch = { status: 400, code: 'FST_LOGIN_NONCE_MISMATCH' } as const
const tooWeak = { status: 403, code: 'FST_LOGIN_TOO_WEAK' } as const

const seconds = (provider: ScriptedProvider): number => Math.floor(provider.now() / 1000)

/** A login whose ID token has these claims, all signed as it should be. */
function withClaims (claims: (provider: ScriptedProvider) => Record<string, unknown>): Pick<Refusal, 'misbehave'> {
  return { misbehave (provider) { provider.claims = claims(provider) } }
}

test('an ID token whose signature another key made is refused (OpenID Connect Core, 3.1.3.7, number 6)', async t => {
  const other = await createKey('one')
  await assertRefused(t, { ...invalid, misbehave (provider) { provider.signer = other } })
})

test('idTokenSigningAlg pins another algorithm', async t => {
  const ec = await createKey('ec', 'ES256')
  const provider = await ScriptedProvider.create()
  const rsa = provider.signer
  provider.keys = [rsa, ec]
  provider.signer = ec
  const site = await buildSite(t, { provider, oidc: { idTokenSigningAlg: 'ES256' } })
  await assertAccepted(t, site)
  provider.signer = rsa
  t.equal((await site.visitor().signIn()).statusCode, 502, 'RS256 is refused then')
})

/** The difference between two clocks is taken in whole seconds: of these one stands still, where a second decides. */
function holdClock (t: Test): void {
  const now = Date.now()
  t.intercept(Date, 'now', { value: () => now })
}

test('clockTolerance 120 tolerates two minutes', async t => {
  holdClock(t)
  const provider = await ScriptedProvider.create()
  const site = await buildSite(t, { provider, oidc: { clockTolerance: 120 } })
  const now = seconds(provider)
  for (const claims of [{ iat: now + 120 }, { nbf: now + 120 }, { exp: now - 119 }]) {
    provider.claims = claims
    await assertAccepted(t, site)
  }
})

test('times of an ID token are compared with the clock of the option now', async t => {
  const site = await buildSite(t)
  site.clock.advance(-3600 * 24 * 365)
  await assertAccepted(t, site)
})

test('an ID token with a line break in it is refused (RFC 7515, section 5.2)', async t => {
  await assertRefused(t, {
    ...invalid,
    misbehave (provider) { provider.sign = async claims => `${await provider.signJwt(claims)}\n` }
  })
})

test('an ID token with another nonce is refused (number 11)', async t => {
  await assertRefused(t, { ...nonceMismatch, ...withClaims(() => ({ nonce: 'other' })) })
})

test('a login older than maxAge is refused (number 13)', async t => {
  const options = { oidc: { maxAge: 60 } }
  const before = (provider: ScriptedProvider): void => { provider.claims = { auth_time: seconds(provider) } }
  const tooOld = withClaims(provider => ({ auth_time: seconds(provider) - 91 }))
  await assertRefused(t, { ...tooWeak, before, ...tooOld, options })
  const provider = await ScriptedProvider.create()
  const site = await buildSite(t, { provider, ...options })
  provider.claims = { auth_time: seconds(provider) - 90 }
  await assertAccepted(t, site)
})

test('an ID token with another acr than one of acrValues is refused (number 12)', async t => {
  const options = { oidc: { acrValues: ['silver', 'gold'] } }
  const before = (provider: ScriptedProvider): void => { provider.claims = { acr: 'gold' } }
  for (const acr of ['bronze', undefined, ['gold'], 'silver gold']) {
    await assertRefused(t, { ...tooWeak, before, ...withClaims(() => ({ acr })), options })
  }
})

/** What the verification of ID tokens says about these claims, without the rest of a login. */
async function verify (claims: Record<string, unknown>, signer?: SigningKey): Promise<unknown> {
  const provider = await ScriptedProvider.create()
  if (signer !== undefined) {
    provider.keys = [provider.signer, signer]
    provider.signer = signer
  }
  const { providers: [oidc] } = resolveSettings({ secret: secret(), publicUrl: 'https://app.example.com', oidc: provider.client })
  if (oidc === undefined) throw new Error('no provider')
  const { server, ...others } = createProvider(oidc, Date.now)
  return await verifyIdToken({ server, ...others }, await server(), await provider.idToken(claims))
}

test('an ID token is verified by itself, also where nobody looked at it before', async t => {
  const now = Math.floor(Date.now() / 1000)
  t.match(await verify({}), { sub: 'alice' })
  t.match(await verify({ aud: ['web'], auth_time: now }), { auth_time: now })
  const wrong = [
    { sub: '' }, { sub: 7 }, { sub: undefined }, { iss: 'https://evil.example' }, { iss: undefined }, { aud: 'other' }, { aud: undefined },
    { aud: ['web', 'other'] }, { azp: 'other' }, { azp: null }, { auth_time: 'now' }, { auth_time: null }, { iat: now + 60 }, { iat: 'now' },
    { iat: undefined }, { exp: now - 60 }, { exp: undefined }, { exp: 'later' }, { nbf: now + 60 }
  ]
  for (const claims of wrong) await t.rejects(verify(claims), JSON.stringify(claims))
  const ec = await createKey('ec', 'ES256')
  await t.rejects(verify({}, ec), 'signed with an algorithm that is not configured')
})
