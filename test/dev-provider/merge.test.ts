import t from 'tap'
import { merge } from '../../lib/dev-provider/merge.ts'

t.test('objects are merged, everything else is replaced', async t => {
  const keys = new Map()
  const ours: Record<string, unknown> = { a: { b: 1, c: [1] }, d: 'ours', e: null, f: { g: 1 } }
  t.strictSame(merge(ours, { a: { c: [2], x: 3 }, d: { y: 1 }, e: { z: 1 }, f: keys, n: null }), {
    a: { b: 1, c: [2], x: 3 }, d: { y: 1 }, e: { z: 1 }, f: keys, n: null
  })
  t.strictSame(ours, { a: { b: 1, c: [1] }, d: 'ours', e: null, f: { g: 1 } }, 'the original is left as it was')
})
