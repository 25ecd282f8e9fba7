import { test } from 'tap'
import type { GrantedToken } from '../../../lib/oidc/tokens/grant.ts'
import { TokenCache } from '../../../lib/oidc/tokens/token-cache.ts'
import { createClock } from '../../../lib/testing/index.ts'

/** A cache of tokens that live 300 seconds and are counted. */
function counting (most?: number) {
  const clock = createClock(1_800_000_000_000)
  const source = { loads: 0, isDown: false }
  const cache = new TokenCache(clock.now, most)
  const load = async (): Promise<GrantedToken> => {
    source.loads++
    if (source.isDown) throw new Error('down')
    const issuedAt = clock.now() / 1000
    return { accessToken: `${source.loads}`, tokenType: 'bearer', scopes: [], issuedAt, expiresAt: issuedAt + 300 }
  }
  const get = async (key = 'one'): Promise<string> => (await cache.get(key, load)).accessToken
  return { clock, source, get }
}

test('a token serves until it is due', async t => {
  const { clock, get } = counting()
  t.equal(await get(), '1')
  clock.advance(239)
  t.equal(await get(), '1')
  t.equal(await get('two'), '2')
  clock.advance(1)
  t.equal(await get(), '3')
})

test('callers at the same time share one load, and its failure', async t => {
  const { source, get, clock } = counting()
  t.same(await Promise.all([get(), get(), get()]), ['1', '1', '1'])
  clock.advance(300)
  source.isDown = true
  const results = await Promise.allSettled([get(), get()])
  t.same(results.map(({ status }) => status), ['rejected', 'rejected'])
  t.equal(source.loads, 2)
})

test('a failure is told for one second, then it is tried again', async t => {
  const { source, get, clock } = counting()
  source.isDown = true
  await t.rejects(get(), { message: 'down' })
  source.isDown = false
  clock.advance(0.9)
  await t.rejects(get(), { message: 'down' })
  t.equal(source.loads, 1)
  clock.advance(0.1)
  t.equal(await get(), '2')
})

test('a token that is due serves on while no new one can be had, until it ends', async t => {
  const { source, get, clock } = counting()
  await get()
  source.isDown = true
  clock.advance(299)
  t.equal(await get(), '1')
  clock.advance(1)
  await t.rejects(get(), { message: 'down' })
})

test('of more than can be kept the oldest goes', async t => {
  const { get } = counting(2)
  for (const key of ['one', 'two', 'three']) await get(key)
  t.equal(await get('two'), '2')
  t.equal(await get('three'), '3')
  t.equal(await get('one'), '4')
})
