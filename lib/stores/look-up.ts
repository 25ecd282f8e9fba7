import type { Awaitable } from '../awaitable.ts'
import type { Entry, Store } from './store.ts'

/** The entries of several keys, in their order: at once where the store knows them without asking anybody. */
export function lookUp (store: Store, keys: readonly string[]): Awaitable<ReadonlyArray<Entry | undefined>> {
  return store.peek?.(keys) ?? store.getMany(keys)
}
