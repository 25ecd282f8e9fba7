import * as oauth from 'oauth4webapi'
import type { OidcSettings } from '../../options/oidc-settings.ts'

/**
 * How our client proves itself at a provider: by HTTP Basic, as every provider must understand (RFC 6749, section
 * 2.3.1), or in the body where the provider says that it takes nothing else; without a secret not at all.
 */
export function clientAuth ({ clientSecret }: OidcSettings, server: oauth.AuthorizationServer): oauth.ClientAuth {
  if (clientSecret === undefined) return oauth.None()
  const methods = server.token_endpoint_auth_methods_supported ?? ['client_secret_basic']
  const isPost = methods.includes('client_secret_post') && !methods.includes('client_secret_basic')
  return isPost ? oauth.ClientSecretPost(clientSecret.reveal()) : oauth.ClientSecretBasic(clientSecret.reveal())
}
