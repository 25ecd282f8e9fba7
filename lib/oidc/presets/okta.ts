import type { OidcOptions } from '../../options/auth-options.ts'
import { assertHost, assertWord, frozen, type PresetOptions } from './words.ts'

/** What is said of an application of Okta. */
export interface OktaOptions extends PresetOptions {
  /** The host of the organization, as `example.okta.com`, or its custom domain. */
  domain: string
  /** Id of a custom authorization server, as `default`. @default the authorization server of the organization */
  authorizationServer?: string
}

/**
 * Options for Okta. The server of the organization signs people in; access tokens for an API of yours come from a
 * custom one only.
 *
 * @throws ConfigurationError
 * @example okta({ domain: 'example.okta.com', authorizationServer: 'default', clientId: '…', clientSecret })
 */
export function okta ({ domain, authorizationServer, ...options }: OktaOptions): Readonly<OidcOptions> {
  assertHost(domain, 'okta.domain')
  if (authorizationServer !== undefined) assertWord(authorizationServer, 'okta.authorizationServer')
  const server = authorizationServer === undefined ? '' : `/oauth2/${authorizationServer}`
  return frozen({ issuer: `https://${domain}${server}`, ...options })
}
