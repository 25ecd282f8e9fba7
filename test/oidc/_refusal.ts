import type { Test } from 'tap'
import { ScriptedProvider } from './_scripted-provider.ts'
import { buildSite, type Response, type Site, type SiteOptions, type Visitor } from './_site.ts'

/** A login that must not succeed. */
export interface Refusal {
  /** Status of the answer, and the code that its page shows. */
  readonly status: number
  readonly code: string
  /** What the provider does in every login, also in those that succeed. */
  readonly before?: (provider: ScriptedProvider) => unknown
  /** What it does from now on that must be refused. */
  readonly misbehave?: (provider: ScriptedProvider) => unknown
  /** Parameters of the authorization response in place of the provider's. */
  readonly response?: Parameters<ScriptedProvider['authorize']>[1]
  readonly options?: SiteOptions
}

/** The rules for every failure: a page of this status that nobody caches, and nothing secret in it or in the log. */
export function assertFailurePage (t: Test, site: Site, answer: Response, { status, code }: Pick<Refusal, 'status' | 'code'>): void {
  t.equal(answer.statusCode, status, 'has the documented status')
  t.match(answer.headers['content-type'], /^text\/html/, 'is a page')
  t.equal(/Code: (\w+)</.exec(answer.body)?.[1], code, 'tells the code')
  t.equal(answer.headers['cache-control'], 'private, no-store', 'is cached nowhere')
  t.equal(answer.headers['retry-after'], status === 503 ? '5' : undefined, 'says when to try again, where that helps')
  t.same(site.leaks(answer.body), [], 'shows nothing secret')
  t.same(site.leaks(site.log), [], 'logs nothing secret')
}

/** A login by somebody who is signed in, and by a stranger: both are refused, and both stay who they are. */
export async function assertRefused (t: Test, refusal: Refusal): Promise<void> {
  const { before, misbehave, response, options = {} } = refusal
  const provider = options.provider ?? await ScriptedProvider.create()
  await before?.(provider)
  const site = await buildSite(t, { ...options, provider })
  const visitors: readonly [Visitor, string | undefined][] = [[await site.signedIn(), 'alice'], [site.visitor(), undefined]]
  await misbehave?.(provider)
  for (const [visitor, id] of visitors) {
    const answer = await visitor.get(provider.authorize(await visitor.begin(), response))
    assertFailurePage(t, site, answer, refusal)
    t.equal(await visitor.who(), id, 'changes nothing about who is signed in')
  }
}

/** A stranger's login that succeeds. */
export async function assertAccepted (t: Test, site: Site): Promise<void> {
  const visitor = site.visitor()
  await visitor.signIn()
  t.equal(await visitor.who(), 'alice', 'is signed in')
}

/**
 * A provider that a login cannot even begin with. Whoever is signed in stays so, and nobody gets a cookie.
 *
 * @param misbehave from the first request on
 */
export async function assertNotBegun (t: Test, { misbehave, options = {}, ...page }: Omit<Refusal, 'before' | 'response'>): Promise<void> {
  const provider = options.provider ?? await ScriptedProvider.create()
  await misbehave?.(provider)
  const site = await buildSite(t, { ...options, provider })
  const local = site.visitor()
  await local.post('/app/login')
  const visitors: readonly [Visitor, string | undefined][] = [[local, 'local'], [site.visitor(), undefined]]
  for (const [visitor, id] of visitors) {
    const names = visitor.jar.names
    assertFailurePage(t, site, await visitor.get('/auth/login'), page)
    t.same(visitor.jar.names, names, 'gives no cookie')
    t.equal(await visitor.who(), id, 'changes nothing about who is signed in')
  }
}
