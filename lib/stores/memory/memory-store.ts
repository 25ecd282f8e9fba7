import { type MemoryBounds, MemoryShelf } from './shelf.ts'
import type { Entry, Store, StoreOptions, WriteOptions } from '../store.ts'

export type { MemoryBounds } from './shelf.ts'

export interface MemoryStoreOptions extends StoreOptions {
  /** How much it may keep of each kind of key. @default 1,000,000 entries and 256 MB */
  readonly bounds?: MemoryBounds
}

const BOUNDS: MemoryBounds = Object.freeze({ entries: 1_000_000, bytes: 256_000_000 })
const MOST_KINDS = 100

/**
 * A store in the memory of this process: bounded, swept, and gone when the process ends.
 *
 * The bounds hold for each kind of key alone; the kind is what stands before the first `:`. So a flood of one kind
 * never pushes out another: spent states no logouts, sessions no tokens. Keys without a kind, and those of the 101st
 * kind and on, share bounds.
 */
export class MemoryStore implements Store {
  readonly #shelves = new Map<string, MemoryShelf>()
  readonly #now: () => number
  readonly #bounds: MemoryBounds
  #writes = 0

  constructor ({ now = Date.now, bounds = BOUNDS }: MemoryStoreOptions = {}) {
    this.#now = now
    this.#bounds = bounds
  }

  get size (): number {
    return [...this.#shelves.values()].reduce((sum, { size }) => sum + size, 0)
  }

  async get (key: string): Promise<Entry | undefined> {
    return this.#read(key)
  }

  async getMany (keys: readonly string[]): Promise<ReadonlyArray<Entry | undefined>> {
    return keys.map(key => this.#read(key))
  }

  peek (keys: readonly string[]): ReadonlyArray<Entry | undefined> {
    return keys.map(key => this.#read(key))
  }

  async add (key: string, value: string, options: WriteOptions): Promise<string | undefined> {
    return this.#find(key)?.alive(key) === undefined ? this.#write(key, value, options) : undefined
  }

  async set (key: string, value: string, options: WriteOptions): Promise<string> {
    return this.#write(key, value, options)
  }

  async replace (key: string, version: string, value: string, options: WriteOptions): Promise<string | undefined> {
    return this.#find(key)?.alive(key)?.version === version ? this.#write(key, value, options) : undefined
  }

  async take (key: string): Promise<string | undefined> {
    const shelf = this.#find(key)
    const value = shelf?.alive(key)?.value
    shelf?.drop(key)
    return value
  }

  async delete (key: string, version?: string): Promise<boolean> {
    const shelf = this.#find(key)
    const record = shelf?.alive(key)
    if (record === undefined || (version !== undefined && record.version !== version)) return false
    shelf?.drop(key)
    return true
  }

  /** Found in an index: what it costs grows with the keys of the tag, not with those of the store. */
  async keys (tag: string): Promise<readonly string[]> {
    return [...this.#shelves.values()].flatMap(shelf => shelf.keys(tag))
  }

  async close (): Promise<void> {
    this.#shelves.clear()
  }

  #read (key: string): Entry | undefined {
    const record = this.#find(key)?.alive(key)
    if (record === undefined) return undefined
    const { value, version, expiresAt } = record
    return { value, version, expiresAt }
  }

  #write (key: string, value: string, options: WriteOptions): string {
    const version = String(++this.#writes)
    const shelf = this.#find(key) ?? this.#createShelf(key)
    shelf.write(key, value, version, options)
    return version
  }

  #find (key: string): MemoryShelf | undefined {
    return this.#shelves.get(this.#shelfName(key))
  }

  #createShelf (key: string): MemoryShelf {
    const shelf = new MemoryShelf(this.#now, this.#bounds)
    this.#shelves.set(this.#shelfName(key), shelf)
    return shelf
  }

  /** A kind keeps its shelf until the store is closed, or what lies there would not be found again. */
  #shelfName (key: string): string {
    const kind = key.slice(0, Math.max(0, key.indexOf(':')))
    return this.#shelves.size < MOST_KINDS || this.#shelves.has(kind) ? kind : ''
  }
}
