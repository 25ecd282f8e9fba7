import { test } from 'tap'
import { MemoryShelf } from '../../lib/stores/memory-shelf.ts'
import { createClock } from '../../lib/testing/clock.ts'

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

test('a tag gives no keys of another tag that has the same number', async t => {
  const shelf = new MemoryShelf(() => 0, { entries: 200_000, bytes: 100_000_000 })
  const tags = Array.from({ length: 100_000 }, (_, index) => `tag${index}`)
  for (const tag of tags) shelf.write(tag, '', '1', { expiresAt: 1000, tags: [tag] })
  t.ok(tags.every(tag => shelf.keys(tag).length === 1))
})
