import { test } from 'tap'
import { onConflict } from '../../../lib/stores/sql/conflict.ts'
import { createTables } from '../../../lib/stores/sql/migrate.ts'
import { nameTables } from '../../../lib/stores/sql/tables.ts'
import { sqlite, sqliteClient } from '../../../lib/stores/sql/sqlite-client.ts'
import { WasmDatabase } from '../../_sqlite.ts'
import { recording } from '../_sql.ts'

const tables = nameTables('login', sqlite.quote)
const id = Buffer.from('key')

async function setUp () {
  const client = recording(sqliteClient(new WasmDatabase(':memory:')))
  await createTables(client, tables)
  client.texts.length = 0
  const entry = (content: string, expiresAt: number) =>
    ({ id, content: Buffer.from(content), version: Buffer.from('1'), expiresAt })
  return { client, entry }
}

test('each operation is one statement', async t => {
  const { client, entry } = await setUp()
  await onConflict.set(client, tables, entry('a', 10))
  await onConflict.add(client, tables, entry('b', 10), 5)
  await onConflict.take(client, tables, id, 5)
  t.equal(client.texts.length, 3)
})

test('what ends at a time has ended at that time', async t => {
  const { client, entry } = await setUp()
  await onConflict.set(client, tables, entry('a', 10))
  t.equal(await onConflict.add(client, tables, entry('b', 20), 9), false)
  t.equal(await onConflict.take(client, tables, id, 10), undefined)
  t.equal(await onConflict.add(client, tables, entry('b', 20), 10), true)
  t.same(await onConflict.take(client, tables, id, 19), Buffer.from('b'))
  t.equal(await onConflict.take(client, tables, id, 19), undefined)
})
