import { ProofInvalid, TokenInvalid, TokenMalformed, type Unauthorized } from '../errors.ts'
import { bearerChallenge } from './challenge.ts'
import type { RealmParts } from './realm-parts.ts'
import type { TokenFault } from './request-token.ts'

/** What a program reads about its token (RFC 6750, section 3): never what is wrong with it in particular. */
const DESCRIPTIONS = Object.freeze({
  malformed: 'Send one access token, in the Authorization header',
  expired: 'The access token has expired',
  invalid: 'The access token is not valid here',
  proof: 'The proof is missing, or not for this request'
})
const ERRORS = Object.freeze({
  malformed: 'invalid_request', expired: 'invalid_token', invalid: 'invalid_token', proof: 'invalid_dpop_proof'
})

/** The error for a request whose token is not taken (RFC 6750, section 3.1; RFC 9449, section 7.1). */
export function tokenRefusal (
  realm: Pick<RealmParts, 'settings' | 'resourceMetadata'>, { kind, scheme, cause }: TokenFault
): Unauthorized | TokenMalformed {
  const challenge = bearerChallenge(realm, scheme, { error: ERRORS[kind], error_description: DESCRIPTIONS[kind] })
  if (kind === 'malformed') return new TokenMalformed(challenge)
  const options = { challenge, via: ['bearer'], cause }
  return kind === 'proof' ? new ProofInvalid(options) : new TokenInvalid(options)
}
