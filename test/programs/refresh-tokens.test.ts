import { test } from 'tap'
import { RefreshTokens } from '../../lib/programs/refresh-tokens.ts'
import { MemoryStore } from '../../lib/stores/memory/memory-store.ts'
import { createClock, type TestClock } from '../../lib/testing/index.ts'
import { vaultOf } from '../session/_session.ts'

interface TokensBench {
  readonly tokens: RefreshTokens
  readonly store: MemoryStore
  readonly clock: TestClock
  readonly first: string
}

async function begun (): Promise<TokensBench> {
  const clock = createClock()
  const store = new MemoryStore({ now: clock.now })
  const tokens = new RefreshTokens(await vaultOf(), store, clock.now)
  const endsAt = Math.floor(clock.now() / 1000) + 3600
  const family = { handle: 'h', generation: undefined, clientId: 'cli', person: { userId: 'alice' }, scopes: ['a'], endsAt }
  return { tokens, store, clock, first: await tokens.begin(family) }
}

async function rotated ({ tokens }: TokensBench, text: string): Promise<string | undefined> {
  const found = await tokens.find(text)
  return found === undefined ? undefined : await tokens.rotate(found)
}

test('a refresh token is opaque, and its successor is another one', async t => {
  const bench = await begun()
  t.match(bench.first, /^[\w-]{86}$/)
  t.match(await bench.tokens.find(bench.first), { use: 'current', family: { clientId: 'cli', person: { userId: 'alice' } } })
  const second = String(await rotated(bench, bench.first))
  t.not(second, bench.first)
  t.match(await bench.tokens.find(second), { use: 'current' })
})

test('whoever raced for it gets the same successor for 30 seconds; later the token was stolen', async t => {
  const bench = await begun()
  const found = await Promise.all(Array.from({ length: 20 }, () => bench.tokens.find(bench.first)))
  const successors = await Promise.all(found.map(async one => one === undefined ? 'lost' : await bench.tokens.rotate(one)))
  const [winner] = successors.filter(one => one !== undefined)
  t.equal(successors.filter(one => one !== undefined).length, 1, 'the others look again')
  bench.clock.advance(29)
  t.equal(await rotated(bench, bench.first), winner)
  bench.clock.advance(1)
  t.match(await bench.tokens.find(bench.first), { use: 'reused' })
  t.equal(await rotated(bench, bench.first), undefined)
})

test('a racer that comes when the successor was used too gets that one, and it is raced as well', async t => {
  const bench = await begun()
  const second = String(await rotated(bench, bench.first))
  const third = await rotated(bench, second)
  t.equal(await rotated(bench, bench.first), second)
  t.equal(await rotated(bench, second), third)
})

test('whoever invents the second half of a token is taken for a thief, and who invents the first finds nothing', async t => {
  const { tokens, first } = await begun()
  t.match(await tokens.find(first.slice(0, 43) + 'A'.repeat(43)), { use: 'reused' })
  for (const text of ['A'.repeat(43) + first.slice(43), '', first.slice(1), `${first}A`, `${first.slice(0, -1)}.`, 'x'.repeat(100_000)]) {
    t.equal(await tokens.find(text), undefined)
  }
})

test('a store has no refresh token in it, and a record that was moved opens nothing', async t => {
  const bench = await begun()
  const other = await begun()
  const [key] = [...await keysOf(bench)]
  const [otherKey] = [...await keysOf(other)]
  t.notOk(String(key).includes(bench.first.slice(0, 43)))
  const entry = await bench.store.get(String(key))
  t.notOk(String(entry?.value).includes(bench.first.slice(43)))
  await bench.store.set(String(otherKey), String(entry?.value), { expiresAt: bench.clock.now() + 60_000 })
  t.equal(await bench.tokens.find(other.first), undefined)
  await bench.store.set(String(key), 'nonsense', { expiresAt: bench.clock.now() + 60_000 })
  t.equal(await bench.tokens.find(bench.first), undefined)
})

test('it ends with its family, however often it is used, and what is forgotten is gone', async t => {
  const bench = await begun()
  bench.clock.advance(3599)
  const second = String(await rotated(bench, bench.first))
  bench.clock.advance(1)
  t.equal(await bench.tokens.find(second), undefined)
  const other = await begun()
  const found = await other.tokens.find(other.first)
  if (found !== undefined) await other.tokens.forget(found)
  t.equal(await other.tokens.find(other.first), undefined)
})

/** The key of the record, which nobody can list: it is the digest of the first half. */
async function keysOf ({ first, store }: TokensBench): Promise<readonly string[]> {
  const { createHash } = await import('node:crypto')
  const key = `program:${createHash('sha256').update(first.slice(0, 43)).digest('base64url')}`
  return await store.get(key) === undefined ? [] : [key]
}

test('whoever raced for it keeps the successor, however long the application takes to look at the person', async t => {
  const bench = await begun()
  const winner = await rotated(bench, bench.first)
  bench.clock.advance(29)
  const found = await bench.tokens.find(bench.first)
  bench.clock.advance(5)
  t.equal(found === undefined ? undefined : await bench.tokens.rotate(found), winner)
})
