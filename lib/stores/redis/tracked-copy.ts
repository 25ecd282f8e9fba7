import type { Entry } from '../store.ts'
import type { RedisClient, RedisConnection } from './client.ts'
import { LocalCopy, type LocalCopyBounds } from './local-copy.ts'
import { Tracking } from './tracking.ts'
import { trackedClient } from './tracking-connection.ts'

/** What a local copy can be told. */
export interface LocalCopyOptions {
  /** @default 200,000 entries and 128 MB */
  readonly bounds?: LocalCopyBounds | undefined
  /** Told once when the copy is dropped and every read asks the server, with the reason, and once when it is back. */
  readonly onChange?: ((state: 'down' | 'up', cause?: unknown) => void) | undefined
}

/** What a copy is of. */
export interface CopiedKeys {
  readonly client: RedisClient
  readonly connection: RedisConnection
  /** What the store puts before each key. */
  readonly prefix: string
}

type Entries = ReadonlyArray<Entry | undefined>

/** Milliseconds that the key lives which proves the tracking: longer than it is waited for. */
const PROOF_LIFE = '10000'

/**
 * A copy of what was read from Redis that Redis itself keeps true: it tells of each change, on a connection for that
 * alone. What is not known to be true is not told: who asks gets nothing then, and asks the server.
 *
 * @throws ConfigurationError where the client cannot be tracked
 */
export class TrackedCopy {
  readonly #copy: LocalCopy
  readonly #tracking: Tracking
  readonly #unwatch: () => void

  constructor ({ client, connection, prefix }: CopiedKeys, { bounds, onChange = () => {} }: LocalCopyOptions) {
    const { keyPrefix, open, onLost } = trackedClient(client)
    this.#copy = new LocalCopy(bounds)
    this.#tracking = new Tracking({
      open,
      prefix: keyPrefix + prefix,
      write: key => connection.send(prefix + key, 'set', prefix + key, '', 'PX', PROOF_LIFE),
      onChange: key => { this.#forget(key) },
      onState: onChange
    })
    this.#unwatch = onLost(() => { this.#tracking.restart(new Error('The client lost its connection')) })
  }

  peek (keys: readonly string[]): Entries | undefined {
    return this.#tracking.isSure() ? this.#copy.peek(keys) : undefined
  }

  async read (keys: readonly string[], ask: () => Promise<Entries>): Promise<Entries> {
    return this.#tracking.isUp ? await this.#copy.read(keys, ask) : await ask()
  }

  /** Our own change is true for us as soon as it is answered, even where the server tells of it later. */
  async change <Reply> (key: string, work: () => Promise<Reply>): Promise<Reply> {
    this.#copy.drop(key)
    try {
      return await work()
    } finally {
      this.#copy.drop(key)
    }
  }

  close (): void {
    this.#unwatch()
    this.#tracking.close()
  }

  #forget (key: string | null): void {
    if (key === null) this.#copy.clear()
    else this.#copy.drop(key)
  }
}
