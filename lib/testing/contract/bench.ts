import { AssertionError } from 'node:assert'
import { randomUUID } from 'node:crypto'
import { inspect, isDeepStrictEqual } from 'node:util'
import type { Store, WriteOptions } from '../../stores/store.ts'
import { createClock, type TestClock } from '../clock.ts'

/** Makes a store on one and the same backend, with the clock given. */
export type MakeStore = (options: { readonly now: () => number }) => Store | Promise<Store>

/** What a case of the contract works with. */
export interface Bench {
  /** The clock of the stores; it stands until it is moved. */
  readonly clock: TestClock
  /** Ends in an hour: no backend with a clock of its own lets go of it while the suite runs. */
  readonly later: WriteOptions
  /** Ends in half an hour. */
  readonly soon: WriteOptions
  /** A key, or a tag, that no other case and no other run has. */
  key (name?: string): string
  /** Another store on the same backend; its clock is ahead by so many seconds, or behind where they are below 0. */
  open (aheadBy?: number): Promise<Store>
  /** Closes a store before the case ends. */
  close (store: Store): Promise<void>
}

/** A case before it has a bench. */
export interface Draft {
  readonly title: string
  readonly check: (store: Store, bench: Bench) => Promise<void>
}

const HOUR = 3_600_000

/** What was found, short enough for a message. */
function show (value: unknown): string {
  return inspect(value, { depth: 4, maxStringLength: 80, maxArrayLength: 10, breakLength: Infinity, compact: true })
}

/** Fails with a sentence that says what the store did, what it should have done, and with which text. */
export function expectSame (actual: unknown, expected: unknown, what: string): void {
  if (isDeepStrictEqual(actual, expected)) return
  const message = `${what}: expected ${show(expected)}, got ${show(actual)}`
  throw new AssertionError({ message, actual, expected, stackStartFn: expectSame })
}

/** Fails where a write that should have succeeded gave no version. */
export function expectVersion (version: string | undefined, what: string): asserts version is string {
  const isVersion = typeof version === 'string' && version !== ''
  expectSame(isVersion ? 'a version' : version, 'a version', what)
}

/** Runs a case at a bench of its own, and closes every store that it opened. */
export async function runCase ({ check }: Draft, makeStore: MakeStore): Promise<void> {
  const clock = createClock()
  const name = `contract-${randomUUID()}`
  const opened = new Set<Store>()
  async function open (aheadBy = 0): Promise<Store> {
    const store = await makeStore({ now: () => clock.now() + aheadBy * 1000 })
    opened.add(store)
    return store
  }
  async function close (store: Store): Promise<void> {
    opened.delete(store)
    await store.close()
  }
  const bench: Bench = {
    clock,
    later: { expiresAt: clock.now() + HOUR },
    soon: { expiresAt: clock.now() + HOUR / 2 },
    key: (part = 'key') => `${name}:${part}`,
    open,
    close
  }
  try {
    await check(await open(), bench)
  } finally {
    for (const store of opened) await close(store)
  }
}
