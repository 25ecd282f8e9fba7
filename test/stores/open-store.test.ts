import * as ioRedis from 'ioredis'
import { MongoClient } from 'mongodb'
import { createConnection, createPool } from 'mysql2'
import { createPool as createPromisePool } from 'mysql2/promise'
import pg from 'pg'
import * as nodeRedis from 'redis'
import { test } from 'tap'
import { BoundedStore } from '../../lib/stores/bounded-store.ts'
import { MemoryStore } from '../../lib/stores/memory/memory-store.ts'
import { MongoStore } from '../../lib/stores/mongodb/mongodb-store.ts'
import { openStore } from '../../lib/stores/open-store.ts'
import { RedisStore } from '../../lib/stores/redis/redis-store.ts'
import { SqlStore } from '../../lib/stores/sql/sql-store.ts'
import { createClock } from '../../lib/testing/index.ts'
import { newFile, nodeSqlite, WasmDatabase } from '../_sqlite.ts'
import { MongoCollectionDouble } from './_mongo-collection.ts'

/** Nothing of it may be in a message. */
const PASSWORD = 'hunter2'

test('a store is taken as it is, and stays its owner\'s to close', async t => {
  for (const store of [new MemoryStore(), new BoundedStore(new MemoryStore())]) {
    t.same(await openStore(store), { store, isOwn: false })
  }
})

test('memory: is a memory of this process, with the clock of the options', async t => {
  const clock = createClock()
  const { store, isOwn } = await openStore('memory:', { now: clock.now })
  t.equal(isOwn, true)
  t.type(store, MemoryStore)
  await store.set('key', 'value', { expiresAt: clock.now() + 1000 })
  t.match(await store.get('key'), { value: 'value' })
  clock.advance(1)
  t.equal(await store.get('key'), undefined)
})

test('the scheme decides, in letters of either case', async t => {
  const stores = [
    ['redis://127.0.0.1:1', RedisStore], ['rediss://127.0.0.1:1/2', RedisStore], ['valkey://127.0.0.1:1', RedisStore],
    ['postgresql://127.0.0.1:1/shop', SqlStore], ['postgres:///shop?host=/var/run/postgresql', SqlStore],
    ['mysql://127.0.0.1:1/shop', SqlStore], ['mariadb://127.0.0.1:1/shop', SqlStore],
    ['mongodb://127.0.0.1:1,127.0.0.1:2/shop', MongoStore], ['REDIS://127.0.0.1:1', RedisStore]
  ] as const
  for (const [url, kind] of stores) {
    const { store, isOwn } = await openStore(url)
    t.equal(isOwn, true, url)
    t.ok(store instanceof kind, url)
    await store.close()
  }
})

test('a file of SQLite is opened by its path, where Node.js can', async t => {
  const opening = openStore(`sqlite:${newFile(t)}`)
  if (await nodeSqlite() === undefined) {
    await t.rejects(opening, { code: 'FST_LOGIN_CONFIGURATION', message: /Node.js/ })
    return
  }
  const { store } = await opening
  await store.set('key', 'value', { expiresAt: Date.now() + 60_000 })
  t.match(await store.get('key'), { value: 'value' })
  await store.close()
})

test('a client that the application has is recognised', async t => {
  const mongo = new MongoClient('mongodb://127.0.0.1:1/shop')
  const lazy = { lazyConnect: true }
  const connection = createConnection({ host: '127.0.0.1', port: 1 }).on('error', () => {})
  t.teardown(() => connection.destroy())
  const clients = {
    'Redis of ioredis': [new ioRedis.Redis(lazy), RedisStore],
    'Cluster of ioredis': [new ioRedis.Cluster([{ port: 1 }], lazy), RedisStore],
    'client of redis': [nodeRedis.createClient(), RedisStore],
    'pool of redis': [nodeRedis.createClientPool(), RedisStore],
    'cluster of redis': [nodeRedis.createCluster({ rootNodes: [{}] }), RedisStore],
    'Pool of pg': [new pg.Pool(), SqlStore],
    'Client of pg': [new pg.Client(), SqlStore],
    'pool of mysql2': [createPool({}), SqlStore],
    'pool of mysql2/promise': [createPromisePool({}), SqlStore],
    'connection of mysql2': [connection, SqlStore],
    'connection of mysql2, with promises': [connection.promise(), SqlStore],
    'Database of better-sqlite3': [new WasmDatabase(newFile(t)), SqlStore],
    'DatabaseSync of node:sqlite': [new (await nodeSqlite() ?? WasmDatabase)(':memory:'), SqlStore],
    MongoClient: [mongo, MongoStore],
    Db: [mongo.db('logins'), MongoStore],
    Collection: [mongo.db().collection('logins'), MongoStore]
  } as const
  for (const [name, [client, kind]] of Object.entries(clients)) {
    const { store, isOwn } = await openStore(client)
    t.ok(store instanceof kind, name)
    t.equal(isOwn, true, name)
    await store.close()
  }
})

