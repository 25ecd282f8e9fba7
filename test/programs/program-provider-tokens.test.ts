import { type Test, test } from 'tap'
import { StoreUnavailable } from '../../lib/errors.ts'
import type { AuthOptions } from '../../lib/options/auth-options.ts'
import type { ProgramOptions } from '../../lib/options/program-options.ts'
import { MemoryStore } from '../../lib/stores/memory/memory-store.ts'
import { createClock } from '../../lib/testing/index.ts'
import { secret } from '../_app.ts'
import { json, ScriptedProvider } from '../oidc/_scripted-provider.ts'
import type { Response, Site, SiteOptions } from '../oidc/_site.ts'
import { ask, programSite, tokensOf } from '../routes/_programs.ts'
import { LOOPBACK } from './_bench.ts'

const PROGRAMS: Readonly<Record<string, ProgramOptions>> = { cli: { redirectUris: [LOOPBACK], scopes: ['reports.read'] } }
const OFFLINE = { scope: 'reports.read offline_access' }

interface Broker {
  readonly site: Site
  readonly store: MemoryStore
  /** What programs were given, by name. */
  readonly handles: string[]
  /** What ended, and why. */
  readonly ended: Array<readonly [handle: string, reason: string]>
  readonly refreshed: string[]
}

/** An application whose provider has numbered tokens of 300 seconds, and refresh tokens that are good once. */
async function brokerSite (
  t: Test, options: SiteOptions = {}, who: Pick<SiteOptions, 'broker' | 'bearer'> = { broker: {} }
): Promise<Broker> {
  const { clock = createClock() } = options
  const store = new MemoryStore({ now: clock.now })
  const [handles, ended, refreshed]: [string[], Broker['ended'], string[]] = [[], [], []]
  const events: AuthOptions['events'] = {
    programAuthorized: ({ sessionHandle }) => handles.push(sessionHandle),
    sessionEnded: ({ sessionHandle, reason }) => ended.push([sessionHandle, reason]),
    refreshed: ({ sessionHandle }) => refreshed.push(sessionHandle)
  }
  const site = await programSite(t, { programs: PROGRAMS, ...who, session: { store }, events, ...options, clock })
  return { site, store, handles, ended, refreshed }
}

/** Has the provider keep the rules of refresh tokens that rotate; gives those that it got. */
function rotating (provider: ScriptedProvider): string[] {
  const used: string[] = []
  provider.answers.token = async request => {
    if (request.form.get('grant_type') !== 'refresh_token') return await provider.redeem(request)
    const token = String(request.form.get('refresh_token'))
    if (used.includes(token)) return json({ error: 'invalid_grant' }, 400)
    used.push(token)
    return json({ access_token: `later-${used.length}`, token_type: 'Bearer', expires_in: 300, refresh_token: `next-${used.length}` })
  }
  return used
}

async function refresh (site: Site, token: unknown): Promise<Response> {
  return await ask(site, { grant_type: 'refresh_token', client_id: 'cli', refresh_token: String(token) })
}

const nextOf = (answer: Response): unknown => answer.json<Record<string, unknown>>()['refresh_token']

test('a refresh of a program refreshes at the provider too, where that is due', async t => {
  const { site, refreshed, handles } = await brokerSite(t)
  const used = rotating(site.provider)
  const first = await tokensOf(site, OFFLINE)
  const second = await refresh(site, first['refresh_token'])
  t.equal(second.statusCode, 200)
  t.same(used, [], 'not due yet')
  site.clock.advance(299)
  const third = await refresh(site, nextOf(second))
  t.equal(third.statusCode, 200)
  t.equal(used.length, 1)
  site.clock.advance(299)
  t.equal((await refresh(site, nextOf(third))).statusCode, 200)
  t.equal(used[1], 'next-1', 'and the next one with what came of it')
  t.same(refreshed, [handles[0], handles[0]])
  for (const answer of [second, third]) t.notMatch(answer.body, /later-|next-/, 'the program sees nothing of it')
  t.same(site.leaks(site.log), [])
})

