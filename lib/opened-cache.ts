import { copyText } from './copy-text.ts'
import { RecentKeys } from './recent-keys.ts'

interface Entry<T> {
  readonly text: string
  readonly opened: T
}

export interface OpenedCacheOptions {
  /** @default 20,000 */
  readonly mostEntries?: number
  /** Of all texts together. @default 16,000,000 */
  readonly mostCharacters?: number
  /**
   * When a text is kept: as soon as it was opened, or when it comes again. The latter where opening is cheap: a crowd
   * that is too large for the cache, or comes once, then costs less than what it would push out.
   * @default 'first sight'
   */
  readonly keeps?: 'first sight' | 'second sight'
}

const SUFFIX = 12

/**
 * What was opened before, by its entire sealed text, because opening on every request costs a third of the
 * throughput. Whoever asks looks at expiry and revocation each time; nothing of that is cached.
 *
 * The key is the end of the text, which is a random nonce, a tag or a signature; the text is compared whole.
 */
export class OpenedCache<T extends object> {
  readonly #entries = new Map<string, Entry<T>>()
  readonly #mostEntries: number
  readonly #mostCharacters: number
  readonly #recent: RecentKeys | undefined
  #characters = 0

  constructor ({
    mostEntries = 20_000, mostCharacters = 16_000_000, keeps = 'first sight'
  }: OpenedCacheOptions = {}) {
    this.#mostEntries = mostEntries
    this.#mostCharacters = mostCharacters
    this.#recent = keeps === 'second sight' ? new RecentKeys(mostEntries) : undefined
  }

  get (text: string): T | undefined {
    const entry = this.#entries.get(text.slice(-SUFFIX))
    return entry?.text === text ? entry.opened : undefined
  }

  add (text: string, opened: T): void {
    const key = text.slice(-SUFFIX)
    if (this.#recent?.meet(key) === false) return
    this.#drop(key)
    // A text that was cut out of a header would keep all of the header.
    this.#entries.set(key, { text: copyText(text), opened })
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
