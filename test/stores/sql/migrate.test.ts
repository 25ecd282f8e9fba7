import { test } from 'tap'
import { type SqlClient } from '../../../lib/stores/sql/client.ts'
import { createTables, migrate } from '../../../lib/stores/sql/migrate.ts'
import { nameTables } from '../../../lib/stores/sql/tables.ts'
import { sqlite, sqliteClient } from '../../../lib/stores/sql/sqlite-client.ts'
import { WasmDatabase } from '../../_sqlite.ts'
import { recording } from '../_sql.ts'

const tables = nameTables('login', sqlite.quote)

function setUp () {
  const database = new WasmDatabase(':memory:')
  const made = () => database.prepare("SELECT name FROM sqlite_master WHERE sql <> '' ORDER BY name").all().map(row => row?.['name'])
  return { database, made, client: recording(sqliteClient(database)) }
}

test('tables and indexes are made, as often as one likes', async t => {
  const { database, made } = setUp()
  for (let turn = 0; turn < 2; turn++) {
    await migrate(database)
    t.same(made(), ['fastify_login', 'fastify_login_ends', 'fastify_login_tags', 'fastify_login_tags_ends', 'fastify_login_tags_tag'])
  }
  await migrate(database, { table: 'other' })
  t.equal(made().length, 10)
})

test('where both tables are there nothing is made', async t => {
  const { client } = setUp()
  await createTables(client, tables)
  client.texts.length = 0
  await createTables(client, tables)
  t.same(client.texts.map(text => text.slice(0, 6)), ['SELECT', 'SELECT'])
})

test('where only one table is there the rest is made', async t => {
  const { client, database, made } = setUp()
  await createTables(client, tables)
  database.exec('DROP TABLE login_tags')
  await createTables(client, tables)
  t.equal(made().length, 5)
})

test('where the database does not answer nothing is made', async t => {
  const { client } = setUp()
  const broken: SqlClient = {
    ...client,
    rows: async () => {
      throw new Error('no answer')
    }
  }
  await t.rejects(createTables(broken, tables), { message: 'no answer' })
  t.same(client.texts, [])
})

test('a name that is not plain is refused', async t => {
  await t.rejects(migrate(setUp().database, { table: 'a b' }), { code: 'FST_LOGIN_CONFIGURATION' })
})
