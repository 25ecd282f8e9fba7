import type { RedisConnection } from './client.ts'
import { createScript, runScript } from './script.ts'

/** Milliseconds by the clock of the server, which is one clock for all who write the tag. */
const NOW = `
local time = redis.call('TIME')
local now = time[1] * 1000 + math.floor(time[2] / 1000)
redis.call('ZREMRANGEBYSCORE', KEYS[1], '-inf', now)
`

/**
 * Members are keys, scores the ends of their records. A score only grows, with each writing: a refused write with a
 * nearer end takes nothing away, and who found a member dead sees that it was written since.
 */
const NAME = createScript(`${NOW}
local old = tonumber(redis.call('ZSCORE', KEYS[1], ARGV[1]) or 0)
local score = math.max(now + ARGV[2], old + 1)
redis.call('ZADD', KEYS[1], score, ARGV[1])
if redis.call('PTTL', KEYS[1]) < score - now then redis.call('PEXPIRE', KEYS[1], score - now) end
`)

const LIST = createScript(`${NOW}
return redis.call('ZRANGE', KEYS[1], 0, -1, 'WITHSCORES')
`)

const FORGET = createScript(`
for index = 1, #ARGV, 2 do
  if redis.call('ZSCORE', KEYS[1], ARGV[index]) == ARGV[index + 1] then redis.call('ZREM', KEYS[1], ARGV[index]) end
end
`)

/** A key under a tag, and the score that it was found with. */
export interface TagMember {
  readonly key: string
  readonly score: string
}

/** Which keys may lie under a tag: a sorted set for each tag, which ends with the last of its members. */
export class RedisTags {
  readonly #connection: RedisConnection
  readonly #prefix: string

  constructor (connection: RedisConnection, prefix: string) {
    this.#connection = connection
    this.#prefix = prefix
  }

  /** @param life milliseconds that the record still has */
  async name (tags: readonly string[], key: string, life: number): Promise<void> {
    const isNamed = tags.map(tag => runScript(this.#connection, NAME, this.#prefix + tag, key, String(life)))
    await Promise.all(isNamed)
  }

  async list (tag: string): Promise<readonly TagMember[]> {
    const texts = [await runScript(this.#connection, LIST, this.#prefix + tag)].flat().map(String)
    return texts.flatMap((key, index) => index % 2 === 0 ? [{ key, score: String(texts[index + 1]) }] : [])
  }

  /** Takes members out that were not written since they were listed. */
  async forget (tag: string, members: readonly TagMember[]): Promise<void> {
    if (members.length === 0) return
    const args = members.flatMap(({ key, score }) => [key, score])
    await runScript(this.#connection, FORGET, this.#prefix + tag, ...args)
  }
}
