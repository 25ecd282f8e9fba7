import { execFileSync } from 'node:child_process'
import { join } from 'node:path'
import { test } from 'tap'
import { type MemoryBounds, MemoryStore } from '../../../lib/stores/memory/memory-store.ts'
import { createClock } from '../../../lib/testing/clock.ts'
import { storeContract } from '../../../lib/testing/store-contract.ts'
import { shareMemory } from '../_shared-memory.ts'

for (const { title, check } of storeContract(shareMemory())) test(`memory: ${title}`, check)

function setUp (bounds?: MemoryBounds) {
  const clock = createClock()
  const store = new MemoryStore({ now: clock.now, ...(bounds === undefined ? {} : { bounds }) })
  return { clock, store, soon: { expiresAt: clock.now() + 1000 }, later: { expiresAt: clock.now() + 60_000 } }
}

test('what is set can be got, with its version and its end', async t => {
  const { store, soon } = setUp()
  const version = await store.set('key', 'value', soon)
  t.type(version, 'string')
  t.same(await store.get('key'), { value: 'value', version, ...soon })
})

test('nothing is under a key that was never written', async t => {
  const { store } = setUp()
  t.equal(await store.get('key'), undefined)
  t.equal(await store.take('key'), undefined)
  t.equal(await store.delete('key'), false)
})

test('every write has another version', async t => {
  const { store, soon } = setUp()
  const versions = [await store.set('key', 'a', soon), await store.set('key', 'a', soon), await store.set('other', 'a', soon)]
  t.equal(new Set(versions).size, 3)
})

test('an empty value is a value', async t => {
  const { store, soon } = setUp()
  await store.set('key', '', soon)
  t.match(await store.get('key'), { value: '' })
  t.equal(await store.add('key', 'x', soon), undefined)
  t.equal(await store.take('key'), '')
})

test('a value ends in the millisecond of its end', async t => {
  const { store, soon, clock } = setUp()
  await store.set('key', 'value', soon)
  clock.advance(0.999)
  t.match(await store.get('key'), { value: 'value' })
  clock.advance(0.001)
  t.equal(await store.get('key'), undefined)
})

test('what has ended cannot be taken or deleted', async t => {
  const { store, soon, clock } = setUp()
  await store.set('a', 'value', soon)
  const version = await store.set('b', 'value', soon)
  clock.advance(1)
  t.equal(await store.take('a'), undefined)
  t.equal(await store.delete('b'), false)
  t.equal(await store.delete('b', version), false)
})

test('a value that ends at once was never there', async t => {
  const { store, clock } = setUp()
  await store.set('key', 'value', { expiresAt: clock.now() })
  t.equal(await store.get('key'), undefined)
  t.not(await store.add('key', 'value', { expiresAt: clock.now() + 1 }), undefined)
})

test('a value is added only where nothing lives', async t => {
  const { store, soon } = setUp()
  const version = await store.add('key', 'first', soon)
  t.match(await store.get('key'), { value: 'first', version })
  t.equal(await store.add('key', 'second', soon), undefined)
  t.match(await store.get('key'), { value: 'first', version })
})

test('of many who add at the same time one succeeds', async t => {
  const { store, soon } = setUp()
  const versions = await Promise.all(Array.from({ length: 50 }, (_, index) => store.add('key', String(index), soon)))
  t.equal(versions.filter(version => version !== undefined).length, 1)
})

test('a value is added over one that has ended', async t => {
  const { store, soon, later, clock } = setUp()
  await store.set('key', 'first', soon)
  clock.advance(1)
  t.not(await store.add('key', 'second', later), undefined)
  t.match(await store.get('key'), { value: 'second', ...later })
})

test('a value is replaced only over the version that was read', async t => {
  const { store, soon, later } = setUp()
  const first = await store.set('key', 'first', soon)
  const second = await store.replace('key', first, 'second', later)
  t.same(await store.get('key'), { value: 'second', version: second, ...later })
  t.equal(await store.replace('key', first, 'third', later), undefined)
  t.match(await store.get('key'), { value: 'second', version: second })
})

