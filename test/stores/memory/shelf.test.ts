import { test } from 'tap'
import { MemoryShelf } from '../../../lib/stores/memory/shelf.ts'
import { TagIndex } from '../../../lib/stores/memory/tags.ts'
import { createClock } from '../../../lib/testing/clock.ts'

const bounds = { entries: 2, bytes: 1000 }

test('a shelf gives what was written, until it ends', async t => {
  const clock = createClock(0)
  const shelf = new MemoryShelf(clock.now, bounds)
  shelf.write('a', 'value', '7', { expiresAt: 1000, tags: ['x'] })
  t.same(shelf.alive('a'), { value: 'value', version: '7', expiresAt: 1000, tags: ['x'] })
  t.same(shelf.keys('x'), ['a'])
  clock.advance(1)
  t.equal(shelf.alive('a'), undefined)
  t.same(shelf.keys('x'), [])
})

test('what a bound pushed out is gone from its tags', async t => {
  const shelf = new MemoryShelf(() => 0, bounds)
  for (const key of ['a', 'b', 'c']) shelf.write(key, '', key, { expiresAt: 1000, tags: ['x'] })
  t.same(shelf.keys('x'), ['b', 'c'])
  t.equal(shelf.size, 2)
})

/** Two tags that the index of tags takes for one. */
function findTwins (): readonly [string, string] {
  const index = new TagIndex()
  for (let number = 0; ; number++) {
    const tag = `tag${number}`
    index.add(tag, tag)
    const [first, second] = index.keys(tag)
    if (first !== undefined && second !== undefined) return [first, second]
  }
}

test('a tag gives no keys of another tag that has the same number', async t => {
  const shelf = new MemoryShelf(() => 0, bounds)
  const twins = findTwins()
  for (const tag of twins) shelf.write(`key of ${tag}`, '', '1', { expiresAt: 1000, tags: [tag] })
  for (const tag of twins) t.same(shelf.keys(tag), [`key of ${tag}`])
})

test('what was read before is never read again after it was written, dropped or pushed out, or has ended', async t => {
  const clock = createClock(0)
  const shelf = new MemoryShelf(clock.now, bounds)
  const write = (key: string, value: string): void => { shelf.write(key, value, value, { expiresAt: 1000 }) }
  const valueOf = (key: string): string | undefined => shelf.alive(key)?.value
  write('a', 'first')
  t.equal(valueOf('a'), 'first')
  write('a', 'second')
  t.equal(valueOf('a'), 'second')
  shelf.drop('a')
  t.equal(valueOf('a'), undefined)
  for (const key of ['a', 'b', 'c']) {
    write(key, key)
    t.equal(valueOf(key), key)
  }
  t.equal(valueOf('a'), undefined, 'the third pushed it out')
  clock.advance(1)
  t.equal(valueOf('c'), undefined)
})

test('all records are read, however many or long they are', async t => {
  const shelf = new MemoryShelf(() => 0, { entries: 5000, bytes: 1_000_000 })
  const keys = Array.from({ length: 2500 }, (_, index) => `key ${index}`)
  for (const key of keys) shelf.write(key, `value of ${key}`, '1', { expiresAt: 1000 })
  for (let round = 0; round < 2; round++) {
    t.ok(keys.every(key => shelf.alive(key)?.value === `value of ${key}`))
  }
  shelf.write('long', '€'.repeat(3000), '1', { expiresAt: 1000 })
  t.equal(shelf.alive('long')?.value, '€'.repeat(3000))
})
