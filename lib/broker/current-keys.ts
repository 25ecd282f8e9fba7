import { setTimeout as wait } from 'node:timers/promises'
import type { Awaitable } from '../awaitable.ts'
import { SignerInvalid, SigningKeysSealed } from '../errors.ts'
import { Cached, type Freshness } from '../oidc/provider/cached.ts'
import type { VerifyingKey } from './signing-keys.ts'

/** The keys of a moment. */
export interface KeySet {
  /** The names of those that verify now. */
  readonly names: readonly string[]
  /** The key of this name, where it verifies now. */
  find (kid: string): VerifyingKey | undefined
}

/** Times are milliseconds since 1970. */
type Outcome<T> = { readonly set: T } | { readonly fault: Error, readonly at: number }

/** Milliseconds between two looks for a name that nobody knows, and for the right keys where the wrong ones were. */
const PAUSE = 1000
const MOST_OF_A_NAME = 256
const MOST_GONE = 1000

/** The wrong keys are no outage, which older ones could bridge. */
function isFault (error: unknown): error is Error {
  return error instanceof SigningKeysSealed || error instanceof SignerInvalid
}

/**
 * Keys that others change. They are read again when they are no longer fresh, and for a name that nobody knows; while
 * they cannot be read the last ones serve, for a bounded time.
 */
export class CurrentKeys<T extends KeySet> {
  readonly #cached: Cached<Outcome<T>>
  readonly #now: () => number
  #known: readonly string[] = []
  /** Names that were there and are no longer: whoever still comes with a token of theirs need not wait for a look. */
  readonly #gone = new Set<string>()
  /** When the next look for an unknown name is allowed, by a clock that nobody sets. */
  #allowedAt = 0
  #looking: Promise<T> | undefined

  /**
   * @param load reads them; what it rejects with is what callers get
   * @param now milliseconds since 1970
   */
  constructor (load: () => Promise<T>, freshness: Freshness, now: () => number) {
    this.#now = now
    this.#cached = new Cached(async () => {
      try {
        return { set: this.#compare(await load()) }
      } catch (error) {
        if (isFault(error)) return { fault: error, at: now() }
        throw error
      }
    }, freshness, now)
  }

  async get (): Promise<T> {
    return setOf(await (this.#isFaultOver ? this.#cached.reload() : this.#cached.get()))
  }

  /** Reads them after this call, whoever else reads them now. */
  async renew (): Promise<T> {
    return setOf(await this.#cached.renew())
  }

  find (kid: string): Awaitable<VerifyingKey | undefined> {
    const { current } = this.#cached
    const known = current !== undefined && 'set' in current ? current.set.find(kid) : undefined
    return known ?? this.#findLater(kid)
  }

  /** What was wrong is put right by somebody who waits for it: that is not known as long as keys are fresh. */
  get #isFaultOver (): boolean {
    const { current } = this.#cached
    return current !== undefined && 'fault' in current && Math.abs(this.#now() - current.at) >= PAUSE
  }

  async #findLater (kid: string): Promise<VerifyingKey | undefined> {
    if (kid.length > MOST_OF_A_NAME) return undefined
    const known = (await this.get()).find(kid)
    if (known !== undefined || this.#gone.has(kid)) return known
    return (await this.#lookAgain()).find(kid)
  }

  #compare (set: T): T {
    for (const name of this.#known) if (set.find(name) === undefined) this.#gone.add(name)
    for (const oldest of this.#gone) if (this.#gone.size > MOST_GONE) this.#gone.delete(oldest)
    this.#known = set.names
    return set
  }

  /** One look for all who wait for its turn. Who comes while it is under way waits for the next one. */
  async #lookAgain (): Promise<T> {
    this.#looking ??= this.#lookInTurn()
    return await this.#looking
  }

  async #lookInTurn (): Promise<T> {
    await wait(Math.max(0, this.#allowedAt - performance.now()))
    this.#looking = undefined
    this.#allowedAt = performance.now() + PAUSE
    return await this.renew()
  }
}

function setOf<T> (outcome: Outcome<T>): T {
  if ('set' in outcome) return outcome.set
  throw outcome.fault
}
