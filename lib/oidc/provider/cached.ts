/** How long a value is good, in milliseconds. */
export interface Freshness {
  /** Until it is loaded again. */
  readonly fresh: number
  /** Until it is no longer served when loading fails. */
  readonly stale: number
  /** After a failure the stale value is served for so long without another try. */
  readonly pause: number
}

/** A value, and when it was loaded, in milliseconds since 1970. */
export interface Loaded<T> {
  readonly of: T
  readonly at: number
}

/**
 * One value that is loaded when it is needed. Callers at the same time share one load; when loading fails, the last
 * good value serves for a bounded time.
 */
export class Cached<T> {
  readonly #load: () => Promise<T>
  readonly #freshness: Freshness
  readonly #now: () => number
  readonly #restore: () => Promise<Loaded<T> | undefined>
  #value: Loaded<T> | undefined
  #last: T | undefined
  #loading: Promise<T> | undefined
  #restoring: Promise<Loaded<T> | undefined> | undefined
  #failedAt = -Infinity

  /** @param restore what some process has loaded before; it is asked where loading fails and no value is here */
  constructor (
    load: () => Promise<T>, freshness: Freshness, now: () => number,
    restore: () => Promise<Loaded<T> | undefined> = async () => undefined
  ) {
    this.#load = load
    this.#freshness = freshness
    this.#now = now
    this.#restore = restore
  }

  /** What was loaded last here, however old it is. */
  get last (): T | undefined {
    return this.#last
  }

  /** Rejects with what the load rejected with, where no value is young enough. */
  async get (): Promise<T> {
    const value = this.#value
    const { fresh, stale, pause } = this.#freshness
    if (value === undefined || this.#age(value.at) >= stale) {
      return await this.reload().catch(reason => this.#restored(reason))
    }
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
      this.#last = of
      return of
    } catch (error) {
      this.#failedAt = this.#now()
      throw error
    }
  }

  /** Rejects with the reason where nothing young enough was loaded anywhere. */
  async #restored (reason: unknown): Promise<T> {
    this.#restoring ??= this.#restore().catch(() => undefined).finally(() => { this.#restoring = undefined })
    const kept = await this.#restoring
    const { stale } = this.#freshness
    // A load that came meanwhile is younger than anything that was kept.
    const value = [this.#value, kept].find(one => one !== undefined && this.#age(one.at) < stale)
    if (value === undefined) throw reason
    this.#value = value
    return value.of
  }

  #age (at: number): number {
    return this.#now() - at
  }
}
