import { test } from 'tap'
import { Cached } from '../../../lib/oidc/provider/cached.ts'
import { createClock } from '../../../lib/testing/index.ts'

const FRESHNESS = { fresh: 10_000, stale: 100_000, pause: 5_000 }

/** A cache of numbers that counts its loads and fails on demand. */
function counting () {
  const clock = createClock()
  const source = { loads: 0, isDown: false }
  const cached = new Cached(async () => {
    source.loads++
    if (source.isDown) throw new Error('down')
    return source.loads
  }, FRESHNESS, clock.now)
  return { clock, source, cached }
}

test('a value is loaded when it is first asked for', async t => {
  const { source, cached } = counting()
  t.equal(source.loads, 0)
  t.equal(await cached.get(), 1)
})

test('a value serves while it is fresh, and is loaded again after that', async t => {
  const { clock, cached } = counting()
  await cached.get()
  clock.advance(9)
  t.equal(await cached.get(), 1)
  clock.advance(1)
  t.equal(await cached.get(), 2)
})

test('callers at one time share one load, and its failure', async t => {
  const { source, cached } = counting()
  t.same(await Promise.all([cached.get(), cached.get(), cached.reload()]), [1, 1, 1])
  source.isDown = true
  const results = await Promise.allSettled([cached.reload(), cached.reload()])
  t.same(results.map(({ status }) => status), ['rejected', 'rejected'])
  t.equal(source.loads, 2)
})

test('a failure is not remembered where there is no value', async t => {
  const { source, cached } = counting()
  source.isDown = true
  await t.rejects(cached.get(), /down/)
  source.isDown = false
  t.equal(await cached.get(), 2)
})

test('an old value serves where loading fails, with a pause between tries', async t => {
  const { clock, source, cached } = counting()
  await cached.get()
  source.isDown = true
  clock.advance(10)
  t.equal(await cached.get(), 1)
  clock.advance(4)
  t.equal(await cached.get(), 1)
  t.equal(source.loads, 2)
  clock.advance(1)
  t.equal(await cached.get(), 1)
  t.equal(source.loads, 3)
})

test('a value that is too old serves nobody', async t => {
  const { clock, source, cached } = counting()
  await cached.get()
  source.isDown = true
  clock.advance(99)
  t.equal(await cached.get(), 1)
  clock.advance(1)
  await t.rejects(cached.get(), /down/)
  source.isDown = false
  t.equal(await cached.get(), 4, 'without a pause')
})

test('a value that came during the pause after a failure serves at once', async t => {
  const { clock, source, cached } = counting()
  await cached.get()
  source.isDown = true
  clock.advance(10)
  await cached.get()
  source.isDown = false
  t.equal(await cached.reload(), 3)
  t.equal(await cached.get(), 3)
})

test('what serves without a load is there at once, and nothing where a load is due', async t => {
  const { clock, source, cached } = counting()
  t.equal(cached.current, undefined)
  await cached.get()
  clock.advance(9)
  t.equal(cached.current, 1)
  clock.advance(1)
  t.equal(cached.current, undefined)
  source.isDown = true
  await cached.get()
  t.equal(cached.current, 1, 'in the pause after a failure')
  clock.advance(90)
  t.equal(cached.current, undefined, 'but for what is too old')
})

test('a value does not get younger by a clock that is set back', async t => {
  const { clock, cached } = counting()
  await cached.get()
  clock.advance(-3600)
  t.equal(await cached.get(), 2)
})

test('whoever renews gets what was loaded after that, and shares it', async t => {
  const { source, cached } = counting()
  const under = cached.reload()
  const renewed = [cached.renew(), cached.renew()]
  t.equal(await under, 1)
  t.same(await Promise.all(renewed), [2, 2])
  t.equal(await cached.renew(), 3)
  source.isDown = true
  const failing = cached.reload()
  source.isDown = false
  const after = cached.renew()
  await t.rejects(failing, /down/)
  t.equal(await after, 5, 'also where the load before it fails')
})
