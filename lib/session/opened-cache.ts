import type { Session } from './session.ts'

interface Entry {
  readonly text: string
  readonly session: Session
}

const SUFFIX = 22
const MOST_ENTRIES = 20_000
const MOST_CHARACTERS = 16_000_000

/**
 * Sessions that were opened before, by their entire sealed text, because opening on every request costs a third of the
 * throughput. Whoever asks looks at expiry and revocation each time; nothing of that is cached.
 *
 * The key is the end of the text, which is the random nonce; the text is compared whole.
 */
export class OpenedCache {
  readonly #entries = new Map<string, Entry>()
  readonly #mostEntries: number
  readonly #mostCharacters: number
  #characters = 0

  constructor (mostEntries = MOST_ENTRIES, mostCharacters = MOST_CHARACTERS) {
    this.#mostEntries = mostEntries
    this.#mostCharacters = mostCharacters
  }

  get (text: string): Session | undefined {
    const entry = this.#entries.get(text.slice(-SUFFIX))
    return entry?.text === text ? entry.session : undefined
  }

  add (text: string, session: Session): void {
    const key = text.slice(-SUFFIX)
    this.#drop(key)
    this.#entries.set(key, { text, session })
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
