import { test, type Test } from 'tap'
import type { OidcOptions } from '../../lib/index.ts'
import { LOGOUT_EVENT, logoutClaims, logoutToken, type LogoutTokenChanges } from '../oidc/_logout-token.ts'
import type { ScriptedProvider } from '../oidc/_scripted-provider.ts'
import type { Response, Site, Visitor } from '../oidc/_site.ts'
import { holdClock, LONG, siteOf } from './_case.ts'
import { carelesslyEnds } from './_careless-client.ts'
import { audienceFaults, issuerFaults, partyFaults } from './_party-faults.ts'
import { signatureFaults } from './_signature-faults.ts'

/** A logout token that is perfect but for one fault, and what the standard makes of it. */
interface LogoutCase {
  /** The fault, and the section of the standard that decides. */
  readonly title: string
  /** Options of the plugin that the standard's demand hangs on. */
  readonly oidc?: Partial<OidcOptions>
  /** What the provider does in good logouts too. */
  readonly usual?: ((provider: ScriptedProvider) => unknown) | undefined
  /** What it said before, to nobody's harm. */
  readonly before?: Claims
  readonly make: (provider: ScriptedProvider, sid: string, now: number) => string | Promise<string>
  readonly isAccepted?: boolean
  /** It names nobody, so no client at all could end anything: that the good token ends the session must do. */
  readonly nobodyCanGoOn?: boolean
  /** Seconds that what the provider said is remembered, once it is repaired. */
  readonly heals?: number
}

type Claims = Readonly<Record<string, unknown>>

interface Row {
  readonly claims?: Claims | ((now: number, sid: string) => Claims)
  readonly header?: LogoutTokenChanges['header']
  readonly before?: Claims
}

const ROUTE = '/auth/backchannel-logout'
const sub = 'alice'
let sessions = 0

/** Cases about one claim: what it is, and where the standard speaks of it. */
function about (
  section: string, rows: Readonly<Record<string, Row>>, common: Partial<LogoutCase> = {}
): readonly LogoutCase[] {
  return Object.entries(rows).map(([fault, { claims = {}, header = {}, ...row }]) => ({
    title: `${fault} (${section})`,
    make: async (provider, sid, now) =>
      await logoutToken(provider, { header, claims: { sid, ...typeof claims === 'function' ? claims(now, sid) : claims } }),
    ...row,
    ...common
  }))
}

/** Cases of how the token is signed and spelled. */
const signatures: readonly LogoutCase[] = signatureFaults.flatMap(({ section, signers, common }) =>
  Object.entries(signers).map(([fault, make]) => ({
    title: `${fault} (Back-Channel Logout, 2.6, number 2; ${section})`,
    oidc: common.oidc ?? {},
    usual: common.usual,
    make: async (provider, sid) => await make(logoutClaims(provider, { sid }), provider),
    isAccepted: common.expected === 'signed in',
    nobodyCanGoOn: common.nobodyCanGoOn === true,
    heals: common.heals ?? 0
  })))

async function tell ({ app }: Site, token: string): Promise<Response> {
  const headers = { 'content-type': 'application/x-www-form-urlencoded' }
  const payload = String(new URLSearchParams({ logout_token: token }))
  return await app.inject({ method: 'POST', url: ROUTE, payload, headers })
}

function assertRefused (t: Test, site: Site, answer: Response): void {
  t.equal(answer.statusCode, 400, 'is refused')
  t.equal(answer.headers['cache-control'], 'no-store', 'is cached nowhere')
  t.same(answer.json(), { error: 'invalid_request', error_description: 'The logout token is not accepted.' })
  t.equal(answer.headers['set-cookie'], undefined, 'sets no cookie')
  t.same(site.leaks(site.log), [], 'logs nothing secret')
}

async function assertEnds (t: Test, site: Site, visitor: Visitor, token: string): Promise<void> {
  const answer = await tell(site, token)
  t.equal(answer.statusCode, 200, `is accepted: ${answer.body}`)
  t.equal(answer.headers['cache-control'], 'no-store', 'is cached nowhere')
  t.equal(await visitor.who(), undefined, 'ends the session')
}

