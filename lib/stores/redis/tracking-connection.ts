import { ConfigurationError } from '../../errors.ts'
import type { RedisClient } from './client.ts'

/** What the server tells on a connection, and what becomes of it. */
export interface TrackingListeners {
  /** Called with the keys that have changed, as the server has them; with null where all may have. */
  readonly onChange: (names: readonly string[] | null) => void
  readonly onLost: (cause: unknown) => void
}

/** A connection on which a server tells which keys have changed. */
export interface TrackingConnection {
  /** Connects, and asks the server to tell of keys that begin with the prefix. */
  start (prefix: string): Promise<void>
  /** Answered after all that the server told before. */
  ping (): Promise<unknown>
  /** Never throws, whatever has become of the connection. */
  close (): void
}

/** The client of an application, and how to make connections like its own. */
export interface TrackedClient {
  /** What the client itself puts before each key. */
  readonly keyPrefix: string
  open (listeners: TrackingListeners): TrackingConnection
  /** Listens for the end of a connection of the client; gives what ends the listening. */
  onLost (listener: () => void): () => void
}

type Listen = (event: string, listener: (...args: readonly never[]) => void) => unknown

interface Duplicable {
  readonly options?: Readonly<Record<string, unknown>>
  readonly on: Listen
  readonly off: Listen
  duplicate (options: Readonly<Record<string, unknown>>): unknown
}

/** What is needed of a `Redis` of ioredis, 5 and later, that nothing but tracking uses. */
interface IoRedisTracker {
  readonly on: Listen
  connect (): Promise<unknown>
  call (command: string, ...args: readonly string[]): Promise<unknown>
  subscribe (channel: string): Promise<unknown>
  ping (): Promise<unknown>
  disconnect (): void
}

/** The same of a client of node-redis: 4 disconnects, 5 and later destroy. */
interface NodeRedisTracker {
  readonly on: Listen
  connect (): Promise<unknown>
  sendCommand (args: readonly string[]): Promise<unknown>
  subscribe (channel: string, listener: (message: unknown) => void): Promise<unknown>
  destroy? (): void
  disconnect? (): Promise<unknown>
}

/** Where a server tells of changes in RESP2; neither package passes on what it tells in RESP3. */
const CHANNEL = '__redis__:invalidate'
const LOST = ['close', 'end', 'reconnecting']

const namesIn = (message: unknown): readonly string[] | null => Array.isArray(message) ? message.map(String) : null

/** To itself: the connection that asks is the one that is told. Once it subscribes, it can ask for nothing more. */
const trackingArgs = (id: unknown, prefix: string): readonly string[] =>
  ['tracking', 'on', 'redirect', String(id), 'bcast', 'prefix', prefix]

function listen (on: Listen, { onLost }: TrackingListeners): void {
  for (const event of LOST) on(event, () => { onLost(new Error('The connection that tracks changes was lost')) })
  on('error', onLost)
}

/** One life: a connection that was lost is closed, and whoever needs it makes another. */
function openIoRedis (client: Duplicable, listeners: TrackingListeners): TrackingConnection {
  const tracker = client.duplicate({
    autoResubscribe: false,
    keyPrefix: '',
    lazyConnect: true,
    maxRetriesPerRequest: 0,
    protocol: 2,
    replyMapping: undefined,
    retryStrategy: () => null,
    socketTimeout: undefined
  }) as IoRedisTracker
  listen(tracker.on.bind(tracker), listeners)
  tracker.on('messageBuffer', (_channel: Uint8Array, message: unknown) => { listeners.onChange(namesIn(message)) })
  return {
    async start (prefix) {
      await tracker.connect()
      await tracker.call('client', ...trackingArgs(await tracker.call('client', 'id'), prefix))
      await tracker.subscribe(CHANNEL)
    },
    ping: () => tracker.ping(),
    close () { tracker.disconnect() }
  }
}

function openNodeRedis (client: Duplicable, listeners: TrackingListeners): TrackingConnection {
  const tracker = client.duplicate({
    RESP: 2,
    clientSideCache: undefined,
    emitInvalidate: false,
    maintNotifications: 'disabled',
    socket: { ...Object(client.options?.['socket']), reconnectStrategy: false }
  }) as NodeRedisTracker
  listen(tracker.on.bind(tracker), listeners)
  return {
    async start (prefix) {
      await tracker.connect()
      const id = await tracker.sendCommand(['CLIENT', 'ID'])
      await tracker.sendCommand(['CLIENT', ...trackingArgs(id, prefix)])
      await tracker.subscribe(CHANNEL, message => { listeners.onChange(namesIn(message)) })
    },
    ping: () => tracker.sendCommand(['PING']),
    close () {
      const end = async (): Promise<void> => {
        if (tracker.destroy === undefined) await tracker.disconnect?.()
        else tracker.destroy()
      }
      end().catch(() => {}) // it refuses where it has ended by itself
    }
  }
}

const isDuplicable = (client: object): client is Duplicable =>
  ['duplicate', 'on', 'off'].every(name => typeof Reflect.get(client, name) === 'function')

/**
 * How to track the keys of a client: on further connections like its own.
 *
 * @throws ConfigurationError for a cluster, a pool, and what else makes no connections like its own
 */
export function trackedClient (client: RedisClient): TrackedClient {
  const isCluster = 'masters' in client || ('isCluster' in client && client.isCluster)
  if (isCluster || !isDuplicable(client)) {
    throw new ConfigurationError('"localCopy" needs one server, and a client that can be duplicated: a Redis of ioredis, ' +
      'or what createClient of the package redis gives; no cluster and no pool. Leave it away, or give such a client.')
  }
  const isIoRedis = 'call' in client
  const { keyPrefix } = client.options ?? {}
  return {
    // Node-redis puts none before the keys of commands that are sent as they are.
    keyPrefix: isIoRedis && typeof keyPrefix === 'string' ? keyPrefix : '',
    open: listeners => isIoRedis ? openIoRedis(client, listeners) : openNodeRedis(client, listeners),
    onLost (listener) {
      for (const event of LOST) client.on(event, listener)
      return () => { for (const event of LOST) client.off(event, listener) }
    }
  }
}
