import { type SqlClient, type SqlDialect, type SqlParameter } from './client.ts'
import { onConflict } from './conflict.ts'

interface SqliteStatement {
  run (...parameters: SqlParameter[]): { changes: number | bigint }
  all (...parameters: SqlParameter[]): unknown[]
}

/** What is needed of a `DatabaseSync` of `node:sqlite`, or of a Database of `better-sqlite3`. */
export interface SqliteDatabase {
  prepare (text: string): SqliteStatement
  exec: unknown
}

const SWEPT_ROWS = 2000
const BUSY = 5

export const sqlite: SqlDialect = {
  ...onConflict,

  quote: name => `"${name}"`,

  createTables: tables => [
    `CREATE TABLE IF NOT EXISTS ${tables.entries} (
      id BLOB NOT NULL PRIMARY KEY, content BLOB NOT NULL, version BLOB NOT NULL, expires_at INTEGER NOT NULL)`,
    `CREATE INDEX IF NOT EXISTS ${tables.index('ends').qualified} ON ${tables.bare.entries} (expires_at)`,
    `CREATE TABLE IF NOT EXISTS ${tables.tags} (
      version BLOB NOT NULL, tag BLOB NOT NULL, id BLOB NOT NULL, expires_at INTEGER NOT NULL,
      PRIMARY KEY (version, tag))`,
    `CREATE INDEX IF NOT EXISTS ${tables.index('tags_tag').qualified} ON ${tables.bare.tags} (tag)`,
    `CREATE INDEX IF NOT EXISTS ${tables.index('tags_ends').qualified} ON ${tables.bare.tags} (expires_at)`
  ],

  isMissingTable: error => /^no such table/.test(Object(error).message),

  /** better-sqlite3 names the code, node:sqlite numbers it. */
  isTransient: error => /^SQLITE_BUSY/.test(Object(error).code) || (Object(error).errcode & 0xff) === BUSY,

  async sweep (client, table, key, time) {
    await client.change(`DELETE FROM ${table} WHERE ${key} IN ` +
      `(SELECT ${key} FROM ${table} WHERE expires_at <= ? ORDER BY expires_at LIMIT ${SWEPT_ROWS})`, [time])
  }
}

/** The database works while its caller waits; what it throws rejects. */
export function sqliteClient (database: SqliteDatabase, close = async (): Promise<void> => {}): SqlClient {
  return {
    dialect: sqlite,
    rows: async (text, parameters) => database.prepare(text).all(...parameters) as Record<string, unknown>[],
    change: async (text, parameters) => Number(database.prepare(text).run(...parameters).changes),
    close
  }
}