async function assertCase (t: Test, logout: LogoutCase): Promise<void> {
  holdClock(t)
  const { oidc = {}, usual, before, make, isAccepted = false, nobodyCanGoOn = false, heals = 0 } = logout
  const site = await siteOf(oidc)
  const { provider, clock } = site
  const sid = `session-of-alice-${sessions++}`
  const behave = (): void => {
    provider.repair()
    provider.claims = { sid }
    usual?.(provider)
  }
  site.forget()
  clock.advance(LONG)

  behave()
  const alice = await site.signedIn()
  provider.claims = {}
  if (before !== undefined) await assertEnds(t, site, site.visitor(), await logoutToken(provider, { claims: before }))
  const token = await make(provider, sid, Math.floor(clock.now() / 1000))
  if (isAccepted) return await assertEnds(t, site, alice, token)
  assertRefused(t, site, await tell(site, token))
  t.equal(await alice.who(), 'alice', 'the session goes on')
  t.equal(carelesslyEnds(token, { sub, sid }), !nobodyCanGoOn, 'a careless client ends it')

  behave()
  clock.advance(heals)
  await assertEnds(t, site, alice, await logoutToken(provider, { claims: { sid } }))
}

const accepted: Partial<LogoutCase> = { isAccepted: true }
const nobody: Partial<LogoutCase> = { nobodyCanGoOn: true }
const subAlone = { sid: undefined, sub }

