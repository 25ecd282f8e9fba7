import { test } from 'tap'
import { LOGOUT_TOKEN_LIFE, type LogoutToken, processLogoutToken } from '../../../lib/oidc/logout/logout-token.ts'
import { createProvider } from '../../../lib/oidc/provider/provider.ts'
import { resolveOidcSettings } from '../../../lib/options/oidc-settings.ts'
import { createClock, type TestClock } from '../../../lib/testing/index.ts'
import { LOGOUT_EVENT, logoutToken, type LogoutTokenChanges } from '../_logout-token.ts'
import { connectionReset, json, ScriptedProvider } from '../_scripted-provider.ts'

const TOLERANCE = 30

// test/hostile has every fault of claims and signatures; here is what each check is for.

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

const refused: Readonly<Record<string, LogoutTokenChanges>> = {
  'another aud (section 2.6, number 3)': { claims: { aud: 'other' } },
  'several audiences without azp (Core, section 3.1.3.7, number 4)': { claims: { aud: ['web', 'other'] } },
  'another azp (Core, section 3.1.3.7, number 5)': { claims: { azp: 'other' } },
  'an iat that is no number (section 2.4)': { claims: { iat: '1' } },
  'an iat of the future (section 2.6, number 3)': { claims: { iat: 9_999_999_999 } },
  'an iat of long ago (section 2.6, number 3)': { claims: { iat: 1 } },
  'another event (section 2.6, number 5)': { claims: { events: { 'https://a.example': {} } } },
  'an event that is no object (section 2.4)': { claims: { events: { [LOGOUT_EVENT]: true } } },
  'events that are no object (section 2.4)': { claims: { events: [LOGOUT_EVENT] } },
  'a nonce (section 2.6, number 6)': { claims: { nonce: 'x' } },
  'neither sub nor sid (section 2.6, number 4)': { claims: { sid: undefined } },
  'a sub that is no text (section 2.4)': { claims: { sub: 7 } },
  'the typ of an access token (section 2.4; RFC 8725, section 3.11)': { header: { typ: 'at+jwt' } },
  'a typ that is no text (RFC 7515, section 4.1.9)': { header: { typ: 7 } },
  'a kid that nobody knows (section 2.6, number 2)': { header: { kid: 'two' } }
}

for (const [name, changes] of Object.entries(refused)) {
  test(`refused: ${name}`, async t => {
    const { provider, process } = await judge()
    await t.rejects(process(logoutToken(provider, changes)), invalid)
    t.ok(await process(logoutToken(provider, { header: { typ: undefined } })), 'and the next one, of an older provider, is accepted')
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
