import { randomBytes } from 'node:crypto'
import { isLoopback } from './loopback.ts'
import { type OidcProvider } from './oidc-provider.ts'
import { type DevClient, type DevProviderSettings } from './settings.ts'

/** The features of oidc-provider, each on or off. */
export type Features = Readonly<Record<string, Readonly<Record<string, unknown>>>>

/** Grant types that a client may only name where their feature is on. */
const grantTypeOf: Readonly<Record<string, string>> = {
  deviceFlow: 'urn:ietf:params:oauth:grant-type:device_code',
  clientCredentials: 'client_credentials'
}

/** The grant types that the default client may use: all that are on. */
function grantTypes (features: Features): readonly string[] {
  const further = Object.entries(grantTypeOf).filter(([feature]) => features[feature]?.['enabled'] === true)
  return ['authorization_code', 'refresh_token', ...further.map(([, grantType]) => grantType)]
}

/** Metadata of the client that needs no registration. Its secret is random at every start, unless one was given. */
export function createDefaultClient (settings: DevProviderSettings, features: Features): DevClient {
  return {
    client_id: 'dev-client',
    client_secret: randomBytes(32).toString('base64url'),
    grant_types: grantTypes(features),
    // One entry is compulsory; which addresses are allowed, is decided below.
    redirect_uris: settings.redirectUris ?? ['http://127.0.0.1/'],
    ...settings.client
  }
}

/**
 * Lets the default client answer at any address of this machine, so that an application need not know its own port in
 * advance. Where `redirectUris` was given, these alone are allowed, and after logout their origins.
 */
export function allowRedirects (
  { Client: { prototype } }: OidcProvider, clientId: string, redirectUris: readonly string[] | undefined
): void {
  const { redirectUriAllowed, postLogoutRedirectUriAllowed } = prototype
  const origins = new Set(redirectUris?.map(address => new URL(address).origin))
  const isHome = (address: string) => redirectUris === undefined
    ? isLoopback(address)
    : URL.canParse(address) && origins.has(new URL(address).origin)

  prototype.redirectUriAllowed = function (address) {
    if (this.clientId === clientId && redirectUris === undefined && isLoopback(address)) return true
    return redirectUriAllowed.call(this, address)
  }
  prototype.postLogoutRedirectUriAllowed = function (address) {
    if (this.clientId === clientId && isHome(address)) return true
    return postLogoutRedirectUriAllowed.call(this, address)
  }
}
