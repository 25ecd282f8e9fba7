import { test } from 'tap'
import { StoreUnavailable } from '../../lib/errors.ts'
import type { ProgramLogin, TokenAnswer } from '../../lib/programs/program-grants.ts'
import { userKeyIn } from '../../lib/session/handle.ts'
import { MemoryStore } from '../../lib/stores/memory/memory-store.ts'
import { createClock } from '../../lib/testing/index.ts'
import { vaultOf } from '../session/_session.ts'
import { type Bench, bench, LOOPBACK, refusalOf } from './_bench.ts'

const login: ProgramLogin = {
  person: { userId: 'alice', claims: { name: 'Alice' }, authenticatedAt: 7 },
  grant: undefined,
  scopes: ['reports.read', 'reports.write'],
  isOffline: true
}

const refreshOf = ({ refresh_token: text }: TokenAnswer): string => String(text)

async function begun (t: Bench, further: Partial<ProgramLogin> = {}): Promise<TokenAnswer> {
  return await t.programs.grants.begin(t.program('cli'), { ...login, ...further })
}

test('a program gets an access token, and a refresh token where it may go on without the person', async t => {
  const b = await bench()
  const answer = await begun(b)
  t.match(answer, { access_token: 'token-1', token_type: 'Bearer', expires_in: 600, scope: 'reports.read reports.write offline_access' })
  t.match(refreshOf(answer), /^[\w-]{86}$/)
  t.match(b.issued[0], { userId: 'alice', claims: { name: 'Alice' }, clientId: 'cli', authenticatedAt: 7, expiresIn: 600 })
  t.match(b.authorized, [{ userId: 'alice', clientId: 'cli', sessionHandle: b.issued[0]?.family?.handle }])
  const online = await begun(b, { isOffline: false })
  t.equal(online.refresh_token, undefined)
  t.equal(online.scope, 'reports.read reports.write')
})

test('a person without claims is one too', async t => {
  const b = await bench()
  await begun(b, { person: { userId: 'bob' } })
  t.match(b.issued[0], { userId: 'bob', claims: {} })
})

test('a refresh gives a new access token and a new refresh token, of the same family (RFC 6749, section 6)', async t => {
  const b = await bench()
  const first = await begun(b)
  const second = await b.programs.grants.refresh(b.program('cli'), refreshOf(first))
  t.equal(second.access_token, 'token-2')
  t.not(second.refresh_token, first.refresh_token)
  t.same(b.issued[1]?.family, b.issued[0]?.family)
})

test('scopes may be narrowed for one access token, and never widened', async t => {
  const b = await bench()
  const { grants } = b.programs
  const first = await begun(b)
  const second = await grants.refresh(b.program('cli'), refreshOf(first), { scopes: ['reports.read', 'offline_access'] })
  t.equal(second.scope, 'reports.read offline_access')
  t.same(b.issued[1]?.scopes, ['reports.read'])
  t.equal((await refusalOf(() => grants.refresh(b.program('cli'), refreshOf(second), { scopes: ['admin'] }))).error, 'invalid_scope')
  const third = await grants.refresh(b.program('cli'), refreshOf(second), { scopes: ['offline_access'] })
  t.equal(third.scope, 'reports.read reports.write offline_access')
})

test('a scope that a program is not registered for any more is in no token from then on', async t => {
  const before = await bench()
  const first = await begun(before)
  const programs = { cli: { redirectUris: [LOOPBACK], scopes: ['reports.read'] } }
  const b = await bench({ programs, store: before.store, vault: before.vault, clock: before.clock })
  const refused = await refusalOf(() => b.programs.grants.refresh(b.program('cli'), refreshOf(first), { scopes: ['reports.write'] }))
  t.equal(refused.error, 'invalid_scope')
  const second = await b.programs.grants.refresh(b.program('cli'), refreshOf(first))
  t.equal(second.scope, 'reports.read offline_access')
  t.same(b.issued[0]?.scopes, ['reports.read'])
})

test('fifty refreshes at once by two processes have one successor', async t => {
  const clock = createClock()
  const store = new MemoryStore({ now: clock.now })
  const vault = await vaultOf()
  const [one, other] = [await bench({ clock, store, vault }), await bench({ clock, store, vault })]
  const first = refreshOf(await begun(one))
  const answers = await Promise.all(Array.from({ length: 50 }, async (_, index) => {
    const b = index % 2 === 0 ? one : other
    return refreshOf(await b.programs.grants.refresh(b.program('cli'), first))
  }))
  t.equal(new Set(answers).size, 1)
  t.ok(await other.programs.grants.refresh(other.program('cli'), String(answers[0])))
  t.same(one.ended, [])
})

test('a refresh token that is used again after 30 seconds ends the family: two have it', async t => {
  const b = await bench()
  const { grants } = b.programs
  const first = await begun(b)
  const second = await grants.refresh(b.program('cli'), refreshOf(first))
  b.clock.advance(30)
  t.equal((await refusalOf(() => grants.refresh(b.program('cli'), refreshOf(first)))).error, 'invalid_grant')
  t.equal((await refusalOf(() => grants.refresh(b.program('cli'), refreshOf(second)))).error, 'invalid_grant')
  const { handle, generation } = b.issued[0]?.family ?? { handle: '', generation: undefined }
  t.ok(await b.revocations.isEnded({ handle, generation }), 'and its access tokens')
  t.same(b.ended, [[handle, 'reused']])
})

