import { bounded } from '../bounded.ts'
import { StoreUnavailable } from '../errors.ts'
import type { Entry, Store, WriteOptions } from './store.ts'

export interface BoundedStoreOptions {
  /** How long an operation may take, in milliseconds. @default 1500 */
  readonly timeout?: number
  /** How long the store is left alone after a failure, in milliseconds. @default 2000 */
  readonly pause?: number
  /** A clock in milliseconds that never goes back. @default performance.now */
  readonly now?: () => number
  /** Told once when the store fails, with the reason, and once when it answers again. */
  readonly onChange?: (state: 'down' | 'up', cause?: unknown) => void
}

/** Through which operations go. Each change makes a new one, so an outcome is known to belong to an earlier one. */
type Gate =
  | { readonly state: 'open' }
  | { readonly state: 'closed', readonly cause: unknown, readonly until: number }
  | { readonly state: 'trying', readonly cause: unknown }

/**
 * A store whose every operation answers or fails within a bounded time. After a failure the next ones fail at once,
 * without reaching the store; when the pause is over one operation tries it for all.
 *
 * Whatever went wrong is a {@link StoreUnavailable} with the reason as its `cause`. Every failure counts, also one that
 * a misuse of ours could bring about (a key too long): drivers throw the same TypeError and RangeError when their
 * connection broke half-way, and no text of a stranger is a key, so nobody can close the gate on others that way.
 *
 * An operation that timed out may still have been done.
 *
 * @example const store = new BoundedStore(new RedisStore(client), { onChange: state => app.log.warn(state) })
 */
export class BoundedStore implements Store {
  readonly #store: Store
  readonly #timeout: number
  readonly #pause: number
  readonly #now: () => number
  readonly #onChange: (state: 'down' | 'up', cause?: unknown) => void
  #gate: Gate = { state: 'open' }

  constructor (store: Store, options: BoundedStoreOptions = {}) {
    const { timeout = 1500, pause = 2000, now = () => performance.now(), onChange = () => {} } = options
    this.#store = store
    this.#timeout = timeout
    this.#pause = pause
    this.#now = now
    this.#onChange = onChange
  }

  async get (key: string): Promise<Entry | undefined> {
    return await this.#run(() => this.#store.get(key))
  }

  async getMany (keys: readonly string[]): Promise<ReadonlyArray<Entry | undefined>> {
    return await this.#run(() => this.#store.getMany(keys))
  }

  async add (key: string, value: string, options: WriteOptions): Promise<string | undefined> {
    return await this.#run(() => this.#store.add(key, value, options))
  }

  async set (key: string, value: string, options: WriteOptions): Promise<string> {
    return await this.#run(() => this.#store.set(key, value, options))
  }

  async replace (key: string, version: string, value: string, options: WriteOptions): Promise<string | undefined> {
    return await this.#run(() => this.#store.replace(key, version, value, options))
  }

  async take (key: string): Promise<string | undefined> {
    return await this.#run(() => this.#store.take(key))
  }

  async delete (key: string, version?: string): Promise<boolean> {
    return await this.#run(() => this.#store.delete(key, version))
  }

  async keys (tag: string): Promise<readonly string[]> {
    return await this.#run(() => this.#store.keys(tag))
  }

  async close (): Promise<void> {
    await this.#store.close()
  }

  async #run<T> (operation: () => Promise<T>): Promise<T> {
    const gate = this.#pass()
    const answer = await bounded(operation, this.#timeout).catch((cause: unknown) => {
      this.#failed(gate, cause)
      throw new StoreUnavailable({ cause })
    })
    this.#succeeded(gate)
    return answer
  }

  #pass (): Gate {
    const gate = this.#gate
    if (gate.state === 'open') return gate
    const { state, cause } = gate
    if (state === 'trying' || this.#now() < gate.until) throw new StoreUnavailable({ cause })
    this.#gate = { state: 'trying', cause }
    return this.#gate
  }

  /** Only the operation that tries opens the gate: what an earlier one got says nothing about the time after it. */
  #succeeded (gate: Gate): void {
    if (gate !== this.#gate || gate.state === 'open') return
    this.#gate = { state: 'open' }
    this.#onChange('up')
  }

  /** Of the operations that went through one gate the first to fail closes it; the rest does not prolong the pause. */
  #failed (gate: Gate, cause: unknown): void {
    if (gate !== this.#gate) return
    this.#gate = { state: 'closed', cause, until: this.#now() + this.#pause }
    if (gate.state === 'open') this.#onChange('down', cause)
  }
}
