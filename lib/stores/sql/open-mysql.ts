import { loadDriver } from '../driver-package.ts'
import { type MysqlPromiseDatabase, type MysqlQuery, mysqlClient } from './mysql-client.ts'
import { SqlStore } from './sql-store.ts'
import type { Store, StoreOptions } from '../store.ts'

const CONNECTIONS = 10
const MOST_WAITING = 200
const CONNECT_MS = 2000
const QUERY_MS = 5000

interface Connection {
  query (query: MysqlQuery & { timeout: number }): Promise<[unknown, unknown]>
  release (): void
  destroy (): void
}

interface Pool {
  getConnection (): Promise<Connection>
  end (): Promise<void>
}

/** What is needed of the package `mysql2`. */
interface MysqlDriver {
  readonly default: { createPool (options: Readonly<Record<string, unknown>>): Pool }
}

/** A name that no compiler resolves: the package need not be there. */
const importDriver = async (name = 'mysql2/promise'): Promise<MysqlDriver> => await import(name)

/** The pool lets wait for a connection as long as it takes; one that comes too late goes back. */
async function connect (pool: Pool): Promise<Connection> {
  const connection = pool.getConnection()
  return await new Promise((resolve, reject) => {
    const timer = setTimeout(() => {
      reject(new Error(`No connection to the database within ${CONNECT_MS} ms.`))
      connection.then(late => late.release(), () => {})
    }, CONNECT_MS)
    connection.then(resolve, reject).finally(() => clearTimeout(timer))
  })
}

/** A pool that drops a connection which does not answer in time: its answer would block those that come after it. */
function impatient (pool: Pool): MysqlPromiseDatabase {
  return {
    async query (query) {
      const connection = await connect(pool)
      const answer = await connection.query({ ...query, timeout: QUERY_MS }).catch((error: unknown) => {
        if (Object(error).code === 'PROTOCOL_SEQUENCE_TIMEOUT') connection.destroy()
        else connection.release()
        throw error
      })
      connection.release()
      return answer
    },
    execute: undefined
  }
}

/**
 * A store in MySQL or MariaDB, over a pool of its own. Connections are made when they are needed; whoever waits longer
 * than 2 seconds for one, or 5 for an answer, is told so.
 *
 * @param url as the package `mysql2` takes it, with what it takes of TLS
 * @throws ConfigurationError where `mysql2` is not installed
 */
export async function openMysql (url: string, options: StoreOptions, load = importDriver): Promise<Store> {
  const { default: { createPool } } = await loadDriver('mysql2', load)
  const pool = createPool({
    uri: url, connectionLimit: CONNECTIONS, queueLimit: MOST_WAITING, connectTimeout: CONNECT_MS
  })
  return new SqlStore(mysqlClient(impatient(pool), () => pool.end()), options)
}
