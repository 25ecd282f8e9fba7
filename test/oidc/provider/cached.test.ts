import { test } from 'tap'
import { Cached, type Loaded } from '../../../lib/oidc/provider/cached.ts'
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

/** A cache that fails on demand, and what another process has left for it. */
function leftBehind (at = -1_000) {
  const clock = createClock()
  const source: { loads: number, isDown: boolean, restores: number, left: Loaded<number> | undefined } = {
    loads: 0, isDown: true, restores: 0, left: { of: 100, at: clock.now() + at }
  }
  const cached = new Cached(async () => {
    source.loads++
    if (source.isDown) throw new Error('down')
    return source.loads
  }, FRESHNESS, clock.now, async () => {
    source.restores++
    if (source.left === undefined) throw new Error('no store')
    return source.left
  })
  return { clock, source, cached }
}

test('where nothing can be loaded, what was loaded elsewhere serves for as long as if it was loaded here', async t => {
  const { clock, source, cached } = leftBehind()
  t.same(await Promise.all([cached.get(), cached.get()]), [100, 100])
  t.same(source, { ...source, loads: 1, restores: 1 })
  t.equal(cached.last, undefined, 'it was not loaded here')
  clock.advance(98)
  t.equal(await cached.get(), 100)
  clock.advance(1)
  await t.rejects(cached.get(), /down/)
  source.isDown = false
  t.equal(await cached.get(), source.loads)
  t.equal(cached.last, source.loads)
})

test('what was loaded elsewhere never serves where loading works, and is no reload', async t => {
  const { clock, source, cached } = leftBehind()
  await t.rejects(cached.reload(), /down/)
  source.isDown = false
  t.equal(await cached.get(), 2)
  source.isDown = true
  clock.advance(50)
  t.equal(await cached.get(), 2)
  t.equal(source.restores, 0)
  source.left = { of: 200, at: clock.now() }
  clock.advance(50)
  t.equal(await cached.get(), 200, 'another process has loaded it later')
  t.equal(cached.last, 2)
})

test('what was loaded elsewhere too long ago, or cannot be had, is none', async t => {
  const { source, cached } = leftBehind(-100_000)
  await t.rejects(cached.get(), /down/)
  source.left = undefined
  await t.rejects(cached.get(), /down/, 'what went wrong first is said')
})

test('a load that comes while others look elsewhere is what they get', async t => {
  const clock = createClock()
  let isDown = true
  const looking = { begun: () => {}, over: (_left: Loaded<number>) => {} }
  const begun = new Promise<void>(resolve => { looking.begun = resolve })
  const over = new Promise<Loaded<number>>(resolve => { looking.over = resolve })
  const cached = new Cached(async () => {
    if (isDown) throw new Error('down')
    return 1
  }, FRESHNESS, clock.now, () => {
    looking.begun()
    return over
  })
  const waiting = cached.get()
  await begun
  isDown = false
  await cached.reload()
  looking.over({ of: 100, at: clock.now() })
  t.same([await waiting, await cached.get()], [1, 1])
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
