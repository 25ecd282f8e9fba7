import { test } from 'tap'
import { deepFreeze } from '../lib/deep-freeze.ts'

test('a value is frozen, all the way down', async t => {
  const value = { list: [{ deep: { deeper: [null, 1, 'a', {}] } }], none: null }
  t.equal(deepFreeze(value), value)
  for (const part of [value, value.list, value.list[0], value.list[0]?.deep, value.list[0]?.deep.deeper[3]]) {
    t.ok(Object.isFrozen(part))
  }
  t.throws(() => { value.list.push({ deep: { deeper: [] } }) }, TypeError)
})

test('what is no object is as it was', async t => {
  for (const value of [null, undefined, 1, 'a', true]) t.equal(deepFreeze(value), value)
})

test('a value may be nested deeper than calls can be', async t => {
  const depth = 100_000
  const value = JSON.parse('[]') as unknown[]
  let inner = value
  for (let level = 0; level < depth; level++) {
    const next: unknown[] = []
    inner.push(next)
    inner = next
  }
  deepFreeze(value)
  t.ok(Object.isFrozen(inner))
})
