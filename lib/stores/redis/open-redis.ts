import { bounded } from '../../bounded.ts'
import { loadDriver } from '../driver-package.ts'
import { RedisStore, type RedisStoreOptions } from './redis-store.ts'
import type { Store } from '../store.ts'

const CONNECT_MS = 2000
const ANSWER_MS = 5000
const CLOSE_MS = 1000
const MOST_WAITING = 10_000

interface IoRedis {
  readonly isCluster: boolean
  call (command: string, ...args: string[]): Promise<unknown>
  on (event: string, listener: () => void): unknown
  quit (): Promise<unknown>
  disconnect (): void
}

interface NodeRedis {
  sendCommand (args: string[]): Promise<unknown>
  on (event: string, listener: () => void): unknown
  connect (): Promise<unknown>
  close (): Promise<unknown>
  destroy (): void
}

type Options = Readonly<Record<string, unknown>>

/** What is needed of the package `ioredis`. */
interface IoRedisDriver {
  readonly Redis: new (url: string, options: Options) => IoRedis
}

/** What is needed of the package `redis`. */
interface NodeRedisDriver {
  createClient (options: Options): NodeRedis
}

/** Imports a package by a name that no compiler resolves: it need not be there. */
type Load = (name: 'ioredis' | 'redis') => Promise<unknown>
const importDriver: Load = async name => await import(name)

/** In milliseconds, and for ever: a server that went away comes back. */
const delayOf = (attempts: number): number => Math.min(attempts * 100, CONNECT_MS)

/** A store that closes its client too. */
function closing (store: RedisStore, closeClient: () => Promise<void>): Store {
  const close = store.close.bind(store)
  return Object.assign(store, {
    async close () {
      await close()
      await closeClient()
    }
  })
}

/**
 * A command waits for a connection until the next attempt failed. One that was sent when the connection broke fails: if
 * it was sent again, a `take` that had been done would find nothing.
 */
function openIoRedis ({ Redis }: IoRedisDriver, url: string, options: RedisStoreOptions): Store {
  const client = new Redis(url, {
    autoPipeliningIgnoredCommands: ['mget'], // reads are put together already, and would wait another turn
    autoResendUnfulfilledCommands: false,
    connectTimeout: CONNECT_MS,
    enableAutoPipelining: true,
    maxRetriesPerRequest: 0,
    retryStrategy: delayOf,
    socketTimeout: ANSWER_MS
  })
  client.on('error', () => {}) // without a listener it prints; whoever waits for an answer is told
  return closing(new RedisStore(client, options), async () => {
    await bounded(() => client.quit(), CLOSE_MS).catch(() => {})
    client.disconnect()
  })
}

/** The ping keeps a connection that nobody uses from being taken for one that is dead. */
function openNodeRedis ({ createClient }: NodeRedisDriver, url: string, options: RedisStoreOptions): Store {
  const client = createClient({
    url,
    commandOptions: { timeout: CONNECT_MS },
    commandsQueueMaxLength: MOST_WAITING,
    pingInterval: ANSWER_MS / 2,
    socket: { connectTimeout: CONNECT_MS, reconnectStrategy: delayOf, socketTimeout: ANSWER_MS }
  })
  client.on('error', () => {}) // without a listener it ends the process; whoever waits for an answer is told
  client.connect().catch(() => {})
  return closing(new RedisStore(client, options), async () => {
    await bounded(() => client.close(), CLOSE_MS).catch(() => { client.destroy() })
  })
}

/**
 * A store in Redis or Valkey, over a client of its own: of the package `ioredis`, or of `redis` where that is the one
 * that is installed. Need not be up when this is called; it tries again at least every 2 seconds, for ever.
 *
 * @param url as both packages take it: `redis://` or, with TLS, `rediss://`
 * @throws ConfigurationError where neither is installed
 */
export async function openRedis (url: string, options: RedisStoreOptions, load = importDriver): Promise<Store> {
  const ioRedis = await load('ioredis').catch(() => undefined)
  if (ioRedis !== undefined) return openIoRedis(ioRedis as IoRedisDriver, url, options)
  const nodeRedis = await load('redis').catch(() => undefined)
  if (nodeRedis !== undefined) return openNodeRedis(nodeRedis as NodeRedisDriver, url, options)
  return await loadDriver('ioredis', async () => await load('ioredis') as never)
}