test('replacing never revives what has ended or was deleted', async t => {
  const { store, soon, later, clock } = setUp()
  const [ended, deleted, taken] = [await store.set('ended', 'a', soon), await store.set('deleted', 'a', later), await store.set('taken', 'a', later)]
  clock.advance(1)
  await store.delete('deleted')
  await store.take('taken')
  for (const [key, version] of [['ended', ended], ['deleted', deleted], ['taken', taken], ['never', '1']] as const) {
    t.equal(await store.replace(key, version, 'b', later), undefined, key)
    t.equal(await store.get(key), undefined, key)
  }
})

test('a version of a value that was deleted never comes again', async t => {
  const { store, soon } = setUp()
  const version = await store.set('key', 'first', soon)
  await store.delete('key')
  t.not(await store.add('key', 'second', soon), version)
  t.equal(await store.replace('key', version, 'third', soon), undefined)
})

test('a value is taken once', async t => {
  const { store, soon } = setUp()
  await store.set('key', 'value', soon)
  const taken = await Promise.all([store.take('key'), store.take('key'), store.take('key')])
  t.same(taken.filter(value => value !== undefined), ['value'])
  t.equal(await store.get('key'), undefined)
})

test('deleting says whether something was deleted', async t => {
  const { store, soon } = setUp()
  await store.set('key', 'value', soon)
  t.equal(await store.delete('key'), true)
  t.equal(await store.delete('key'), false)
  t.equal(await store.get('key'), undefined)
})

test('deleting with a version spares what was written since', async t => {
  const { store, soon } = setUp()
  const old = await store.set('key', 'first', soon)
  const version = await store.set('key', 'second', soon)
  t.equal(await store.delete('key', old), false)
  t.match(await store.get('key'), { value: 'second' })
  t.equal(await store.delete('key', version), true)
  t.equal(await store.get('key'), undefined)
})

test('a tag gives the keys that live under it', async t => {
  const { store, soon, later, clock } = setUp()
  await store.set('a', '1', { ...later, tags: ['x', 'y'] })
  await store.set('b', '2', { ...later, tags: ['x'] })
  await store.set('c', '3', { ...soon, tags: ['x'] })
  await store.set('d', '4', later)
  await store.add('e', '5', { ...later, tags: ['x'] })
  clock.advance(1)
  t.same(await store.keys('x'), ['a', 'b', 'e'])
  t.same(await store.keys('y'), ['a'])
  t.same(await store.keys('X'), [])
})

test('a key has the tags of its last write', async t => {
  const { store, later } = setUp()
  const version = await store.set('a', '1', { ...later, tags: ['x'] })
  await store.replace('a', version, '2', { ...later, tags: ['y'] })
  t.same(await store.keys('x'), [])
  t.same(await store.keys('y'), ['a'])
  await store.set('a', '3', later)
  t.same(await store.keys('y'), [])
})

test('what the caller does to its list of tags later changes nothing', async t => {
  const { store, later } = setUp()
  const tags = ['x']
  await store.set('a', '1', { ...later, tags })
  tags[0] = 'y'
  t.same(await store.keys('x'), ['a'])
})

test('what the caller does to an entry changes nothing', async t => {
  const { store, later } = setUp()
  await store.set('a', '1', later)
  Object.assign(await store.get('a') ?? {}, { value: '2', expiresAt: 0 })
  t.match(await store.get('a'), { value: '1', ...later })
})

test('keys compare by bytes', async t => {
  const { store, later } = setUp()
  const keys = [
    'a', 'A', 'a ', ' a', 'a\u0000', 'ä', 'a\u0308', 'Ä', 'ß', 'ss', 'ı', 'i', 'İ', '１', '1', '😀', '__proto__', 'constructor', '',
    'k'.repeat(512), 'k'.repeat(513), 'session:1', 'session:1*', 'session%3A1', "'", '"', '\\', '\n'
  ]
  for (const key of keys) t.not(await store.add(key, `value of ${key}`, { ...later, tags: [key] }), undefined, JSON.stringify(key))
  for (const key of keys) {
    t.match(await store.get(key), { value: `value of ${key}` })
    t.same(await store.keys(key), [key])
  }
})