test('who came in time and was kept waiting is not taken for a thief', async t => {
  const b = await bench()
  const { grants } = b.programs
  const first = refreshOf(await begun(b))
  const program = b.program('cli')
  const answers: unknown[] = []
  answers.push(await grants.refresh(program, first, {}, async () => {
    if (answers.length === 0) answers.push(await grants.refresh(program, first))
    b.clock.advance(40)
    return true
  }))
  t.equal(refreshOf(answers[1] as never), refreshOf(answers[0] as never))
  t.same(b.ended, [])
})

test('another program can neither use a refresh token nor end anything by it', async t => {
  const b = await bench({ programs: { cli: { redirectUris: [LOOPBACK], scopes: login.scopes }, other: {} } })
  const first = await begun(b)
  t.equal((await refusalOf(() => b.programs.grants.refresh(b.program('other'), refreshOf(first)))).error, 'invalid_grant')
  t.same(b.ended, [])
  t.ok(await b.programs.grants.refresh(b.program('cli'), refreshOf(first)))
})

test('whoever is logged out everywhere, or at the provider, is so in programs too', async t => {
  const b = await bench()
  const marks = { login: 'login-mark', subject: 'subject-mark', issuedAt: 7 }
  const first = await begun(b, { person: { ...login.person, marks } })
  await b.revocations.endLogin('login-mark', Math.floor(b.clock.now() / 1000) + 3600)
  t.equal((await refusalOf(() => b.programs.grants.refresh(b.program('cli'), refreshOf(first)))).error, 'invalid_grant')
  const other = await begun(b)
  await b.revocations.endAll(userKeyIn(String(b.issued[0]?.family?.handle)), undefined)
  t.equal((await refusalOf(() => b.programs.grants.refresh(b.program('cli'), refreshOf(other)))).error, 'invalid_grant')
  t.same(b.ended.map(([, reason]) => reason), ['ended', 'ended'])
  t.ok(await begun(b), 'a login after that goes on')
})

test('what was named before everything was ended does not begin any more', async t => {
  const b = await bench()
  const name = await b.programs.grants.nameFor('alice')
  await b.revocations.endAll(userKeyIn(name.handle), undefined)
  t.equal((await refusalOf(() => b.programs.grants.begin(b.program('cli'), login, name))).error, 'invalid_grant')
  t.same(b.issued, [])
})

test('a person whom the application does not accept any more loses the program', async t => {
  const b = await bench()
  const first = await begun(b)
  const asked: unknown[] = []
  const refuse = async (person: unknown): Promise<boolean> => { asked.push(person); return false }
  t.equal((await refusalOf(() => b.programs.grants.refresh(b.program('cli'), refreshOf(first), undefined, refuse))).error, 'invalid_grant')
  t.match(asked, [{ userId: 'alice', claims: { name: 'Alice' } }])
  t.equal((await refusalOf(() => b.programs.grants.refresh(b.program('cli'), refreshOf(first)))).error, 'invalid_grant')
  t.same(b.ended.map(([, reason]) => reason), ['userRefused'])
})

test('where nobody can say whether they are accepted, the refresh token stays good', async t => {
  const b = await bench()
  const first = await begun(b)
  const fail = async (): Promise<boolean> => { throw new StoreUnavailable() }
  await t.rejects(b.programs.grants.refresh(b.program('cli'), refreshOf(first), undefined, fail), { code: 'FST_LOGIN_STORE_UNAVAILABLE' })
  t.ok(await b.programs.grants.refresh(b.program('cli'), refreshOf(first)))
})

test('it ends by its own time, however often it is refreshed, and at the end that the provider stated', async t => {
  const b = await bench({ programs: { cli: { scopes: login.scopes, refreshTokenTtl: 1000, accessTokenTtl: 600 } } })
  const first = await begun(b)
  b.clock.advance(900)
  const second = await b.programs.grants.refresh(b.program('cli'), refreshOf(first))
  t.equal(second.expires_in, 100, 'no access token outlives it')
  b.clock.advance(100)
  t.equal((await refusalOf(() => b.programs.grants.refresh(b.program('cli'), refreshOf(second)))).error, 'invalid_grant')
  const endsBy = Math.floor(b.clock.now() / 1000)
  t.equal((await begun(b, { person: { ...login.person, endsBy: endsBy + 60 } })).expires_in, 60)
  t.equal((await refusalOf(() => begun(b, { person: { ...login.person, endsBy } }))).error, 'invalid_grant')
})

test('where others always write first, it is an outage', async t => {
  const clock = createClock()
  const store = new MemoryStore({ now: clock.now })
  store.replace = async () => undefined
  const b = await bench({ clock, store })
  const first = await begun(b)
  await t.rejects(b.programs.grants.refresh(b.program('cli'), refreshOf(first)), { code: 'FST_LOGIN_STORE_UNAVAILABLE' })
})

test('where no tokens are issued, a program that needs one gets an error and nothing else', async t => {
  const b = await bench({ isIssuing: false })
  await t.rejects(begun(b), { message: 'no access tokens are issued here' })
})

test('a program that gets the tokens of the provider gets none where there are none', async t => {
  const b = await bench({ programs: { cli: { passThrough: true } } })
  t.equal((await refusalOf(() => begun(b))).error, 'invalid_grant')
})
