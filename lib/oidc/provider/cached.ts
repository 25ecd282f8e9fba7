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
  /** The load after the one that is under way. */
  #next: Promise<T> | undefined
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
    if (value === undefined || this.#age(value.at) >= this.#freshness.stale) {
      return await this.reload().catch(reason => this.#restored(reason))
    }
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

  /** A clock that was set back makes nothing younger. */
  #age (at: number): number {
    return Math.abs(this.#now() - at)
  }
}
