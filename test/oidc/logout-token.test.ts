import { CompactSign, SignJWT, UnsecuredJWT } from 'jose'
import { test } from 'tap'
import { LOGOUT_TOKEN_LIFE, type LogoutToken, processLogoutToken } from '../../lib/oidc/logout-token.ts'
import { createProvider } from '../../lib/oidc/provider.ts'
import { resolveOidcSettings } from '../../lib/options/oidc-settings.ts'
import { createClock, type TestClock } from '../../lib/testing/index.ts'
import { LOGOUT_EVENT, logoutClaims, logoutToken, type LogoutTokenChanges } from './_logout-token.ts'
import { connectionReset, createKey, json, ScriptedProvider } from './_scripted-provider.ts'

const TOLERANCE = 30
const OLDEST = LOGOUT_TOKEN_LIFE + TOLERANCE

interface Judge {
  readonly provider: ScriptedProvider
  readonly clock: TestClock
  readonly now: number
  process (token: string | Promise<string>): Promise<LogoutToken>
}

async function judge (options: object = {}): Promise<Judge> {
  const provider = await ScriptedProvider.create()
  const clock = createClock()
  provider.now = clock.now
  const own = createProvider(resolveOidcSettings({ ...provider.client, ...options }, false), clock.now)
  async function process (token: string | Promise<string>): Promise<LogoutToken> {
    return await processLogoutToken(own, await token)
  }
  return { provider, clock, now: Math.floor(clock.now() / 1000), process }
}

const invalid = { code: 'FST_LOGIN_LOGOUT_TOKEN_INVALID', statusCode: 400 }

test('a token that keeps the rules says what is over (section 2.4)', async t => {
  const { provider, process, now } = await judge()
  t.match(await process(logoutToken(provider)), { sid: 'session-of-alice', subject: undefined, issuedAt: now })
  t.match(await process(logoutToken(provider, { claims: { sub: 'alice' } })), { sid: 'session-of-alice', subject: 'alice' })
  t.match(await process(logoutToken(provider, { claims: { sid: undefined, sub: 'alice' } })), { sid: undefined, subject: 'alice' })
})

test('it is called after its issuer, its audience and its jti, whatever else it says (section 2.6, number 7)', async t => {
  const { provider, process } = await judge()
  const digestOf = async (claims: LogoutTokenChanges['claims'] = {}): Promise<string> =>
    (await process(logoutToken(provider, { claims }))).digest
  const digest = await digestOf({ jti: 'a' })
  t.equal(await digestOf({ jti: 'a', sub: 'bob' }), digest)
  t.not(await digestOf({ jti: 'b' }), digest)
  const other = await judge({ clientId: 'other' })
  t.not((await other.process(logoutToken(other.provider, { claims: { jti: 'a', aud: 'other' } }))).digest, digest)
})

const accepted: Readonly<Record<string, LogoutTokenChanges>> = {
  'a list of one audience (section 2.4)': { claims: { aud: ['web'] } },
  'several audiences and our azp (Core, section 3.1.3.7)': { claims: { aud: ['web', 'other'], azp: 'web' } },
  'no typ, of older providers (section 2.4)': { header: { typ: undefined } },
  'the typ JWT, of older providers (section 2.4)': { header: { typ: 'JWT' } },
  'a typ in full and in other letters (RFC 7515, section 4.1.9)': { header: { typ: 'Application/LOGOUT+JWT' } },
  'members in the event that nobody knows (section 2.4)': { claims: { events: { [LOGOUT_EVENT]: { a: 1 } } } },
  'another event beside it (RFC 8417, section 2.2)': { claims: { events: { [LOGOUT_EVENT]: {}, 'https://a.example': {} } } },
  'claims that nobody knows (section 2.4)': { claims: { trace: 'x', txn: 1 } }
}

for (const [name, changes] of Object.entries(accepted)) {
  test(`accepted: ${name}`, async t => {
    const { provider, process } = await judge()
    t.match(await process(logoutToken(provider, changes)), { sid: 'session-of-alice' })
  })
}