test('a local copy is kept of Redis', async t => {
  const [client, other] = [new ioRedis.Redis({ lazyConnect: true }), nodeRedis.createClient()]
  for (const source of ['redis://127.0.0.1:1', 'REDISS://127.0.0.1:1', 'valkey://127.0.0.1:1', client, other]) {
    const { store } = await openStore(source, { localCopy: true })
    t.ok(store instanceof RedisStore)
    await store.close()
  }
  t.equal(client.listenerCount('close'), 0, 'a closed store listens no more')
})

test('a local copy of what is no Redis, or is a store already, is refused', async t => {
  const refused = [
    'memory:', 'postgresql://127.0.0.1:1', new pg.Pool(), new MemoryStore(),
    new RedisStore(nodeRedis.createClient())
  ]
  for (const source of refused) {
    const message = /"session\.localCopy" is for Redis.*new RedisStore\(/
    await t.rejects(openStore(source, { localCopy: true }), { message })
    const { store } = await openStore(source, { localCopy: false })
    await store.close()
  }
  for (const source of [new ioRedis.Cluster([{ port: 1 }], { lazyConnect: true }), nodeRedis.createClientPool()]) {
    await t.rejects(openStore(source, { localCopy: true }), { message: /"localCopy" needs one server/ })
  }
})

test('a client keeps its clock, and closing the store leaves it open', async t => {
  const clock = createClock()
  const collection = new MongoCollectionDouble()
  const client = { db: () => ({ collection: () => collection }), startSession () {} }
  const { store } = await openStore(client, { now: clock.now })
  await store.set('key', 'value', { expiresAt: clock.now() + 1000 })
  await store.close()
  t.match(await store.get('key'), { value: 'value' })
  clock.advance(1)
  t.equal(await store.get('key'), undefined)
})

test('anything else is refused, with what to write and without what was written', async t => {
  const sources = [
    '', 'memory', 'memory:x', `https://me:${PASSWORD}@host`, `me:${PASSWORD}@host`, `amqp:${PASSWORD}`, `redis ://me:${PASSWORD}@host`,
    {}, [], { password: PASSWORD }, { get () {}, set () {}, delete () {} }, new Map(), null, undefined, 6379, () => {}
  ]
  for (const source of sources) {
    const error = await openStore(source as string).catch(reason => reason)
    t.match(error, { code: 'FST_LOGIN_CONFIGURATION', message: /"session\.store" or "broker\.store".*redis:.*mongodb:/ })
    t.notMatch(JSON.stringify([error.message, error, error.stack]), PASSWORD)
  }
})

test('a URL that its driver cannot read is refused without showing it', async t => {
  const urls = [
    `redis://me:${PASSWORD}@`, `redis://me:${PASSWORD}@host:99999`, `rediss://me:${PASSWORD}#@host`, `redis://me:%zz${PASSWORD}@host`,
    `valkey://me:${PASSWORD}@`, `postgresql://me:${PASSWORD}@host:port/x`, `postgres://me:${PASSWORD}@[`, `mysql://me:${PASSWORD}@ho st`,
    `mariadb://me:${PASSWORD}@[`, `mongodb://me:${PASSWORD}@`, `mongodb://me:${PASSWORD}#@host/x`, `mongodb+srv://me:${PASSWORD}@a.b.c:1/x`
  ]
  for (const url of urls) {
    const error = await openStore(url).catch(reason => reason)
    t.match(error, { code: 'FST_LOGIN_CONFIGURATION', message: /"session\.store" or "broker\.store".*percent-encode/ }, url)
    t.notMatch(JSON.stringify([error.message, error, error.stack, error.cause]), PASSWORD, url)
  }
})

test('an error that says what to do comes through', async t => {
  await t.rejects(openStore('sqlite:'), { code: 'FST_LOGIN_CONFIGURATION', message: /sqlite:path/ })
})
