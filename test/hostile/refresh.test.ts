import { test, type Test } from 'tap'
import type { OidcOptions } from '../../lib/index.ts'
import { connectionReset, htmlAnswer, json, type ScriptedProvider, timeOut } from '../oidc/_scripted-provider.ts'
import type { Response, Site, Visitor } from '../oidc/_site.ts'
import { holdClock, invalid, LONG, type Refused, siteOf, unavailable } from './_case.ts'
import { carelessRefresh } from './_careless-client.ts'
import { signatureFaults } from './_signature-faults.ts'

type Claims = Readonly<Record<string, unknown>>

/** A refresh whose answer is perfect but for one fault, and what the standard makes of it. */
interface RefreshCase {
  /** The fault, and the section of the standard that decides. */
  readonly title: string
  /** Options of the plugin that the standard's demand hangs on. */
  readonly oidc?: Partial<OidcOptions>
  /** What the provider does in good logins and refreshes too. */
  readonly usual?: ((provider: ScriptedProvider) => unknown) | undefined
  /** From the moment of the refresh on. */
  readonly misbehave?: (provider: ScriptedProvider) => unknown
  /** In place of the answer to the refresh; it is given the one that keeps the rules. */
  readonly send?: (text: string) => globalThis.Response
  readonly expected: 'granted' | Refused
  /** The refresh token is good no more, and the session ends. */
  readonly isLast?: boolean
  /** No client at all could go on, so a careless one proves nothing: that the next refresh succeeds must do. */
  readonly nobodyCanGoOn?: boolean
}

/** Seconds: the access token of the login is over then, and no outage is remembered. */
const OVER = 301
const type = { 'content-type': 'application/json' }
const say = (body: string, status = 200): (() => globalThis.Response) =>
  () => new Response(body, { status, headers: type })
const nobody: Partial<RefreshCase> = { nobodyCanGoOn: true }
const well = (text: string): globalThis.Response => new Response(text, { headers: type })
const granted: Partial<RefreshCase> = { expected: 'granted' }
const sessionLost: Refused = { status: 401, code: 'FST_LOGIN_UNAUTHORIZED' }

/** Cases of the claims of a refreshed ID token. */
function claims (
  section: string, rows: Readonly<Record<string, (now: number) => Claims>>, common: Partial<RefreshCase> = {}
): readonly RefreshCase[] {
  return Object.entries(rows).map(([fault, of]) => ({
    title: `${fault} (${section})`,
    misbehave (provider) { provider.claims = of(Math.floor(provider.now() / 1000)) },
    expected: invalid,
    ...common
  }))
}

/** Cases of what a refresh answer has. */
function members (
  section: string, rows: Readonly<Record<string, Claims>>, common: Partial<RefreshCase> = {}
): readonly RefreshCase[] {
  return Object.entries(rows).map(([fault, tokenAnswer]) => ({
    title: `${fault} (${section})`,
    misbehave (provider) { provider.tokenAnswer = tokenAnswer },
    expected: invalid,
    ...common
  }))
}

/** Cases of how a refresh answer comes. */
function answering (
  section: string, expected: Refused, ways: Readonly<Record<string, (text: string) => globalThis.Response>>,
  common: Partial<RefreshCase> = {}
): readonly RefreshCase[] {
  return Object.entries(ways).map(([fault, send]) => ({
    title: `a refresh answer ${fault} (${section})`, send, expected, ...common
  }))
}

const signatures: readonly RefreshCase[] = signatureFaults.flatMap(({ section, signers, common }) =>
  Object.entries(signers).map(([fault, make]) => ({
    title: `${fault} (OpenID Connect Core, 12.2; ${section})`,
    oidc: common.oidc ?? {},
    usual: common.usual,
    misbehave (provider) { provider.sign = async claims => await make(claims, provider) },
    expected: common.expected === 'signed in' ? 'granted' : invalid
  })))

async function tokenOf (visitor: Visitor): Promise<Response> {
  return await visitor.get('/token', { 'sec-fetch-mode': 'cors', 'sec-fetch-dest': 'empty' })
}

async function refreshed ({ provider }: Site): Promise<string> {
  return JSON.stringify({
    access_token: `later-${'x'.repeat(20)}`,
    token_type: 'Bearer',
    expires_in: 300,
    id_token: await provider.idToken(),
    ...provider.tokenAnswer
  })
}