const refused: Readonly<Record<string, LogoutTokenChanges>> = {
  'no iss (section 2.4)': { claims: { iss: undefined } },
  'an iss that is no text (section 2.4)': { claims: { iss: 7 } },
  'another iss (section 2.6, number 3)': { claims: { iss: 'https://evil.example' } },
  'an iss with a slash more (section 2.6, number 3)': { claims: { iss: 'https://id.example.com/' } },
  'no aud (section 2.4)': { claims: { aud: undefined } },
  'an aud that is no text (section 2.4)': { claims: { aud: 7 } },
  'another aud (section 2.6, number 3)': { claims: { aud: 'other' } },
  'an empty list of audiences (section 2.6, number 3)': { claims: { aud: [] } },
  'other audiences (section 2.6, number 3)': { claims: { aud: ['other', 'more'] } },
  'several audiences without azp (Core, section 3.1.3.7, number 4)': { claims: { aud: ['web', 'other'] } },
  'another azp (Core, section 3.1.3.7, number 5)': { claims: { azp: 'other' } },
  'no iat (section 2.4)': { claims: { iat: undefined } },
  'an iat that is no number (section 2.4)': { claims: { iat: '1' } },
  'an iat of null (section 2.4)': { claims: { iat: null } },
  'no exp (section 2.4)': { claims: { exp: undefined } },
  'an exp that is no number (section 2.4)': { claims: { exp: 'later' } },
  'no jti (section 2.4)': { claims: { jti: undefined } },
  'a jti that is no text (section 2.4)': { claims: { jti: 7 } },
  'an empty jti (section 2.4)': { claims: { jti: '' } },
  'no events (section 2.4)': { claims: { events: undefined } },
  'events that are null (section 2.4)': { claims: { events: null } },
  'events that are a text (section 2.4)': { claims: { events: LOGOUT_EVENT } },
  'events that are a list (section 2.4)': { claims: { events: [LOGOUT_EVENT] } },
  'no event in events (section 2.6, number 5)': { claims: { events: {} } },
  'another event (section 2.6, number 5)': { claims: { events: { 'https://a.example': {} } } },
  'an event that is no object (section 2.4)': { claims: { events: { [LOGOUT_EVENT]: true } } },
  'an event that is null (section 2.4)': { claims: { events: { [LOGOUT_EVENT]: null } } },
  'an event that is a list (section 2.4)': { claims: { events: { [LOGOUT_EVENT]: [] } } },
  'a nonce (section 2.6, number 6)': { claims: { nonce: 'x' } },
  'a nonce of null (section 2.6, number 6)': { claims: { nonce: null } },
  'neither sub nor sid (section 2.6, number 4)': { claims: { sid: undefined } },
  'a sub that is no text (section 2.4)': { claims: { sub: 7 } },
  'a sub of null (section 2.4)': { claims: { sub: null } },
  'an empty sub (section 2.4)': { claims: { sub: '', sid: undefined } },
  'a sid that is no text (section 2.4)': { claims: { sid: ['x'], sub: 'alice' } },
  'an empty sid (section 2.4)': { claims: { sid: '', sub: 'alice' } },
  'the typ of an access token (section 2.4; RFC 8725, section 3.11)': { header: { typ: 'at+jwt' } },
  'a typ that is no text (RFC 7515, section 4.1.9)': { header: { typ: 7 } },
  'a typ of null (RFC 7515, section 4.1.9)': { header: { typ: null } },
  'an empty typ (RFC 7515, section 4.1.9)': { header: { typ: '' } },
  'a kid that nobody knows (section 2.6, number 2)': { header: { kid: 'two' } }
}

for (const [name, changes] of Object.entries(refused)) {
  test(`refused: ${name}`, async t => {
    const { provider, process } = await judge()
    await t.rejects(process(logoutToken(provider, changes)), invalid)
    t.ok(await process(logoutToken(provider)), 'and the next one is accepted')
  })
}

const boundaries: ReadonlyArray<readonly [name: string, earliest: object, latest: object]> = [
  ['iat in the future (section 2.6, number 3)', { iat: TOLERANCE + 1, exp: 120 }, { iat: TOLERANCE, exp: 120 }],
  ['iat of long ago (section 2.6, number 3)', { iat: -OLDEST - 1, exp: 9999 }, { iat: -OLDEST, exp: 9999 }],
  ['exp (section 2.6, number 3)', { iat: -60, exp: -TOLERANCE }, { iat: -60, exp: -TOLERANCE + 1 }],
  ['nbf (RFC 7519, section 4.1.5)', { iat: 0, exp: 120, nbf: TOLERANCE + 1 }, { iat: 0, exp: 120, nbf: TOLERANCE }]
]

for (const [name, wrong, right] of boundaries) {
  test(`boundary of time: ${name}`, async t => {
    const { provider, process, now } = await judge({ clockTolerance: TOLERANCE })
    const at = (times: object): object =>
      Object.fromEntries(Object.entries(times).map(([claim, seconds]) => [claim, now + seconds]))
    await t.rejects(process(logoutToken(provider, { claims: { ...at(wrong) } })), invalid)
    t.ok(await process(logoutToken(provider, { claims: { ...at(right) } })))
  })
}

