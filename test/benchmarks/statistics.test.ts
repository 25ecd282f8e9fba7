import { test } from 'tap'
import { orderOf } from '../../benchmarks/harness/order.ts'
import { medianOf, percentileOf, spreadOf } from '../../benchmarks/harness/statistics.ts'

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

test('a percentile is a value that was measured, which so many do not exceed', async t => {
  const values = Array.from({ length: 100 }, (_, index) => 100 - index)
  t.equal(percentileOf(values, 0.99), 99)
  t.equal(percentileOf(values, 0.5), 50)
  t.equal(percentileOf([7], 0.99), 7)
  t.equal(percentileOf([2, 1], 0), 1)
  t.throws(() => percentileOf([], 0.5), RangeError)
})
