import { setTimeout as wait } from 'node:timers/promises'
import type { Store } from '../../stores/store.ts'
import { type Draft, expectSame, expectVersion } from './bench.ts'

/** Milliseconds in which a store must find its server again. */
const PATIENCE = 10_000
const PAUSE = 100

/** What an operation failed with, also where it does not answer in so many milliseconds; undefined where it works. */
async function errorOf (operation: Promise<unknown>, patience: number): Promise<unknown> {
  const silence = new AbortController()
  const noAnswer = wait(patience, new Error('no answer'), { signal: silence.signal }).catch(() => undefined)
  try {
    return await Promise.race([operation.then(() => undefined, (error: unknown) => error), noAnswer])
  } finally {
    silence.abort()
  }
}

/** The error of the last attempt, or undefined where one succeeded in time. */
async function lastError (store: Store, key: string, patience: number): Promise<unknown> {
  const end = performance.now() + patience
  for (;;) {
    const error = await errorOf(store.get(key), Math.max(PAUSE, end - performance.now()))
    if (error === undefined || performance.now() >= end) return error
    await wait(PAUSE)
  }
}

/** What a store does when its server goes away and comes back. */
export function restartCases (restart: () => Promise<void>, patience = PATIENCE): readonly Draft[] {
  return [{
    title: 'works again after the server restarted',
    async check (store, { key, later }) {
      await store.set(key(), 'before', later)
      const during = restart()
      const attempts = Promise.allSettled([store.get(key()), store.set(key('during'), 'value', later)])
      await during
      const error = await lastError(store, key(), patience)
      expectSame(error, undefined, `error of get ${patience / 1000} s after the server was there again`)
      const silence = await errorOf(attempts, patience)
      expectSame(silence, undefined, 'what was asked while the server was away')
      const version = await store.set(key(), 'after', later)
      expectSame(await store.get(key()), { value: 'after', version, ...later }, 'get after the restart')
      expectVersion(await store.add(key('added'), 'value', { ...later, tags: [key('tag')] }), 'add after the restart')
      expectSame(await store.keys(key('tag')), [key('added')], 'keys after the restart')
      expectSame(await store.take(key()), 'after', 'take after the restart')
    }
  }]
}
