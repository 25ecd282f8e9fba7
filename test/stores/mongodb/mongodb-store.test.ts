import { randomUUID } from 'node:crypto'
import { type Db, MongoClient } from 'mongodb'
import { test, type Test } from 'tap'
import { MongoStore } from '../../../lib/stores/mongodb/mongodb-store.ts'
import { createClock, storeContract } from '../../../lib/testing/index.ts'
import { MongoCollectionDouble } from '../_mongo-collection.ts'

const url = process.env['MONGODB_URL'] || undefined

function setUp () {
  const clock = createClock()
  const collection = new MongoCollectionDouble()
  const store = new MongoStore(collection, { now: clock.now })
  const document = (key: string) => collection.findOne({ _id: Buffer.from(key) }, {})
  return { clock, collection, store, document, later: { expiresAt: clock.now() + 60_000 } }
}

const duplicate = Object.assign(new Error('E11000 duplicate key error'), { code: 11000 })

/** Lets an operation of the collection fail, each time with the next of these reasons, until there are no more. */
function failWith (t: Test, collection: MongoCollectionDouble, operation: 'replaceOne' | 'createIndexes', reasons: unknown[]) {
  const original: (...args: unknown[]) => Promise<unknown> = Object(collection)[operation]
  let calls = 0
  t.intercept(collection, operation, {
    value: async (...args: unknown[]) => {
      const reason = reasons[calls++]
      if (reason !== undefined) throw reason
      return await original.apply(collection, args)
    }
  })
  return { get calls () { return calls } }
}

/** A database of the server that MONGODB_URL names, which is dropped at the end. */
async function openDatabase (t: Test, options = {}): Promise<Db> {
  const client = new MongoClient(String(url), options)
  const db = client.db(`fastify-login-${randomUUID()}`)
  t.teardown(async () => {
    await db.dropDatabase()
    await client.close()
  })
  return db
}

test('the contract of a store', async t => {
  let source = url === undefined ? new MongoCollectionDouble() : await openDatabase(t)
  for (const { title, check } of storeContract(({ now }) => new MongoStore(source, { now }))) {
    if (url === undefined) source = new MongoCollectionDouble() // it has no index, and the largest values stay in it
    await t.test(title, check)
  }
})

test('the contract of a store, in a collection whose strings compare without case and accents', async t => {
  if (url === undefined) {
    t.pass('bytes have no collation, and the collection in memory has none')
    return
  }
  const db = await openDatabase(t, { promoteValues: false, readPreference: 'secondaryPreferred' })
  const collation = { locale: 'en', strength: 1, numericOrdering: true, alternate: 'shifted' }
  const collection = await db.createCollection('logins', { collation })
  for (const { title, check } of storeContract(({ now }) => new MongoStore(collection, { now }))) {
    await t.test(title, check)
  }
})

test('the indexes are there after migrate, once and again', async t => {
  if (url === undefined) {
    const { collection, store } = setUp()
    await store.migrate()
    t.match(collection.indexes, [{ key: { removeAt: 1 }, expireAfterSeconds: 0 }, { key: { tags: 1 } }])
    return
  }
  const db = await openDatabase(t)
  await Promise.all([new MongoStore(db), new MongoStore(db), new MongoStore(db)].map(store => store.migrate()))
  await new MongoStore(db).migrate()
  const indexes = await db.collection('fastify_login').indexes()
  t.match(indexes.find(({ name }) => name === 'removeAt'), { key: { removeAt: 1 }, expireAfterSeconds: 0 })
  t.match(indexes.find(({ name }) => name === 'tags'), { key: { tags: 1 } })
  t.equal(indexes.length, 3)
})

test('a database gives the collection that is named, or fastify_login', async t => {
  const names: string[] = []
  const collection = (name: string): MongoCollectionDouble => {
    names.push(name)
    return new MongoCollectionDouble()
  }
  const store = new MongoStore({ collection })
  await store.set('key', 'value', { expiresAt: Date.now() + 60_000 })
  t.match(await store.get('key'), { value: 'value' })
  t.ok(new MongoStore({ collection }, { collection: 'logins' }))
  t.same(names, ['fastify_login', 'logins'])
})

test('every operation is one command', async t => {
  const { collection, store, later } = setUp()
  const version = await store.set('a', '1', later)
  await store.add('a', '2', later)
  const next = await store.replace('a', version, '3', later)
  await store.get('a')
  await store.getMany(['a', 'b', 'c'])
  await store.keys('tag')
  await store.delete('a', next)
  await store.take('a')
  t.same(collection.options.map(([operation]) => operation),
    ['replaceOne', 'replaceOne', 'replaceOne', 'findOne', 'find', 'find', 'deleteOne', 'findOneAndDelete'])
})

