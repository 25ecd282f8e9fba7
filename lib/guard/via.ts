import { ViaUnknown } from '../errors.ts'
import { assertTexts, refuse } from '../options/check.ts'
import type { AuthUser, Evidence } from '../user.ts'
import type { Callers } from './callers.ts'

/** The evidence that a guard takes, as its options name it. Undefined: whatever every route takes. */
export type Via = readonly Evidence[] | undefined

export function resolveVia (via: unknown): readonly Evidence[] {
  assertTexts(via, 'loginRequired.via')
  if (via.length === 0) refuse('loginRequired.via', 'is empty, so that nobody could pass. Leave it out for the cookie, access tokens and all authenticators.')
  return Object.freeze([...via])
}

/**
 * Refuses names that no option gives: nobody could have such evidence.
 *
 * @throws ViaUnknown
 */
export function assertKnownVia (via: Via, callers: Callers | undefined): void {
  if (via === undefined) return
  const basic = callers?.basic === undefined ? [] : ['basic']
  const bearer = callers?.bearer === undefined ? [] : ['bearer']
  const known = ['cookie', ...bearer, ...basic, ...callers?.authenticators.map(({ name }) => name) ?? []]
  const unknown = via.find(name => !known.includes(name))
  if (unknown === undefined) return
  throw new ViaUnknown(`loginRequired takes ${JSON.stringify(unknown)} as evidence, which no option of fastify-login gives. There is ${known.join(', ')}.`)
}

/** Whether a guard takes what a user came by. Basic credentials are taken only where a guard names them. */
export function isTaken ({ authenticatedBy }: AuthUser, via: Via): boolean {
  return via === undefined ? authenticatedBy !== 'basic' : via.includes(authenticatedBy)
}

/** Whether a guard takes access tokens. */
export function takesTokens (via: Via, callers: Callers | undefined): boolean {
  return callers?.bearer !== undefined && (via === undefined || via.includes('bearer'))
}
