import { setTimeout as pause } from 'node:timers/promises'
import { test, type Test } from 'tap'
import { StoreUnavailable } from '../../lib/errors.ts'
import { BoundedStore } from '../../lib/stores/bounded-store.ts'
import { MemoryStore } from '../../lib/stores/memory/memory-store.ts'
import { createClock } from '../../lib/testing/index.ts'

/** A store of which each test decides what `get` does; `reached` counts how often it was asked. */
function setUp (t: Test, { timeout = 60_000 } = {}) {
  const clock = createClock(0)
  const memory = new MemoryStore()
  const changes: unknown[] = []
  const inner = {
    reached: 0,
    answer: async (_key: string): Promise<undefined> => undefined
  }
  t.intercept(memory, 'get', {
    value: (key: string) => {
      inner.reached++
      return inner.answer(key)
    }
  })
  const store = new BoundedStore(memory, {
    timeout, now: clock.now, onChange: (state, cause) => changes.push(cause === undefined ? state : [state, cause])
  })
  const keepAlive = setInterval(() => {}, 60_000)
  t.teardown(() => clearInterval(keepAlive))
  return { clock, inner, store, changes, memory }
}

const never = (): Promise<never> => new Promise(() => {})
const broken = new Error('broken')
const fails = async (): Promise<never> => { throw broken }
const works = async (): Promise<undefined> => undefined
const failureOf = (work: Promise<unknown>): Promise<unknown> => work.then(() => 'no failure', error => error)

/** An answer that comes when a test says so. */
function later () {
  let settle = { succeed: (): void => {}, fail: (): void => {} }
  const promise = new Promise<undefined>((resolve, reject) => {
    settle = { succeed: () => { resolve(undefined) }, fail: () => { reject(broken) } }
  })
  return { promise, ...settle }
}

test('every operation reaches the store and brings its answer back', async t => {
  const memory = new MemoryStore()
  const store = new BoundedStore(memory)
  const end = { expiresAt: Date.now() + 60_000 }
  const version = await store.set('a', '1', { ...end, tags: ['tag'] })
  t.same(await store.get('a'), { value: '1', version, ...end })
  t.same(await store.getMany(['b', 'a']), [undefined, { value: '1', version, ...end }])
  t.same(await store.keys('tag'), ['a'])
  t.equal(await store.add('a', '2', end), undefined)
  t.equal(await store.replace('a', 'another', '2', end), undefined)
  const second = await store.replace('a', version, '2', end)
  t.equal((await store.get('a'))?.version, second)
  t.equal(await store.delete('a', version), false)
  t.equal(await store.delete('a', second), true)
  await store.set('b', '3', end)
  t.equal(await store.take('b'), '3')
  await store.set('c', '4', end)
  await store.close()
  t.equal(memory.size, 0)
})

test('what a store knows without asking needs no bounds', async t => {
  const store = new BoundedStore(new MemoryStore())
  await store.set('a', '1', { expiresAt: Date.now() + 60_000 })
  t.same(store.peek(['b', 'a']), await store.getMany(['b', 'a']))
  const { store: asking, memory } = setUp(t)
  t.intercept(memory, 'peek', { value: undefined })
  t.equal(asking.peek(['a']), undefined, 'a store that has to be asked knows nothing')
})

test('a rejection is a StoreUnavailable with its reason: 503 with Retry-After', async t => {
  const { store, inner } = setUp(t)
  inner.answer = fails
  const error = await failureOf(store.get('key'))
  t.ok(error instanceof StoreUnavailable)
  t.match(error, { statusCode: 503, code: 'FST_LOGIN_STORE_UNAVAILABLE', headers: { 'retry-after': '5' } })
  t.equal((error as Error).cause, broken)
})

test('so is what a store throws instead of rejecting', async t => {
  const { store, inner } = setUp(t)
  inner.answer = () => { throw broken }
  const error = await failureOf(store.get('key'))
  t.ok(error instanceof StoreUnavailable)
  t.equal((error as Error).cause, broken)
})

test('so is an answer that does not come', async t => {
  const { store, inner } = setUp(t, { timeout: 1 })
  inner.answer = never
  const error = await failureOf(store.get('key'))
  t.ok(error instanceof StoreUnavailable)
  t.match((error as Error).cause, { name: 'TimeoutError' })
})

