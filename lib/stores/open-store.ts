import { ConfigurationError } from '../errors.ts'
import { MemoryStore } from './memory.ts'
import type { Store, StoreOptions } from './store.ts'

/** A store, or what one can be opened from. */
export type StoreSource = Store | string | object

export interface OpenedStore {
  readonly store: Store
  /** It was opened here, so it is closed here. */
  readonly isOwn: boolean
}

export async function openStore (source: StoreSource, { now }: StoreOptions): Promise<OpenedStore> {
  if (source === 'memory:') return { store: new MemoryStore(now), isOwn: true }
  if (typeof source === 'object' && 'getMany' in source) return { store: source as Store, isOwn: false }
  throw new ConfigurationError('"session.store" must be a store or "memory:".')
}
