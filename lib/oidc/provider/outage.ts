import { ProviderUnavailable } from '../../errors.ts'

/** Milliseconds that a failure is told without asking again. */
const PAUSE = 1_000

/**
 * What a provider is asked because somebody brought a token. Where it does not answer, whoever asks within the next
 * second hears the same: a flood of tokens is none of requests.
 */
export class Outage {
  readonly #now: () => number
  #last: { readonly until: number, readonly error: ProviderUnavailable } | undefined

  /** @param now milliseconds since 1970 */
  constructor (now: () => number) {
    this.#now = now
  }

  /**
   * @param isLasting whether the next one would fail as well @default always
   * @throws ProviderUnavailable for whatever the work throws
   */
  async ask<T> (work: () => Promise<T>, isLasting = (): boolean => true): Promise<T> {
    if (this.#last !== undefined && this.#now() < this.#last.until) throw this.#last.error
    try {
      return await work()
    } catch (cause) {
      const error = cause instanceof ProviderUnavailable ? cause : new ProviderUnavailable({ cause })
      if (isLasting()) this.#last = { until: this.#now() + PAUSE, error }
      throw error
    }
  }
}
