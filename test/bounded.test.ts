import { test, type Test } from 'tap'
import { bounded } from '../lib/bounded.ts'

const never = (): Promise<never> => new Promise(() => {})

/** The timers that are set and not cleared. A timer that fired counts as cleared. */
function countTimers (t: Test) {
  const pending = new Set<unknown>()
  const { setTimeout: start, clearTimeout: clear } = globalThis
  const keepAlive = start(() => {}, 60_000)
  t.teardown(() => clear(keepAlive))
  t.intercept(globalThis, 'setTimeout', {
    value: (work: () => void, milliseconds: number) => {
      const timer = start(() => {
        pending.delete(timer)
        work()
      }, milliseconds)
      pending.add(timer)
      return timer
    }
  })
  t.intercept(globalThis, 'clearTimeout', {
    value: (timer: NodeJS.Timeout) => {
      pending.delete(timer)
      clear(timer)
    }
  })
  return pending
}

test('an answer comes back', async t => {
  t.equal(await bounded(async () => 'answer', 60_000), 'answer')
  t.equal(await bounded(() => 'answer', 60_000), 'answer')
})

test('what the work throws or rejects with comes back', async t => {
  const reason = new Error('broken')
  const throwing = (): never => { throw reason }
  t.equal(await bounded(throwing, 60_000).catch(error => error), reason)
  t.equal(await bounded(async () => throwing(), 60_000).catch(error => error), reason)
})

test('what never answers is a TimeoutError', async t => {
  countTimers(t)
  await t.rejects(bounded(never, 5), { name: 'TimeoutError', message: 'No answer within 5 milliseconds' })
})

test('no timer outlives the work', async t => {
  const pending = countTimers(t)
  const answers = [
    bounded(async () => 'answer', 60_000),
    bounded(async () => { throw new Error('broken') }, 60_000),
    bounded(() => { throw new Error('broken') }, 60_000),
    bounded(never, 1)
  ]
  t.equal(pending.size, 3)
  await Promise.allSettled(answers)
  t.equal(pending.size, 0)
})

test('no timer keeps the process alive', async t => {
  const timers: NodeJS.Timeout[] = []
  const start = globalThis.setTimeout
  t.intercept(globalThis, 'setTimeout', {
    value: (work: () => void, milliseconds: number) => {
      const timer = start(work, milliseconds)
      timers.push(timer)
      return timer
    }
  })
  const answer = bounded(() => new Promise(resolve => setImmediate(resolve)), 60_000)
  t.same(timers.map(timer => timer.hasRef()), [false])
  await answer
})

test('a rejection that comes too late is nobody\'s', async t => {
  countTimers(t)
  const unhandled: unknown[] = []
  const listen = (reason: unknown): void => { unhandled.push(reason) }
  process.on('unhandledRejection', listen)
  t.teardown(() => process.off('unhandledRejection', listen))
  let fail = (_reason: Error): void => {}
  const work = (): Promise<never> => new Promise((_resolve, reject) => { fail = reject })
  await t.rejects(bounded(work, 1), { name: 'TimeoutError' })
  fail(new Error('too late'))
  await new Promise(resolve => setImmediate(resolve))
  t.same(unhandled, [])
})

test('work that blocks the process for too long has answered all the same', async t => {
  t.equal(await bounded(async () => {
    block(20)
    return 'answer'
  }, 1), 'answer')
})

test('an answer that lay waiting while the process was blocked counts', async t => {
  // From one turn's end to the next turn's timers: the answer comes in after them, as it does from a socket.
  await new Promise(resolve => setImmediate(resolve))
  const answer = bounded(() => new Promise(resolve => setImmediate(resolve, 'answer')), 1)
  block(20)
  t.equal(await answer, 'answer')
})

function block (milliseconds: number): void {
  const end = performance.now() + milliseconds
  while (performance.now() < end);
}
