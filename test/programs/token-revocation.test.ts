import { test } from 'tap'
import { StoreUnavailable } from '../../lib/errors.ts'
import type { OAuthRefusal } from '../../lib/programs/oauth-refusal.ts'
import { isRefreshToken } from '../../lib/programs/refresh-tokens.ts'
import type { ProgramLogin, TokenAnswer } from '../../lib/programs/program-grants.ts'
import { TokenIntrospection } from '../../lib/programs/token-introspection.ts'
import { TokenRevocation } from '../../lib/programs/token-revocation.ts'
import { MemoryStore } from '../../lib/stores/memory/memory-store.ts'
import { createClock } from '../../lib/testing/index.ts'
import { aBroker, ISSUER, type TestBroker } from '../broker/_broker.ts'
import { aStart } from '../session/_issued.ts'
import { type Bench, bench, type BenchOptions, LOOPBACK, refusalOf } from './_bench.ts'

const scopes = ['reports.read']
const programs = {
  cli: { redirectUris: [LOOPBACK], scopes },
  other: { redirectUris: [LOOPBACK], scopes },
  web: { redirectUris: [LOOPBACK], scopes, secret: 'a secret', introspect: true },
  passing: { redirectUris: [LOOPBACK], scopes, passThrough: true }
}
const login: ProgramLogin = { person: { userId: 'alice' }, grant: undefined, scopes, isOffline: true }

type Fields = Readonly<Record<string, string | undefined>>

async function real (options: BenchOptions = {}): Promise<Bench> {
  return await bench({ programs, isSealing: true, ...options })
}

async function begun (b: Bench, clientId = 'cli', further: Partial<ProgramLogin> = {}): Promise<TokenAnswer> {
  return await b.programs.grants.begin(b.program(clientId), { ...login, ...further })
}

async function revoke ({ programs }: Bench, fields: Fields): Promise<void> {
  const all = Object.entries({ client_id: 'cli', ...fields })
  const sent = all.filter((entry): entry is [string, string] => entry[1] !== undefined)
  await programs.revocation.answer({ authorization: undefined, body: new URLSearchParams(sent).toString() })
}

const refused = async (b: Bench, fields: Fields): Promise<OAuthRefusal> =>
  await refusalOf(() => revoke(b, fields))

/** Whether the access token and the refresh token of an answer are good. */
async function lives (
  { programs, sealed }: Bench, { access_token: access, refresh_token: refresh }: TokenAnswer
): Promise<readonly boolean[]> {
  const isGood = 'userId' in (await sealed.verify(access) ?? {})
  const found = await programs.refreshTokens.find(String(refresh))
  return [isGood, found !== undefined && !await programs.grants.isOver(found.family)]
}

for (const which of ['access_token', 'refresh_token'] as const) {
  test(`the ${which} ends all that came of the consent, once (RFC 7009, section 2.1)`, async t => {
    const b = await real()
    const [first, beside] = [await begun(b), await begun(b)]
    const next = await b.programs.grants.refresh(b.program('cli'), String(first.refresh_token))
    t.same(await lives(b, next), [true, true])
    await revoke(b, { token: next[which] })
    t.same(await lives(b, next), [false, false])
    t.same(await lives(b, { ...first, refresh_token: String(next.refresh_token) }), [false, false], 'also what was given before')
    t.same(await lives(b, beside), [true, true], 'and nothing else')
    t.match(b.ended, [[b.issued[0]?.family?.handle, 'logout']])
    t.equal((await refusalOf(() => b.programs.grants.refresh(b.program('cli'), String(next.refresh_token)))).error, 'invalid_grant')
    const before = b.ended.length
    await revoke(b, { token: next.access_token })
    t.equal(b.ended.length, before, 'what is over is not ended again')
  })
}

test('an access token without a refresh token can be given back too', async t => {
  const b = await real()
  const { access_token: token } = await begun(b, 'cli', { isOffline: false })
  await revoke(b, { token })
  t.same(await b.sealed.verify(token), { refusal: 'revoked' })
})

