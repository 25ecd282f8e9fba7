import { copyText } from '../../copy-text.ts'
import { endOf, packRecord, sizeOf, type Unpacked, unpackRecord, weightOf } from './record.ts'
import { TagIndex } from './tags.ts'
import type { WriteOptions } from '../store.ts'

/** How much a memory store may keep of one kind; beyond it what was written first goes first. */
export interface MemoryBounds {
  readonly entries: number
  /** All keys, tags and values together. */
  readonly bytes: number
}

const LEAST_SWEEP = 1000

/** The records of one kind: bounded and swept by themselves, so that no kind pushes out another. */
export class MemoryShelf {
  readonly #records = new Map<string, string>()
  readonly #tags = new TagIndex()
  readonly #now: () => number
  readonly #bounds: MemoryBounds
  #bytes = 0
  #writes = 0
  #sweptAt = 0

  constructor (now: () => number, bounds: MemoryBounds) {
    this.#now = now
    this.#bounds = bounds
  }

  get size (): number {
    return this.#records.size
  }

  alive (key: string): Unpacked | undefined {
    const packed = this.#records.get(key)
    return packed !== undefined && endOf(packed) > this.#now() ? unpackRecord(packed) : undefined
  }

  write (key: string, value: string, version: string, { expiresAt, tags = [] }: WriteOptions): void {
    this.drop(key)
    const own = copyText(key)
    const packed = packRecord({ value, version, expiresAt, tags })
    this.#records.set(own, packed)
    for (const tag of tags) this.#tags.add(tag, own)
    this.#bytes += sizeOf(own) + weightOf(packed)
    this.#writes++
    this.#sweep()
  }

  drop (key: string): void {
    const packed = this.#records.get(key)
    if (packed === undefined) return
    this.#records.delete(key)
    for (const tag of unpackRecord(packed).tags) this.#tags.delete(tag, key)
    this.#bytes -= sizeOf(key) + weightOf(packed)
  }

  keys (tag: string): readonly string[] {
    return this.#tags.keys(tag).filter(key => this.alive(key)?.tags.includes(tag) === true)
  }

  /**
   * Drops what has ended after as many writes as there are records, sooner where the shelf is full, and the oldest
   * where it is still too much. A full shelf is not searched at every write: that would cost more than what it keeps.
   */
  #sweep (): void {
    const { entries, bytes } = this.#bounds
    const { size } = this.#records
    const isFull = (): boolean => this.#records.size > entries || this.#bytes > bytes
    const unswept = this.#writes - this.#sweptAt
    if (unswept >= Math.max(LEAST_SWEEP, size) || (isFull() && unswept >= size / 8)) this.#dropEnded()
    for (const key of this.#records.keys()) {
      if (!isFull()) break
      this.drop(key)
    }
  }

  #dropEnded (): void {
    const now = this.#now()
    for (const [key, packed] of this.#records) if (endOf(packed) <= now) this.drop(key)
    this.#sweptAt = this.#writes
  }
}
