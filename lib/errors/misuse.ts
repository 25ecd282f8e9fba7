import createError from '@fastify/error'

/**
 * Thrown at registration when an option is missing, unknown or unsafe. The message names the option and says what to
 * write instead. Code `FST_LOGIN_CONFIGURATION`, status 500.
 *
 * @example new ConfigurationError('"secret" is missing. …')
 */
export const ConfigurationError = createError<[message: string]>('FST_LOGIN_CONFIGURATION', '%s', 500)
export type ConfigurationError = InstanceType<typeof ConfigurationError>

/** A guard found no plugin in the scope of its route. Nobody passes. Code `FST_LOGIN_GUARD_UNWIRED`, status 500. */
export const GuardUnwired = createError<[]>('FST_LOGIN_GUARD_UNWIRED',
  'loginRequired guards this route, but fastify-login is not registered in its scope. Register the plugin first.', 500)

/** A guard stands on a route whose config says `auth: false`. Nobody passes. `FST_LOGIN_GUARD_CONTRADICTED`, 500. */
export const GuardContradicted = createError<[]>('FST_LOGIN_GUARD_CONTRADICTED',
  'loginRequired guards this route, but its config says auth: false. Remove one of the two.', 500)

/** A guard takes evidence that no option gives. Nobody passes. Code `FST_LOGIN_VIA_UNKNOWN`, status 500. */
export const ViaUnknown = createError<[message: string]>('FST_LOGIN_VIA_UNKNOWN', '%s', 500)

/**
 * Thrown by `request.currentUser` where nobody looked: on a route with `config: { auth: false }`, or in a hook that ran
 * before the one that loads the user. Code `FST_LOGIN_NOT_AUTHENTICATED`, status 500.
 */
export const NotAuthenticated = createError<[]>('FST_LOGIN_NOT_AUTHENTICATED',
  'request.currentUser was read before anybody looked who it is. Read it in a later hook, or remove auth: false from the config of this route.', 500)

/**
 * Thrown by `loginUser`, `logoutUser` and `renewLogin` when the cookie can no longer reach the browser.
 * Code `FST_LOGIN_REPLY_SENT`, status 500.
 */
export const ReplySent = createError<[]>('FST_LOGIN_REPLY_SENT',
  'The reply has left, so its cookies cannot change any more. Log in or out before you send the reply, and never in a WebSocket handler.', 500)

/**
 * `logoutUser` or `renewLogin` was called for a request that proved by basic credentials or by an authenticator who it
 * comes from: there is no session to end or to prolong. Code `FST_LOGIN_NO_SESSION`, status 400.
 */
export const NoSession = createError<[]>('FST_LOGIN_NO_SESSION',
  'This request has no session: it proved in another way who it comes from.', 400)

/** `request.loginUrl` was called where no provider is configured. Code `FST_LOGIN_NO_PROVIDER`, status 500. */
export const NoProvider = createError<[]>('FST_LOGIN_NO_PROVIDER',
  'There is no address that starts a sign-in: configure "oidc", or send people to the login page of the application.', 500)

/**
 * The function of a tenant's provider knows nobody that this request could be for. Code `FST_LOGIN_TENANT_UNKNOWN`,
 * status 404.
 */
export const TenantUnknown = createError<[]>('FST_LOGIN_TENANT_UNKNOWN', 'There is no such site.', 404)

/** `loginUser`, `userId` or a guard met something else than it takes. Code `FST_LOGIN_ARGUMENT_INVALID`, status 500. */
export const ArgumentInvalid = createError<[message: string]>('FST_LOGIN_ARGUMENT_INVALID', '%s', 500)

/**
 * `issueToken` or `verifyToken` was called where the option `bearer` does not say that there are such tokens. Code
 * `FST_LOGIN_BEARER_UNSET`, status 500.
 */
export const BearerUnset = createError<[message: string]>('FST_LOGIN_BEARER_UNSET', '%s', 500)

/**
 * `login.rotateKeys` was called where this application has no signing keys of its own. Code `FST_LOGIN_BROKER_UNSET`,
 * status 500.
 */
export const BrokerUnset = createError<[message: string]>('FST_LOGIN_BROKER_UNSET', '%s', 500)

/**
 * The signing keys in the store were sealed with a secret that is not here, or under another name of the session
 * cookie, which is part of the key. They are left as they are. Code `FST_LOGIN_SIGNING_KEYS_SEALED`, status 500.
 */
export const SigningKeysSealed = createError<[options?: ErrorOptions]>('FST_LOGIN_SIGNING_KEYS_SEALED',
  'The signing keys in the store were sealed with another secret, or under another name of the session cookie, which is part of the key. Add that secret to "secret" after the current one, or give the cookie its name back; or call login.rotateKeys({ drop: true }) once, which makes new keys and ends every token.', 500)

/**
 * A key that lives elsewhere (`broker.signer`) is none that can be used, or what it signs does not verify. Code
 * `FST_LOGIN_SIGNER_INVALID`, status 500.
 */
export const SignerInvalid = createError<[message: string, options?: ErrorOptions]>('FST_LOGIN_SIGNER_INVALID', '%s', 500)

/** A token would be longer than a header should be. None was issued. Code `FST_LOGIN_TOKEN_TOO_LARGE`, status 400. */
export const TokenTooLarge = createError<[options?: ErrorOptions]>('FST_LOGIN_TOKEN_TOO_LARGE',
  'What this access token would say of you is too large for a header, so none was issued. Tell the operator of this site: fewer claims or scopes cure it.', 400)