test('what a hint says does not matter, also one that nobody knows (RFC 7009, section 2.1)', async t => {
  for (const hint of ['access_token', 'refresh_token', 'nonsense', '']) {
    for (const which of ['access_token', 'refresh_token'] as const) {
      const b = await real()
      const answer = await begun(b)
      await revoke(b, { token: answer[which], token_type_hint: hint })
      t.same(await lives(b, answer), [false, false], `${which} as ${hint}`)
    }
  }
})

test('a token of another program is refused, and nothing happens to it (RFC 7009, section 2.1)', async t => {
  const b = await real()
  const answer = await begun(b)
  for (const which of ['access_token', 'refresh_token'] as const) {
    for (const who of [{ client_id: 'other' }, { client_id: 'web', client_secret: 'a secret' }, { client_id: 'passing' }]) {
      const { error, statusCode } = await refused(b, { ...who, token: answer[which] })
      t.same([error, statusCode], ['invalid_grant', 400], `${which} by ${who.client_id}`)
    }
  }
  t.same(await lives(b, answer), [true, true])
  t.same(b.ended, [])
})

test('a token that belongs to no program is none of any', async t => {
  const b = await real()
  const { text } = await b.sealed.issue({ userId: 'alice', scopes, expiresIn: 60 })
  t.equal((await refused(b, { token: text })).error, 'invalid_grant')
  t.match(await b.sealed.verify(text), { userId: 'alice' })
})

test('what is nothing of ours, or has ended, is as well ended (RFC 7009, section 2.2)', async t => {
  const clock = createClock()
  const b = await real({ clock })
  const answer = await begun(b)
  const elsewhere = await begun(await real())
  for (const token of ['x', 'A'.repeat(86), 'A'.repeat(60_000), 'eyJhbGciOiJub25lIn0.e30.', elsewhere.access_token, String(elsewhere.refresh_token)]) {
    await revoke(b, { token })
  }
  clock.advance(601)
  await revoke(b, { token: answer.access_token })
  t.same(b.ended, [], 'an access token that has expired ends nothing')
  clock.advance(31 * 86_400)
  await revoke(b, { token: String(answer.refresh_token) })
  t.same(b.ended, [])
})

test('a refresh token that was used ends what came of it, now or later', async t => {
  for (const wait of [1, 3600]) {
    const clock = createClock()
    const b = await real({ clock })
    const first = await begun(b)
    const next = await b.programs.grants.refresh(b.program('cli'), String(first.refresh_token))
    clock.advance(wait)
    await revoke(b, { token: String(first.refresh_token) })
    t.same(await lives(b, next), [false, false], `${wait} s`)
  }
})

test('who asks is known before anything is looked at, and what is missing is named', async t => {
  const b = await real()
  const { refresh_token: token } = await begun(b)
  t.equal((await refused(b, { token, client_id: 'unknown' })).error, 'invalid_client')
  t.equal((await refused(b, { token, client_id: undefined })).error, 'invalid_request')
  t.equal((await refused(b, { token, client_id: 'web' })).error, 'invalid_client')
  t.equal((await refused(b, { token, client_id: 'web', client_secret: 'another' })).error, 'invalid_client')
  t.equal((await refused(b, {})).error, 'invalid_request')
  t.equal((await refused(b, { token: '' })).error, 'invalid_request')
})

test('nobody is told that the token of a provider was ended (RFC 7009, section 2.2.1)', async t => {
  const b = await real()
  t.equal((await refused(b, { client_id: 'passing', token: 'the-token-of-a-provider' })).error, 'unsupported_token_type')
  await revoke(b, { client_id: 'passing', token: 'A'.repeat(86) })
  const none = await bench({ programs: { passing: programs.passing }, isIssuing: false })
  t.equal((await refused(none, { client_id: 'passing', token: 'x' })).error, 'unsupported_token_type')
  t.ok(isRefreshToken('A'.repeat(86)))
  t.notOk(isRefreshToken('A'.repeat(85)))
})