test('fifty refreshes at once, of two applications with one store, refresh at the provider once', async t => {
  const clock = createClock()
  const session = { store: new MemoryStore({ now: clock.now }) }
  const provider = await ScriptedProvider.create()
  const used = rotating(provider)
  const options: SiteOptions = { clock, secret: secret(), session, provider }
  const [{ site: one }, { site: other }] = [await brokerSite(t, options), await brokerSite(t, options)]
  const first = await tokensOf(one, OFFLINE)
  clock.advance(299)
  const answers = await Promise.all(Array.from({ length: 50 }, async (_, index) => {
    return await refresh(index % 2 === 0 ? one : other, first['refresh_token'])
  }))
  t.same([...new Set(answers.map(({ statusCode }) => statusCode))], [200])
  t.equal(new Set(answers.map(nextOf)).size, 1)
  t.equal(used.length, 1)
})

test('what the provider takes back is over for the program, and for nobody else', async t => {
  const { site, ended, handles } = await brokerSite(t)
  rotating(site.provider)
  const first = await tokensOf(site, OFFLINE)
  const other = await tokensOf(site, OFFLINE)
  t.ok((await site.app.login.verifyToken(String(first['access_token']))).isValid)
  site.clock.advance(299)
  const scripted = site.provider.answers.token
  site.provider.answers.token = () => json({ error: 'invalid_grant' }, 400)
  const refused = await refresh(site, first['refresh_token'])
  t.equal(refused.statusCode, 400)
  t.match(refused.json(), { error: 'invalid_grant' })
  t.same(ended, [[handles[0], 'grantRevoked']])
  t.notOk((await site.app.login.verifyToken(String(first['access_token']))).isValid, 'nor do its access tokens hold')
  if (scripted !== undefined) site.provider.answers.token = scripted
  t.match((await refresh(site, first['refresh_token'])).json(), { error: 'invalid_grant' }, 'for good')
  t.equal((await refresh(site, other['refresh_token'])).statusCode, 200)
})

const outages: Record<string, () => Promise<globalThis.Response> | globalThis.Response> = {
  'is away': () => json({}, 503),
  'has no time': () => json({ error: 'temporarily_unavailable' }, 400),
  'does not know our client any more': () => json({ error: 'invalid_client' }, 401),
  'answers nonsense': () => json({ access_token: 7 }),
  'breaks the connection': () => { throw new TypeError('fetch failed') }
}
for (const [name, answer] of Object.entries(outages)) {
  test(`where the provider ${name}, the program goes on, and nothing is lost`, async t => {
    const { site, ended } = await brokerSite(t)
    const first = await tokensOf(site, OFFLINE)
    site.clock.advance(301)
    site.provider.answers.token = answer
    const second = await refresh(site, first['refresh_token'])
    t.equal(second.statusCode, 200)
    t.same(Object.keys(second.json<object>()).sort(), ['access_token', 'expires_in', 'refresh_token', 'scope', 'token_type'])
    const used = rotating(site.provider)
    site.clock.advance(10)
    t.equal((await refresh(site, nextOf(second))).statusCode, 200)
    t.equal(used.length, 1, 'it is asked again, with the same refresh token')
    t.ok(site.provider.secrets.has(String(used[0])))
    t.same(ended, [])
  })
}

test('a grant that was lost, or came from a provider that is configured anew, ends nothing', async t => {
  const { site, store, handles, ended } = await brokerSite(t)
  const used = rotating(site.provider)
  const first = await tokensOf(site, OFFLINE)
  const key = `tokens:${handles[0]}`
  t.ok(await store.get(key))
  await store.delete(key)
  site.clock.advance(299)
  const second = await refresh(site, first['refresh_token'])
  t.equal(second.statusCode, 200)
  t.same([used, ended], [[], []])
})

test('a grant is kept where the program may go on without the person, and the provider lets it', async t => {
  const { site, store, handles } = await brokerSite(t)
  const hasGrant = async (): Promise<boolean> => await store.get(`tokens:${handles.at(-1)}`) !== undefined
  await tokensOf(site, OFFLINE)
  t.ok(await hasGrant())
  await tokensOf(site, { scope: 'reports.read' })
  t.notOk(await hasGrant(), 'no refresh token of ours')
  site.provider.tokenAnswer = { refresh_token: undefined }
  await tokensOf(site, OFFLINE)
  t.notOk(await hasGrant(), 'none of the provider')
  t.equal(handles.length, 3)
})

