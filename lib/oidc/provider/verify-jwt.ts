import { type JWTVerifyGetKey, type JWTVerifyResult, jwtVerify } from 'jose'
import * as oauth from 'oauth4webapi'
import { isOfAnyTenant } from '../../options/issuer.ts'
import type { Provider, UsableServer } from './provider.ts'
import { assertTenant } from './token-issuer.ts'

/** None of our tokens has an extension; jose would take `b64`, which is for none of them (RFC 7797, section 7). */
export function assertPlain ({ crit }: { readonly crit?: unknown }): void {
  if (crit !== undefined) throw new oauth.OperationProcessingError('The token has an extension that must be understood')
}

/** Each part as an encoder writes it: jose reads blanks, line breaks and padding too (RFC 7515, section 5.2). */
export function assertSpelling (token: string): void {
  const isExact = token.split('.').every(part => Buffer.from(part, 'base64url').toString('base64url') === part)
  if (!isExact) throw new oauth.OperationProcessingError('The token is not base64url')
}

/**
 * Verifies what a provider signs for our client: signature with the one algorithm that is configured, issuer, audience
 * and times (RFC 7519, section 7.2).
 *
 * @param required claims that must be there
 * @throws whatever `toLoginError` understands
 */
export async function verifyJwt (
  { settings, now }: Provider, server: UsableServer, keys: JWTVerifyGetKey, token: string, required: string[]
): Promise<JWTVerifyResult> {
  assertSpelling(token)
  const result = await jwtVerify(token, keys, {
    algorithms: [settings.idTokenSigningAlg],
    ...isOfAnyTenant(server.issuer) ? {} : { issuer: server.issuer },
    audience: settings.clientId,
    requiredClaims: required,
    clockTolerance: settings.clockTolerance,
    currentDate: new Date(now())
  })
  assertPlain(result.protectedHeader)
  assertTenant(server, settings, result.payload)
  return result
}
