/** Which keys came lately: at least the last so many, and at most twice as many. */
export class RecentKeys {
  readonly #most: number
  #young = new Set<string>()
  #old = new Set<string>()

  constructor (most: number) {
    this.#most = most
  }

  /** Whether a key came lately; notes that it has come. */
  meet (key: string): boolean {
    if (this.#young.has(key) || this.#old.has(key)) return true
    if (this.#young.size >= this.#most) {
      this.#old = this.#young
      this.#young = new Set()
    }
    this.#young.add(key)
    return false
  }
}
