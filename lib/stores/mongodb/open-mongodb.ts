import { loadDriver } from '../driver-package.ts'
import { type MongoCollection, type MongoDatabase, MongoStore, type MongoStoreOptions } from './mongodb-store.ts'
import type { Store } from '../store.ts'

interface Client {
  connect (): Promise<unknown>
  db (): MongoDatabase
  close (): Promise<void>
}

/** What is needed of the package `mongodb`. */
interface MongoDriver {
  readonly MongoClient: new (url: string, options: Readonly<Record<string, unknown>>) => Client
}

/** A name that no compiler resolves: the package need not be there. */
const importDriver = async (name = 'mongodb'): Promise<MongoDriver> => await import(name)

/** For a server that is chosen, a connection and a place in the pool; then for an answer. */
const BOUNDS = Object.freeze({
  serverSelectionTimeoutMS: 2000, connectTimeoutMS: 2000, waitQueueTimeoutMS: 2000, socketTimeoutMS: 5000
})

/**
 * Connects before an operation until it succeeded once. The driver does so by itself only once: a client whose first
 * attempt failed says "Topology is closed" for ever, and a second `connect()` where one is up leaves the first behind.
 */
function connecting (client: Client, collection: MongoCollection): MongoCollection {
  let connected: Promise<unknown> | undefined
  async function connect (): Promise<MongoCollection> {
    connected ??= client.connect().catch((error: unknown) => {
      connected = undefined
      throw error
    })
    await connected
    return collection
  }
  connect().catch(() => {}) // whoever needs it first is told
  return {
    findOne: async (filter, options) => await (await connect()).findOne(filter, options),
    find: (filter, options) => ({ toArray: async () => await (await connect()).find(filter, options).toArray() }),
    replaceOne: async (filter, document, options) => await (await connect()).replaceOne(filter, document, options),
    findOneAndDelete: async (filter, options) => await (await connect()).findOneAndDelete(filter, options),
    deleteOne: async (filter, options) => await (await connect()).deleteOne(filter, options),
    createIndexes: async indexes => await (await connect()).createIndexes(indexes)
  }
}

/**
 * A store in MongoDB, over a client of its own, in the database that the URL names. Need not be up when this is called;
 * whoever waits longer than 2 seconds for a connection, or 5 for an answer, is told so.
 *
 * @param url as the package `mongodb` takes it
 * @throws ConfigurationError where `mongodb` is not installed
 */
export async function openMongodb (url: string, options: MongoStoreOptions, load = importDriver): Promise<Store> {
  const { MongoClient } = await loadDriver('mongodb', load)
  const client = new MongoClient(url, BOUNDS)
  const store = new MongoStore({ collection: name => connecting(client, client.db().collection(name)) }, options)
  return Object.assign(store, { close: async () => { await client.close() } })
}