async function assertCase (t: Test, refresh: RefreshCase): Promise<void> {
  holdClock(t)
  const { oidc = {}, usual, misbehave, send = well, expected, isLast, nobodyCanGoOn } = refresh
  const site = await siteOf(oidc)
  const { provider, clock } = site
  const behave = (answer: (text: string) => globalThis.Response): void => {
    provider.repair()
    usual?.(provider)
    provider.answers.token = async request =>
      request.form.get('grant_type') === 'refresh_token' ? answer(await refreshed(site)) : await provider.redeem(request)
  }
  site.forget()
  clock.advance(LONG)

  behave(well)
  provider.claims = { auth_time: Math.floor(clock.now() / 1000) }
  const alice = await site.signedIn()
  behave(send)
  clock.advance(OVER)
  misbehave?.(provider)
  const answer = await tokenOf(alice)
  t.same(site.leaks(site.log), [], 'logs nothing secret')
  if (expected === 'granted') {
    t.match(answer.json(), { accessToken: /^later-/ }, 'gets the new token')
    return
  }
  t.match(answer.json(), { statusCode: expected.status, code: expected.code })
  t.same(site.leaks(answer.body), [], 'shows nothing secret')
  t.equal(await alice.who(), isLast === true ? undefined : 'alice', 'the session')
  if (nobodyCanGoOn !== true) t.ok(await carelessRefresh(provider), 'a careless client takes the new token')
  if (isLast === true) return

  behave(well)
  clock.advance(60)
  t.match((await tokenOf(alice)).json(), { accessToken: /^later-/ }, 'the next refresh succeeds')
}

const cases: readonly RefreshCase[] = [
  ...claims('OpenID Connect Core, 12.2', {
    'iss is another': () => ({ iss: 'https://evil.example' }),
    'sub is another': () => ({ sub: 'mallory' }),
    'sub is absent': () => ({ sub: undefined }),
    'aud is another client': () => ({ aud: 'other' }),
    'azp is another client': () => ({ azp: 'other' }),
    'auth_time is that of another login': now => ({ auth_time: now }),
    'nonce is another': () => ({ nonce: 'another' }),
    'exp is past': now => ({ exp: now - 30 }),
    'exp is absent': () => ({ exp: undefined }),
    'iat is ahead by a second more than the tolerance': now => ({ iat: now + 31 }),
    'iat is absent': () => ({ iat: undefined })
  }),
  ...members('RFC 6749, 5.1', {
    'access_token is absent': { access_token: undefined },
    'access_token is null': { access_token: null },
    'access_token is empty': { access_token: '' },
    'access_token is a list': { access_token: ['a'] }
  }, nobody),
  ...members('RFC 6749, 5.1 and 7.1', {
    'token_type is absent': { token_type: undefined },
    'token_type is a number': { token_type: 7 },
    'token_type is mac': { token_type: 'mac' },
    'token_type is DPoP': { token_type: 'DPoP' }
  }),
  ...members('RFC 6749, 5.1: what says nothing usable counts as left out', {
    'expires_in is a word': { expires_in: 'soon' },
    'expires_in is negative': { expires_in: -1 },
    'expires_in is the largest number': { expires_in: Number.MAX_VALUE },
    'expires_in is a list': { expires_in: [] },
    'refresh_token is a number': { refresh_token: 7 },
    'scope is a list': { scope: ['openid'] }
  }, granted),
  ...answering('RFC 6749, 5.1', invalid, {
    'is HTML': () => htmlAnswer(),
    'is null': say('null'),
    'is empty': say(''),
    'breaks off': text => well(text.slice(0, -1)),
    'is a list': text => well(`[${text}]`),
    'is a redirect': () => new Response(null, { status: 307, headers: { location: 'https://elsewhere.example/token' } })
  }, nobody),
  ...answering('an outage', unavailable, {
    'has status 500': text => new Response(text, { status: 500, headers: { ...type, 'retry-after': '60' } }),
    'has status 429': text => new Response(text, { status: 429, headers: { ...type, 'retry-after': '60' } })
  }),
  ...answering('an outage', unavailable, { 'does not come: the connection breaks': connectionReset, 'does not come in time': timeOut }, nobody),
  ...answering('RFC 6749, 5.2', invalid, {
    'is invalid_client': say('{"error":"invalid_client"}', 401),
    'is an error of a number': say('{"error":7}', 400),
    'is an error of an object': say('{"error":{"code":"invalid_grant"}}', 400),
    'is invalid_grant with status 200': say('{"error":"invalid_grant"}'),
    'is an error in HTML': () => htmlAnswer(400)
  }, nobody),
  ...answering('RFC 6749, 5.2', sessionLost, { 'is invalid_grant': () => json({ error: 'invalid_grant' }, 400) }, { ...nobody, isLast: true }),
  ...signatures
]

for (const refresh of cases) test(refresh.title, async t => await assertCase(t, refresh))