test('after a failure every operation fails at once, without reaching the store', async t => {
  const { store, inner, clock } = setUp(t)
  inner.answer = fails
  await failureOf(store.get('key'))
  inner.answer = works
  clock.advance(1.999)
  const end = { expiresAt: Date.now() + 60_000 }
  const operations = [
    store.get('key'), store.getMany(['key']), store.add('key', '', end), store.set('key', '', end), store.take('key'),
    store.replace('key', '1', '', end), store.delete('key'), store.keys('tag')
  ]
  for (const operation of operations) {
    const error = await failureOf(operation)
    t.ok(error instanceof StoreUnavailable)
    t.equal((error as Error).cause, broken, 'the reason of the first failure')
  }
  t.equal(inner.reached, 1)
})

test('after the pause one operation tries, and the others fail at once until it has answered', async t => {
  const { store, inner, clock } = setUp(t)
  inner.answer = fails
  await failureOf(store.get('key'))
  clock.advance(2)
  const { promise, succeed } = later()
  inner.answer = () => promise
  const trying = store.get('key')
  t.ok(await failureOf(store.get('key')) instanceof StoreUnavailable)
  clock.advance(60)
  t.ok(await failureOf(store.get('key')) instanceof StoreUnavailable)
  t.equal(inner.reached, 2)
  succeed()
  t.equal(await trying, undefined)
  inner.answer = works
  await Promise.all([store.get('key'), store.get('key')])
  t.equal(inner.reached, 4)
})

test('a try that fails closes the store for another pause', async t => {
  const { store, inner, clock } = setUp(t)
  inner.answer = fails
  await failureOf(store.get('key'))
  clock.advance(2)
  await failureOf(store.get('key'))
  clock.advance(1.999)
  await failureOf(store.get('key'))
  t.equal(inner.reached, 2)
  clock.advance(0.001)
  inner.answer = works
  t.equal(await store.get('key'), undefined)
  t.equal(inner.reached, 3)
})

test('a try that times out closes the store for another pause, counted from then', async t => {
  const { store, inner, clock } = setUp(t, { timeout: 20 })
  inner.answer = fails
  await failureOf(store.get('key'))
  clock.advance(2)
  inner.answer = never
  const trying = failureOf(store.get('key'))
  clock.advance(1.5)
  t.match((await trying as Error).cause, { name: 'TimeoutError' })
  clock.advance(1.999)
  t.ok(await failureOf(store.get('key')) instanceof StoreUnavailable)
  t.equal(inner.reached, 2)
  clock.advance(0.001)
  inner.answer = works
  t.equal(await store.get('key'), undefined)
})

test('a late success of a try that timed out opens nothing: the store is too slow', async t => {
  const { store, inner, clock } = setUp(t, { timeout: 1 })
  inner.answer = fails
  await failureOf(store.get('key'))
  clock.advance(2)
  const { promise, succeed } = later()
  inner.answer = () => promise
  await failureOf(store.get('key'))
  succeed()
  await pause(0)
  t.ok(await failureOf(store.get('key')) instanceof StoreUnavailable)
  t.equal(inner.reached, 2)
})

test('an operation that began before a failure has its answer, and opens nothing', async t => {
  const { store, inner, changes } = setUp(t)
  const { promise, succeed } = later()
  inner.answer = () => promise
  const early = store.get('early')
  inner.answer = fails
  await failureOf(store.get('key'))
  succeed()
  t.equal(await early, undefined)
  t.ok(await failureOf(store.get('key')) instanceof StoreUnavailable)
  t.same(changes, [['down', broken]])
})

test('operations that fail together close the store once, and their pause does not grow', async t => {
  const { store, inner, clock, changes } = setUp(t)
  const second = later()
  inner.answer = () => second.promise
  const slow = failureOf(store.get('slow'))
  inner.answer = fails
  await failureOf(store.get('key'))
  clock.advance(1)
  second.fail()
  t.ok(await slow instanceof StoreUnavailable)
  clock.advance(1)
  inner.answer = works
  t.equal(await store.get('key'), undefined)
  t.same(changes, [['down', broken], 'up'])
})

