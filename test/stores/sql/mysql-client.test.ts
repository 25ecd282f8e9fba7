import callbacks from 'mysql2'
import mysql from 'mysql2/promise'
import t, { type Test } from 'tap'
import { migrate } from '../../../lib/stores/sql/migrate.ts'
import { mysql as dialect, mysqlClient } from '../../../lib/stores/sql/mysql-client.ts'
import { type SqlClient } from '../../../lib/stores/sql/client.ts'
import { nameTables } from '../../../lib/stores/sql/tables.ts'
import { SqlStore } from '../../../lib/stores/sql/sql-store.ts'
import { storeContract } from '../../../lib/testing/index.ts'
import { newMariadbDatabase, startMariadb } from '../../_mariadb.ts'
import { needsMariadb } from '../../_services.ts'
import { addFromProcesses, readsInOneStatement } from '../_sql.ts'

const later = () => ({ expiresAt: Date.now() + 3_600_000 })

t.test('MariaDB', { ...needsMariadb(), timeout: 300_000 }, async t => {
  const server = await startMariadb(t)

  function connect (t: Test, uri = server.url, options: mysql.PoolOptions = {}): mysql.Pool {
    const pool = mysql.createPool({ uri, ...options })
    t.teardown(() => pool.end())
    return pool
  }

  t.test('a pool keeps the contract', async t => {
    const pool = connect(t)
    for (const { title, check } of storeContract(({ now }) => new SqlStore(pool, { now }), {
      restart: () => server.restart()
    })) t.test(title, check)
  })

  t.test('a pool with callbacks keeps the contract where nothing compares by bytes or is strict', async t => {
    const url = await newMariadbDatabase(server, 'lenient', 'CHARACTER SET latin1 COLLATE latin1_german1_ci')
    const pool = callbacks.createPool({ uri: url, charset: 'latin1_swedish_ci', flags: ['-FOUND_ROWS'] })
    t.teardown(() => pool.promise().end())
    pool.on('connection', connection => {
      connection.query("SET sql_mode = 'ANSI_QUOTES,NO_BACKSLASH_ESCAPES,PAD_CHAR_TO_FULL_LENGTH'")
    })
    for (const { title, check } of storeContract(({ now }) => new SqlStore(pool, { now }))) t.test(title, check)
  })

  t.test('a pool that answers in its own way keeps what is promised', async t => {
    const pool = connect(t, server.url, {
      rowsAsArray: true,
      nestTables: true,
      bigNumberStrings: true,
      supportBigNumbers: true,
      namedPlaceholders: true,
      typeCast: field => field.string()
    })
    const store = new SqlStore(pool, { table: 'odd' })
    const end = later()
    const version = await store.set('key', 'value :key ?', { ...end, tags: ['tag'] })
    t.same(await store.get('key'), { value: 'value :key ?', version, ...end })
    t.same(await store.keys('tag'), ['key'])
    t.equal(await store.take('key'), 'value :key ?')
  })

  t.test('one connection will do, of either flavour', async t => {
    const promising = await mysql.createConnection(server.url)
    const calling = callbacks.createConnection(server.url)
    t.teardown(async () => {
      promising.destroy()
      calling.destroy()
    })
    const stores = [new SqlStore(promising), new SqlStore(calling)] as const
    const all = await Promise.all(Array.from({ length: 20 }, (_, index) =>
      stores[index % 2 === 0 ? 0 : 1].add('one connection', 'value', later())))
    t.equal(all.filter(version => version !== undefined).length, 1)
  })

  t.test('get and getMany are one statement each', async t => {
    await readsInOneStatement(t, mysqlClient(connect(t)))
  })

  t.test('eight processes may make the tables of an empty database at the same moment', async t => {
    const url = await newMariadbDatabase(server, 'crowd')
    t.same((await addFromProcesses(url, 8)).toSorted(), [...Array(7).fill('lost'), 'won'])
    t.same(await new SqlStore(connect(t, url)).keys('tag'), ['key'])
  })

  t.test('a role that may not create works on tables that are there', async t => {
    const url = await newMariadbDatabase(server, 'rights')
    const admin = connect(t, url)
    await admin.query("CREATE USER app@'127.0.0.1'")
    await admin.query("GRANT SELECT, INSERT, UPDATE, DELETE ON rights.* TO app@'127.0.0.1'")
    const store = new SqlStore(connect(t, url.replace('root@', 'app@')))
    await t.rejects(store.set('key', 'value', later()), { code: 'ER_TABLEACCESS_DENIED_ERROR' })
    await migrate(admin)
    await store.set('key', 'value', { ...later(), tags: ['tag'] })
    t.match(await store.get('key'), { value: 'value' })
    await store.close()
  })

  t.test('a take that somebody writes over gives what was written', async t => {
    const client = mysqlClient(connect(t))
    const other = new SqlStore(client)
    let isFirst = true
    const store = new SqlStore({
      ...client,
      rows: async (text, parameters) => {
        const rows = await client.rows(text, parameters)
        if (isFirst && text.startsWith('SELECT content')) await other.set('taken', 'second', later())
        isFirst &&= !text.startsWith('SELECT content')
        return rows
      }
    })
    await store.set('taken', 'first', later())
    t.equal(await store.take('taken'), 'second')
    t.equal(await store.get('taken'), undefined)
  })

  t.test('a value larger than the server takes rejects, and nothing is written', async t => {
    const admin = connect(t)
    await admin.query('SET GLOBAL max_allowed_packet = 1048576')
    const store = new SqlStore(connect(t))
    await t.rejects(store.set('large', 'x'.repeat(1_000_000), later()))
    t.equal(await new SqlStore(admin).get('large'), undefined) // the server drops a connection that asked too much
    await admin.query('SET GLOBAL max_allowed_packet = 16777216')
  })

  t.test('a sweep deletes what ended', async t => {
    const pool = connect(t)
    const store = new SqlStore(pool, { table: 'swept', now: () => 1000 })
    await store.set('ended', 'value', { expiresAt: 2000 })
    await store.set('alive', 'value', { expiresAt: 2001 })
    await dialect.sweep(mysqlClient(pool), 'swept', 'id', 2000)
    t.same((await store.getMany(['ended', 'alive'])).map(entry => entry !== undefined), [false, true])
  })

  t.test('what is kept is found in the files of the server, which other tests search', async t => {
    const store = new SqlStore(connect(t))
    await store.set('a key in the files', 'a value in the files', later())
    const bytes = await server.rawBytes()
    t.ok(bytes.includes('a value in the files'))
    t.notOk(bytes.includes('a value in other files'))
  })

  t.test('a server that was killed comes back with what was written', async t => {
    const store = new SqlStore(connect(t))
    await store.set('before the crash', 'value', later())
    await server.kill()
    await t.rejects(store.get('before the crash'))
    await server.start()
    t.match(await store.get('before the crash'), { value: 'value' })
  })
})

