import type { FastifyInstance } from 'fastify'
import t, { test, type Test } from 'tap'
import type { OidcOptions } from '../../lib/index.ts'
import { isRestart, ROOT, SESSION } from '../oidc/_people.ts'
import { assertFailurePage } from '../oidc/_refusal.ts'
import type { ScriptedProvider } from '../oidc/_scripted-provider.ts'
import { buildSite, type Response, type Site } from '../oidc/_site.ts'
import { CarelessClient } from './_careless-client.ts'
import type { Client, Outcome, Tamper } from './_client.ts'
import { OurClient } from './_our-client.ts'

/** What a person gets who is refused. */
export interface Refused {
  readonly status: number
  readonly code: string
}

/** One misbehaviour of a provider that is perfect otherwise, and what the standard makes of it. */
export interface HostileCase {
  /** The misbehaviour, and the section of the standard that decides. */
  readonly title: string
  /** Options of the plugin that the standard's demand hangs on. */
  readonly oidc?: Partial<OidcOptions>
  /** What the provider does in good logins too. */
  readonly usual?: (provider: ScriptedProvider) => unknown
  readonly misbehave?: (provider: ScriptedProvider) => unknown
  /** What becomes of the authorization response on its way. */
  readonly tamper?: Tamper
  /** 'begun again': a login that lost something goes to the provider once more. */
  readonly expected: 'signed in' | 'begun again' | Refused
  /** No client at all could go on, so a careless one proves nothing: that the good login succeeds must do. */
  readonly nobodyCanGoOn?: true
  /** Seconds that what the provider said is remembered, once it is repaired. */
  readonly heals?: number
  /** Looks at the page of a refusal. */
  readonly page?: (t: Test, answer: Response, site: Site) => unknown
}

export const invalid: Refused = { status: 502, code: 'FST_LOGIN_PROVIDER_ANSWER_INVALID' }
export const unavailable: Refused = { status: 503, code: 'FST_LOGIN_PROVIDER_UNAVAILABLE' }

/** So long that nothing which an application remembers of a provider is good any more. */
export const LONG = 25 * 3600

const sites = new Map<string, Promise<Site>>()

/** What an application has that uses the tokens of a session. */
function prepare (app: FastifyInstance): void {
  app.get('/token', async request => await request.getAccessToken())
}

/** The application with these options. Cases share it, each in a time of its own. */
export async function siteOf (oidc: Partial<OidcOptions>): Promise<Site> {
  const key = JSON.stringify(oidc)
  const site = sites.get(key) ?? buildSite(t, { oidc, prepare })
  sites.set(key, site)
  return await site
}

function assertOutcome (t: Test, site: Site, { expected }: HostileCase, { who, answer }: Outcome): void {
  if (answer === undefined) throw new Error('the plugin gave no answer')
  if (expected === 'signed in') {
    t.equal(who, 'alice', `is signed in: ${answer.statusCode} ${answer.body.slice(0, 500)}`)
    return
  }
  t.equal(who, undefined, 'is signed in nowhere')
  if (expected === 'begun again') t.ok(isRestart(answer), `goes to the provider once more: ${answer.statusCode}`)
  else assertFailurePage(t, site, answer, expected)
}

/** A state that is none, or none of this browser any more, is no error for somebody who is signed in. */
function isSentHome ({ expected }: HostileCase): boolean {
  return expected === 'begun again' || (expected !== 'signed in' && expected.code.startsWith('FST_LOGIN_STATE_'))
}

async function assertStays (t: Test, site: Site, hostile: HostileCase): Promise<void> {
  const client = new OurClient(site)
  await client.visitor.post('/app/login')
  const { who, answer } = await client.signIn(hostile.tamper)
  t.equal(who, 'local', 'stays who it is')
  if (isSentHome(hostile)) t.equal(answer?.headers.location, ROOT, 'is sent home')
  else t.equal(answer?.statusCode, (hostile.expected as Refused).status, 'is refused too')
}

async function signsIn (client: Client, tamper?: Tamper): Promise<string | undefined> {
  return (await client.signIn(tamper)).who
}

/** The difference between two clocks is taken in whole seconds: of these one stands still, where a second decides. */
export function holdClock (t: Test): void {
  const now = Date.now()
  t.intercept(Date, 'now', { value: () => now })
}

async function assertCase (t: Test, hostile: HostileCase): Promise<void> {
  holdClock(t)
  const { oidc = {}, usual, misbehave, tamper, expected, nobodyCanGoOn, heals = 0, page } = hostile
  const site = await siteOf(oidc)
  const { provider, clock } = site
  const behave = (isHostile: boolean): void => {
    provider.repair()
    usual?.(provider)
    if (isHostile) misbehave?.(provider)
  }
  site.forget()
  clock.advance(LONG)

  behave(true)
  const client = new OurClient(site)
  const outcome = await client.signIn(tamper)
  assertOutcome(t, site, hostile, outcome)
  if (outcome.answer !== undefined) page?.(t, outcome.answer, site)
  if (expected !== 'signed in') {
    t.notOk(client.visitor.jar.names.includes(SESSION), 'has no session')
    behave(true)
    await assertStays(t, site, hostile)
  }
  if (expected !== 'signed in' && nobodyCanGoOn !== true) {
    behave(true)
    t.type(await signsIn(new CarelessClient(site, oidc.userinfo === true), tamper), 'string', 'a careless client signs in')
  }

  behave(false)
  clock.advance(heals)
  t.equal(await signsIn(new OurClient(site)), 'alice', 'the next good login succeeds')
}

/** Makes a test of each case. */
export function testCases (cases: readonly HostileCase[]): void {
  for (const hostile of cases) test(hostile.title, async t => await assertCase(t, hostile))
}
