import { randomBytes } from 'node:crypto'
import { type SqlClient, type SqlEntry } from './client.ts'
import { type SqlDatabase, sqlClientOf } from './database.ts'
import { createTables, DEFAULT_TABLE, type SqlTableOptions } from './migrate.ts'
import { retrying } from './retry.ts'
import { SqlSweeper } from './sweeper.ts'
import { nameTables, type SqlTables } from './tables.ts'
import { decodeText, encodeKey, encodeTime, encodeValue } from '../stored-bytes.ts'
import type { Entry, Store, StoreOptions, WriteOptions } from '../store.ts'

export interface SqlStoreOptions extends StoreOptions, SqlTableOptions {}

const marks = (values: readonly unknown[], mark = '?'): string => values.map(() => mark).join(', ')

/**
 * A store in PostgreSQL, MySQL, MariaDB or SQLite, over the pool or connection that the application has; it stays the
 * application's to close. Makes its tables when it is first used, and sweeps now and then what has ended.
 *
 * Every operation is one statement that nobody comes between, so it needs no transaction. Tags are written in front of
 * their entry and name its version: those of a write that was refused, or of an entry written since, name nothing.
 *
 * @example
 * const store = new SqlStore(new pg.Pool({ connectionString: process.env.DATABASE_URL }))
 */
export class SqlStore implements Store {
  readonly #client: SqlClient
  readonly #tables: SqlTables
  readonly #sweeper: SqlSweeper
  readonly #now: () => number
  #ready: Promise<void> | undefined
  #closing: Promise<void> | undefined

  /** @throws ConfigurationError where the database is none that it knows, or the name of the table is not plain */
  constructor (database: SqlDatabase | SqlClient, options: SqlStoreOptions = {}) {
    const { table = DEFAULT_TABLE, now = Date.now } = options
    this.#client = retrying(sqlClientOf(database))
    this.#tables = nameTables(table, this.#client.dialect.quote)
    this.#sweeper = new SqlSweeper(this.#client, this.#tables)
    this.#now = now
  }

  async get (key: string): Promise<Entry | undefined> {
    const [entry] = await this.getMany([key])
    return entry
  }

  async getMany (keys: readonly string[]): Promise<ReadonlyArray<Entry | undefined>> {
    const ids = keys.map(encodeKey)
    if (ids.length === 0) return []
    await this.#migrate()
    const text = `SELECT id, content, version, expires_at FROM ${this.#tables.entries} WHERE id IN (${marks(ids)})`
    const rows = await this.#client.rows(text, ids)
    const now = this.#now()
    const entries = rows.map(({ id, content, version, expires_at: expiresAt }) => [decodeText(id), {
      value: decodeText(content), version: decodeText(version), expiresAt: Number(expiresAt)
    }] as const)
    const alive = new Map(entries.filter(([, { expiresAt }]) => expiresAt > now))
    return keys.map(key => alive.get(key))
  }

  async add (key: string, value: string, options: WriteOptions): Promise<string | undefined> {
    const entry = await this.#begin(key, value, options)
    const isWritten = await this.#client.dialect.add(this.#client, this.#tables, entry, this.#time())
    return await this.#finish(entry, options, isWritten)
  }

  async set (key: string, value: string, options: WriteOptions): Promise<string> {
    const entry = await this.#begin(key, value, options)
    await this.#client.dialect.set(this.#client, this.#tables, entry)
    this.#sweeper.sweepNowAndThen(this.#now())
    return decodeText(entry.version)
  }

  async replace (key: string, version: string, value: string, options: WriteOptions): Promise<string | undefined> {
    const old = Buffer.from(version)
    const entry = await this.#begin(key, value, options)
    const text = `UPDATE ${this.#tables.entries} SET content = ?, version = ?, expires_at = ? ` +
      'WHERE id = ? AND version = ? AND expires_at > ?'
    const values = [entry.content, entry.version, entry.expiresAt, entry.id, old, this.#time()]
    const isWritten = await this.#client.change(text, values) === 1
    if (isWritten) await this.#dropTags(old, options)
    return await this.#finish(entry, options, isWritten)
  }

  async take (key: string): Promise<string | undefined> {
    const id = encodeKey(key)
    await this.#migrate()
    const content = await this.#client.dialect.take(this.#client, this.#tables, id, this.#time())
    return content === undefined ? undefined : decodeText(content)
  }

  async delete (key: string, version?: string): Promise<boolean> {
    const id = encodeKey(key)
    await this.#migrate()
    const text = `DELETE FROM ${this.#tables.entries} WHERE id = ? AND expires_at > ?`
    if (version === undefined) return await this.#client.change(text, [id, this.#time()]) === 1
    return await this.#client.change(`${text} AND version = ?`, [id, this.#time(), Buffer.from(version)]) === 1
  }

  async keys (tag: string): Promise<readonly string[]> {
    const label = encodeKey(tag)
    await this.#migrate()
    const { entries, tags } = this.#tables
    const text = `SELECT entry.id AS id FROM ${tags} AS label JOIN ${entries} AS entry ` +
      'ON entry.id = label.id AND entry.version = label.version WHERE label.tag = ? AND entry.expires_at > ?'
    return (await this.#client.rows(text, [label, this.#time()])).map(({ id }) => decodeText(id))
  }

  async close (): Promise<void> {
    this.#closing ??= this.#sweeper.settle().then(() => this.#client.close())
    await this.#closing
  }

  #time (): number {
    return encodeTime(this.#now())
  }

  /** Makes the tables once; where that failed the next caller tries again. */
  async #migrate (): Promise<void> {
    this.#ready ??= createTables(this.#client, this.#tables).catch((error: unknown) => {
      this.#ready = undefined
      throw error
    })
    await this.#ready
  }

  /** Makes the entry of a write, and writes its tags: an index that names too little would hide what lives. */
  async #begin (key: string, value: string, { expiresAt, tags = [] }: WriteOptions): Promise<SqlEntry> {
    const labels = [...new Set(tags)].map(encodeKey)
    const entry = {
      id: encodeKey(key),
      content: encodeValue(value),
      version: Buffer.from(randomBytes(12).toString('base64url')),
      expiresAt: encodeTime(expiresAt)
    }
    await this.#migrate()
    if (labels.length > 0) {
      const text = `INSERT INTO ${this.#tables.tags} (version, tag, id, expires_at) ` +
        `VALUES ${marks(labels, '(?, ?, ?, ?)')}`
      await this.#client.change(text, labels.flatMap(label => [entry.version, label, entry.id, entry.expiresAt]))
    }
    return entry
  }

  async #finish (entry: SqlEntry, options: WriteOptions, isWritten: boolean): Promise<string | undefined> {
    this.#sweeper.sweepNowAndThen(this.#now())
    if (isWritten) return decodeText(entry.version)
    await this.#dropTags(entry.version, options)
    return undefined
  }

  /** Drops the tags of a version that is no more. Where this fails the write stands, and a sweep drops them. */
  async #dropTags (version: Uint8Array, { tags = [] }: WriteOptions): Promise<void> {
    if (tags.length === 0) return
    await this.#client.change(`DELETE FROM ${this.#tables.tags} WHERE version = ?`, [version]).catch(() => {})
  }
}
