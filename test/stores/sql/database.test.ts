import callbacks from 'mysql2'
import mysql from 'mysql2/promise'
import pg from 'pg'
import { test } from 'tap'
import { isSqlDatabase, sqlClientOf } from '../../../lib/stores/sql/database.ts'
import { mysql as mysqlDialect } from '../../../lib/stores/sql/mysql-client.ts'
import { postgresql } from '../../../lib/stores/sql/postgresql-client.ts'
import { sqlite } from '../../../lib/stores/sql/sqlite-client.ts'
import { nodeSqlite, WasmDatabase } from '../../_sqlite.ts'

test('the clients of PostgreSQL are told by what they can do', async t => {
  const pool = new pg.Pool()
  for (const database of [pool, new pg.Client()]) {
    t.ok(isSqlDatabase(database))
    t.equal(sqlClientOf(database).dialect, postgresql)
  }
  await pool.end()
})

test('the pools of MySQL are told by what they can do, of either flavour', async t => {
  const [promising, calling] = [mysql.createPool({}), callbacks.createPool({})]
  for (const database of [promising, calling, calling.promise()]) {
    t.ok(isSqlDatabase(database))
    t.equal(sqlClientOf(database).dialect, mysqlDialect)
  }
  await Promise.all([promising.end(), calling.promise().end()])
})

test('the databases of SQLite are told by what they can do', async t => {
  const DatabaseSync = await nodeSqlite() ?? WasmDatabase
  for (const database of [new WasmDatabase(':memory:'), new DatabaseSync(':memory:')]) {
    t.ok(isSqlDatabase(database))
    t.equal(sqlClientOf(database).dialect, sqlite)
    database.close()
  }
})

test('a client of ours is taken as it is', async t => {
  const database = new WasmDatabase(':memory:')
  const client = sqlClientOf(database)
  t.equal(sqlClientOf(client), client)
  database.close()
})

test('anything else is refused, the package mariadb too', async t => {
  const mariadb = { query () {}, execute () {}, batch () {}, connect () {} }
  const redis = { connect () {}, exec () {}, get () {} }
  for (const value of [undefined, null, 'postgresql://localhost', {}, mariadb, redis, () => {}]) {
    t.notOk(isSqlDatabase(value))
    t.throws(() => Reflect.apply(sqlClientOf, undefined, [value]), { code: 'FST_LOGIN_CONFIGURATION' })
  }
})