test('reads go to the primary and writes to a majority, whatever the application told its client', async t => {
  const { collection, store, later } = setUp()
  await Promise.all([
    store.set('a', '1', later), store.add('b', '1', later), store.replace('a', '', '2', later), store.delete('a'), store.take('b')
  ])
  t.equal(collection.options.length, 5)
  for (const [operation, options] of collection.options) {
    t.match(options, { writeConcern: { w: 'majority', wtimeoutMS: 5000 }, promoteBuffers: true, promoteValues: true }, operation)
  }
  collection.options.length = 0
  await Promise.all([store.get('a'), store.getMany(['a']), store.keys('tag')])
  t.equal(collection.options.length, 3)
  for (const [operation, options] of collection.options) {
    t.match(options, { readPreference: 'primary', promoteBuffers: true, promoteValues: true }, operation)
  }
})

test('several keys come in one answer', async t => {
  const { collection, store } = setUp()
  await store.getMany(Array.from({ length: 500 }, (_, index) => `${index}`))
  t.match(collection.options, [['find', { batchSize: 501 }]])
})

test('MongoDB lets go of a value an hour after its end, by a date', async t => {
  const { store, document, later } = setUp()
  await store.set('key', 'value', later)
  t.same((await document('key'))?.['removeAt'], new Date(later.expiresAt + 3_600_000))
})

test('a text that would come back as another is refused, and none is written', async t => {
  const { collection, store, later } = setUp()
  for (const key of ['\ud800', '', 'k'.repeat(513)]) {
    await t.rejects(store.set(key, 'value', later))
    await t.rejects(store.get(key))
    await t.rejects(store.keys(key))
    await t.rejects(store.set('key', 'value', { ...later, tags: [key] }))
  }
  await t.rejects(store.set('key', '\ud800', later))
  t.same(collection.options, [])
})

test('an end beyond all dates is an end', async t => {
  const { store, document } = setUp()
  for (const expiresAt of [Number.MAX_SAFE_INTEGER, Number.MAX_VALUE, Infinity]) {
    await store.set('key', 'value', { expiresAt })
    t.match(await store.get('key'), { expiresAt })
    t.same((await document('key'))?.['removeAt'], new Date(8.64e15))
  }
})

test('the indexes are made at the first write, once for all that write at the same time', async t => {
  const { collection, store, later } = setUp()
  await Promise.all([store.get('a'), store.getMany(['a']), store.keys('a'), store.take('a'), store.delete('a')])
  t.equal(collection.indexes.length, 0)
  await Promise.all([store.set('a', '', later), store.add('b', '', later), store.migrate()])
  await store.set('c', '', later)
  t.equal(collection.indexes.length, 2)
})

test('a write whose indexes cannot be made rejects, and the next one tries again', async t => {
  const { collection, store, later } = setUp()
  const attempts = failWith(t, collection, 'createIndexes', [new Error('not primary')])
  const failed = await Promise.allSettled([store.set('a', '', later), store.add('b', '', later)])
  t.match(failed, [{ reason: { message: 'not primary' } }, { reason: { message: 'not primary' } }])
  t.equal(attempts.calls, 1)
  t.type(await store.set('a', '', later), 'string')
  t.equal(attempts.calls, 2)
})

test('a set that meets the insert of another process is made again', async t => {
  const { collection, store, later } = setUp()
  const attempts = failWith(t, collection, 'replaceOne', [duplicate])
  const version = await store.set('key', 'value', later)
  t.equal(attempts.calls, 2)
  t.same(await store.get('key'), { value: 'value', version, ...later })
})

test('what goes wrong in a write is not taken for a lost race', async t => {
  for (const reason of [new Error('not primary'), Object.assign(new Error('too large'), { code: 10334 }), 'text', null]) {
    const { collection, store, later } = setUp()
    const attempts = failWith(t, collection, 'replaceOne', [reason, reason])
    t.same(await Promise.allSettled([store.add('a', 'value', later)]), [{ status: 'rejected', reason }])
    t.same(await Promise.allSettled([store.set('b', 'value', later)]), [{ status: 'rejected', reason }])
    t.equal(attempts.calls, 2)
  }
})

test('a set rejects where the key is taken again and again', async t => {
  const { collection, store, later } = setUp()
  failWith(t, collection, 'replaceOne', [duplicate, duplicate])
  await t.rejects(store.set('key', 'value', later), { code: 11000 })
})

test('the clock of a store is the clock of the system where none is given', async t => {
  const store = new MongoStore(new MongoCollectionDouble())
  await store.set('past', '', { expiresAt: Date.now() - 1 })
  await store.set('future', '', { expiresAt: Date.now() + 60_000 })
  t.equal(await store.get('past'), undefined)
  t.not(await store.get('future'), undefined)
  await store.close()
})
