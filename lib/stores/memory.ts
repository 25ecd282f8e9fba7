import type { Entry, Store, WriteOptions } from './store.ts'

interface Kept extends Entry {
  readonly tags: readonly string[]
}

/** How much a memory store may keep; beyond it what was written first goes first. */
export interface MemoryBounds {
  readonly entries: number
  /** UTF-16 code units of all keys and values together. */
  readonly characters: number
}

const BOUNDS: MemoryBounds = Object.freeze({ entries: 1_000_000, characters: 256_000_000 })
const LEAST_SWEEP = 1000

/** A store in the memory of this process: bounded, swept, and gone when the process ends. */
export class MemoryStore implements Store {
  readonly #entries = new Map<string, Kept>()
  readonly #now: () => number
  readonly #bounds: MemoryBounds
  #characters = 0
  #writes = 0
  #sweptAt = 0

  constructor (now: () => number = Date.now, bounds: MemoryBounds = BOUNDS) {
    this.#now = now
    this.#bounds = bounds
  }

  get size (): number {
    return this.#entries.size
  }

  async get (key: string): Promise<Entry | undefined> {
    const entry = this.#alive(key)
    if (entry === undefined) return undefined
    const { value, version, expiresAt } = entry
    return { value, version, expiresAt }
  }

  async getMany (keys: readonly string[]): Promise<ReadonlyArray<Entry | undefined>> {
    return await Promise.all(keys.map(key => this.get(key)))
  }

  async add (key: string, value: string, options: WriteOptions): Promise<string | undefined> {
    return this.#alive(key) === undefined ? this.#write(key, value, options) : undefined
  }

  async set (key: string, value: string, options: WriteOptions): Promise<string> {
    return this.#write(key, value, options)
  }

  async replace (key: string, version: string, value: string, options: WriteOptions): Promise<string | undefined> {
    return this.#alive(key)?.version === version ? this.#write(key, value, options) : undefined
  }

  async take (key: string): Promise<string | undefined> {
    const value = this.#alive(key)?.value
    this.#drop(key)
    return value
  }

  async delete (key: string, version?: string): Promise<boolean> {
    const entry = this.#alive(key)
    if (entry === undefined || (version !== undefined && entry.version !== version)) return false
    this.#drop(key)
    return true
  }

  async keys (tag: string): Promise<readonly string[]> {
    return [...this.#entries.keys()].filter(key => this.#alive(key)?.tags.includes(tag) === true)
  }

  async close (): Promise<void> {
    this.#entries.clear()
    this.#characters = 0
  }

  #alive (key: string): Kept | undefined {
    const entry = this.#entries.get(key)
    return entry !== undefined && entry.expiresAt > this.#now() ? entry : undefined
  }

  #write (key: string, value: string, { expiresAt, tags = [] }: WriteOptions): string {
    this.#drop(key)
    const version = String(++this.#writes)
    this.#entries.set(key, { value, version, expiresAt, tags: [...tags] })
    this.#characters += key.length + value.length
    this.#sweep()
    return version
  }

  #drop (key: string): void {
    const entry = this.#entries.get(key)
    if (entry === undefined) return
    this.#entries.delete(key)
    this.#characters -= key.length + entry.value.length
  }

  /**
   * Drops what has ended after as many writes as there are entries, sooner where the store is full, and the oldest
   * where it is still too much. A full store is not searched at every write: that would cost more than what it keeps.
   */
  #sweep (): void {
    const { entries, characters } = this.#bounds
    const { size } = this.#entries
    const isFull = (): boolean => this.#entries.size > entries || this.#characters > characters
    const unswept = this.#writes - this.#sweptAt
    if (unswept >= Math.max(LEAST_SWEEP, size) || (isFull() && unswept >= size / 8)) this.#dropEnded()
    for (const key of this.#entries.keys()) {
      if (!isFull()) break
      this.#drop(key)
    }
  }

  #dropEnded (): void {
    const now = this.#now()
    for (const [key, { expiresAt }] of this.#entries) if (expiresAt <= now) this.#drop(key)
    this.#sweptAt = this.#writes
  }
}
