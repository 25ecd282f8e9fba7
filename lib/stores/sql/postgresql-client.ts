import { createHash } from 'node:crypto'
import { type SqlClient, type SqlDialect, type SqlParameter, type SqlRow } from './client.ts'
import { onConflict } from './conflict.ts'
import { type SqlTables } from './tables.ts'

/** What is needed of a Pool, a Client or a PoolClient of the package `pg`. */
export interface PostgresqlDatabase {
  query (text: string, values: SqlParameter[]): Promise<{ rows: SqlRow[], rowCount: number | null }>
  connect: unknown
}

const SWEPT_ROWS = 2000

// serialization_failure, deadlock_detected; the last two where two make a table at the same moment.
const transient = new Set<unknown>(['40001', '40P01', '23505', '42P07'])
const UNDEFINED_TABLE = '42P01'

/** Values of an advisory lock are numbers of 64 bits. */
function lockNumber ({ lock }: SqlTables): bigint {
  return createHash('sha256').update(lock).digest().readBigInt64BE()
}

export const postgresql: SqlDialect = {
  ...onConflict,

  quote: name => `"${name}"`,

  /** One text, so one transaction: `CREATE TABLE IF NOT EXISTS` by itself fails where two make the same table. */
  createTables: tables => [`
    SELECT pg_advisory_xact_lock(${lockNumber(tables)});
    CREATE TABLE IF NOT EXISTS ${tables.entries} (
      id BYTEA PRIMARY KEY, content BYTEA NOT NULL, version BYTEA NOT NULL, expires_at BIGINT NOT NULL);
    CREATE INDEX IF NOT EXISTS ${tables.index('ends').bare} ON ${tables.entries} (expires_at);
    CREATE TABLE IF NOT EXISTS ${tables.tags} (
      version BYTEA, tag BYTEA, id BYTEA NOT NULL, expires_at BIGINT NOT NULL, PRIMARY KEY (version, tag));
    CREATE INDEX IF NOT EXISTS ${tables.index('tags_tag').bare} ON ${tables.tags} (tag);
    CREATE INDEX IF NOT EXISTS ${tables.index('tags_ends').bare} ON ${tables.tags} (expires_at)`],

  isMissingTable: error => Object(error).code === UNDEFINED_TABLE,

  isTransient: error => transient.has(Object(error).code),

  /** Looks at the end once more, for a row that somebody has written again meanwhile; waits for nobody. */
  async sweep (client, table, key, time) {
    await client.change(`DELETE FROM ${table} WHERE expires_at <= ? AND ${key} = ANY(ARRAY(SELECT ${key} FROM ${table} ` +
      `WHERE expires_at <= ? ORDER BY expires_at LIMIT ${SWEPT_ROWS} FOR UPDATE SKIP LOCKED))`, [time, time])
  }
}

/** Numbers the parameters as PostgreSQL wants them. No text of ours has a question mark elsewhere. */
function numberParameters (text: string): string {
  let position = 0
  return text.replaceAll('?', () => `$${++position}`)
}

/** A Pool has a connection for each statement. A Client does one after another, and pg 9 will refuse to queue them. */
function inTurn (database: PostgresqlDatabase): PostgresqlDatabase['query'] {
  if ('totalCount' in database) return (text, values) => database.query(text, values)
  let last: Promise<unknown> = Promise.resolve()
  return (text, values) => {
    const answer = last.then(() => database.query(text, values))
    last = answer.catch(() => {})
    return answer
  }
}

/** Statements have no names, so that nothing is prepared on a connection and a pooler may change it each time. */
export function postgresqlClient (database: PostgresqlDatabase, close = async (): Promise<void> => {}): SqlClient {
  const query = inTurn(database)
  return {
    dialect: postgresql,
    async rows (text, parameters) {
      return (await query(numberParameters(text), [...parameters])).rows
    },
    async change (text, parameters) {
      return (await query(numberParameters(text), [...parameters])).rowCount ?? 0
    },
    close
  }
}
