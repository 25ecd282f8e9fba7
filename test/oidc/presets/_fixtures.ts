/**
 * Metadata of providers, shortened to what a client uses, read in stored copies of public pages on 2026-11-21; `dated`
 * is what a page says of itself. None of them was asked live. What a page does not show follows the pattern of what it
 * does: `end_session_endpoint` of Entra ID and External ID, and parts of those of Google, Keycloak and Okta. Auth0's
 * are from public snippets, Cognito's from a document that somebody published.
 */
export interface Fixture {
  /** The page of the documentation. */
  readonly page: string
  readonly dated?: string
  /** Where the metadata are. */
  readonly discoveryUrl: string
  readonly document: Readonly<Record<string, unknown>> & { readonly issuer: string, readonly jwks_uri: string }
}

export const TENANT = '8eaef023-2b34-4da1-9baa-8bc8c9d6a490'
export const OTHER_TENANT = '82229342-1101-4ab6-817b-70c0747630f3'
/** That of Microsoft's own accounts. */
export const CONSUMERS = '9188040d-6c67-4c5b-b112-36a304b66dad'

/** Entra ID; `path` is what stands for the tenant in addresses, `issuer` what the metadata say. */
export function entraMetadata (path: string, issuer: string): Fixture {
  const base = `https://login.microsoftonline.com/${path}`
  return {
    page: 'https://learn.microsoft.com/entra/identity-platform/v2-protocols-oidc',
    dated: '2023-09-13',
    discoveryUrl: `${base}/v2.0/.well-known/openid-configuration`,
    document: {
      issuer: `https://login.microsoftonline.com/${issuer}/v2.0`,
      authorization_endpoint: `${base}/oauth2/v2.0/authorize`,
      token_endpoint: `${base}/oauth2/v2.0/token`,
      token_endpoint_auth_methods_supported: ['client_secret_post', 'private_key_jwt'],
      jwks_uri: `${base}/discovery/v2.0/keys`,
      userinfo_endpoint: 'https://graph.microsoft.com/oidc/userinfo',
      end_session_endpoint: `${base}/oauth2/v2.0/logout`,
      subject_types_supported: ['pairwise']
    }
  }
}

/** External ID: "This endpoint returns an issuer value https://{tenantid}.ciamlogin.com/{tenantid}/v2.0". */
export function externalIdMetadata (host: string, path: string): Fixture {
  const base = `https://${host}/${path}`
  return {
    page: 'https://learn.microsoft.com/entra/identity-platform/security-tokens',
    discoveryUrl: `${base}/v2.0/.well-known/openid-configuration`,
    document: {
      issuer: `https://${TENANT}.ciamlogin.com/${TENANT}/v2.0`,
      authorization_endpoint: `${base}/oauth2/v2.0/authorize`,
      token_endpoint: `${base}/oauth2/v2.0/token`,
      token_endpoint_auth_methods_supported: ['client_secret_post', 'private_key_jwt'],
      jwks_uri: `${base}/discovery/v2.0/keys`,
      end_session_endpoint: `${base}/oauth2/v2.0/logout`
    }
  }
}

/** Azure AD B2C: one document for each user flow; the address of the custom domain is from the page `custom-domain`. */
export function b2cMetadata (policy: string, issuer: string, base: string): Fixture {
  return {
    page: 'https://learn.microsoft.com/azure/active-directory-b2c/openid-connect',
    dated: '2020-04-27',
    discoveryUrl: `${base}/${policy}/v2.0/.well-known/openid-configuration`,
    document: {
      issuer,
      authorization_endpoint: `${base}/${policy}/oauth2/v2.0/authorize`,
      token_endpoint: `${base}/${policy}/oauth2/v2.0/token`,
      token_endpoint_auth_methods_supported: ['client_secret_post', 'client_secret_basic'],
      jwks_uri: `${base}/${policy}/discovery/v2.0/keys`,
      end_session_endpoint: `${base}/${policy}/oauth2/v2.0/logout`,
      scopes_supported: ['openid']
    }
  }
}

