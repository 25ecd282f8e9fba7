import { type SqlClient } from './client.ts'
import { type SqlTables } from './tables.ts'

const PAUSE_MS = 60_000
/** A process whose clock is ahead must delete nothing that lives for others. */
const GRACE_MS = 3_600_000

/** Deletes what ended an hour ago or earlier, at most once a minute and a bounded number of rows each time. */
export class SqlSweeper {
  readonly #client: SqlClient
  readonly #tables: SqlTables
  #sweptAt = -Infinity
  #sweeping = Promise.resolve()

  constructor (client: SqlClient, tables: SqlTables) {
    this.#client = client
    this.#tables = tables
  }

  /** Nobody waits for a sweep, and nothing fails because one does: the next will find the same rows. */
  sweepNowAndThen (now: number): void {
    if (now - this.#sweptAt < PAUSE_MS) return
    this.#sweptAt = now
    this.#sweeping = this.#sweeping.then(() => this.#sweep(Math.floor(now) - GRACE_MS)).catch(() => {})
  }

  /** Settles when no sweep is under way. */
  async settle (): Promise<void> {
    await this.#sweeping
  }

  async #sweep (time: number): Promise<void> {
    const { dialect } = this.#client
    await dialect.sweep(this.#client, this.#tables.entries, 'id', time)
    await dialect.sweep(this.#client, this.#tables.tags, 'version', time)
  }
}
