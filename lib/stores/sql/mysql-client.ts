import { type SqlClient, type SqlDialect, type SqlEntry, type SqlParameter, type SqlRow } from './client.ts'
import { type SqlTables } from './tables.ts'

export interface MysqlQuery {
  sql: string
  values: SqlParameter[]
  rowsAsArray: false
  nestTables: false
  typeCast: (field: unknown, next: () => unknown) => unknown
}

/** What is needed of a pool or a connection of `mysql2/promise`. */
export interface MysqlPromiseDatabase {
  query (query: MysqlQuery): Promise<[unknown, unknown]>
  execute: unknown
}

/** What is needed of a pool or a connection of `mysql2`, also of its flavour without promises. */
export type MysqlDatabase = MysqlPromiseDatabase | { promise (): MysqlPromiseDatabase, execute: unknown }

const SWEPT_ROWS = 2000
const MOST_ROUNDS = 20

const DUPLICATE_ENTRY = 1062
const NO_SUCH_TABLE = 1146
// Deadlock, and lock wait timeout; the last where two make a table at the same moment.
const transient = new Set<unknown>([1213, 1205, 1050])

const values = ({ id, content, version, expiresAt }: SqlEntry): SqlParameter[] => [id, content, version, expiresAt]

/** Does a round again where others came between, which cannot go on for ever: each time one of them got through. */
async function untilDone <Result> (round: () => Promise<{ done: Result } | undefined>): Promise<Result> {
  for (let rounds = 0; rounds < MOST_ROUNDS; rounds++) {
    const end = await round()
    if (end !== undefined) return end.done
  }
  throw new Error('What was read could not be changed, although it was tried again and again. ' +
    'The database must answer with what was written last: read from the primary, not from a replica.')
}

async function insert (client: SqlClient, { entries }: SqlTables, entry: SqlEntry): Promise<boolean> {
  try {
    await client.change(`INSERT INTO ${entries} (id, content, version, expires_at) VALUES (?, ?, ?, ?)`, values(entry))
    return true
  } catch (error) {
    if (Object(error).errno !== DUPLICATE_ENTRY) throw error
    return false
  }
}

async function overwriteEnded (
  client: SqlClient, { entries }: SqlTables, { id, content, version, expiresAt }: SqlEntry, now: number
): Promise<boolean> {
  const text = `UPDATE ${entries} SET content = ?, version = ?, expires_at = ? WHERE id = ? AND expires_at <= ?`
  return await client.change(text, [content, version, expiresAt, id, now]) === 1
}

/** The statements that MySQL and MariaDB both know. */
export const mysql: SqlDialect = {
  quote: name => `\`${name}\``,

  /** VARBINARY compares by bytes whatever the collation is, with what stands at its end. */
  createTables: ({ entries, tags }) => [
    `CREATE TABLE IF NOT EXISTS ${entries} (
      id VARBINARY(512) NOT NULL PRIMARY KEY, content LONGBLOB NOT NULL, version VARBINARY(32) NOT NULL,
      expires_at BIGINT NOT NULL, INDEX ends (expires_at)
    ) ENGINE = InnoDB ROW_FORMAT = DYNAMIC`,
    `CREATE TABLE IF NOT EXISTS ${tags} (
      version VARBINARY(32) NOT NULL, tag VARBINARY(512) NOT NULL, id VARBINARY(512) NOT NULL,
      expires_at BIGINT NOT NULL, PRIMARY KEY (version, tag), INDEX tag (tag), INDEX ends (expires_at)
    ) ENGINE = InnoDB ROW_FORMAT = DYNAMIC`
  ],

  isMissingTable: error => Object(error).errno === NO_SUCH_TABLE,

  isTransient: error => transient.has(Object(error).errno),

  async set (client, { entries }, entry) {
    await client.change(`REPLACE INTO ${entries} (id, content, version, expires_at) VALUES (?, ?, ?, ?)`, values(entry))
  },

  /**
   * Not `ON DUPLICATE KEY UPDATE`: with the flag FOUND_ROWS, which mysql2 sets, a row that was inserted and one that
   * was left alone are both counted as 1.
   */
  async add (client, tables, entry, now) {
    return await untilDone(async () => {
      if (await insert(client, tables, entry)) return { done: true }
      if (await overwriteEnded(client, tables, entry, now)) return { done: true }
      // Between the two somebody may have swept the row that had ended: then nothing lives there.
      const text = `SELECT version FROM ${tables.entries} WHERE id = ? AND expires_at > ?`
      const alive = await client.rows(text, [entry.id, now])
      return alive.length > 0 ? { done: false } : undefined
    })
  },

  /** MySQL has no RETURNING. Who deletes the version that was read has it; the others look again. */
  async take (client, { entries }, id, now) {
    return await untilDone(async () => {
      const text = `SELECT content, version FROM ${entries} WHERE id = ? AND expires_at > ?`
      const [row] = await client.rows(text, [id, now])
      if (row === undefined) return { done: undefined }
      const { content, version } = row as { content: unknown, version: Uint8Array }
      const deleted = await client.change(`DELETE FROM ${entries} WHERE id = ? AND version = ?`, [id, version])
      return deleted === 1 ? { done: content } : undefined
    })
  },

  async sweep (client, table, _key, time) {
    await client.change(`DELETE FROM ${table} WHERE expires_at <= ? ORDER BY expires_at LIMIT ${SWEPT_ROWS}`, [time])
  }
}

/** Answers as mysql2 gives them by itself, whatever the application has set for its own. */
const plain = {
  rowsAsArray: false, nestTables: false, typeCast: (_field: unknown, next: () => unknown) => next()
} as const

/**
 * Texts go as a whole, with bytes in hexadecimal, which no character set and no SQL mode reads differently; nothing is
 * prepared on a connection, so a proxy may change it each time.
 */
export function mysqlClient (database: MysqlDatabase, close = async (): Promise<void> => {}): SqlClient {
  const connection = 'promise' in database ? database.promise() : database
  async function query (sql: string, values: readonly SqlParameter[]): Promise<unknown> {
    const [result] = await connection.query({ sql, values: [...values], ...plain })
    return result
  }
  return {
    dialect: mysql,
    rows: async (text, parameters) => await query(text, parameters) as SqlRow[],
    change: async (text, parameters) => (await query(text, parameters) as { affectedRows: number }).affectedRows,
    close
  }
}
