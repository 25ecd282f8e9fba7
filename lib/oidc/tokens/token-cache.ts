import type { GrantedToken } from './grant.ts'
import { isDue, isOver } from './token-wish.ts'

/** Milliseconds that a failure is told without asking again. */
const PAUSE = 1_000

interface Failure {
  readonly error: unknown
  /** Milliseconds since 1970. */
  readonly until: number
}

/**
 * Access tokens of no session, each under a key until it is due. Callers at the same time share one request; a token
 * that is due serves on while no new one can be had.
 */
export class TokenCache {
  readonly #now: () => number
  readonly #most: number
  readonly #tokens = new Map<string, GrantedToken>()
  readonly #failures = new Map<string, Failure>()
  readonly #flights = new Map<string, Promise<GrantedToken>>()

  /**
   * @param now milliseconds since 1970
   * @param most of more tokens the oldest goes
   */
  constructor (now: () => number, most = 1_000) {
    this.#now = now
    this.#most = most
  }

  /** Rejects with what the load rejected with, where no token is left that is good. */
  async get (key: string, load: () => Promise<GrantedToken>): Promise<GrantedToken> {
    const token = this.#tokens.get(key)
    if (token !== undefined && !isDue(token, this.#seconds())) return token
    try {
      return await this.#load(key, load)
    } catch (error) {
      if (token === undefined || isOver(token, this.#seconds())) throw error
      return token
    }
  }

  async #load (key: string, load: () => Promise<GrantedToken>): Promise<GrantedToken> {
    const failure = this.#failures.get(key)
    if (failure !== undefined && this.#now() < failure.until) throw failure.error
    const flight = this.#flights.get(key) ?? this.#run(key, load).finally(() => { this.#flights.delete(key) })
    this.#flights.set(key, flight)
    return await flight
  }

  async #run (key: string, load: () => Promise<GrantedToken>): Promise<GrantedToken> {
    try {
      const token = await load()
      this.#failures.delete(key)
      this.#keep(this.#tokens, key, token)
      return token
    } catch (error) {
      this.#keep(this.#failures, key, { error, until: this.#now() + PAUSE })
      throw error
    }
  }

  #keep<T> (map: Map<string, T>, key: string, value: T): void {
    map.delete(key)
    map.set(key, value)
    const [oldest] = map.keys()
    if (map.size > this.#most && oldest !== undefined) map.delete(oldest)
  }

  #seconds (): number {
    return Math.floor(this.#now() / 1000)
  }
}
