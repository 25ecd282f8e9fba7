import { setImmediate as turn } from 'node:timers/promises'
import { test, type Test } from 'tap'
import { openMongodb } from '../../../lib/stores/mongodb/open-mongodb.ts'
import { MongoCollectionDouble } from '../_mongo-collection.ts'

const url = process.env['MONGODB_URL'] || undefined

/** A driver as `import` gives it. Its client fails to connect as often as it is told. */
function setUp (t: Test, { failures = 0 } = {}) {
  const collection = new MongoCollectionDouble()
  const seen = { clients: [] as unknown[], names: [] as string[], connects: 0, isConnected: false, closed: 0 }
  class MongoClient {
    constructor (...args: unknown[]) {
      seen.clients.push(args)
    }

    async connect (): Promise<void> {
      await turn()
      if (++seen.connects <= failures) throw new Error('no server')
      seen.isConnected = true
    }

    db () {
      return {
        collection (name: string) {
          seen.names.push(name)
          return collection
        }
      }
    }

    async close (): Promise<void> {
      seen.closed++
    }
  }
  for (const operation of ['findOne', 'find', 'replaceOne', 'findOneAndDelete', 'deleteOne', 'createIndexes']) {
    const original: (...args: unknown[]) => unknown = Object(collection)[operation]
    t.intercept(collection, operation as 'findOne', {
      value: (...args: unknown[]) => {
        if (!seen.isConnected) throw new Error(`${operation} before there was a connection`)
        return original.apply(collection, args)
      }
    })
  }
  return { seen, load: async () => ({ MongoClient }), end: { expiresAt: Date.now() + 60_000 } }
}

test('the client gets the URL as it is, and bounds for everything that it waits for', async t => {
  const { seen, load } = setUp(t)
  await openMongodb('mongodb://a:1,b:2/shop?replicaSet=x', {}, load)
  t.match(seen.clients, [['mongodb://a:1,b:2/shop?replicaSet=x', {
    serverSelectionTimeoutMS: 2000, connectTimeoutMS: 2000, waitQueueTimeoutMS: 2000, socketTimeoutMS: 5000
  }]])
  t.same(seen.names, ['fastify_login'])
  await openMongodb('mongodb://a/', { collection: 'logins' }, load)
  t.equal(seen.names[1], 'logins')
})

test('every operation waits for the connection, which is made once', async t => {
  const { seen, load, end } = setUp(t)
  const store = await openMongodb('mongodb://a/', {}, load)
  t.same(await Promise.all([
    store.get('a'), store.getMany(['a']), store.keys('tag'), store.take('a'), store.delete('a'), store.replace('a', '', '', end)
  ]), [undefined, [undefined], [], undefined, false, undefined])
  const version = await store.set('a', '1', { ...end, tags: ['tag'] })
  t.same(await store.get('a'), { value: '1', version, ...end })
  t.same(await store.keys('tag'), ['a'])
  t.equal(seen.connects, 1)
})

test('where the first attempts to connect fail the operations reject, and the next ones try again', async t => {
  const { seen, load, end } = setUp(t, { failures: 2 })
  const store = await openMongodb('mongodb://a/', {}, load)
  const first = await Promise.allSettled([store.get('a'), store.set('a', '1', end)])
  t.match(first, [{ reason: { message: 'no server' } }, { reason: { message: 'no server' } }])
  t.equal(seen.connects, 1, 'those that wait together share an attempt')
  await t.rejects(store.set('a', '1', end), { message: 'no server' })
  t.type(await store.set('a', '1', end), 'string')
  t.equal((await store.get('a'))?.value, '1')
  t.equal(seen.connects, 3)
})

test('nobody who has not asked is told that there is no connection', async t => {
  const unhandled: unknown[] = []
  const listen = (reason: unknown): void => { unhandled.push(reason) }
  process.on('unhandledRejection', listen)
  t.teardown(() => process.off('unhandledRejection', listen))
  const { seen, load } = setUp(t, { failures: 1 })
  await openMongodb('mongodb://a/', {}, load)
  await turn()
  await turn()
  t.equal(seen.connects, 1)
  t.same(unhandled, [])
})

test('closing the store closes its client', async t => {
  const { seen, load } = setUp(t)
  const store = await openMongodb('mongodb://a/', {}, load)
  await store.close()
  t.equal(seen.closed, 1)
})

test('the clock of the options is the clock of the store', async t => {
  const { load, end } = setUp(t)
  const store = await openMongodb('mongodb://a/', { now: () => end.expiresAt }, load)
  await store.set('a', '1', end)
  t.equal(await store.get('a'), undefined)
})

test('where the package is missing the error says what to install', async t => {
  await t.rejects(openMongodb('mongodb://a/', {}, async () => { throw new Error('Cannot find package') }),
    { code: 'FST_LOGIN_CONFIGURATION', message: /npm install mongodb/ })
})

test('the package itself takes what it is given, and a server that is not there is an error', async t => {
  const store = await openMongodb(url ?? 'mongodb://127.0.0.1:1/shop', {})
  const reading = store.get('a')
  if (url === undefined) await t.rejects(reading, { name: 'MongoServerSelectionError' })
  else t.equal(await reading, undefined)
  await store.close()
})
