import { test } from 'tap'
import { inParts } from '../lib/in-parts.ts'

const items = (count: number): readonly number[] => Array.from({ length: count }, (_, index) => index)

test('what is done in parts gives the same, in its order', async t => {
  for (const count of [0, 1, 499, 500, 501, 1234]) {
    t.same(await inParts(items(count), async part => part.map(item => item * 2)), items(count).map(item => item * 2))
  }
})

test('a part has at most 500 items, and begins when the one before is done', async t => {
  const sizes: number[] = []
  let underWay = 0
  await inParts(items(1001), async part => {
    sizes.push(part.length)
    t.equal(++underWay, 1)
    await new Promise(resolve => { setImmediate(resolve) })
    underWay--
    return part
  })
  t.same(sizes, [500, 500, 1])
})

test('nothing is done after a part that failed', async t => {
  let parts = 0
  await t.rejects(inParts(items(1001), async () => { parts++; throw new Error('down') }), { message: 'down' })
  t.equal(parts, 1)
})