test('where the store is away the token may live, which the program is told', async t => {
  for (const which of ['access_token', 'refresh_token'] as const) {
    const store = new MemoryStore()
    const b = await real({ store })
    const answer = await begun(b)
    const { add, set } = store
    store.add = store.set = async () => { throw new StoreUnavailable() }
    await t.rejects(revoke(b, { token: answer[which] }), { code: 'FST_LOGIN_STORE_UNAVAILABLE' })
    Object.assign(store, { add, set })
    t.same(await lives(b, answer), [true, true])
    await revoke(b, { token: answer[which] })
    t.same(await lives(b, answer), [false, false], 'and it can try again')
  }
})

test('fifty revocations and refreshes of one family at once leave nothing of it', async t => {
  const b = await real()
  const first = await begun(b)
  const token = String(first.refresh_token)
  const outcomes = await Promise.allSettled(Array.from({ length: 50 }, async (_, index) => {
    if (index % 2 === 1) return await revoke(b, { token: index % 4 === 1 ? token : first.access_token })
    return await b.programs.grants.refresh(b.program('cli'), token)
  }))
  const answers = outcomes.flatMap(one => one.status === 'fulfilled' && one.value !== undefined ? [one.value] : [])
  for (const { reason } of outcomes.filter(one => one.status === 'rejected')) t.equal((reason as OAuthRefusal).error, 'invalid_grant')
  for (const answer of [first, ...answers]) t.same(await lives(b, answer), [false, false])
})

interface Signing {
  readonly broker: TestBroker
  readonly ended: string[]
  readonly revocation: TokenRevocation
  readonly introspection: TokenIntrospection
}

/** Revocation and introspection of tokens that a broker signs for two services. */
async function signing (): Promise<Signing> {
  const broker = await aBroker({ audience: [ISSUER, 'https://reports.example'] })
  const b = await real()
  const ended: string[] = []
  const grants = {
    async end (handle: string, endsBy: number) {
      ended.push(handle)
      await broker.revocations.end(handle, endsBy)
    },
    isOver: async () => false
  }
  const parts = { clients: b.programs.clients, refreshTokens: b.programs.refreshTokens, grants, issued: broker.tokens }
  const introspection = new TokenIntrospection({ ...parts, identifier: ISSUER })
  return { broker, ended, revocation: new TokenRevocation(parts), introspection }
}

test('a signed token is given back whichever service it is for, and is known of there at once', async t => {
  const { broker, ended, revocation, introspection } = await signing()
  const start = { ...aStart(), clientId: 'cli', audience: ['https://reports.example'] }
  const { text } = await broker.tokens.issue(start)
  const body = `client_id=web&client_secret=a+secret&token=${text}`
  const asked = { authorization: undefined, body, accept: async () => true, tell: () => ({}) }
  t.match(await introspection.answer(asked), { active: true, client_id: 'cli', aud: 'https://reports.example', iss: ISSUER })
  await revocation.answer({ authorization: undefined, body: `client_id=cli&token=${text}` })
  t.equal(ended.length, 1)
  t.same(await introspection.answer(asked), { active: false })
  const forged = text.slice(0, -4) + (text.endsWith('AAAA') ? 'BBBB' : 'AAAA')
  await revocation.answer({ authorization: undefined, body: `client_id=other&token=${forged}` })
  t.equal(ended.length, 1, 'nobody ends anything with a token that was made up')
})

test('a program that exchanged the token of another one cannot end what that one has', async t => {
  const { broker, ended, revocation } = await signing()
  const family = { handle: String((await broker.tokens.issue(aStart())).handle), generation: undefined }
  const { text } = await broker.tokens.issue({ ...aStart(), clientId: 'cli', family: { ...family, isBorrowed: true } })
  const refusal = await refusalOf(() => revocation.answer({ authorization: undefined, body: `client_id=cli&token=${text}` }))
  t.equal(refusal.error, 'unsupported_token_type')
  t.same(ended, [])
  const own = await broker.tokens.issue({ ...aStart(), clientId: 'cli', family })
  await revocation.answer({ authorization: undefined, body: `client_id=cli&token=${own.text}` })
  t.same(ended, [family.handle])
  t.same(await broker.tokens.look(text), { refusal: 'revoked' }, 'and ends with it')
})
