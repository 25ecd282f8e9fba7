import { type BearerTokenDetails, type Confirmation } from '../../bearer-token.ts'
import { deepFreeze } from '../../deep-freeze.ts'
import { type UserId, userIdOf } from '../../options/provider-settings.ts'
import type { TrustedIssuer } from '../../options/token-issuers.ts'
import type { Claims } from '../../user.ts'
import { personClaims } from '../login/claims.ts'
import { firstTextOf, textOf, textsOf, type TokenClaims, wordsOf } from './token-claims.ts'
import { TokenFault } from './token-fault.ts'

/** What a token does not say itself. */
export interface TokenSurroundings {
  /** Name of the issuer in this application. */
  readonly name: string
  /** Whether it has an issuer for each of its tenants. */
  readonly isOfMany: boolean
  readonly userId: UserId
  readonly mapClaims: TrustedIssuer['mapClaims']
  readonly clockTolerance: number
  /** Seconds since 1970. */
  readonly now: number
  readonly expiresAt: number
}

/** The program: by RFC 9068, as an authorised party, as Entra ID says it, as Okta does. */
const CLIENT = ['client_id', 'azp', 'appid', 'cid']
const KEY = 'jkt'
const CERTIFICATE = 'x5t#S256'
/** A SHA-256 as base64url. */
const thumbprint = /^[\w-]{43}$/

/** Whether a value of JSON is an object. */
export function isPlain (value: unknown): value is Readonly<Record<string, unknown>> {
  return typeof value === 'object' && value !== null && !Array.isArray(value)
}

/** Who does not understand how a token is bound must not take it for one that is not (RFC 7800, section 3.1). */
export function confirmationOf ({ cnf }: Claims): Confirmation | undefined {
  if (cnf === undefined) return undefined
  const methods = isPlain(cnf) ? Object.entries(cnf) : []
  const isKnown = methods.length > 0 && methods.every(([name, value]) =>
    (name === KEY || name === CERTIFICATE) && typeof value === 'string' && thumbprint.test(value))
  if (!isKnown) throw new TokenFault('"cnf" has a method that is not known here')
  const { [KEY]: keyThumbprint, [CERTIFICATE]: certificateThumbprint } = cnf as Readonly<Record<string, string>>
  return Object.freeze({ keyThumbprint, certificateThumbprint })
}

/** A time of the past; undefined for anything else, as the dates that AD FS writes. */
function pastOf (value: unknown, latest: number): number | undefined {
  return typeof value === 'number' && value <= latest ? value : undefined
}

/**
 * What is known of a token by its claims.
 *
 * @throws TokenFault, and ArgumentInvalid where `userId` gives no text
 */
export function tokenDetails (claims: TokenClaims, surroundings: TokenSurroundings): BearerTokenDetails {
  const { name, clockTolerance, now, expiresAt, userId, mapClaims, isOfMany } = surroundings
  const { iss: issuer, sub: subject, scope, iat } = claims
  const latest = now + clockTolerance
  if (!Number.isFinite(expiresAt)) throw new TokenFault('"exp" is no time')
  if (iat !== undefined && pastOf(iat, latest) === undefined) throw new TokenFault('"iat" is no time of the past')
  const confirmation = confirmationOf(claims)
  const identity = Object.freeze({ issuer, subject, provider: name })
  const told = mapClaims === undefined ? claims : deepFreeze(mapClaims(claims))
  return {
    userId: userIdOf(userId, identity, personClaims(told), isOfMany),
    identity,
    subject,
    clientId: firstTextOf(claims, CLIENT),
    audience: Object.freeze(textsOf(claims.aud)),
    scopes: Object.freeze(wordsOf(scope ?? claims['scp'])),
    claims: told,
    id: textOf(claims, 'jti'),
    issuedAt: iat,
    expiresAt,
    authenticatedAt: pastOf(claims['auth_time'], latest),
    confirmation
  }
}