test('values come back as they were, whatever is in them', async t => {
  const { store, later } = setUp()
  for (const value of ['\u0000', 'ä😀', '\ud800', '{"a":1}', 'x'.repeat(1_000_000), "'; drop table"]) {
    await store.set('key', value, later)
    t.equal((await store.get('key'))?.value, value)
  }
})

test('beyond the bound of entries what was written first goes first', async t => {
  const { store, later } = setUp({ entries: 2, bytes: 1000 })
  for (const key of ['a', 'b', 'c']) await store.set(key, '', later)
  t.equal(await store.get('a'), undefined)
  t.not(await store.get('b'), undefined)
  t.equal(store.size, 2)
})

test('what is written again counts as new', async t => {
  const { store, later } = setUp({ entries: 2, bytes: 1000 })
  await store.set('a', '', later)
  await store.set('b', '', later)
  await store.set('a', '', later)
  await store.set('c', '', later)
  t.not(await store.get('a'), undefined)
  t.equal(await store.get('b'), undefined)
})

test('keys and values together stay within the bound of bytes', async t => {
  const { store, later } = setUp({ entries: 100, bytes: 20 })
  await store.set('a', '123456789', later)
  await store.set('b', '123456789', later)
  t.equal(store.size, 2)
  await store.set('c', '', later)
  t.equal(store.size, 2)
  t.equal(await store.get('a'), undefined)
  await store.set('d', 'x'.repeat(50), later)
  t.equal(store.size, 0, 'what alone is too large is not kept')
  await store.set('e', '', later)
  t.equal(store.size, 1)
})

test('what was deleted, taken or overwritten makes room', async t => {
  const { store, later } = setUp({ entries: 100, bytes: 20 })
  for (let turn = 0; turn < 10; turn++) {
    await store.set('a', '123456789', later)
    await store.set('b', '123456789', later)
    if (turn % 2 === 0) await store.delete('a')
    else await store.take('a')
  }
  await store.set('a', '123456789', later)
  t.equal(store.size, 2)
})

test('a flood of one kind pushes out no other', async t => {
  const { store, later } = setUp({ entries: 3, bytes: 1000 })
  await store.set('session:1', '', later)
  await store.set('revoked:1', '', later)
  await store.set('plain', '', later)
  for (let index = 0; index < 10; index++) await store.set(`state:${index}`, 'x'.repeat(200), later)
  t.equal(store.size, 6)
  for (const key of ['session:1', 'revoked:1', 'plain', 'state:9', 'state:7']) t.not(await store.get(key), undefined, key)
  t.equal(await store.get('state:6'), undefined)
})

test('what a key is called after its first colon is of no kind', async t => {
  const { store, later } = setUp({ entries: 2, bytes: 1000 })
  for (const key of ['a:b:1', 'a:c:1', 'a:d:1', ':1', 'b', 'c']) await store.set(key, '', later)
  t.same(await Promise.all(['a:b:1', 'a:c:1', 'a:d:1', ':1', 'b', 'c'].map(async key => await store.get(key) !== undefined)),
    [false, true, true, false, true, true])
})

test('beyond a hundred kinds the rest share bounds, and each key is found where it was written', async t => {
  const { store, later } = setUp({ entries: 20, bytes: 10_000 })
  for (let kind = 0; kind < 150; kind++) await store.set(`kind${kind}:key`, `${kind}`, later)
  t.equal(store.size, 120)
  for (const kind of [0, 99, 130, 149]) t.match(await store.get(`kind${kind}:key`), { value: `${kind}` })
  t.equal(await store.get('kind129:key'), undefined)
  await store.delete('kind0:key')
  await store.set('kind149:key', 'again', later)
  t.match(await store.get('kind149:key'), { value: 'again' })
  t.equal(store.size, 119)
})

