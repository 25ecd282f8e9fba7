import { setTimeout as wait } from 'node:timers/promises'
import type { Store } from '../../stores/store.ts'
import { type Draft, expectSame, expectVersion } from './bench.ts'

/** Milliseconds in which a store must find its server again. */
const PATIENCE = 10_000
const PAUSE = 100

/** The error of the last attempt, or undefined where one succeeded in time. */
async function lastError (store: Store, key: string): Promise<unknown> {
  const late = wait(PATIENCE, new Error('no answer'), { ref: false })
  const end = performance.now() + PATIENCE
  let error: unknown
  do {
    error = await Promise.race([store.get(key).then(() => undefined, (reason: unknown) => reason), late])
    if (error === undefined) return undefined
    await wait(PAUSE)
  } while (performance.now() < end)
  return error
}

/** What a store does when its server goes away and comes back. */
export function restartCases (restart: () => Promise<void>): readonly Draft[] {
  return [{
    title: 'works again after the server restarted',
    async check (store, { key, later }) {
      await store.set(key(), 'before', later)
      const during = restart()
      const attempts = Promise.allSettled([store.get(key()), store.set(key('during'), 'value', later)])
      await during
      expectSame(await lastError(store, key()), undefined, 'error of get 10 seconds after the server was there again')
      await attempts
      const version = await store.set(key(), 'after', later)
      expectSame(await store.get(key()), { value: 'after', version, ...later }, 'get after the restart')
      expectVersion(await store.add(key('added'), 'value', { ...later, tags: [key('tag')] }), 'add after the restart')
      expectSame(await store.keys(key('tag')), [key('added')], 'keys after the restart')
      expectSame(await store.take(key()), 'after', 'take after the restart')
    }
  }]
}
