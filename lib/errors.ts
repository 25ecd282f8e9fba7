import createError, { type FastifyErrorConstructor } from '@fastify/error'

/** Headers that an error puts on its answer; Fastify's own error handler and `reply.send(error)` write them. */
export type ErrorHeaders = Readonly<Record<string, string>>

type Family = FastifyErrorConstructor<{ code: string }, [options?: ErrorOptions]>

/** One reason of a family: `instanceof` the family holds, the code tells the reason. */
function defineReason (family: Family, code: string, message: string, statusCode: number): Family {
  // createError reads nothing but the prototype of its base, which the declared type does not say.
  return createError<[options?: ErrorOptions]>(code, message, statusCode, family as unknown as ErrorConstructor)
}

function defineFamily (code: string, message: string, statusCode: number): Family {
  return createError<[options?: ErrorOptions]>(code, message, statusCode)
}

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

/** `loginUser`, `userId` or a guard met something else than it takes. Code `FST_LOGIN_ARGUMENT_INVALID`, status 500. */
export const ArgumentInvalid = createError<[message: string]>('FST_LOGIN_ARGUMENT_INVALID', '%s', 500)

/** What an {@link Unauthorized} is made of. */
export interface UnauthorizedOptions {
  /** Value of the `WWW-Authenticate` header (RFC 9110, section 11.6.1). */
  readonly challenge: string
  /** Gives the address that starts a sign-in; called when somebody reads `loginUrl`. */
  readonly loginUrl?: () => string
  /** What the route takes as evidence. @default ['cookie'] */
  readonly via?: readonly string[]
}

/**
 * Thrown by `loginRequired` for a stranger. Code `FST_LOGIN_UNAUTHORIZED`, status 401, made without a stack.
 *
 * @example app.setErrorHandler((error, request, reply) =>
 *   error instanceof Unauthorized ? reply.redirect('/login') : reply.send(error))
 */
export class Unauthorized extends createError<[]>('FST_LOGIN_UNAUTHORIZED',
  'Sign in to see this.', 401, undefined, false) {
  /** `WWW-Authenticate`, as RFC 9110 section 15.5.2 demands of a 401. */
  readonly headers: ErrorHeaders
  /**
   * The evidence that would help: a sign-in does only where `'cookie'` is among it. Where basic credentials were tried
   * and the route takes them, it is `['basic']`.
   */
  readonly via: readonly string[]
  readonly #loginUrl: (() => string) | undefined

  constructor ({ challenge, loginUrl, via = ['cookie'] }: UnauthorizedOptions) {
    super()
    this.headers = { 'www-authenticate': challenge }
    this.via = via
    this.#loginUrl = loginUrl
  }

  /** The address that starts a sign-in and comes back here; undefined without a provider, or where it is no help. */
  get loginUrl (): string | undefined {
    return this.#loginUrl?.()
  }
}

/**
 * Thrown by `loginRequired({ fresh, maxAge })` for a person whose login is too old (RFC 9470, section 3). An
 * {@link Unauthorized} with the code `FST_LOGIN_STALE`.
 */
export class StaleLogin extends Unauthorized {
  override code = 'FST_LOGIN_STALE'
  override message = 'Sign in again: this needs a recent login.'

  /** What `createError` brings along knows the code of the family only: every Unauthorized would be a StaleLogin. */
  static override [Symbol.hasInstance] (value: unknown): boolean {
    return value instanceof Unauthorized && value.code === 'FST_LOGIN_STALE'
  }
}

/**
 * A request brought more than one `Authorization` header to a route that takes one: nobody can say which of them
 * counts. Code `FST_LOGIN_CREDENTIALS_AMBIGUOUS`, status 400.
 */
export const CredentialsAmbiguous = createError<[]>('FST_LOGIN_CREDENTIALS_AMBIGUOUS',
  'This request has more than one Authorization header. Send one.', 400)

/** The person is known, or need not be, but this is not allowed. Code `FST_LOGIN_FORBIDDEN`, status 403. */
export const Forbidden = defineFamily('FST_LOGIN_FORBIDDEN', 'This is not allowed.', 403)
export type Forbidden = InstanceType<typeof Forbidden>

/** A state-changing request came with our cookie from another site. Code `FST_LOGIN_CROSS_SITE`, status 403. */
export const CrossSite = defineReason(Forbidden, 'FST_LOGIN_CROSS_SITE',
  'This request came from another site. If that site is yours, name its origin in "allowedOrigins".', 403)

/** A sign-in did not succeed. The family of the reasons below; status 400, 403 or 502. Code `FST_LOGIN_FAILED`. */
export const LoginFailed = defineFamily('FST_LOGIN_FAILED', 'The sign-in did not succeed. Start again.', 400)
export type LoginFailed = InstanceType<typeof LoginFailed>

/** The callback was called without a state, with two, or with one that this application never sealed. */
export const StateInvalid = defineReason(LoginFailed, 'FST_LOGIN_STATE_INVALID',
  'This address does not belong to a sign-in that began here. Start again.', 400)

/** The state was sealed here but for another browser, or the browser lost its cookie. */
export const StateForeign = defineReason(LoginFailed, 'FST_LOGIN_STATE_FOREIGN',
  'This sign-in began in another browser, or this browser does not keep cookies. Allow cookies for this site and start again.', 400)

