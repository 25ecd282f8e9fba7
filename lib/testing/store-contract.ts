import { type Draft, type MakeStore, runCase } from './contract/bench.ts'
import { expiry } from './contract/expiry.ts'
import { operations } from './contract/operations.ts'
import { races } from './contract/races.ts'
import { restartCases } from './contract/restart.ts'
import { tags } from './contract/tags.ts'
import { texts } from './contract/texts.ts'

export type { MakeStore } from './contract/bench.ts'

/** One promise of a store, and what shows whether it is kept. */
export interface StoreCase {
  /** A sentence that is true of a store that keeps the contract. */
  readonly title: string
  /** Rejects with an `AssertionError` that says what the store did, or with the error of the store. */
  readonly check: () => Promise<void>
}

/** What the suite may use beside a store. */
export interface StoreContractOptions {
  /** Restarts the server; settles when it listens again. Without it nothing is said about restarts. */
  readonly restart?: () => Promise<void>
}

/**
 * The contract of a `Store` as cases for any test runner.
 *
 * Every case writes under keys that no other run has, with ends up to a few hours from now, and closes the stores that
 * it made. Cases may run at the same time, but for the restart.
 *
 * @param makeStore gives a store with the clock given, at each call one on the same backend, as two processes have it;
 * the suite calls it several times to try clocks that do not agree
 * @example
 * for (const { title, check } of storeContract(({ now }) => new RedisStore(client, { now }))) test(title, check)
 */
export function storeContract (makeStore: MakeStore, { restart }: StoreContractOptions = {}): readonly StoreCase[] {
  const atRestart = restart === undefined ? [] : restartCases(restart)
  const drafts: readonly Draft[] = [...operations, ...races, ...expiry, ...tags, ...texts, ...atRestart]
  return drafts.map(draft => ({ title: draft.title, check: () => runCase(draft, makeStore) }))
}
