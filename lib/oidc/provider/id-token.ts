import type { JWTPayload } from 'jose'
import * as oauth from 'oauth4webapi'
import { isOfAnyTenant } from '../../options/issuer.ts'
import type { Provider, UsableServer } from './provider.ts'
import { verifyJwt } from './verify-jwt.ts'

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
 * Verifies an ID token by itself: signature with the one algorithm that is configured, issuer, audience, authorised
 * party and times. The nonce is compared where the answer is processed, the strength of a login where one is made.
 */
export async function verifyIdToken (provider: Provider, server: UsableServer, idToken: string): Promise<IdToken> {
  const { tenantClaim } = provider.settings
  const tenant = tenantClaim !== undefined && isOfAnyTenant(server.issuer) ? [tenantClaim] : []
  const required = ['exp', 'iat', 'sub', ...tenant]
  const { payload } = await verifyJwt(provider, server, provider.keys(server), idToken, required)
  assertClaims(payload, provider, Math.floor(provider.now() / 1000))
  return payload
}
