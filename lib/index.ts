/**
 * Signs people in to a Fastify application and keeps them signed in.
 *
 * @module fastify-login
 */
export { authPlugin, authPlugin as default } from './plugin.ts'
export { type InstanceLogin, type Login, type ProviderLogin } from './login.ts'
export { type Exchange, type OnBehalfOf } from './oidc/tokens/token-exchange.ts'
export { type LoginOptions } from './guard/login-start.ts'
export { type LoginUrlOptions } from './guard/login-url.ts'
export { type NamedLogin } from './guard/named-login.ts'
export { type AccessToken, type AccessTokenOptions } from './guard/access-token.ts'
export { type IssuedToken, type IssueTokenOptions, type VerifiedToken } from './guard/own-tokens.ts'
export { BearerToken, type BearerTokenDetails, type Confirmation } from './bearer-token.ts'
export { type AddedKey, type RotationOptions } from './broker/signing-keys.ts'
export { loginRequired, type LoginGuard, type LoginRequired } from './guard/require.ts'
export { silentLogin, type SilentLogin, type SilentLoginOptions } from './guard/silent-login.ts'
export { type LoginRequirements } from './guard/requirements.ts'
export { type ClaimChoice, type ClaimValue, type RequiredClaim } from './guard/claim-tests.ts'
export {
  type Authenticate, type Authenticator, type AuthOptions, type BasicOptions, type BearerOptions,
  type BrokerAlg, type BrokerOptions, type Caller, type CookieOptions, type IntrospectionOptions, type MapTokenClaims,
  type OidcOptions, type OnUnauthorized, type PeerOptions, type ProgramOptions, type RouteOptions, type Secret,
  type SessionOptions, type SignerOptions, type SigningInput, type SiteData, strictSession, type TenantOptions,
  type TenantProvider, type TokenIssuerOptions, type TokenRules, type TokenSubject, type VerifyBasic
} from './options/auth-options.ts'
export { type LoadUser, type LoginReturn, type MapUserinfo, type OnLogin, type SessionIdentity } from './options/login-functions.ts'
export {
  type AssertionAuthentication, type AssertionRequest, type ClientAuthentication, type PrivateKeyAuthentication
} from './options/client-auth-options.ts'
export {
  type Account, AnonymousUser, AuthUser, type AuthUserDetails, type Claims, type CurrentUser, type Evidence,
  type Identity, type LoginName, type LoginNames, type LoginTypes
} from './user.ts'
export {
  type EndReason, type LoginEventMap, type LoginEventName, type LoginListeners, type Somebody
} from './events.ts'
export { auth0, type Auth0Options } from './oidc/presets/auth0.ts'
export { b2c, type B2cOptions } from './oidc/presets/b2c.ts'
export { cognito, type CognitoOptions } from './oidc/presets/cognito.ts'
export { entra, type EntraOptions } from './oidc/presets/entra.ts'
export { entraExternalId, type EntraExternalIdOptions } from './oidc/presets/entra-external-id.ts'
export { google, type GoogleOptions } from './oidc/presets/google.ts'
export { keycloak, type KeycloakOptions } from './oidc/presets/keycloak.ts'
export { okta, type OktaOptions } from './oidc/presets/okta.ts'
export { type PresetOptions } from './oidc/presets/words.ts'
export { type ClaimDemand, type FlowName, type FurtherFlow, type ProviderQuirks } from './options/provider-quirks.ts'
export { type EditProfileOptions } from './guard/edit-profile.ts'
export { type SessionInfo } from './session/session-info.ts'
export { type EndAllOptions, type NamedSession, type Person, type SessionRegistry } from './session/session-registry.ts'
export { type Entry, type Store, type WriteOptions } from './stores/store.ts'
export * from './errors.ts'
