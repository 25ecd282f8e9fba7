import { createClient, type RedisClientType } from 'redis'
import type { SubjectSettings } from './subject.ts'

/** Connects node-redis, the client that connect-redis wants, with what its README recommends: the defaults. */
export async function connectRedis ({ redisUrl }: SubjectSettings): Promise<RedisClientType> {
  if (redisUrl === undefined) throw new Error('this subject needs a Redis server')
  const client: RedisClientType = createClient({ url: redisUrl })
  client.on('error', () => {}) // Requests fail by themselves.
  return await client.connect()
}