/** The state was used before: a reload or the back button. */
export const StateSpent = defineReason(LoginFailed, 'FST_LOGIN_STATE_SPENT',
  'This sign-in was already finished. Start again.', 400)

/** The sign-in took longer than 10 minutes. */
export const StateExpired = defineReason(LoginFailed, 'FST_LOGIN_STATE_EXPIRED',
  'This sign-in took too long. Start again.', 400)

/** The person logged out while this sign-in was under way. */
export const LoginEnded = defineReason(LoginFailed, 'FST_LOGIN_ENDED',
  'You signed out while this sign-in was under way. Start again.', 400)

/** The authorization response is malformed or names another issuer (RFC 9207, section 2.4). */
export const ResponseInvalid = defineReason(LoginFailed, 'FST_LOGIN_RESPONSE_INVALID',
  'The answer of the identity provider does not fit this sign-in. Start again.', 400)

/** The person or the provider said no: `access_denied` (RFC 6749, section 4.1.2.1). */
export const LoginDenied = defineReason(LoginFailed, 'FST_LOGIN_DENIED',
  'The sign-in was cancelled or refused at the identity provider.', 403)

/** The provider answered with any other error (RFC 6749, section 4.1.2.1). */
export const ProviderRefused = defineReason(LoginFailed, 'FST_LOGIN_PROVIDER_REFUSED',
  'The identity provider refused the sign-in. Start again, and tell the operator of this site if it stays so.', 400)

/** The token endpoint refused the code (RFC 6749, section 5.2). */
export const CodeRefused = defineReason(LoginFailed, 'FST_LOGIN_CODE_REFUSED',
  'The identity provider no longer accepts this sign-in. Start again.', 400)

/** The nonce of the ID token is not the one of this login (OpenID Connect Core, section 3.1.3.7). */
export const NonceMismatch = defineReason(LoginFailed, 'FST_LOGIN_NONCE_MISMATCH',
  'The identity provider answered for another sign-in. Start again.', 400)

/** `acr` or `auth_time` is not what was asked for (OpenID Connect Core, section 3.1.3.7). */
export const LoginTooWeak = defineReason(LoginFailed, 'FST_LOGIN_TOO_WEAK',
  'The identity provider did not sign you in the way this site asks for. Start again.', 403)

/** The provider's token or userinfo answer cannot be trusted. */
export const ProviderAnswerInvalid = defineReason(LoginFailed, 'FST_LOGIN_PROVIDER_ANSWER_INVALID',
  'The answer of the identity provider cannot be trusted. Start again, and tell the operator of this site if it stays so.', 502)

/** The browser signed in again and again without keeping the session cookie. */
export const SessionLost = defineReason(LoginFailed, 'FST_LOGIN_SESSION_LOST',
  'You signed in, but this browser did not keep the session of this site. Allow cookies for it, and tell the operator of this site if it stays so.', 400)

/** `loadUser` or the application does not accept this person. */
export const UserRefused = defineReason(LoginFailed, 'FST_LOGIN_USER_REFUSED',
  'This account may not sign in here.', 403)

/** The session does not fit into cookies. Nothing was changed. */
export const SessionTooLarge = defineReason(LoginFailed, 'FST_LOGIN_SESSION_TOO_LARGE',
  'What this site keeps about you is too large for cookies, so you were not signed in. Tell its operator: fewer claims, or a larger "session.cookie.maxBytes", cure it.', 400)

/** A logout token was refused (Back-Channel Logout, section 2.6). Code `FST_LOGIN_LOGOUT_TOKEN_INVALID`, status 400. */
export const LogoutTokenInvalid = createError<[options?: ErrorOptions]>('FST_LOGIN_LOGOUT_TOKEN_INVALID',
  'The logout token is not accepted.', 400)
export type LogoutTokenInvalid = InstanceType<typeof LogoutTokenInvalid>

/** Somebody wants to end a session that is none of theirs, or none at all. `FST_LOGIN_SESSION_UNKNOWN`, 404. */
export const SessionUnknown = createError<[]>('FST_LOGIN_SESSION_UNKNOWN',
  'There is no such session of yours. Load the list of your sessions again.', 404)

/**
 * The identity provider does not answer. Code `FST_LOGIN_PROVIDER_UNAVAILABLE`, status 503 with `Retry-After`.
 * People who are signed in notice nothing.
 */
export class ProviderUnavailable extends createError<[options?: ErrorOptions]>('FST_LOGIN_PROVIDER_UNAVAILABLE',
  'The identity provider does not answer. Try again in a moment.', 503) {
  readonly headers: ErrorHeaders = { 'retry-after': '5' }
}

/**
 * Where users are kept does not answer: `loadUser`, `basic.verify` or an authenticator threw. Code
 * `FST_LOGIN_STORE_UNAVAILABLE`, status 503 with `Retry-After`. Nobody is logged out by it and nobody gets in because
 * of it.
 */
export class StoreUnavailable extends createError<[options?: ErrorOptions]>('FST_LOGIN_STORE_UNAVAILABLE',
  'Who you are cannot be looked up right now. Try again in a moment.', 503) {
  readonly headers: ErrorHeaders = { 'retry-after': '5' }
}