test('asking for keys of other kinds opens no bounds for them', async t => {
  const { store, later } = setUp({ entries: 1, bytes: 1000 })
  for (let kind = 0; kind < 150; kind++) {
    await store.get(`asked${kind}:key`)
    await store.take(`asked${kind}:key`)
    await store.delete(`asked${kind}:key`)
  }
  await store.set('a:1', '', later)
  await store.set('b:1', '', later)
  t.equal(store.size, 2)
})

test('a character that takes two bytes counts twice, with all the text that it stands in', async t => {
  const { store, later } = setUp({ entries: 100, bytes: 20 })
  await store.set('a', '123456789', later)
  await store.set('b', '1234é6789', later)
  t.equal(store.size, 2)
  await store.set('b', '1234', { ...later, tags: ['12345'] })
  t.equal(store.size, 2)
  await store.set('b', '1€', { ...later, tags: ['123'] })
  t.same([store.size, await store.get('a')], [1, undefined])
})

const measure = join(import.meta.dirname, '_measure-memory.ts')
const setup = join(import.meta.dirname, '../../_setup.js')

test('a session of 200 characters takes at most 500 bytes of memory, and gives them back', async t => {
  const output = execFileSync(process.execPath, ['--expose-gc', `--import=${setup}`, measure, '200'], {
    encoding: 'utf8', env: { PATH: process.env['PATH'] }
  })
  const { perEntry, left } = JSON.parse(output)
  t.comment(output)
  t.ok(perEntry > 300 && perEntry <= 500, `${perEntry} bytes`)
  t.ok(left < 50, `${left} bytes after all were deleted`)
})

test('where the store is full what has ended goes before what lives', async t => {
  const { store, soon, later, clock } = setUp({ entries: 3, bytes: 1000 })
  await store.set('a', '', later)
  await store.set('b', '', soon)
  await store.set('c', '', later)
  clock.advance(1)
  await store.set('d', '', later)
  t.same(await Promise.all(['a', 'b', 'c', 'd'].map(async key => await store.get(key) !== undefined)), [true, false, true, true])
})

test('what has ended is swept although nobody asks for it', async t => {
  const { store, soon, later, clock } = setUp()
  for (let index = 0; index < 999; index++) await store.set(`old${index}`, '', soon)
  clock.advance(1)
  t.equal(store.size, 999)
  await store.set('new', '', later)
  t.equal(store.size, 1)
})

test('a store that changes one key over and over sweeps the others too', async t => {
  const { store, soon, later, clock } = setUp()
  for (let index = 0; index < 500; index++) await store.set(`old${index}`, '', soon)
  clock.advance(1)
  for (let index = 0; index < 500; index++) await store.set('key', '', later)
  t.equal(store.size, 1)
})

test('a full store is not searched at every write', async t => {
  let looks = 0
  t.intercept(Map.prototype, Symbol.iterator, {
    value: function * (this: Map<unknown, unknown>) {
      for (const entry of this.entries()) {
        looks++
        yield entry
      }
    }
  })
  const { store, later } = setUp({ entries: 1000, bytes: 100_000 })
  for (let index = 0; index < 3000; index++) await store.set(`key${index}`, '', later)
  t.equal(store.size, 1000)
  t.ok(looks <= 20 * 1000, `${looks} looks`)
})

test('a store that was closed holds nothing', async t => {
  const { store, later } = setUp({ entries: 10, bytes: 20 })
  await store.set('a', '123456789', later)
  await store.close()
  t.equal(store.size, 0)
  t.equal(await store.get('a'), undefined)
  await store.set('b', '123456789', later)
  await store.set('c', '123456789', later)
  t.equal(store.size, 2, 'the room of what was dropped is free')
})

test('the clock of a store is the clock of the system where none is given', async t => {
  const store = new MemoryStore()
  await store.set('past', '', { expiresAt: Date.now() - 1 })
  await store.set('future', '', { expiresAt: Date.now() + 60_000 })
  t.equal(await store.get('past'), undefined)
  t.not(await store.get('future'), undefined)
})
