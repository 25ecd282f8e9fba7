import { ConfigurationError } from '../../errors.ts'
import { SqlStore } from './sql-store.ts'
import { type SqliteDatabase, sqliteClient } from './sqlite-client.ts'
import type { Store, StoreOptions } from '../store.ts'

interface Database extends SqliteDatabase {
  exec (text: string): unknown
  close (): void
}

/** What is needed of `node:sqlite`. */
interface SqliteDriver {
  readonly DatabaseSync: new (path: string) => Database
}

/** A name that no compiler resolves: the types of older releases of Node do not know it. */
const importDriver = async (name = 'node:sqlite'): Promise<SqliteDriver> => await import(name)

async function loadDriver (load: () => Promise<SqliteDriver>): Promise<SqliteDriver> {
  try {
    return await load()
  } catch (cause) {
    throw Object.assign(new ConfigurationError('A "sqlite:" store needs Node.js 22.13 or later. Use that, ' +
      'or hand over a database of the package better-sqlite3: new SqlStore(new Database(path))'), { cause })
  }
}

/** Everything behind `sqlite:` is the path; `sqlite:///var/x` is `/var/x`, as others write it. */
function pathOf (url: string): string {
  const path = url.replace(/^sqlite:(?:\/\/(?=\/))?/, '')
  if (path === '' || path.startsWith('//')) {
    throw new ConfigurationError(`"${url}" names no file. Write sqlite:path, sqlite:/path or sqlite::memory:`)
  }
  return path
}

function openDatabase (DatabaseSync: SqliteDriver['DatabaseSync'], path: string): Database {
  try {
    const database = new DatabaseSync(path)
    database.exec('PRAGMA busy_timeout = 100; PRAGMA journal_mode = WAL')
    return database
  } catch (cause) {
    throw Object.assign(new ConfigurationError(`SQLite cannot open "${path}". ` +
      'The folder must be there, and the file must be a database, or not be there yet.'), { cause })
  }
}

/**
 * A store in a file of SQLite, for the processes of one machine. The folder must be there; the file is made. Readers
 * wait for nobody; of two writers one waits, for at most a second.
 *
 * @param url `sqlite:path`, relative to the working directory or absolute, or `sqlite::memory:`
 * @throws ConfigurationError where this Node.js has no SQLite, or the URL names no file that it can open
 */
export async function openSqlite (url: string, options: StoreOptions, load = importDriver): Promise<Store> {
  const path = pathOf(url)
  const { DatabaseSync } = await loadDriver(load)
  const database = openDatabase(DatabaseSync, path)
  return new SqlStore(sqliteClient(database, async () => database.close()), options)
}
