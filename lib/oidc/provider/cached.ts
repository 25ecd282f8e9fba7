/** How long a value is good, in milliseconds. */
export interface Freshness {
  /** Until it is loaded again. */
  readonly fresh: number
  /** Until it is no longer served when loading fails. */
  readonly stale: number
  /** After a failure the stale value is served for so long without another try. */
  readonly pause: number
}

/**
 * One value that is loaded when it is needed. Callers at the same time share one load; when loading fails, the last
 * good value serves for a bounded time.
 */
export class Cached<T> {
  readonly #load: () => Promise<T>
  readonly #freshness: Freshness
  readonly #now: () => number
  #value: { readonly of: T, readonly at: number } | undefined
  #loading: Promise<T> | undefined
  /** The load after the one that is under way. */
  #next: Promise<T> | undefined
  #failedAt = -Infinity

  constructor (load: () => Promise<T>, freshness: Freshness, now: () => number) {
    this.#load = load
    this.#freshness = freshness
    this.#now = now
  }

  /** What was loaded last, however old it is. */
  get last (): T | undefined {
    return this.#value?.of
  }

  /** What serves without a load; undefined where one is due. */
  get current (): T | undefined {
    const value = this.#value
    const { fresh, stale, pause } = this.#freshness
    if (value === undefined || this.#age(value.at) >= stale) return undefined
    return this.#age(value.at) < fresh || this.#age(this.#failedAt) < pause ? value.of : undefined
  }

  /** Rejects with what the load rejected with, where no value is young enough. */
  async get (): Promise<T> {
    const { current } = this
    if (current !== undefined) return current
    const value = this.#value
    if (value === undefined || this.#age(value.at) >= this.#freshness.stale) return await this.reload()
    return await this.reload().catch(() => value.of)
  }

  /** Loads now, or joins the load that is under way. */
  async reload (): Promise<T> {
    this.#loading ??= this.#run().finally(() => { this.#loading = undefined })
    return await this.#loading
  }

  /** Loads what is no older than this call: not by joining a load that is under way, but by the next one. */
  async renew (): Promise<T> {
    this.#next ??= this.#afterLoad()
    return await this.#next
  }

  async #afterLoad (): Promise<T> {
    await this.#loading?.catch(() => {})
    this.#next = undefined
    return await this.reload()
  }

  async #run (): Promise<T> {
    try {
      const of = await this.#load()
      this.#value = { of, at: this.#now() }
      return of
    } catch (error) {
      this.#failedAt = this.#now()
      throw error
    }
  }

  /** A clock that was set back makes nothing younger. */
  #age (at: number): number {
    return Math.abs(this.#now() - at)
  }
}
