import { type JWTPayload, jwtVerify } from 'jose'
import * as oauth from 'oauth4webapi'
import { LoginTooWeak } from '../errors.ts'
import type { Strength } from './demands.ts'
import type { Provider, UsableServer } from './provider.ts'

/** Claims of a verified ID token (OpenID Connect Core, section 2). */
export interface IdToken extends JWTPayload {
  readonly sub: string
  readonly iss: string
  /** When the person proved who they are, in seconds since 1970, where the provider says so. */
  readonly auth_time?: number
}

function invalid (message: string, claims: JWTPayload): never {
  throw new oauth.OperationProcessingError(message, { cause: { claims } })
}

/** None of our tokens has an extension; jose would take `b64`, which is for none of them (RFC 7797, section 7). */
export function assertPlain ({ crit }: { readonly crit?: unknown }): void {
  if (crit !== undefined) invalid('The token has an extension that must be understood', {})
}

/** Each part as an encoder writes it: jose reads blanks, line breaks and padding too (RFC 7515, section 5.2). */
export function assertSpelling (token: string): void {
  const isExact = token.split('.').every(part => Buffer.from(part, 'base64url').toString('base64url') === part)
  if (!isExact) invalid('The token is not base64url', {})
}

function assertClaims (claims: JWTPayload, { settings }: Provider, now: number): asserts claims is IdToken {
  const { clientId, clockTolerance } = settings
  if (typeof claims.sub !== 'string' || claims.sub === '') invalid('"sub" is missing', claims)
  if (Array.isArray(claims.aud) && claims.aud.length > 1 && claims.azp === undefined) invalid('"azp" is missing', claims)
  if (claims.azp !== undefined && claims.azp !== clientId) invalid('"azp" is another client', claims)
  const { auth_time: authTime = 0 } = claims
  if (typeof authTime !== 'number' || authTime > now + clockTolerance) invalid('"auth_time" is no time of the past', claims)
  if (typeof claims.iat !== 'number' || claims.iat > now + clockTolerance) invalid('"iat" is in the future', claims)
}

/**
 * What was asked for must be what came (OpenID Connect Core, section 3.1.3.7, numbers 12 and 13). A person may take
 * their time at the provider: their proof is as old as it was when the login was begun.
 *
 * @param since when the login was begun, in seconds since 1970
 * @throws LoginTooWeak
 */
export function assertStrength (
  claims: IdToken, { acr, maxAge }: Strength, clockTolerance: number, since: number
): void {
  if (acr.length > 0 && !acr.some(value => value === claims.acr)) {
    throw new LoginTooWeak({ cause: new Error(`acr is ${JSON.stringify(claims.acr)}`) })
  }
  if (maxAge === undefined) return
  if (typeof claims.auth_time !== 'number' || since > claims.auth_time + maxAge + clockTolerance) {
    throw new LoginTooWeak({ cause: new Error(`auth_time is ${JSON.stringify(claims.auth_time)}`) })
  }
}

/**
 * Verifies an ID token by itself: signature with the one algorithm that is configured, issuer, audience, authorised
 * party and times. The nonce is compared where the answer is processed, the strength of a login where one is made.
 */
export async function verifyIdToken (provider: Provider, server: UsableServer, idToken: string): Promise<IdToken> {
  const { settings, now } = provider
  assertSpelling(idToken)
  const { payload, protectedHeader } = await jwtVerify(idToken, provider.keys(server), {
    algorithms: [settings.idTokenSigningAlg],
    issuer: settings.issuer,
    audience: settings.clientId,
    requiredClaims: ['exp', 'iat', 'sub'],
    clockTolerance: settings.clockTolerance,
    currentDate: new Date(now())
  })
  assertPlain(protectedHeader)
  const seconds = Math.floor(now() / 1000)
  assertClaims(payload, provider, seconds)
  return payload
}
