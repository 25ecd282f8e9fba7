import { loadDriver } from '../driver-package.ts'
import { type PostgresqlDatabase, postgresqlClient } from './postgresql-client.ts'
import { SqlStore } from './sql-store.ts'
import type { Store, StoreOptions } from '../store.ts'

const CONNECTIONS = 10
const CONNECT_MS = 2000
const QUERY_MS = 5000

interface Pool extends PostgresqlDatabase {
  on (event: 'error', listener: () => void): unknown
  end (): Promise<void>
}

/** What is needed of the package `pg`. */
interface PostgresqlDriver {
  readonly default: { readonly Pool: new (options: Readonly<Record<string, unknown>>) => Pool }
}

/** A name that no compiler resolves: the package need not be there. */
const importDriver = async (name = 'pg'): Promise<PostgresqlDriver> => await import(name)

/**
 * A store in PostgreSQL, over a pool of its own. Connections are made when they are needed; whoever waits longer than 2
 * seconds for one, or 5 for an answer, is told so.
 *
 * @param url as the package `pg` takes it, with what it takes of TLS
 * @throws ConfigurationError where `pg` is not installed
 */
export async function openPostgresql (url: string, options: StoreOptions, load = importDriver): Promise<Store> {
  const { default: { Pool } } = await loadDriver('pg', load)
  const pool = new Pool({
    connectionString: url, max: CONNECTIONS, connectionTimeoutMillis: CONNECT_MS, query_timeout: QUERY_MS
  })
  // A connection that breaks while nobody uses it would end the process; the pool makes another.
  pool.on('error', () => {})
  return new SqlStore(postgresqlClient(pool, () => pool.end()), options)
}
