import { ConfigurationError } from '../../errors.ts'
import { type MysqlDatabase, mysqlClient } from './mysql-client.ts'
import { type PostgresqlDatabase, postgresqlClient } from './postgresql-client.ts'
import { type SqlClient } from './client.ts'
import { type SqliteDatabase, sqliteClient } from './sqlite-client.ts'

/**
 * A database that the application has: a Pool or Client of `pg`, a pool or connection of `mysql2` or
 * `mysql2/promise`, a `DatabaseSync` of `node:sqlite`, or a Database of `better-sqlite3`.
 */
export type SqlDatabase = PostgresqlDatabase | MysqlDatabase | SqliteDatabase

function hasMethods (database: object, ...names: readonly string[]): boolean {
  return names.every(name => typeof Reflect.get(database, name) === 'function')
}

function isMysql (database: object): database is MysqlDatabase {
  // The package mariadb has a method batch; it looks alike and answers otherwise.
  return hasMethods(database, 'query', 'execute') && !hasMethods(database, 'batch')
}

function isSqlite (database: object): database is SqliteDatabase {
  return hasMethods(database, 'prepare', 'exec')
}

function isPostgresql (database: object): database is PostgresqlDatabase {
  return hasMethods(database, 'query', 'connect') && !hasMethods(database, 'execute')
}

/** Whether something looks like a database that {@link SqlStore} takes. */
export function isSqlDatabase (value: unknown): value is SqlDatabase {
  return typeof value === 'object' && value !== null && [isMysql, isPostgresql, isSqlite].some(fits => fits(value))
}

function isSqlClient (value: SqlDatabase | SqlClient): value is SqlClient {
  return hasMethods(Object(value), 'rows', 'change')
}

/** @throws ConfigurationError for anything else than a {@link SqlDatabase} */
export function sqlClientOf (database: SqlDatabase | SqlClient): SqlClient {
  if (isSqlClient(database)) return database
  if (!isSqlDatabase(database)) {
    throw new ConfigurationError('The SQL store takes a Pool or Client of pg, a pool or connection of mysql2, a ' +
      'DatabaseSync of node:sqlite, or a Database of better-sqlite3.')
  }
  if (isMysql(database)) return mysqlClient(database)
  return isPostgresql(database) ? postgresqlClient(database) : sqliteClient(database)
}
