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

  /** Rejects with what the load rejected with, where no value is young enough. */
  async get (): Promise<T> {
    const value = this.#value
    const { fresh, stale, pause } = this.#freshness
    if (value === undefined || this.#age(value.at) >= stale) return await this.reload()
    if (this.#age(value.at) < fresh || this.#age(this.#failedAt) < pause) return value.of
    return await this.reload().catch(() => value.of)
  }

  /** Loads now, or joins the load that is under way. */
  async reload (): Promise<T> {
    this.#loading ??= this.#run().finally(() => { this.#loading = undefined })
    return await this.#loading
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

  #age (at: number): number {
    return this.#now() - at
  }
}
