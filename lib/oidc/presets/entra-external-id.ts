import type { OidcOptions } from '../../options/auth-options.ts'
import { refuse } from '../../options/check.ts'
import { assertHost, assertTenantId, assertWord, frozen, type PresetOptions } from './words.ts'

/** What is said of an application in an external tenant of Microsoft Entra. */
export interface EntraExternalIdOptions extends PresetOptions {
  /** Name of the tenant, the part before `.onmicrosoft.com`. Either it or `customDomain` is needed. */
  tenant?: string
  /** Id of the tenant. Needed with `customDomain`. */
  tenantId?: string
  /** The host that people see in place of `TENANT.ciamlogin.com`, as `login.example.com`. */
  customDomain?: string
}

/**
 * Options for Microsoft Entra External ID: tenants for customers.
 *
 * Its issuer has the id of the tenant as its host (`https://TENANTID.ciamlogin.com/TENANTID/v2.0`), while metadata and
 * pages are at the name of the tenant, or at the domain of yours. Where yours says another issuer, write `issuer`.
 *
 * @throws ConfigurationError
 * @example entraExternalId({ tenant: 'contoso', clientId: '…', clientSecret })
 */
export function entraExternalId (
  { tenant, tenantId, customDomain, ...options }: EntraExternalIdOptions
): Readonly<OidcOptions> {
  if (tenant !== undefined) assertWord(tenant, 'entraExternalId.tenant')
  if (tenantId !== undefined) assertTenantId(tenantId, 'entraExternalId.tenantId')
  if (customDomain !== undefined) assertHost(customDomain, 'entraExternalId.customDomain')
  if (customDomain !== undefined && tenantId === undefined) refuse('entraExternalId.tenantId', 'is missing. With "customDomain" the id of the tenant is needed.')
  if (customDomain === undefined && tenant === undefined) refuse('entraExternalId.tenant', 'is missing. Write the part before .onmicrosoft.com, or "customDomain".')
  const host = customDomain ?? `${tenant}.ciamlogin.com`
  const id = tenantId?.toLowerCase() ?? '{tenantid}'
  const issuer = options.issuer ?? `https://${id}.ciamlogin.com/${id}/v2.0`
  return frozen({
    discoveryUrl: `https://${host}/${tenantId ?? `${tenant}.onmicrosoft.com`}/v2.0/.well-known/openid-configuration`,
    ...issuer.includes('{tenantid}') ? { tenantClaim: 'tid' } : {},
    ...options,
    issuer
  })
}
