import Fastify from 'fastify'
import { randomBytes } from 'node:crypto'
import type { Limits } from '../../lib/options/session-settings.ts'
import { handleOf, newSessionId, userKeyOf } from '../../lib/session/handle.ts'
import { beginSession, type Session, type SessionStart } from '../../lib/session/session.ts'
import { createVault, type Vault } from '../../lib/vault.ts'

/** Some day, in seconds since 1970. */
export const NOON = 1_800_000_000

export const limits = Object.freeze({
  idle: 100, absolute: 1000, remember: 5000, rollInterval: 5
} as const satisfies Limits)

export function aSession (start: Partial<SessionStart> = {}, now = NOON): Session {
  const whole = { userId: '2', ...start }
  const handle = handleOf(userKeyOf(SESSION, whole.userId), newSessionId())
  return beginSession(whole, { handle, generation: undefined }, now, limits)
}

/** Name of the session cookie where nothing is configured, which is also what separates the keys of an instance. */
export const SESSION = '__Host-login'

/** A vault with the keys of an application that has this secret. */
export async function vaultOf (
  secret: string | Uint8Array = randomBytes(32), context = SESSION, previous: readonly Uint8Array[] = []
): Promise<Vault> {
  return await createVault(Fastify(), [Buffer.from(secret), ...previous], context)
}