test('a failure of an operation that began before the store was down says nothing about the store that is up again', async t => {
  const { store, inner, clock } = setUp(t)
  const old = later()
  inner.answer = () => old.promise
  const slow = failureOf(store.get('slow'))
  inner.answer = fails
  await failureOf(store.get('key'))
  clock.advance(2)
  inner.answer = works
  await store.get('key')
  old.fail()
  t.ok(await slow instanceof StoreUnavailable)
  t.equal(await store.get('key'), undefined)
})

test('a failure of one that began before does not end the try of another', async t => {
  const { store, inner, clock } = setUp(t)
  const [old, trial] = [later(), later()]
  inner.answer = () => old.promise
  const slow = failureOf(store.get('slow'))
  inner.answer = fails
  await failureOf(store.get('key'))
  clock.advance(2)
  inner.answer = () => trial.promise
  const trying = store.get('key')
  old.fail()
  await slow
  trial.succeed()
  await trying
  inner.answer = works
  t.equal(await store.get('key'), undefined)
})

test('each change is told once, with its reason', async t => {
  const { store, inner, clock, changes } = setUp(t)
  await store.get('key')
  t.same(changes, [])
  inner.answer = fails
  await Promise.all([store.get('a'), store.get('b')].map(failureOf))
  clock.advance(2)
  await failureOf(store.get('key'))
  t.same(changes, [['down', broken]])
  clock.advance(2)
  inner.answer = works
  await Promise.all([store.get('a'), store.get('b')].map(failureOf))
  await store.get('key')
  t.same(changes, [['down', broken], 'up'])
})

test('the wall clock neither shortens nor lengthens a pause', async t => {
  let monotonic = 1000
  t.intercept(performance, 'now', { value: () => monotonic })
  const wall = Date.now()
  const memory = new MemoryStore()
  const store = new BoundedStore(memory)
  t.intercept(memory, 'get', { value: fails })
  await failureOf(store.get('key'))
  t.intercept(memory, 'get', { value: works })
  t.intercept(Date, 'now', { value: () => wall + 3_600_000 })
  t.ok(await failureOf(store.get('key')) instanceof StoreUnavailable)
  t.intercept(Date, 'now', { value: () => wall - 3_600_000 })
  monotonic += 2000
  t.equal(await store.get('key'), undefined)
})

test('a store can be closed while it is down', async t => {
  const { store, inner, memory } = setUp(t)
  await memory.set('a', '', { expiresAt: Date.now() + 60_000 })
  inner.answer = fails
  await failureOf(store.get('key'))
  await store.close()
  t.equal(memory.size, 0)
})

test('a store that refuses writes is still read, and its writes fail at once for a while', async t => {
  const { store, memory, clock, changes } = setUp(t)
  const end = { expiresAt: Date.now() + 60_000 }
  let writes = 0
  t.intercept(memory, 'set', { value: async () => { writes++; throw broken } })
  t.ok(await failureOf(store.set('key', '', end)) instanceof StoreUnavailable)
  t.equal(await store.get('key'), undefined)
  t.same(await store.keys('tag'), [])
  t.ok(await failureOf(store.set('key', '', end)) instanceof StoreUnavailable)
  t.ok(await failureOf(store.delete('key')) instanceof StoreUnavailable)
  t.equal(writes, 1)
  clock.advance(2)
  t.equal(await store.delete('key'), false)
  t.same(changes, [['down', broken], 'up'])
})

test('a store that is written to and never read recovers too', async t => {
  const { store, inner, clock } = setUp(t)
  inner.answer = fails
  await failureOf(store.get('key'))
  clock.advance(2)
  t.equal(await store.delete('key'), false)
})

test('what a store knows without asking is said at once, and one that fails at it is asked', async t => {
  const { store, memory } = setUp(t)
  await memory.set('a', '1', { expiresAt: Date.now() + 60_000 })
  t.match(store.peek(['a', 'b']), [{ value: '1' }, undefined])
  t.intercept(memory, 'peek', { value: () => { throw broken } })
  t.equal(store.peek(['a', 'b']), undefined)
  t.intercept(memory, 'peek', { value: undefined })
  t.equal(store.peek(['a', 'b']), undefined)
})
