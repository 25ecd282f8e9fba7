import { test } from 'tap'
import { RecentKeys } from '../lib/recent-keys.ts'

test('a key is known when it comes again, also after as many others as are remembered', async t => {
  const recent = new RecentKeys(3)
  t.equal(recent.meet('a'), false)
  t.equal(recent.meet('a'), true)
  for (const other of ['b', 'c', 'd']) t.equal(recent.meet(other), false)
  t.equal(recent.meet('a'), true)
})

test('of keys that come once no more than twice as many are remembered', async t => {
  const recent = new RecentKeys(3)
  for (const key of ['a', 'b', 'c', 'd', 'e', 'f', 'g']) recent.meet(key)
  t.equal(recent.meet('a'), false)
  t.equal(recent.meet('g'), true)
})