const tables = nameTables('login', dialect.quote)
const entry = { id: Buffer.from('a'), content: Buffer.from('b'), version: Buffer.from('c'), expiresAt: 2 }

/** A client that answers without a database. */
function answering (change: () => Promise<number>): SqlClient {
  const rows = async () => [{ content: Buffer.from('read'), version: Buffer.from('1') }]
  return { dialect, rows, change, close: async () => {} }
}

t.test('a take that never can delete what it reads rejects', async t => {
  let rounds = 0
  const client = answering(async () => {
    rounds++
    return 0
  })
  await t.rejects(dialect.take(client, tables, entry.id, 1), { message: /from the primary, not from a replica/ })
  t.equal(rounds, 20)
})

t.test('a take reads again where somebody else came between', async t => {
  const changes = [0, 0, 1]
  t.same(await dialect.take(answering(async () => changes.shift() ?? 0), tables, entry.id, 1), Buffer.from('read'))
  t.same(changes, [])
})

t.test('an add tries again where what had ended was swept while it looked', async t => {
  const steps = ['duplicate', 'nothing to overwrite', 'inserted']
  const client: SqlClient = {
    ...answering(async () => {
      const step = steps.shift()
      if (step === 'duplicate') throw Object.assign(new Error(step), { errno: 1062 })
      return step === 'inserted' ? 1 : 0
    }),
    rows: async () => []
  }
  t.equal(await dialect.add(client, tables, entry, 1), true)
  t.same(steps, [])
})

t.test('an add rejects with whatever is not a duplicate', async t => {
  const client = answering(async () => {
    throw Object.assign(new Error('full'), { errno: 1114 })
  })
  await t.rejects(dialect.add(client, tables, entry, 1), { message: 'full' })
})

t.test('a client of an application is not closed', async t => {
  const client = mysqlClient({ query: async () => [[], []], execute () {} })
  await t.resolves(client.close())
})
