import type { JWTPayload } from 'jose'
import type { BearerToken } from '../../bearer-token.ts'
import { deepFreeze } from '../../deep-freeze.ts'
import { isOfAnyTenant, isSpeaker } from '../../options/issuer.ts'
import type { TrustedIssuer } from '../../options/token-issuers.ts'
import { assertTenant } from '../provider/token-issuer.ts'
import { assertAudience, assertDemands, assertNoOther, textOf, type TokenClaims } from './token-claims.ts'
import { confirmationOf } from './token-details.ts'
import { TokenFault } from './token-fault.ts'

/** How a token may be used (RFC 6749, section 7.1), where the issuer says so. */
const TYPES: ReadonlySet<unknown> = new Set([undefined, 'bearer', 'dpop'])

/** A token that needs a proof, of a key that is not told, could be used by anybody who has it. */
function assertType (answer: JWTPayload): void {
  const { token_type: said } = answer
  const type = typeof said === 'string' ? said.toLowerCase() : said
  if (!TYPES.has(type)) throw new TokenFault('"token_type" is not known here')
  if (type === 'dpop' && confirmationOf(answer)?.keyThumbprint === undefined) {
    throw new TokenFault('"token_type" is DPoP, but "cnf" has no key')
  }
}

function assertTimes ({ exp, nbf, iat }: JWTPayload): void {
  for (const [name, time] of Object.entries({ exp, nbf, iat })) {
    if (time !== undefined && !Number.isFinite(time)) throw new TokenFault(`"${name}" is no time`)
  }
}

/** Who it is about: a person, or else the client that acts for nobody (as RFC 9068, section 2.2, has it of JWTs). */
function subjectOf (answer: JWTPayload): string {
  const subject = textOf(answer, answer.sub === undefined ? 'client_id' : 'sub')
  if (subject === undefined) throw new TokenFault('"sub" is no text')
  return subject
}

/**
 * The claims of an active token that was introspected (RFC 7662, section 2.2): what a JWT would say itself.
 *
 * @param issuer as its metadata spell it
 * @throws TokenFault
 */
export function introspectedClaims (answer: JWTPayload, issuer: string, rules: TrustedIssuer): TokenClaims {
  const { iss = isOfAnyTenant(issuer) ? undefined : issuer } = answer
  if (!isSpeaker(issuer, iss)) throw new TokenFault('"iss" is another issuer')
  assertTimes(answer)
  assertType(answer)
  assertNoOther(answer)
  assertAudience(answer, rules)
  const claims = deepFreeze({ ...answer, iss, sub: subjectOf(answer) })
  assertDemands(claims, rules)
  try {
    assertTenant({ issuer }, rules.provider, claims)
  } catch {
    throw new TokenFault('"iss" is not the issuer of the tenant')
  }
  return claims
}

/**
 * Whether what an issuer says of a JWT is about the same token.
 *
 * @throws TokenFault
 */
export function assertSame (answer: JWTPayload, token: BearerToken): void {
  const { iss = token.claims['iss'], sub = token.subject } = answer
  if (iss !== token.claims['iss'] || sub !== token.subject) throw new TokenFault('the issuer tells of another token')
  assertType(answer)
  const told = confirmationOf(answer)
  const { confirmation } = token
  const isSameProof = told?.keyThumbprint === confirmation?.keyThumbprint &&
    told?.certificateThumbprint === confirmation?.certificateThumbprint
  if (told !== undefined && !isSameProof) throw new TokenFault('the issuer tells of another proof')
}
