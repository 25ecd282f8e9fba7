import { MemoryStore } from '../../lib/stores/memory/memory-store.ts'
import type { Entry, Store, WriteOptions } from '../../lib/stores/store.ts'

/** A memory store that notes what is asked of it, and everything that was ever written. */
export class NotedStore implements Store {
  calls: string[] = []
  readonly written = new Map<string, string[]>()
  /** Waited for before a call of this kind. */
  readonly before = new Map<string, () => Promise<void>>()
  readonly #store: MemoryStore

  constructor (now: () => number = Date.now) {
    this.#store = new MemoryStore({ now })
  }

  async get (key: string): Promise<Entry | undefined> {
    await this.#note('get')
    return await this.#store.get(key)
  }

  async getMany (keys: readonly string[]): Promise<ReadonlyArray<Entry | undefined>> {
    await this.#note('getMany')
    return await this.#store.getMany(keys)
  }

  async add (key: string, value: string, options: WriteOptions): Promise<string | undefined> {
    await this.#note('add', key, value)
    return await this.#store.add(key, value, options)
  }

  async set (key: string, value: string, options: WriteOptions): Promise<string> {
    await this.#note('set', key, value)
    return await this.#store.set(key, value, options)
  }

  async replace (key: string, version: string, value: string, options: WriteOptions): Promise<string | undefined> {
    await this.#note('replace', key, value)
    return await this.#store.replace(key, version, value, options)
  }

  async take (key: string): Promise<string | undefined> {
    await this.#note('take')
    return await this.#store.take(key)
  }

  async delete (key: string, version?: string): Promise<boolean> {
    await this.#note('delete')
    return await this.#store.delete(key, version)
  }

  async keys (tag: string): Promise<readonly string[]> {
    await this.#note('keys')
    return await this.#store.keys(tag)
  }

  async close (): Promise<void> {
    await this.#note('close')
    await this.#store.close()
  }

  /** Everything that was ever written, keys and values, as one text. */
  get dump (): string {
    return [...this.written].map(([key, values]) => [key, ...values].join('\n')).join('\n')
  }

  async #note (call: string, key?: string, value?: string): Promise<void> {
    this.calls.push(call)
    if (key !== undefined && value !== undefined) this.written.set(key, [...this.written.get(key) ?? [], value])
    await this.before.get(call)?.()
  }
}
