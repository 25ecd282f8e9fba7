import type { OidcOptions } from '../../options/auth-options.ts'
import { assertText, refuse } from '../../options/check.ts'
import { frozen, type PresetOptions } from './words.ts'

/** What is said of a client of Keycloak. */
export interface KeycloakOptions extends PresetOptions {
  /** Address of the server, as `https://id.example.com`; with `/auth` at its end before version 17. */
  url: string
  realm: string
  /** The identity provider to use at once (`kc_idp_hint`). @default none */
  idpHint?: string
}

/**
 * Options for Keycloak. Its issuer is `URL/realms/REALM`.
 *
 * `refresh_expires_in` says when its session ends; with the scope `offline_access` it is 0, which means no stated end.
 * Its back-channel logout names the session where the client says "Backchannel logout session required".
 *
 * @throws ConfigurationError
 * @example keycloak({ url: 'https://id.example.com', realm: 'shop', clientId: 'web', clientSecret })
 */
export function keycloak (
  { url, realm, idpHint, authorizationParameters, ...options }: KeycloakOptions
): Readonly<OidcOptions> {
  assertText(url, 'keycloak.url')
  assertText(realm, 'keycloak.realm')
  if (!URL.canParse(url)) refuse('keycloak.url', 'must be an address as https://id.example.com.')
  if (/\/realms\//.test(url)) refuse('keycloak.url', 'has a realm. Write the address of the server, and the realm in "realm".')
  const hint = idpHint === undefined ? {} : { kc_idp_hint: idpHint }
  return frozen({
    issuer: `${url.replace(/\/+$/, '')}/realms/${encodeURIComponent(realm)}`,
    ...options,
    authorizationParameters: { ...hint, ...authorizationParameters }
  })
}
