import { Gate, type GateOptions } from './gate.ts'
import type { Entry, Store, WriteOptions } from './store.ts'

/**
 * A store whose every operation answers or fails within a bounded time. After a failure the next ones fail at once,
 * without reaching the store; when the pause is over one operation tries it for all.
 *
 * Whatever went wrong is a StoreUnavailable with the reason as its `cause`. Every failure counts, also one that
 * a misuse of ours could bring about (a key too long): drivers throw the same TypeError and RangeError when their
 * connection broke half-way, and no text of a stranger is a key, so nobody can close the gate on others that way.
 *
 * A store that refuses writes (it is full, or a replica) still tells who is signed in: writes that fail close no reads.
 *
 * @example const store = new BoundedStore(new RedisStore(client), { onChange: state => app.log.warn(state) })
 */
export class BoundedStore implements Store {
  readonly #store: Store
  readonly #reads: Gate
  readonly #writes: Gate

  constructor (store: Store, options: GateOptions = {}) {
    this.#store = store
    this.#reads = new Gate(options)
    this.#writes = new Gate(options)
  }

  async get (key: string): Promise<Entry | undefined> {
    return await this.#reads.run(() => this.#store.get(key))
  }

  async getMany (keys: readonly string[]): Promise<ReadonlyArray<Entry | undefined>> {
    return await this.#reads.run(() => this.#store.getMany(keys))
  }

  /** What asks nobody needs no bounds. Where it fails the store is asked, and if it fails then too, that is known. */
  peek (keys: readonly string[]): ReadonlyArray<Entry | undefined> | undefined {
    try {
      return this.#store.peek?.(keys)
    } catch {
      return undefined
    }
  }

  async add (key: string, value: string, options: WriteOptions): Promise<string | undefined> {
    return await this.#write(() => this.#store.add(key, value, options))
  }

  async set (key: string, value: string, options: WriteOptions): Promise<string> {
    return await this.#write(() => this.#store.set(key, value, options))
  }

  async replace (key: string, version: string, value: string, options: WriteOptions): Promise<string | undefined> {
    return await this.#write(() => this.#store.replace(key, version, value, options))
  }

  async take (key: string): Promise<string | undefined> {
    return await this.#write(() => this.#store.take(key))
  }

  async delete (key: string, version?: string): Promise<boolean> {
    return await this.#write(() => this.#store.delete(key, version))
  }

  async keys (tag: string): Promise<readonly string[]> {
    return await this.#reads.run(() => this.#store.keys(tag))
  }

  async close (): Promise<void> {
    await this.#store.close()
  }

  /** What cannot be read need not be asked to write. */
  async #write<T> (operation: () => Promise<T>): Promise<T> {
    this.#reads.assertNoPause()
    return await this.#writes.run(operation)
  }
}
