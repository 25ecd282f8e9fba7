interface Entry<T> {
  readonly text: string
  readonly opened: T
}

const SUFFIX = 12
const MOST_ENTRIES = 20_000
const MOST_CHARACTERS = 16_000_000

/**
 * What was opened before, by its entire sealed text, because opening on every request costs a third of the
 * throughput. Whoever asks looks at expiry and revocation each time; nothing of that is cached.
 *
 * The key is the end of the text, which is the random nonce; the text is compared whole.
 */
export class OpenedCache<T extends object> {
  readonly #entries = new Map<string, Entry<T>>()
  readonly #mostEntries: number
  readonly #mostCharacters: number
  #characters = 0

  constructor (mostEntries = MOST_ENTRIES, mostCharacters = MOST_CHARACTERS) {
    this.#mostEntries = mostEntries
    this.#mostCharacters = mostCharacters
  }

  get (text: string): T | undefined {
    const entry = this.#entries.get(text.slice(-SUFFIX))
    return entry?.text === text ? entry.opened : undefined
  }

  add (text: string, opened: T): void {
    const key = text.slice(-SUFFIX)
    this.#drop(key)
    this.#entries.set(key, { text, opened })
    this.#characters += text.length
    for (const oldest of this.#entries.keys()) {
      if (this.#entries.size <= this.#mostEntries && this.#characters <= this.#mostCharacters) return
      this.#drop(oldest)
    }
  }

  #drop (key: string): void {
    const entry = this.#entries.get(key)
    if (entry === undefined) return
    this.#entries.delete(key)
    this.#characters -= entry.text.length
  }
}
