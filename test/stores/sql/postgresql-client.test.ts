import pg from 'pg'
import t, { type Test } from 'tap'
import { migrate } from '../../../lib/stores/sql/migrate.ts'
import { postgresql, postgresqlClient } from '../../../lib/stores/sql/postgresql-client.ts'
import { nameTables } from '../../../lib/stores/sql/tables.ts'
import { SqlStore } from '../../../lib/stores/sql/sql-store.ts'
import { storeContract } from '../../../lib/testing/index.ts'
import { newPostgresDatabase, startPostgres } from '../../_postgres.ts'
import { needsPostgres } from '../../_services.ts'
import { addFromProcesses, readsInOneStatement } from '../_sql.ts'

const later = () => ({ expiresAt: Date.now() + 3_600_000 })

t.test('PostgreSQL', { ...needsPostgres(), timeout: 300_000 }, async t => {
  const server = await startPostgres(t)

  function connect (t: Test, url = server.url, options: pg.PoolConfig = {}): pg.Pool {
    const pool = new pg.Pool({ connectionString: url, ...options })
    pool.on('error', () => {})
    t.teardown(() => pool.end())
    return pool
  }

  t.test('a pool keeps the contract', async t => {
    const pool = connect(t)
    for (const { title, check } of storeContract(({ now }) => new SqlStore(pool, { now }), {
      restart: () => server.restart()
    })) t.test(title, check)
  })

  t.test('a pool whose transactions are serializable keeps the contract', async t => {
    const pool = connect(t, server.url, { options: '-c default_transaction_isolation=serializable' })
    for (const { title, check } of storeContract(({ now }) => new SqlStore(pool, { now, table: 'serial' }))) t.test(title, check)
  })

  t.test('one connection will do', async t => {
    const client = new pg.Client({ connectionString: server.url })
    await client.connect()
    t.teardown(() => client.end())
    const store = new SqlStore(client)
    const all = await Promise.all(Array.from({ length: 20 }, () => store.add('one connection', 'value', later())))
    t.equal(all.filter(version => version !== undefined).length, 1)
  })

  t.test('get and getMany are one statement each', async t => {
    await readsInOneStatement(t, postgresqlClient(connect(t)))
  })

  t.test('eight processes may make the tables of an empty database at the same moment', async t => {
    const url = await newPostgresDatabase(server, 'crowd')
    t.same((await addFromProcesses(url, 8)).toSorted(), [...Array(7).fill('lost'), 'won'])
    t.same(await new SqlStore(connect(t, url)).keys('tag'), ['key'])
  })

  t.test('a role that may not create works on tables that are there', async t => {
    const url = await newPostgresDatabase(server, 'rights')
    const admin = connect(t, url)
    await admin.query('REVOKE CREATE ON SCHEMA public FROM PUBLIC; CREATE ROLE app LOGIN')
    const store = new SqlStore(connect(t, url.replace('postgres@', 'app@')))
    await t.rejects(store.set('key', 'value', later()), { code: '42501' })
    await migrate(admin)
    await admin.query('GRANT SELECT, INSERT, UPDATE, DELETE ON fastify_login, fastify_login_tags TO app')
    await store.set('key', 'value', { ...later(), tags: ['tag'] })
    t.match(await store.get('key'), { value: 'value' })
    await t.resolves(postgresql.sweep(postgresqlClient(admin), 'fastify_login', 'id', 0))
    await store.close()
  })

  t.test('a table may stand in a schema and have a name with capital letters', async t => {
    const pool = connect(t)
    await pool.query('CREATE SCHEMA "Logins"')
    await migrate(pool, { table: 'Logins.Order' })
    const { rows } = await pool.query("SELECT indexname FROM pg_indexes WHERE schemaname = 'Logins' ORDER BY indexname")
    t.same(rows.map(({ indexname }) => indexname),
      ['Order_ends', 'Order_pkey', 'Order_tags_ends', 'Order_tags_pkey', 'Order_tags_tag'])
    const store = new SqlStore(pool, { table: 'Logins.Order' })
    await store.set('key', 'value', later())
    t.match(await store.get('key'), { value: 'value' })
  })

  t.test('a sweep deletes what ended, and spares what somebody is just writing', async t => {
    const pool = connect(t)
    const store = new SqlStore(pool, { table: 'swept', now: () => 1000 })
    await store.set('held', 'value', { expiresAt: 2000 })
    await store.set('ended', 'value', { expiresAt: 2000 })
    await store.set('alive', 'value', { expiresAt: 9000 })
    const writer = await pool.connect()
    await writer.query('BEGIN')
    await writer.query('UPDATE swept SET expires_at = 9000 WHERE id = $1', [Buffer.from('held')])
    await postgresql.sweep(postgresqlClient(pool), 'swept', 'id', 2000)
    await writer.query('COMMIT')
    writer.release()
    t.same((await store.getMany(['held', 'ended', 'alive'])).map(entry => entry !== undefined), [true, false, true])
  })

  t.test('nothing is prepared on a connection', async t => {
    const pool = connect(t, server.url, { max: 1 })
    const store = new SqlStore(pool)
    await store.set('plain', 'value', { ...later(), tags: ['tag'] })
    await store.get('plain')
    t.same((await pool.query('SELECT name FROM pg_prepared_statements')).rows, [])
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

t.test('what a driver without a count says counts as nothing', async t => {
  const client = postgresqlClient({ query: async () => ({ rows: [], rowCount: null }), connect () {} })
  t.equal(await client.change('CREATE', []), 0)
  await t.resolves(client.close())
})

t.test('the tables of one name are made by one process at a time, in one transaction', async t => {
  const texts = ['a', 'a', 'b'].map(table => postgresql.createTables(nameTables(table, postgresql.quote)))
  t.same(texts.map(({ length }) => length), [1, 1, 1])
  const [first, same, other] = texts.map(([text = '']) => /SELECT pg_advisory_xact_lock\((-?\d+)\);\s+CREATE/.exec(text)?.[1])
  t.type(first, 'string')
  t.equal(first, same)
  t.not(first, other)
})

t.test('a Client is asked one thing after another, also after one that failed', async t => {
  let [running, most, asked] = [0, 0, 0]
  const query = async () => {
    most = Math.max(most, ++running)
    await new Promise(resolve => setImmediate(resolve))
    running--
    if (++asked === 2) throw new Error('the second')
    return { rows: [], rowCount: 0 }
  }
  const client = postgresqlClient({ query, connect () {} })
  const answers = await Promise.allSettled([1, 2, 3].map(number => client.rows('SELECT ?', [number])))
  t.same(answers.map(({ status }) => status), ['fulfilled', 'rejected', 'fulfilled'])
  t.equal(most, 1)
})

t.test('parameters are numbered', async t => {
  const seen: unknown[] = []
  const query = async (...args: unknown[]) => {
    seen.push(args)
    return { rows: [], rowCount: 0 }
  }
  await postgresqlClient({ query, connect () {} }).rows('SELECT ? + ?', [1, 2])
  t.same(seen, [['SELECT $1 + $2', [1, 2]]])
})
