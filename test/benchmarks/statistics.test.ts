import { test } from 'tap'
import { orderOf } from '../../benchmarks/harness/order.ts'
import { medianOf, spreadOf } from '../../benchmarks/harness/statistics.ts'

test('a median is the one in the middle, or between the two', async t => {
  t.equal(medianOf([30, 1, 2]), 2)
  t.equal(medianOf([4, 1, 30, 2]), 3)
  t.throws(() => medianOf([]), RangeError)
})

test('a spread has the lowest and the highest beside the median', async t => {
  t.strictSame(spreadOf([3, 10, 2]), { median: 3, lowest: 2, highest: 10 })
})

test('each round has all cases, begins with another one, and turns around', async t => {
  const orders = [0, 1, 2, 3].map(round => orderOf(['a', 'b', 'c'], round).join(''))
  t.strictSame(orders, ['abc', 'acb', 'cab', 'cba'])
  t.strictSame(orderOf([], 1), [])
})
