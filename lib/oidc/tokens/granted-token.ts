import * as oauth from 'oauth4webapi'
import type { GrantedToken } from './grant.ts'

/** Seconds: browsers keep no session longer, and no token outlives one. */
const LONGEST_TOKEN = 400 * 86_400

/** When an access token ends; undefined where the provider does not say, or says 0, which would be at once. */
function expiryOf (seconds: number | undefined, issuedAt: number): number | undefined {
  return seconds === undefined || seconds <= 0 ? undefined : issuedAt + Math.min(Math.ceil(seconds), LONGEST_TOKEN)
}

/**
 * The access token of an answer. Without a scope in it what was asked for is granted (RFC 6749, section 5.1).
 *
 * @param now milliseconds since 1970
 * @param isBound whether a proof came with the request: the token must be bound to its key then (RFC 9449, section 5)
 * @throws an UnsupportedOperationError for a type that was not asked for (RFC 6749, section 7.1)
 */
export function grantedToken (
  answer: oauth.TokenEndpointResponse, asked: readonly string[], resource: string | undefined, now: number,
  isBound = false
): GrantedToken {
  const type = isBound ? 'DPoP' : 'bearer'
  if (answer.token_type !== type.toLowerCase()) {
    throw new oauth.UnsupportedOperationError(`The access token is not of the type ${type}`)
  }
  const issuedAt = Math.floor(now / 1000)
  return {
    accessToken: answer.access_token,
    tokenType: type,
    scopes: answer.scope === undefined ? asked : answer.scope.split(' ').filter(scope => scope !== ''),
    asked,
    resource,
    issuedAt,
    expiresAt: expiryOf(answer.expires_in, issuedAt)
  }
}
