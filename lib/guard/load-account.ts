import type { FastifyRequest } from 'fastify'
import { StoreUnavailable } from '../errors.ts'
import type { SessionIdentity } from '../options/auth-options.ts'
import type { Settings } from '../options/settings.ts'
import type { Account } from '../user.ts'

/**
 * What the application knows about somebody: null where it does not accept them, undefined where it is not asked.
 *
 * @throws StoreUnavailable
 */
export async function loadAccount (
  { loadUser }: Pick<Settings, 'loadUser'>, identity: SessionIdentity, request: FastifyRequest
): Promise<Account | null | undefined> {
  if (loadUser === undefined) return undefined
  try {
    return await loadUser(identity, request) ?? null
  } catch (cause) {
    request.log.error({ err: cause }, 'fastify-login: loadUser failed')
    throw new StoreUnavailable({ cause })
  }
}
