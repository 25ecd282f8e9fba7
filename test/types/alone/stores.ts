import Fastify from 'fastify'
import authPlugin from 'fastify-login'
import {
  type Entry, MemoryStore, MongoStore, openStore, RedisStore, SqlStore, type Store, type StoreOptions
} from 'fastify-login/stores'
import { storeContract } from 'fastify-login/testing'
import { assertType, type Equals } from '../equals.js'

const app = Fastify()
const memory: Store = new MemoryStore()
app.register(authPlugin, { secret: 'x', session: { store: memory } })
app.register(authPlugin, { secret: 'x', session: { store: 'redis://localhost' } })
assertType<Equals<Awaited<ReturnType<Store['get']>>, Entry | undefined>>(true)

const options: StoreOptions = { now: () => 0 }
export const opened = await openStore('memory:', options)
assertType<Equals<typeof opened.store, Store>>(true)
assertType<Equals<typeof opened.isOwn, boolean>>(true)

export const stores: readonly Store[] = [
  // None of the drivers is installed here: what the stores need of them is said without them.
  new RedisStore({ sendCommand: async () => null }, { ...options, prefix: 'shop:' }),
  // @ts-expect-error a store is no client
  new RedisStore(memory),
  // @ts-expect-error a text is no database
  new SqlStore('postgres://localhost'),
  // @ts-expect-error a store is no database
  new MongoStore(memory, { collection: 'logins' })
]

for (const { title, check } of storeContract(({ now }) => new MemoryStore({ now }))) await check().catch(() => title)
