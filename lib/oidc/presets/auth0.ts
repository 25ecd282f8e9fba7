import type { OidcOptions } from '../../options/auth-options.ts'
import { assertText } from '../../options/check.ts'
import { assertHost, frozen, type PresetOptions } from './words.ts'

/** What is said of an application of Auth0. */
export interface Auth0Options extends PresetOptions {
  /** The host of the tenant, as `example.eu.auth0.com`, or its custom domain. */
  domain: string
  /** The API that access tokens are for. Without one they are good for userinfo only. @default none */
  audience?: string
  /** The organization whose members may sign in: its id (`org_…`) or its name. @default none */
  organization?: string
}

/** An id is compared as it is, a name in small letters: so the ID token has them. */
function organizationClaim (organization: string): Record<string, string> {
  return organization.startsWith('org_') ? { org_id: organization } : { org_name: organization.toLowerCase() }
}

/**
 * Options for Auth0. Its issuer ends with a slash. A logout goes to `/oidc/logout`, which old tenants have but do not
 * announce.
 *
 * @throws ConfigurationError
 * @example auth0({ domain: 'example.eu.auth0.com', clientId: '…', clientSecret })
 */
export function auth0 (
  { domain, audience, organization, authorizationParameters, claims, ...options }: Auth0Options
): Readonly<OidcOptions> {
  assertHost(domain, 'auth0.domain')
  if (audience !== undefined) assertText(audience, 'auth0.audience')
  if (organization !== undefined) assertText(organization, 'auth0.organization')
  return frozen({
    issuer: `https://${domain}/`,
    endSession: { endpoint: `https://${domain}/oidc/logout` },
    ...options,
    authorizationParameters: {
      ...audience === undefined ? {} : { audience },
      ...organization === undefined ? {} : { organization },
      ...authorizationParameters
    },
    claims: { ...organization === undefined ? {} : organizationClaim(organization), ...claims }
  })
}
