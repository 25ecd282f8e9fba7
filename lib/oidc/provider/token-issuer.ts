import { decodeJwt, type JWTPayload } from 'jose'
import * as oauth from 'oauth4webapi'
import { isOfAnyTenant, isSpeaker, issuerOfTenant } from '../../options/issuer.ts'
import type { OidcSettings } from '../../options/oidc-settings.ts'

type Server = Pick<oauth.AuthorizationServer, 'issuer'>
type TenantSettings = Pick<OidcSettings, 'tenantClaim'>

/**
 * Whether the issuer of a verified token is that of its tenant. A token that does not name the tenant in a claim names
 * it in its issuer.
 */
export function assertTenant (server: Server, { tenantClaim = '' }: TenantSettings, claims: JWTPayload): void {
  const { iss, [tenantClaim]: tenant } = claims
  if (!isOfAnyTenant(server.issuer)) return
  if (isSpeaker(server.issuer, iss) && (tenant === undefined || issuerOfTenant(server.issuer, tenant) === iss)) return
  throw new oauth.OperationProcessingError('"iss" is not the issuer of the tenant', { cause: { claims } })
}

/** What a part of a token says, which nobody has verified; undefined where that is no JSON. */
export function readPart (part: string): unknown {
  try {
    return JSON.parse(Buffer.from(part, 'base64url').toString())
  } catch {
    return undefined
  }
}

/** What an ID token says, not verified; nothing where there is none that can be read. */
async function claimsIn (answer: Response): Promise<JWTPayload> {
  try {
    const { id_token: idToken } = await answer.clone().json() as { readonly id_token?: unknown }
    return decodeJwt(String(idToken))
  } catch {
    return {}
  }
}

/**
 * The metadata by which oauth4webapi shall judge a token answer: of a provider with an issuer for each tenant those of
 * the tenant that the ID token names. The token itself is still to be verified.
 */
export async function serverOf<S extends Server> (
  server: S, { tenantClaim = '' }: TenantSettings, answer: Response
): Promise<S> {
  if (!isOfAnyTenant(server.issuer)) return server
  const { [tenantClaim]: tenant } = await claimsIn(answer)
  return { ...server, issuer: issuerOfTenant(server.issuer, tenant) ?? server.issuer }
}

/** The same for an authorization response, which names the issuer itself where it does (RFC 9207, section 2). */
export function respondingServer<S extends Server> (server: S, issuer: string | null): S {
  return isSpeaker(server.issuer, issuer) ? { ...server, issuer } : server
}