const cases: readonly LogoutCase[] = [
  ...about('Back-Channel Logout, 2.4 and 2.6, number 3', { ...issuerFaults, ...audienceFaults }),
  ...about('OpenID Connect Core, 3.1.3.7, numbers 4 and 5', partyFaults),
  ...about('Back-Channel Logout, 2.4 and 2.6, number 3', {
    'iat is absent': { claims: { iat: undefined } },
    'iat is null': { claims: { iat: null } },
    'iat is a text': { claims: now => ({ iat: String(now) }) },
    'iat is an object': { claims: { iat: {} } },
    'iat is in milliseconds': { claims: now => ({ iat: now * 1000 }) },
    'iat is ahead by a second more than the tolerance': { claims: now => ({ iat: now + 31 }) },
    'iat is older than 10 minutes and the tolerance': { claims: now => ({ iat: now - 631, exp: now + 9999 }) },
    'exp is absent': { claims: { exp: undefined } },
    'exp is null': { claims: { exp: null } },
    'exp is a text': { claims: now => ({ exp: String(now + 120) }) },
    'exp is a list': { claims: now => ({ exp: [now + 120] }) },
    'exp is 0': { claims: { exp: 0 } },
    'exp is past by the tolerance': { claims: now => ({ exp: now - 30, iat: now - 60 }) }
  }),
  ...about('Back-Channel Logout, 2.6, number 3', {
    'iat is ahead by the tolerance': { claims: now => ({ iat: now + 30 }) },
    'iat is as old as 10 minutes and the tolerance': { claims: now => ({ iat: now - 630, exp: now + 9999 }) },
    'exp is past by a second less than the tolerance': { claims: now => ({ exp: now - 29, iat: now - 60 }) }
  }, accepted),
  ...about('RFC 7519, 4.1.5', {
    'nbf is null': { claims: { nbf: null } },
    'nbf is a text': { claims: { nbf: '0' } },
    'nbf is ahead by a second more than the tolerance': { claims: now => ({ nbf: now + 31 }) }
  }),
  ...about('RFC 7519, 4.1.5', { 'nbf is ahead by the tolerance': { claims: now => ({ nbf: now + 30 }) } }, accepted),
  ...about('clockTolerance 0', {
    'iat is ahead by a second': { claims: now => ({ iat: now + 1 }) },
    'iat is older than 10 minutes by a second': { claims: now => ({ iat: now - 601, exp: now + 9999 }) },
    'exp is now': { claims: now => ({ exp: now }) },
    'nbf is ahead by a second': { claims: now => ({ nbf: now + 1 }) }
  }, { oidc: { clockTolerance: 0 } }),
  ...about('Back-Channel Logout, 2.4', {
    'jti is absent': { claims: { jti: undefined } },
    'jti is null': { claims: { jti: null } },
    'jti is a number': { claims: { jti: 7 } },
    'jti is empty': { claims: { jti: '' } },
    'jti is a list': { claims: { jti: ['one'] } }
  }),
  ...about('Back-Channel Logout, 2.6, number 7', {
    'jti is one of before, about another session': { before: { jti: 'one', sid: 'of nobody' }, claims: { jti: 'one' } },
    'jti is one of before, about another person': { before: { jti: 'two', sid: undefined, sub: 'bob' }, claims: { jti: 'two', ...subAlone } }
  }),
  ...about('Back-Channel Logout, 2.4 and 2.6, number 5', {
    'events is absent': { claims: { events: undefined } },
    'events is null': { claims: { events: null } },
    'events is a text': { claims: { events: LOGOUT_EVENT } },
    'events is a list': { claims: { events: [LOGOUT_EVENT] } },
    'events is a list with the right object': { claims: { events: [{ [LOGOUT_EVENT]: {} }] } },
    'events has no event': { claims: { events: {} } },
    'events has another event': { claims: { events: { 'https://a.example': {} } } },
    'events has the event on plain https': { claims: { events: { [LOGOUT_EVENT.replace('http', 'https')]: {} } } },
    'events has the event as true': { claims: { events: { [LOGOUT_EVENT]: true } } },
    'events has the event as null': { claims: { events: { [LOGOUT_EVENT]: null } } },
    'events has the event as a text': { claims: { events: { [LOGOUT_EVENT]: '{}' } } },
    'events has the event as a list': { claims: { events: { [LOGOUT_EVENT]: [] } } }
  }),
  ...about('Back-Channel Logout, 2.6, number 6', {
    'nonce is there': { claims: { nonce: 'x' } },
    'nonce is empty': { claims: { nonce: '' } },
    'nonce is null': { claims: { nonce: null } }
  }),
  ...about('Back-Channel Logout, 2.4', {
    'sub is null': { claims: { sub: null } },
    'sub is a number': { claims: { sub: 7 } },
    'sub is empty beside a sid': { claims: { sub: '' } },
    'sub is a list, and there is no sid': { claims: { sub: [sub], sid: undefined } },
    'sid is null beside a sub': { claims: { sid: null, sub } },
    'sid is a number beside a sub': { claims: { sid: 7, sub } },
    'sid is empty beside a sub': { claims: { sid: '', sub } },
    'sid is a list': { claims: (_now, sid) => ({ sid: [sid] }) }
  }),
  ...about('Back-Channel Logout, 2.4 and 2.6, number 4', {
    'sub and sid are absent': { claims: { sid: undefined } },
    'sub is empty, and there is no sid': { claims: { sid: undefined, sub: '' } },
    'sub is an object, and there is no sid': { claims: { sid: undefined, sub: { id: sub } } }
  }, nobody),
  ...about('Back-Channel Logout, 2.4; RFC 8725, 3.11', {
    'typ is that of an access token': { header: { typ: 'at+jwt' } },
    'typ is that of another event': { header: { typ: 'secevent+jwt' } },
    'typ goes on after the right one': { header: { typ: 'logout+jwt2' } }
  }),
  ...about('RFC 7515, 4.1.9', {
    'typ is a number': { header: { typ: 7 } },
    'typ is null': { header: { typ: null } },
    'typ is empty': { header: { typ: '' } },
    'typ is a list': { header: { typ: ['logout+jwt'] } }
  }),
  {
    title: 'it is an ID token, of which there are many about (Back-Channel Logout, 2.6, number 5)',
    make: async (provider, sid) => await provider.idToken({ sid, jti: 'of an ID token' })
  },
  ...about('Back-Channel Logout, 2.4', {
    'all is as it should be': {},
    'sub is there in place of sid': { claims: subAlone },
    'sub is there beside sid': { claims: { sub } },
    'aud is a list of this client alone': { claims: { aud: ['web'] } },
    'aud has others, and azp is this client': { claims: { aud: ['web', 'other'], azp: 'web' } },
    'typ is absent, as of older providers': { header: { typ: undefined } },
    'typ is JWT, as of older providers': { header: { typ: 'JWT' } },
    'typ is in full and in other letters (RFC 7515, 4.1.9)': { header: { typ: 'Application/LOGOUT+JWT' } },
    'the event has members that nobody knows': { claims: { events: { [LOGOUT_EVENT]: { a: 1 } } } },
    'events has another event too (RFC 8417, 2.2)': { claims: { events: { [LOGOUT_EVENT]: {}, 'https://a.example': {} } } },
    'there are claims that nobody knows': { claims: { trace: 'x', txn: 1 } }
  }, accepted),
  ...signatures
]

for (const logout of cases) test(logout.title, async t => await assertCase(t, logout))
