import { createHash } from 'node:crypto'
import type { RedisConnection } from './client.ts'

/** A Lua script over one key, which a server knows by its digest once it has run. */
export interface RedisScript {
  readonly text: string
  readonly digest: string
}

export function createScript (text: string): RedisScript {
  return Object.freeze({ text, digest: createHash('sha1').update(text).digest('hex') })
}

/** Servers forget scripts when they restart, when another one takes over, and at `SCRIPT FLUSH`. */
const isForgotten = (error: unknown): boolean => error instanceof Error && error.message.startsWith('NOSCRIPT')

/** Runs a script in one command, or in two where the server does not know it yet. */
export async function runScript (
  connection: RedisConnection, { text, digest }: RedisScript, key: string, ...args: readonly string[]
): Promise<unknown> {
  try {
    return await connection.send(key, 'evalsha', digest, '1', key, ...args)
  } catch (error) {
    if (!isForgotten(error)) throw error
    return await connection.send(key, 'eval', text, '1', key, ...args)
  }
}
