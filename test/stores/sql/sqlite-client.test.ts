import t, { type Test } from 'tap'
import { sqlite, type SqliteDatabase, sqliteClient } from '../../../lib/stores/sql/sqlite-client.ts'
import { SqlStore } from '../../../lib/stores/sql/sql-store.ts'
import { storeContract } from '../../../lib/testing/index.ts'
import { newFile, nodeSqlite, WasmDatabase } from '../../_sqlite.ts'
import { readsInOneStatement } from '../_sql.ts'

const later = () => ({ expiresAt: Date.now() + 3_600_000 })

type Database = new (path: string) => SqliteDatabase & { exec (text: string): unknown, close (): void }

function connect (t: Test, Database: Database, path = newFile(t)) {
  const database = new Database(path)
  t.teardown(() => database.close())
  return database
}

async function tryDatabase (t: Test, Database: Database): Promise<void> {
  t.test('a file keeps the contract', async t => {
    const database = connect(t, Database)
    for (const { title, check } of storeContract(({ now }) => new SqlStore(database, { now }))) t.test(title, check)
  })

  t.test('two connections to a file keep the contract', async t => {
    const path = newFile(t)
    const databases = [connect(t, Database, path), connect(t, Database, path)] as const
    let turn = 0
    const open = ({ now }: { now: () => number }) => new SqlStore(databases[turn++ % 2 === 0 ? 0 : 1], { now })
    for (const { title, check } of storeContract(open)) t.test(title, check)
  })

  t.test('what is written waits while another connection writes', async t => {
    const path = newFile(t)
    const [store, other] = [new SqlStore(connect(t, Database, path)), connect(t, Database, path)]
    await store.set('key', 'first', later())
    other.exec('BEGIN IMMEDIATE')
    const written = store.set('key', 'second', later())
    setTimeout(() => other.exec('COMMIT'), 5)
    await written
    t.match(await store.get('key'), { value: 'second' })
  })

  t.test('get and getMany are one statement each', async t => {
    await readsInOneStatement(t, sqliteClient(connect(t, Database)))
  })

  t.test('a table may stand in a schema and have the name of a word of SQL', async t => {
    const database = connect(t, Database)
    database.exec(`ATTACH '${newFile(t)}' AS more`)
    const store = new SqlStore(database, { table: 'more.order' })
    await store.set('key', 'value', { ...later(), tags: ['tag'] })
    t.same(await store.keys('tag'), ['key'])
    const indexes = database.prepare("SELECT name FROM more.sqlite_master WHERE type = 'index' AND sql <> '' ORDER BY name").all()
    t.match(indexes, [{ name: 'order_ends' }, { name: 'order_tags_ends' }, { name: 'order_tags_tag' }])
  })

  t.test('what the database throws rejects', async t => {
    const database = connect(t, Database)
    const client = sqliteClient(database)
    await t.rejects(client.rows('SELECT nonsense', []), { message: /no such column/ })
    await t.rejects(client.change('DROP TABLE nonsense', []), { message: /no such table/ })
  })

  t.test('a sweep deletes what ended', async t => {
    const database = connect(t, Database)
    const store = new SqlStore(database, { now: () => 1000 })
    await store.set('ended', 'value', { expiresAt: 2000 })
    await store.set('alive', 'value', { expiresAt: 2001 })
    await sqlite.sweep(sqliteClient(database), 'fastify_login', 'id', 2000)
    t.same((await store.getMany(['ended', 'alive'])).map(entry => entry !== undefined), [false, true])
  })
}

const DatabaseSync = await nodeSqlite()
const databases: ReadonlyArray<readonly [name: string, Database | undefined]> = [
  ['SQLite in the shape of better-sqlite3', WasmDatabase],
  ['SQLite of this Node.js', DatabaseSync]
]

for (const [name, Database] of databases) {
  if (Database !== undefined) t.test(name, { timeout: 240_000 }, t => tryDatabase(t, Database))
}

t.test('what is busy is told by the code of either driver', async t => {
  for (const error of [{ code: 'SQLITE_BUSY' }, { code: 'SQLITE_BUSY_SNAPSHOT' }, { errcode: 5 }, { errcode: 517 }]) {
    t.ok(sqlite.isTransient(error))
  }
  for (const error of [{ code: 'SQLITE_FULL' }, { errcode: 13 }, new Error('SQLITE_BUSY'), undefined]) {
    t.notOk(sqlite.isTransient(error))
  }
})

t.test('a client of an application is not closed', async t => {
  await t.resolves(sqliteClient(connect(t, WasmDatabase)).close())
})
