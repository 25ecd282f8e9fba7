import { ConfigurationError } from '../../errors.ts'

/** What is needed of a `Redis` or a `Cluster` of ioredis, 5 and later. */
export interface IoRedisClient {
  readonly isCluster: boolean
  call (command: string, ...args: string[]): Promise<unknown>
}

/** What is needed of a client or a pool of node-redis (the package `redis`), 4 and later. */
export interface NodeRedisClient {
  sendCommand (args: string[]): Promise<unknown>
}

/** What is needed of a cluster of node-redis, 4 and later. */
export interface NodeRedisCluster {
  readonly masters: unknown
  sendCommand (firstKey: string, isReadonly: boolean, args: string[]): Promise<unknown>
}

/** A client of Redis or Valkey that the application made, and closes. */
export type RedisClient = IoRedisClient | NodeRedisClient | NodeRedisCluster

/** One way to speak through all clients. */
export interface RedisConnection {
  /** Whether keys lie on several servers. */
  readonly isCluster: boolean
  /** Sends a command to the server that has the key, never to a replica, which may not know of a logout yet. */
  send (key: string, command: string, ...args: readonly string[]): Promise<unknown>
}

const isIoRedis = (client: RedisClient): client is IoRedisClient => 'call' in client
const isCluster = (client: NodeRedisClient | NodeRedisCluster): client is NodeRedisCluster => 'masters' in client

/** Node-redis has clients that take other arguments, such as those of sentinels. */
const isUnknown = (client: RedisClient): boolean =>
  typeof client !== 'object' || client === null || 'getSentinelNode' in client || !('call' in client || 'sendCommand' in client)

/**
 * Tells clients apart by what they can do.
 *
 * @throws ConfigurationError where the client is none of those that are known
 */
export function connect (client: RedisClient): RedisConnection {
  if (isUnknown(client)) {
    throw new ConfigurationError('"client" of RedisStore is not a client that it knows. Give a Redis or a Cluster of ' +
      'ioredis, or what createClient, createClientPool or createCluster of the package redis gives.')
  }
  if (isIoRedis(client)) {
    return { isCluster: client.isCluster, send: (_key, command, ...args) => client.call(command, ...args) }
  }
  return isCluster(client)
    ? { isCluster: true, send: (key, ...args) => client.sendCommand(key, false, args) }
    : { isCluster: false, send: (_key, ...args) => client.sendCommand(args) }
}
