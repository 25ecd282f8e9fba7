import type { FastifyRequest } from 'fastify'
import { loadAccount } from '../guard/load-account.ts'
import type { Settings } from '../options/settings.ts'
import type { AcceptPerson } from '../programs/program-grants.ts'

/**
 * Asks the application whether it accepts a person for whom a program acts.
 *
 * @throws StoreUnavailable
 */
export function createAccept (settings: Pick<Settings, 'loadUser'>, request: FastifyRequest): AcceptPerson {
  return async function accept ({ userId, identity, claims = {} }) {
    const who = { id: userId, ...identity, claims, authenticatedBy: 'bearer' }
    return await loadAccount(settings, who, request) !== null
  }
}
