import { exportSPKI, importJWK, SignJWT } from 'jose'
import { test, type Test } from 'tap'
import { verifyIdToken } from '../../lib/oidc/id-token.ts'
import { createProvider } from '../../lib/oidc/provider.ts'
import { resolveSettings } from '../../lib/options/settings.ts'
import { secret } from '../_app.ts'
import { assertAccepted, assertRefused, type Refusal } from './_refusal.ts'
import { createKey, ScriptedProvider, type SigningKey } from './_scripted-provider.ts'
import { buildSite } from './_site.ts'

const invalid = { status: 502, code: 'FST_LOGIN_PROVIDER_ANSWER_INVALID' } as const
const nonceMismatch = { status: 400, code: 'FST_LOGIN_NONCE_MISMATCH' } as const
const tooWeak = { status: 403, code: 'FST_LOGIN_TOO_WEAK' } as const

const seconds = (provider: ScriptedProvider): number => Math.floor(provider.now() / 1000)
const base64url = (value: unknown): string => Buffer.from(JSON.stringify(value)).toString('base64url')

/** A login whose ID token has these claims, all signed as it should be. */
function withClaims (claims: (provider: ScriptedProvider) => Record<string, unknown>): Pick<Refusal, 'misbehave'> {
  return { misbehave (provider) { provider.claims = claims(provider) } }
}

test('an ID token whose signature another key made is refused (OpenID Connect Core, 3.1.3.7, number 6)', async t => {
  const other = await createKey('one')
  await assertRefused(t, { ...invalid, misbehave (provider) { provider.signer = other } })
})

test('an ID token with a changed payload is refused', async t => {
  await assertRefused(t, {
    ...invalid,
    misbehave (provider) {
      provider.sign = async claims => {
        const [header, , signature] = (await provider.signJwt(claims)).split('.')
        return `${header}.${base64url({ ...claims, sub: 'admin' })}.${signature}`
      }
    }
  })
})

test('an ID token with alg none is refused (RFC 8725, section 3.2)', async t => {
  await assertRefused(t, {
    ...invalid,
    misbehave (provider) { provider.sign = async claims => `${base64url({ alg: 'none' })}.${base64url(claims)}.` }
  })
})

test('an ID token with HS256 and the public key as secret is refused (RFC 8725, section 2.1)', async t => {
  await assertRefused(t, {
    ...invalid,
    misbehave (provider) {
      provider.sign = async claims => {
        const key = await importJWK(provider.signer.jwk, 'RS256', { extractable: true })
        if (key instanceof Uint8Array) throw new Error('not a public key')
        return await new SignJWT(claims).setProtectedHeader({ alg: 'HS256', kid: 'one' }).sign(Buffer.from(await exportSPKI(key)))
      }
    }
  })
})

test('an ID token with HS256 and the client secret is refused where RS256 is configured', async t => {
  await assertRefused(t, {
    ...invalid,
    before (provider) { provider.metadata = { id_token_signing_alg_values_supported: ['RS256', 'HS256'] } },
    misbehave (provider) {
      provider.sign = async claims =>
        await new SignJWT(claims).setProtectedHeader({ alg: 'HS256' }).sign(Buffer.from(provider.clientSecret))
    }
  })
})

