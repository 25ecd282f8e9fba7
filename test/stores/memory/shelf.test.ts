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
