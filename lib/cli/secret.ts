import { randomBytes } from 'node:crypto'
import { parseArgs } from 'node:util'
import { type Terminal } from './command.ts'

/** `fastify-login secret`: prints one new secret, 32 random bytes as base64url, and nothing else. */
export async function printSecret (args: readonly string[], { stdout }: Terminal): Promise<number> {
  parseArgs({ args: [...args], options: {} })
  stdout.write(`${randomBytes(32).toString('base64url')}\n`)
  return 0
}
