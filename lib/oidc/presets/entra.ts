import type { OidcOptions } from '../../options/auth-options.ts'
import type { ClientAuthentication } from '../../options/client-auth-options.ts'
import { assertTexts, refuse } from '../../options/check.ts'
import { assertHost, assertTenantId, assertWord, frozen, isTenantId, type PresetOptions } from './words.ts'

/** What is said of an application that is registered with Microsoft Entra ID. */
export interface EntraOptions extends PresetOptions {
  /**
   * Who may sign in: the people of one tenant, by its id or by one of its domains; those of every tenant
   * (`'organizations'`), with Microsoft's own accounts (`'common'`), or those accounts alone (`'consumers'`).
   */
  tenant: string
  /** Ids of the tenants whose people may sign in; with `'organizations'` and `'common'` only. @default every tenant */
  tenants?: readonly string[]
  /** The host of a national cloud, as `login.microsoftonline.us`. @default 'login.microsoftonline.com' */
  host?: string
}

const MANY: readonly string[] = ['organizations', 'common']

function allowedTenants (tenants: unknown, tenant: string): Pick<OidcOptions, 'claims'> {
  if (tenants === undefined) return {}
  if (!MANY.includes(tenant)) refuse('entra.tenants', 'has a meaning with the tenant "organizations" or "common" only.')
  assertTexts(tenants, 'entra.tenants')
  tenants.forEach((one, index) => assertTenantId(one, `entra.tenants[${index}]`))
  return { claims: { tid: tenants.map(one => one.toLowerCase()) } }
}

/** Entra takes an assertion that is for its token endpoint only. */
function forTokenEndpoint (proof: ClientAuthentication): ClientAuthentication {
  return typeof proof === 'string' ? proof : { audience: 'token_endpoint', ...proof }
}

/** Where an issuer is known by the id of the tenant, everything lies below it; else Entra says it in its metadata. */
function addresses (base: string, tenant: string): Pick<OidcOptions, 'issuer' | 'discoveryUrl' | 'tenantClaim'> {
  if (isTenantId(tenant)) return { issuer: `${base}/${tenant.toLowerCase()}/v2.0` }
  return {
    issuer: `${base}/{tenantid}/v2.0`,
    discoveryUrl: `${base}/${tenant}/v2.0/.well-known/openid-configuration`,
    tenantClaim: 'tid'
  }
}

/**
 * Options for Microsoft Entra ID, with its endpoints of version 2.0.
 *
 * With `'organizations'` and `'common'` anybody of any tenant signs in, unless `tenants` names those that may. The
 * issuer of an ID token is that of the person's tenant; it must be the one of the claim `tid`, and so must the key that
 * signed it. `currentUser.identity.issuer` says it, and `currentUser.id` has it before the subject: the same
 * subject of another tenant is somebody else.
 *
 * An assertion of the client (`clientAuthentication`) is made for the token endpoint, as Entra wants it. Entra sends no
 * `iss` with its answer, and has no back-channel logout. It gives refresh tokens for the scope
 * `offline_access` only.
 *
 * @throws ConfigurationError
 * @example entra({ tenant: '8eaef023-2b34-4da1-9baa-8bc8c9d6a490', clientId: '…', clientSecret })
 */
export function entra (
  { tenant, tenants, host = 'login.microsoftonline.com', claims, clientAuthentication, ...options }: EntraOptions
): Readonly<OidcOptions> {
  assertWord(tenant, 'entra.tenant')
  assertHost(host, 'entra.host')
  const { claims: allowed } = allowedTenants(tenants, tenant)
  return frozen({
    ...addresses(`https://${host}`, tenant),
    claims: { ...allowed, ...claims },
    ...clientAuthentication === undefined ? {} : { clientAuthentication: forTokenEndpoint(clientAuthentication) },
    ...options
  })
}