export const GOOGLE: Fixture = {
  page: 'https://developers.google.com/identity/openid-connect/reference',
  discoveryUrl: 'https://accounts.google.com/.well-known/openid-configuration',
  document: {
    issuer: 'https://accounts.google.com',
    authorization_endpoint: 'https://accounts.google.com/o/oauth2/v2/auth',
    token_endpoint: 'https://oauth2.googleapis.com/token',
    userinfo_endpoint: 'https://openidconnect.googleapis.com/v1/userinfo',
    revocation_endpoint: 'https://oauth2.googleapis.com/revoke',
    jwks_uri: 'https://www.googleapis.com/oauth2/v3/certs',
    scopes_supported: ['openid', 'email', 'profile'],
    token_endpoint_auth_methods_supported: ['client_secret_post', 'client_secret_basic'],
    authorization_response_iss_parameter_supported: true
  }
}

export const KEYCLOAK: Fixture = {
  page: 'https://www.keycloak.org/securing-apps/oidc-layers',
  discoveryUrl: 'https://id.example.com/realms/my%20shop/.well-known/openid-configuration',
  document: {
    issuer: 'https://id.example.com/realms/my%20shop',
    authorization_endpoint: 'https://id.example.com/realms/my%20shop/protocol/openid-connect/auth',
    token_endpoint: 'https://id.example.com/realms/my%20shop/protocol/openid-connect/token',
    end_session_endpoint: 'https://id.example.com/realms/my%20shop/protocol/openid-connect/logout',
    jwks_uri: 'https://id.example.com/realms/my%20shop/protocol/openid-connect/certs',
    authorization_response_iss_parameter_supported: true,
    backchannel_logout_supported: true,
    backchannel_logout_session_supported: true
  }
}

export const AUTH0: Fixture = {
  page: 'https://auth0.com/docs/get-started/applications/configure-applications-with-oidc-discovery',
  discoveryUrl: 'https://example.eu.auth0.com/.well-known/openid-configuration',
  document: {
    issuer: 'https://example.eu.auth0.com/',
    authorization_endpoint: 'https://example.eu.auth0.com/authorize',
    token_endpoint: 'https://example.eu.auth0.com/oauth/token',
    jwks_uri: 'https://example.eu.auth0.com/.well-known/jwks.json',
    token_endpoint_auth_methods_supported: ['client_secret_basic', 'client_secret_post']
  }
}

/** Okta; `server` is empty for the authorization server of the organization. */
export function oktaMetadata (server: string): Fixture {
  const issuer = `https://example.okta.com${server === '' ? '' : `/oauth2/${server}`}`
  const base = server === '' ? `${issuer}/oauth2/v1` : `${issuer}/v1`
  return {
    page: 'https://developer.okta.com/docs/reference/api/oidc/',
    discoveryUrl: `${issuer}/.well-known/openid-configuration`,
    document: {
      issuer,
      authorization_endpoint: `${base}/authorize`,
      token_endpoint: `${base}/token`,
      jwks_uri: `${base}/keys`,
      end_session_endpoint: `${base}/logout`,
      token_endpoint_auth_methods_supported: ['client_secret_basic', 'client_secret_post', 'private_key_jwt', 'none']
    }
  }
}

export const COGNITO: Fixture = {
  page: 'https://docs.aws.amazon.com/cognito/latest/developerguide/federation-endpoints.html',
  discoveryUrl: 'https://cognito-idp.eu-central-1.amazonaws.com/eu-central-1_AbCdEfGhI/.well-known/openid-configuration',
  document: {
    issuer: 'https://cognito-idp.eu-central-1.amazonaws.com/eu-central-1_AbCdEfGhI',
    authorization_endpoint: 'https://login.example.com/oauth2/authorize',
    token_endpoint: 'https://login.example.com/oauth2/token',
    end_session_endpoint: 'https://login.example.com/logout',
    jwks_uri: 'https://cognito-idp.eu-central-1.amazonaws.com/eu-central-1_AbCdEfGhI/.well-known/jwks.json',
    scopes_supported: ['openid', 'email', 'phone', 'profile'],
    token_endpoint_auth_methods_supported: ['client_secret_basic', 'client_secret_post']
  }
}
