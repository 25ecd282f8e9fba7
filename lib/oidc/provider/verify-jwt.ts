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

/** What a token has to be. */
export interface JwtRules {
  readonly algorithms: readonly string[]
  /** One of these is in `aud`; undefined where something else says what it is for. */
  readonly audience: readonly string[] | undefined
  /** Seconds. */
  readonly clockTolerance: number
  /** Claims that must be there. */
  readonly required: readonly string[]
}

/**
 * Verifies what a provider has signed: signature, issuer, audience and times (RFC 7519, section 7.2). Neither the token
 * nor the metadata say which algorithm is right.
 *
 * @throws whatever `toLoginError` understands
 */
export async function verifySigned (
  { settings, now }: Provider, server: UsableServer, keys: JWTVerifyGetKey, token: string, rules: JwtRules
): Promise<JWTVerifyResult> {
  const { algorithms, audience, clockTolerance, required } = rules
  assertSpelling(token)
  const result = await jwtVerify(token, keys, {
    algorithms: [...algorithms],
    ...isOfAnyTenant(server.issuer) ? {} : { issuer: server.issuer },
    ...audience === undefined ? {} : { audience: [...audience] },
    requiredClaims: [...required],
    clockTolerance,
    currentDate: new Date(now())
  })
  assertPlain(result.protectedHeader)
  assertTenant(server, settings, result.payload)
  return result
}

/**
 * The same for what a provider signs for our client.
 *
 * @param required claims that must be there
 */
export async function verifyJwt (
  provider: Provider, server: UsableServer, keys: JWTVerifyGetKey, token: string, required: readonly string[]
): Promise<JWTVerifyResult> {
  const { idTokenSigningAlg, clientId, clockTolerance } = provider.settings
  return await verifySigned(provider, server, keys, token, {
    algorithms: [idTokenSigningAlg], audience: [clientId], clockTolerance, required
  })
}
