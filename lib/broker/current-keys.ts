import { setTimeout as wait } from 'node:timers/promises'
import type { Awaitable } from '../awaitable.ts'
import { SignerInvalid, SigningKeysSealed } from '../errors.ts'
import { Cached, type Freshness } from '../oidc/provider/cached.ts'
import type { VerifyingKey } from './signing-keys.ts'

/** The keys of a moment. */
export interface KeySet {
  /** The key of this name, where it verifies now. */
  find (kid: string): VerifyingKey | undefined
}

type Outcome<T> = { readonly set: T } | { readonly fault: Error }

/** Milliseconds between two looks for a name that nobody knows. */
const PAUSE = 1000
const MOST_OF_A_NAME = 256

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
  /** When the next look for an unknown name is allowed, by a clock that nobody sets. */
  #allowedAt = 0
  #looking: Promise<T> | undefined

  /**
   * @param load reads them; what it rejects with is what callers get
   * @param now milliseconds since 1970
   */
  constructor (load: () => Promise<T>, freshness: Freshness, now: () => number) {
    this.#cached = new Cached(async () => {
      try {
        return { set: await load() }
      } catch (error) {
        if (isFault(error)) return { fault: error }
        throw error
      }
    }, freshness, now)
  }

  /** What was read last, however old it is. */
  get last (): T | undefined {
    const { last } = this.#cached
    return last !== undefined && 'set' in last ? last.set : undefined
  }

  async get (): Promise<T> {
    return setOf(await this.#cached.get())
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

  async #findLater (kid: string): Promise<VerifyingKey | undefined> {
    if (kid.length > MOST_OF_A_NAME) return undefined
    const set = await this.get()
    return set.find(kid) ?? (await this.#lookAgain()).find(kid)
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
