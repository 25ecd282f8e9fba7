/** Sessions that were ended before their time. Seconds since 1970. */
export interface Revocations {
  end (sessionId: string, endsAt: number, now: number): void
  isEnded (sessionId: string): boolean
}

const LEAST_SWEEP = 1000

/**
 * The list in the memory of this process. An entry lives as long as the session could have; then it is swept, when the
 * list has doubled since the last time.
 */
export class LocalRevocations implements Revocations {
  readonly #ended = new Map<string, number>()
  #sweepAt = LEAST_SWEEP

  get size (): number {
    return this.#ended.size
  }

  end (sessionId: string, endsAt: number, now: number): void {
    this.#ended.set(sessionId, Math.max(endsAt, this.#ended.get(sessionId) ?? 0))
    if (this.#ended.size < this.#sweepAt) return
    for (const [id, end] of this.#ended) if (end <= now) this.#ended.delete(id)
    this.#sweepAt = Math.max(LEAST_SWEEP, this.#ended.size * 2)
  }

  isEnded (sessionId: string): boolean {
    return this.#ended.has(sessionId)
  }
}
