import { test } from 'tap'
import { TagIndex } from '../../../lib/stores/memory/tags.ts'

test('a tag gives its keys in the order in which they were added, each once', async t => {
  const index = new TagIndex()
  t.same(index.keys('x'), [])
  index.add('x', 'a')
  index.add('x', 'a')
  t.same(index.keys('x'), ['a'])
  for (const key of ['c', 'b', 'a', 'c']) index.add('x', key)
  t.same(index.keys('x'), ['a', 'c', 'b'])
  t.same(index.keys('y'), [])
})

test('a key that was deleted is gone from this tag only', async t => {
  const index = new TagIndex()
  for (const tag of ['x', 'y']) for (const key of ['a', 'b']) index.add(tag, key)
  index.delete('x', 'a')
  t.same([index.keys('x'), index.keys('y')], [['b'], ['a', 'b']])
  index.delete('x', 'b')
  index.delete('x', 'b')
  t.same(index.keys('x'), [])
  index.add('z', 'a')
  index.delete('z', 'b')
  t.same(index.keys('z'), ['a'])
  index.delete('z', 'a')
  t.same(index.keys('z'), [])
})

test('tags with the same number name each other\'s keys, which a store must look at', async t => {
  const index = new TagIndex()
  const seen = new Map<string, string>()
  for (let number = 0; number < 200_000; number++) {
    const tag = `tag${number}`
    index.add(tag, tag)
    const [first, second] = index.keys(tag)
    if (second !== undefined && first !== undefined) seen.set(first, second)
  }
  t.ok(seen.size > 0 && seen.size < 200, `${seen.size} pairs`)
  for (const [first, second] of seen) t.same(index.keys(first), [first, second])
})