test('an ID token is refused where its algorithm is not the configured one, although key and list of the provider fit', async t => {
  const ec = await createKey('ec', 'ES256')
  await assertRefused(t, {
    ...invalid,
    before (provider) {
      provider.metadata = { id_token_signing_alg_values_supported: ['RS256', 'ES256'] }
      provider.keys = [provider.signer, ec]
    },
    misbehave (provider) { provider.signer = ec }
  })
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

test('an ID token that is encrypted, or no token at all, is refused', async t => {
  for (const token of ['a.b.c.d.e', 'garbage', '', 7, null]) {
    await assertRefused(t, { ...invalid, misbehave (provider) { provider.tokenAnswer = { id_token: token } } })
  }
})

test('an answer without an ID token is refused (OpenID Connect Core, 3.1.3.3)', async t => {
  await assertRefused(t, { ...invalid, misbehave (provider) { provider.tokenAnswer = { id_token: undefined } } })
})

test('an ID token of another issuer is refused (number 2)', async t => {
  await assertRefused(t, { ...invalid, ...withClaims(() => ({ iss: 'https://id.example.com/' })) })
})

test('an ID token for another audience is refused (number 3)', async t => {
  await assertRefused(t, { ...invalid, ...withClaims(() => ({ aud: 'other' })) })
})

test('an ID token without an audience is refused', async t => {
  await assertRefused(t, { ...invalid, ...withClaims(() => ({ aud: undefined })) })
})

test('an ID token for several audiences without azp is refused (number 4)', async t => {
  await assertRefused(t, { ...invalid, ...withClaims(() => ({ aud: ['web', 'foreign'] })) })
})

test('an ID token whose azp is another client is refused (number 5)', async t => {
  await assertRefused(t, { ...invalid, ...withClaims(() => ({ azp: 'foreign' })) })
  await assertRefused(t, { ...invalid, ...withClaims(() => ({ aud: ['web', 'foreign'], azp: 'foreign' })) })
})

test('an ID token for several audiences whose azp is this client is accepted', async t => {
  const provider = await ScriptedProvider.create()
  provider.claims = { aud: ['web', 'foreign'], azp: 'web' }
  await assertAccepted(t, await buildSite(t, { provider }))
})

/** The difference between two clocks is taken in whole seconds: of these one stands still, where a second decides. */
function holdClock (t: Test): void {
  const now = Date.now()
  t.intercept(Date, 'now', { value: () => now })
}

test('an ID token that has expired is refused, with 30 seconds of tolerance (number 9)', async t => {
  holdClock(t)
  await assertRefused(t, { ...invalid, ...withClaims(provider => ({ exp: seconds(provider) - 30 })) })
  const provider = await ScriptedProvider.create()
  const site = await buildSite(t, { provider })
  provider.claims = { exp: seconds(provider) - 29 }
  await assertAccepted(t, site)
})

test('an ID token without exp is refused', async t => {
  await assertRefused(t, { ...invalid, ...withClaims(() => ({ exp: undefined })) })
})

test('an ID token issued in the future is refused, with 30 seconds of tolerance', async t => {
  holdClock(t)
  await assertRefused(t, { ...invalid, ...withClaims(provider => ({ iat: seconds(provider) + 31 })) })
  const provider = await ScriptedProvider.create()
  const site = await buildSite(t, { provider })
  provider.claims = { iat: seconds(provider) + 30 }
  await assertAccepted(t, site)
})

test('an ID token without iat is refused', async t => {
  await assertRefused(t, { ...invalid, ...withClaims(() => ({ iat: undefined })) })
})

test('an ID token that is not valid yet is refused, with 30 seconds of tolerance', async t => {
  holdClock(t)
  await assertRefused(t, { ...invalid, ...withClaims(provider => ({ nbf: seconds(provider) + 31 })) })
  const provider = await ScriptedProvider.create()
  const site = await buildSite(t, { provider })
  provider.claims = { nbf: seconds(provider) + 30 }
  await assertAccepted(t, site)
})

test('clockTolerance 0 tolerates nothing', async t => {
  holdClock(t)
  await assertRefused(t, {
    ...invalid, ...withClaims(provider => ({ iat: seconds(provider) + 1 })), options: { oidc: { clockTolerance: 0 } }
  })
})

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

test('an ID token with another nonce is refused (number 11)', async t => {
  await assertRefused(t, { ...nonceMismatch, ...withClaims(() => ({ nonce: 'other' })) })
})

test('an ID token without a nonce is refused (number 11)', async t => {
  await assertRefused(t, { ...invalid, ...withClaims(() => ({ nonce: undefined })) })
})

test('an ID token whose sub is missing, empty or no text is refused (OpenID Connect Core, section 2)', async t => {
  for (const sub of [undefined, '', 7, null, ['alice']]) {
    await assertRefused(t, { ...invalid, ...withClaims(() => ({ sub })) })
  }
})

test('claims of the wrong type are refused', async t => {
  for (const claims of [{ exp: 'soon' }, { iat: '1' }, { nbf: {} }, { aud: 7 }, { aud: [] }, { azp: 7 }, { iss: ['https://id.example.com'] }]) {
    await assertRefused(t, { ...invalid, ...withClaims(() => claims) })
  }
})

test('a critical header that nobody understands is refused (RFC 7515, section 4.1.11)', async t => {
  await assertRefused(t, {
    ...invalid,
    misbehave (provider) {
      provider.sign = async claims => {
        const token = await provider.signJwt(claims)
        const [, payload, signature] = token.split('.')
        return `${base64url({ alg: 'RS256', kid: 'one', crit: ['x'], x: 1 })}.${payload}.${signature}`
      }
    }
  })
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

test('an ID token without auth_time is refused where maxAge was asked (OpenID Connect Core, section 2)', async t => {
  const options = { oidc: { maxAge: 60 } }
  const before = (provider: ScriptedProvider): void => { provider.claims = { auth_time: seconds(provider) } }
  await assertRefused(t, { ...tooWeak, before, ...withClaims(() => ({ auth_time: undefined })), options })
})

test('an ID token whose auth_time is no number is refused', async t => {
  for (const time of ['now', null]) await assertRefused(t, { ...invalid, ...withClaims(() => ({ auth_time: time })) })
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
  const { oidc } = resolveSettings({ secret: secret(), publicUrl: 'https://app.example.com', oidc: provider.client })
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