test('without a broker nothing is kept, and a refresh asks no provider', async t => {
  const { site, store, handles } = await brokerSite(t, {}, { bearer: { issued: true } })
  const used = rotating(site.provider)
  const first = await tokensOf(site, OFFLINE)
  t.equal(await store.get(`tokens:${handles[0]}`), undefined)
  site.clock.advance(299)
  t.equal((await refresh(site, first['refresh_token'])).statusCode, 200)
  t.same(used, [])
})

test('the end of what a program has revokes what lies behind it, also in the store of the broker', async t => {
  const clock = createClock()
  const brokerStore = new MemoryStore({ now: clock.now })
  const { site, store, handles, ended } = await brokerSite(t, { clock, broker: { store: brokerStore } })
  site.provider.metadata = { revocation_endpoint: `${site.provider.issuer}/revoke` }
  const used = rotating(site.provider)
  const first = await tokensOf(site, OFFLINE)
  const key = `tokens:${handles[0]}`
  t.ok(await brokerStore.get(key))
  t.equal(await store.get(key), undefined)
  clock.advance(299)
  const second = await refresh(site, first['refresh_token'])
  t.equal(used.length, 1)
  const revoked = await ask(site, { client_id: 'cli', token: String(nextOf(second)) }, {}, '/auth/revoke')
  t.equal(revoked.statusCode, 200)
  t.same(ended, [[handles[0], 'logout']])
  t.equal(await brokerStore.get(key), undefined)
  await site.app.close()
  t.equal(site.provider.last('revocation').method, 'POST')
  const told = site.provider.requests.filter(({ url }) => url.pathname.endsWith('/revoke')).map(({ form }) => form.get('token'))
  t.ok(told.includes('next-1'), 'the refresh token that was good last')
})

test('where the store is away, nobody can say, and the program can try again', async t => {
  class Failing extends MemoryStore {
    isAway = false
    override async get (key: string): ReturnType<MemoryStore['get']> {
      if (this.isAway && key.startsWith('tokens:')) throw new StoreUnavailable()
      return await super.get(key)
    }
  }
  const clock = createClock()
  const store = new Failing({ now: clock.now })
  const { site } = await brokerSite(t, { clock, session: { store } })
  const first = await tokensOf(site, OFFLINE)
  store.isAway = true
  t.equal((await refresh(site, first['refresh_token'])).statusCode, 503)
  store.isAway = false
  t.equal((await refresh(site, first['refresh_token'])).statusCode, 200)
})

test('a provider that hangs keeps no program waiting until it gives up, and is heard the next time', { timeout: 60_000 }, async t => {
  const { site, ended, handles } = await brokerSite(t)
  const awake = setInterval(() => {}, 1000)
  t.teardown(() => { clearInterval(awake) })
  const first = await tokensOf(site, OFFLINE)
  site.clock.advance(301)
  let answer: (response: globalThis.Response) => void = () => {}
  site.provider.answers.token = async () => await new Promise(resolve => { answer = resolve })
  const second = await refresh(site, first['refresh_token'])
  t.equal(second.statusCode, 200, 'a program of ours waits 10 seconds')
  t.equal(site.provider.count('token'), 2, 'it is not asked again')
  answer(json({ access_token: 'later', token_type: 'Bearer', expires_in: 300, refresh_token: 'next' }))
  const used = rotating(site.provider)
  const third = await refresh(site, nextOf(second))
  t.equal(third.statusCode, 200)
  t.same(used, [], 'what came late is kept')
  site.clock.advance(301)
  site.provider.answers.token = () => json({ error: 'invalid_grant' }, 400)
  t.equal((await refresh(site, nextOf(third))).statusCode, 400)
  t.same(ended, [[handles[0], 'grantRevoked']])
})
