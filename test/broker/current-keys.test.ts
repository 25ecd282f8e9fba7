import { test } from 'tap'
import { CurrentKeys, type KeySet } from '../../lib/broker/current-keys.ts'
import type { VerifyingKey } from '../../lib/broker/signing-keys.ts'
import { SignerInvalid } from '../../lib/errors.ts'
import { createClock } from '../../lib/testing/index.ts'

const FRESHNESS = { fresh: 30_000, stale: 600_000, pause: 1000 }

function aSource () {
  const clock = createClock()
  const source = { loads: 0, names: ['one'], fault: undefined as Error | undefined }
  const keys = new CurrentKeys<KeySet>(async () => {
    source.loads++
    if (source.fault !== undefined) throw source.fault
    const { names } = source
    return { names, find: kid => names.includes(kid) ? { kid } as VerifyingKey : undefined }
  }, FRESHNESS, clock.now)
  return { clock, source, keys }
}

test('a key that was seen a moment ago is there at once, and read again later', async t => {
  const { keys, clock, source } = aSource()
  const first = keys.find('one')
  t.type(first, Promise)
  t.equal((await first)?.kid, 'one')
  t.notOk(keys.find('one') instanceof Promise)
  clock.advance(30)
  t.type(keys.find('one'), Promise)
  await keys.get()
  t.equal(source.loads, 2)
})

test('a name that nobody knows is looked for once for all who ask, and one second passes before the next look', async t => {
  const { keys, source } = aSource()
  await keys.get()
  const before = performance.now()
  t.same(await Promise.all(Array.from({ length: 50 }, async () => await keys.find('two'))), Array(50).fill(undefined))
  t.equal(source.loads, 2)
  const waiting = ['two', 'three'].map(async kid => await keys.find(kid))
  source.names = ['one', 'two']
  t.same((await Promise.all(waiting)).map(key => key?.kid), ['two', undefined], 'whoever waits is not refused before')
  t.equal(source.loads, 3)
  t.ok(performance.now() - before >= 990)
})

test('who comes while a look is under way waits for one that begins later', async t => {
  const { keys, source } = aSource()
  await keys.get()
  let goOn = (): void => {}
  const held = new Promise<void>(resolve => { goOn = resolve })
  const slow = new CurrentKeys<KeySet>(async () => {
    source.loads++
    const { names } = source
    await held
    return { names, find: kid => names.includes(kid) ? { kid } as VerifyingKey : undefined }
  }, FRESHNESS, Date.now)
  const early = slow.find('two')
  source.names = ['two']
  const late = slow.find('two')
  goOn()
  t.same((await Promise.all([early, late])).map(key => key?.kid), ['two', 'two'])
})

test('a name that is too long for one is looked for nowhere', async t => {
  const { keys, source } = aSource()
  t.equal(await keys.find('x'.repeat(257)), undefined)
  t.equal(source.loads, 0)
})

test('while keys cannot be read the last ones serve, for a bounded time, and an unknown name is no verdict', async t => {
  const { keys, clock, source } = aSource()
  await keys.get()
  source.fault = new Error('away')
  clock.advance(599)
  t.equal((await keys.find('one'))?.kid, 'one')
  await t.rejects(async () => await keys.find('two'), { message: 'away' })
  clock.advance(1)
  await t.rejects(async () => await keys.find('one'), { message: 'away' })
})

test('the wrong keys are no outage: the last ones serve no longer', async t => {
  const { keys, clock, source } = aSource()
  await keys.get()
  source.fault = new SignerInvalid('wrong')
  clock.advance(30)
  await t.rejects(async () => await keys.find('one'), { message: 'wrong' })
  await t.rejects(keys.get(), { message: 'wrong' })
  await t.rejects(keys.renew(), { message: 'wrong' })
  const { loads } = source
  for (let time = 0; time < 100; time++) await t.rejects(keys.get(), { message: 'wrong' })
  t.equal(source.loads, loads, 'which is not looked at again by everybody')
  source.fault = undefined
  clock.advance(1)
  t.equal((await keys.find('one'))?.kid, 'one', 'and the right ones serve as soon as they are there')
  t.notOk(keys.find('one') instanceof Promise)
})

test('where the wrong keys were, an outage is one', async t => {
  const { keys, clock, source } = aSource()
  source.fault = new SignerInvalid('wrong')
  await t.rejects(keys.get(), { message: 'wrong' })
  source.fault = new Error('away')
  clock.advance(1)
  await t.rejects(async () => await keys.find('one'), { message: 'away' })
})

test('a name that was there and is no longer is not looked for again, unless it comes back', async t => {
  const { keys, clock, source } = aSource()
  await keys.get()
  source.names = []
  clock.advance(30)
  for (let time = 0; time < 100; time++) t.equal(await keys.find('one'), undefined)
  t.equal(source.loads, 2)
  source.names = ['one']
  clock.advance(30)
  t.equal((await keys.find('one'))?.kid, 'one')
})

test('of names that are gone the last thousand are known', async t => {
  const { keys, source } = aSource()
  source.names = Array.from({ length: 1001 }, (_, index) => `key-${index}`)
  await keys.get()
  source.names = []
  await keys.renew()
  t.equal(await keys.find('key-1'), undefined)
  t.equal(source.loads, 2)
  t.equal(await keys.find('key-0'), undefined)
  t.equal(source.loads, 3)
})
