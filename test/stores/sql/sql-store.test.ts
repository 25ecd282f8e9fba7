import { test } from 'tap'
import { type SqlClient } from '../../../lib/stores/sql/client.ts'
import { SqlStore } from '../../../lib/stores/sql/sql-store.ts'
import { sqliteClient } from '../../../lib/stores/sql/sqlite-client.ts'
import { createClock } from '../../../lib/testing/index.ts'
import { WasmDatabase } from '../../_sqlite.ts'
import { recording } from '../_sql.ts'

function setUp () {
  const database = new WasmDatabase(':memory:')
  const clock = createClock()
  const client = recording(sqliteClient(database))
  const count = (table: string): number => Number(database.prepare(`SELECT count(*) AS n FROM ${table}`).get()?.['n'])
  return {
    database,
    clock,
    client,
    store: new SqlStore(client, { now: clock.now }),
    entries: () => count('fastify_login'),
    tags: () => count('fastify_login_tags'),
    soon: { expiresAt: clock.now() + 1000 },
    later: { expiresAt: clock.now() + 60_000_000 }
  }
}

/** A client that fails while it is broken. */
function breakable (client: SqlClient) {
  const state = { isBroken: true, failures: 0 }
  function run <Answer> (answer: () => Promise<Answer>): Promise<Answer> {
    if (!state.isBroken) return answer()
    state.failures++
    return Promise.reject(new Error('no answer'))
  }
  const broken: SqlClient = {
    ...client,
    rows: (...args) => run(() => client.rows(...args)),
    change: (...args) => run(() => client.change(...args))
  }
  return { state, broken }
}

test('the store takes the database of an application, its clock and a name', async t => {
  const { database, later } = setUp()
  const store = new SqlStore(database, { table: 'logins' })
  await store.set('key', 'value', later)
  t.equal(database.prepare('SELECT count(*) AS n FROM logins').get()?.['n'], 1)
  t.throws(() => new SqlStore(database, { table: 'a b' }), { code: 'FST_LOGIN_CONFIGURATION' })
})

test('tables are made once, however many ask first', async t => {
  const { store, client, later } = setUp()
  await Promise.all([store.get('a'), store.set('b', '', later), store.take('c'), store.delete('d'), store.keys('e')])
  t.equal(client.texts.filter(text => text.startsWith('CREATE TABLE')).length, 2)
})

test('where the database does not answer at first it is asked again by whoever comes next', async t => {
  const { client, later } = setUp()
  const { state, broken } = breakable(client)
  const store = new SqlStore(broken)
  await Promise.all(['a', 'b'].map(key => t.rejects(store.get(key), { message: 'no answer' })))
  t.equal(state.failures, 1, 'both waited for the same answer')
  state.isBroken = false
  await store.set('key', 'value', later)
  t.match(await store.get('key'), { value: 'value' })
})

test('what cannot be kept is refused before the database is asked', async t => {
  const { store, client, later } = setUp()
  const [long, half] = ['k'.repeat(513), '\ud800']
  for (const key of ['', long, half]) {
    await t.rejects(store.get(key))
    await t.rejects(store.getMany(['key', key]))
    await t.rejects(store.add(key, 'value', later))
    await t.rejects(store.set(key, 'value', later))
    await t.rejects(store.replace(key, '1', 'value', later))
    await t.rejects(store.take(key))
    await t.rejects(store.delete(key))
    await t.rejects(store.keys(key))
    await t.rejects(store.set('key', 'value', { ...later, tags: ['tag', key] }))
  }
  await t.rejects(store.set('key', half, later))
  await t.rejects(store.set('key', 'value', { expiresAt: NaN }))
  t.same(client.texts, [])
})

test('an end is kept in whole milliseconds', async t => {
  const { store, later } = setUp()
  await store.set('key', 'value', { expiresAt: later.expiresAt + 0.5 })
  t.match(await store.get('key'), later)
})

test('what ended an hour ago is swept with its tags, what ended later is not', async t => {
  const { store, clock, entries, tags, soon, later } = setUp()
  await store.set('old', 'value', { ...soon, tags: ['tag'] })
  await store.set('alive', 'value', { ...later, tags: ['tag'] })
  clock.advance(3600)
  await store.set('other', 'value', later)
  await store.close()
  t.equal(entries(), 3)
  clock.advance(60)
  await store.replace('other', 'no version', 'value', later)
  await new Promise(resolve => setImmediate(resolve))
  t.equal(entries(), 2)
  t.equal(tags(), 1)
})

test('every write sweeps, no reading does', async t => {
  const { store, client, clock, soon } = setUp()
  await store.get('key')
  const sweeps = () => client.texts.filter(text => text.startsWith('DELETE') && text.includes('LIMIT')).length
  for (const write of [
    () => store.add('key', 'value', soon),
    () => store.set('key', 'value', soon),
    () => store.replace('key', 'no version', 'value', soon)
  ]) {
    clock.advance(60)
    const before = sweeps()
    for (const read of [() => store.get('key'), () => store.keys('tag')]) await read()
    await new Promise(resolve => setImmediate(resolve))
    t.equal(sweeps(), before)
    await write()
    await new Promise(resolve => setImmediate(resolve))
    t.equal(sweeps(), before + 2)
  }
})

test('a write stands although the sweep that it caused fails', async t => {
  const { client, later } = setUp()
  const store = new SqlStore({
    ...client,
    change: async (text, parameters) => {
      if (text.includes('LIMIT')) throw new Error('no answer')
      return await client.change(text, parameters)
    }
  })
  await store.set('key', 'value', later)
  await t.resolves(store.close())
  t.match(await store.get('key'), { value: 'value' })
})

test('tags of what was refused or replaced are dropped', async t => {
  const { store, tags, later } = setUp()
  const tagged = { ...later, tags: ['x', 'y', 'x'] }
  const version = await store.add('key', '1', tagged)
  t.equal(tags(), 2)
  await store.add('key', '2', tagged)
  t.equal(tags(), 2)
  await store.replace('key', 'no version', '3', tagged)
  t.equal(tags(), 2)
  await store.replace('key', String(version), '4', tagged)
  t.equal(tags(), 2)
  t.same(await store.keys('x'), ['key'])
})

test('a replace stands although the tags before it cannot be dropped', async t => {
  const { client, later } = setUp()
  const store = new SqlStore({
    ...client,
    change: async (text, parameters) => {
      if (text.startsWith('DELETE')) throw new Error('no answer')
      return await client.change(text, parameters)
    }
  })
  const version = await store.set('key', '1', { ...later, tags: ['x'] })
  t.type(await store.replace('key', version, '2', { ...later, tags: ['y'] }), 'string')
  t.same([await store.keys('x'), await store.keys('y')], [[], ['key']])
})

test('the tags are there before the entry is', async t => {
  const { store, client, later } = setUp()
  await store.get('key')
  client.texts.length = 0
  await store.set('key', 'value', { ...later, tags: ['x'] })
  t.match(client.texts.slice(0, 2), [/^INSERT INTO "fastify_login_tags"/, /^INSERT INTO "fastify_login" /])
})

test('closing lets go of what was opened, once', async t => {
  let closings = 0
  const { client } = setUp()
  const store = new SqlStore({
    ...client,
    close: async () => {
      closings++
    }
  })
  await Promise.all([store.close(), store.close()])
  await store.close()
  t.equal(closings, 1)
})
