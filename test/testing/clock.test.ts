import { test } from 'tap'
import { createClock } from '../../lib/testing/clock.ts'

test('a clock stands until it is moved', async t => {
  const clock = createClock(1000)
  t.equal(clock.now(), 1000)
  t.equal(clock.now(), 1000)
  clock.advance(1.5)
  t.equal(clock.now(), 2500)
})

test('a clock begins now where nothing else is said', async t => {
  t.intercept(Date, 'now', { value: () => 42 })
  t.equal(createClock().now(), 42)
})

test('clocks do not move each other, and can be handed about', async t => {
  const [one, other] = [createClock(0), createClock(0)]
  const { now } = one
  other.advance(1)
  t.equal(now(), 0)
})
