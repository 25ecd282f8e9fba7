import type { FastifyRequest } from 'fastify'
import { bounded } from '../bounded.ts'
import { StoreUnavailable } from '../errors.ts'
import type { SessionIdentity } from '../options/login-functions.ts'
import type { Settings } from '../options/settings.ts'
import type { Account } from '../user.ts'

/** Milliseconds that `loadUser` may take: every request with a session waits for it, also where nobody asks. */
const LONGEST_LOAD = 2000

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
    return await bounded(async () => await loadUser(identity, request), LONGEST_LOAD) ?? null
  } catch (cause) {
    request.log.error({ err: cause }, 'fastify-login: loadUser failed')
    throw new StoreUnavailable({ cause })
  }
}