test('it is known to be used as long as it could be accepted (section 2.6, number 7)', async t => {
  for (const times of [{ exp: 60 }, { exp: 999_999 }]) {
    const { provider, process, clock, now } = await judge()
    const token = await logoutToken(provider, { claims: { exp: now + times.exp } })
    const { endsAt } = await process(token)
    clock.advance(endsAt - now)
    await t.rejects(process(token), invalid)
    t.ok(endsAt <= now + LOGOUT_TOKEN_LIFE + TOLERANCE + 1)
  }
})

test('refused: alg none (section 2.6, number 2)', async t => {
  const { provider, process } = await judge()
  await t.rejects(process(new UnsecuredJWT(logoutClaims(provider)).encode()), invalid)
})

test('refused: another algorithm than the one that is configured, also one of the provider (RFC 8725, section 3.1)', async t => {
  const { provider, process } = await judge()
  const key = await createKey('es', 'ES256')
  provider.keys = [...provider.keys, key]
  provider.signer = key
  await t.rejects(process(logoutToken(provider)), invalid)
  const other = await judge({ idTokenSigningAlg: 'ES256' })
  other.provider.keys = [key]
  other.provider.signer = key
  t.ok(await other.process(logoutToken(other.provider)))
})

test('refused: signed with a key that is not the provider\'s (section 2.6, number 2)', async t => {
  const { provider, process } = await judge()
  provider.signer = await createKey('one')
  await t.rejects(process(logoutToken(provider)), invalid)
})

test('refused: signed with the client secret, or with the public key as a secret (RFC 8725, section 2.1)', async t => {
  const { provider, process } = await judge()
  for (const secret of [provider.clientSecret, JSON.stringify(provider.signer.jwk)]) {
    const token = new SignJWT(logoutClaims(provider)).setProtectedHeader({ alg: 'HS256', typ: 'logout+jwt' })
    await t.rejects(process(token.sign(Buffer.from(secret))), invalid)
  }
})

test('refused: a key that the token brings along (RFC 7515, section 4.1.3)', async t => {
  const { provider, process } = await judge()
  provider.signer = await createKey('own')
  await t.rejects(process(logoutToken(provider, { header: { jwk: provider.signer.jwk } })), invalid)
})

test('refused: what was changed after it was signed, or what is no token (section 2.6, number 2)', async t => {
  const { provider, process } = await judge()
  const [header, , signature] = (await logoutToken(provider)).split('.')
  const claims = Buffer.from(JSON.stringify(logoutClaims(provider, { sid: 'another' }))).toString('base64url')
  const list = await new CompactSign(Buffer.from('[]')).setProtectedHeader({ alg: 'RS256', kid: 'one' }).sign(provider.signer.privateKey)
  for (const token of [
    `${header}.${claims}.${signature}`, `${header}.${claims}.`, `${header}.${claims}`, '', '.', '..', 'x.y.z', 'a'.repeat(10_000), list,
    `${header}.${claims}.${signature}.${signature}.x`
  ]) await t.rejects(process(token), invalid, token.slice(0, 20))
})

test('refused: an extension that must be understood (RFC 7515, section 4.1.11)', async t => {
  const { provider, process } = await judge()
  const [, claims, signature] = (await logoutToken(provider)).split('.')
  const header = Buffer.from(JSON.stringify({ alg: 'RS256', kid: 'one', crit: ['x'], x: 1 })).toString('base64url')
  await t.rejects(process(`${header}.${claims}.${signature}`), invalid)
})

test('an ID token, of which there are many about, is none (section 2.6, number 5)', async t => {
  const { provider, process } = await judge()
  await t.rejects(process(provider.idToken({ sid: 'session-of-alice', jti: 'x' })), invalid)
})

test('without metadata or keys nothing can be judged, and that is no fault of the token', async t => {
  const outage = { code: 'FST_LOGIN_PROVIDER_UNAVAILABLE', statusCode: 503 }
  for (const endpoint of ['discovery', 'keys'] as const) {
    for (const answer of [connectionReset, () => json({}, 503)]) {
      const { provider, process, clock } = await judge()
      const token = await logoutToken(provider)
      provider.answers[endpoint] = answer
      await t.rejects(process(token), outage)
      delete provider.answers[endpoint]
      clock.advance(60)
      t.ok(await process(token), 'the next try succeeds')
    }
  }
})
