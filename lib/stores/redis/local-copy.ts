import type { Entry } from '../store.ts'

/** How much a local copy may keep; beyond it what was read first goes first. */
export interface LocalCopyBounds {
  /** Keys, also those that are known to be absent. */
  readonly entries: number
  /** All keys and values together. */
  readonly bytes: number
}

/** What is known under a key, or is being read. */
interface Place {
  isKnown: boolean
  entry: Entry | undefined
  bytes: number
}

const BOUNDS: LocalCopyBounds = Object.freeze({ entries: 200_000, bytes: 128_000_000 })

/**
 * What was read from a server that tells of each change, under the keys of the store. Nothing but reads fills it.
 *
 * A change may overtake the answer of a read that was sent before it. So a read takes its place before it is sent, and
 * a change takes the place away: an answer that does not find its own place any more is not kept.
 */
export class LocalCopy {
  readonly #places = new Map<string, Place>()
  readonly #bounds: LocalCopyBounds
  #bytes = 0

  constructor (bounds = BOUNDS) {
    this.#bounds = bounds
  }

  get size (): number {
    return this.#places.size
  }

  /** Nothing unless all keys are known. An entry may have ended by now. */
  peek (keys: readonly string[]): ReadonlyArray<Entry | undefined> | undefined {
    const entries: Array<Entry | undefined> = []
    for (const key of keys) {
      const place = this.#places.get(key)
      if (place === undefined || !place.isKnown) return undefined
      entries.push(place.entry)
    }
    return entries
  }

  /** Keeps what is read, unless it changes meanwhile. */
  async read (
    keys: readonly string[], ask: () => Promise<ReadonlyArray<Entry | undefined>>
  ): Promise<ReadonlyArray<Entry | undefined>> {
    const places = keys.map(key => this.#take(key))
    try {
      const entries = await ask()
      keys.forEach((key, index) => this.#fill(key, places[index], entries[index]))
      return entries
    } finally {
      keys.forEach((key, index) => this.#leave(key, places[index]))
    }
  }

  drop (key: string): void {
    const place = this.#places.get(key)
    if (place === undefined) return
    this.#places.delete(key)
    this.#bytes -= place.bytes
  }

  clear (): void {
    this.#places.clear()
    this.#bytes = 0
  }

  /** Nothing where the key is known, or another read has the place: that one keeps what it gets. */
  #take (key: string): Place | undefined {
    if (this.#places.has(key)) return undefined
    const place = { isKnown: false, entry: undefined, bytes: Buffer.byteLength(key) }
    this.#places.set(key, place)
    this.#bytes += place.bytes
    this.#trim()
    return place
  }

  #fill (key: string, place: Place | undefined, entry: Entry | undefined): void {
    if (place === undefined || this.#places.get(key) !== place) return
    const bytes = entry === undefined ? 0 : Buffer.byteLength(entry.value)
    place.isKnown = true
    place.entry = entry && Object.freeze(entry)
    place.bytes += bytes
    this.#bytes += bytes
    this.#trim()
  }

  #trim (): void {
    for (const oldest of this.#places.keys()) {
      if (this.#places.size <= this.#bounds.entries && this.#bytes <= this.#bounds.bytes) return
      this.drop(oldest)
    }
  }

  /** A read that failed leaves its place to the next. */
  #leave (key: string, place: Place | undefined): void {
    if (place?.isKnown === false && this.#places.get(key) === place) this.drop(key)
  }
}
