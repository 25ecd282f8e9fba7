import createError from '@fastify/error'
import { defineFamily, defineReason } from './define.ts'

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

/** The person cancelled a sign-in by device code on the page of this site. */
export const LoginCancelled = defineReason(LoginFailed, 'FST_LOGIN_CANCELLED',
  'You cancelled this sign-in.', 403)

/** The provider answered with any other error (RFC 6749, section 4.1.2.1). */
export const ProviderRefused = defineReason(LoginFailed, 'FST_LOGIN_PROVIDER_REFUSED',
  'The identity provider refused the sign-in. Start again, and tell the operator of this site if it stays so.', 400)

/** The provider would have to ask the person something, and was told not to (OpenID Connect Core, section 3.1.2.6). */
export const InteractionRequired = defineReason(LoginFailed, 'FST_LOGIN_INTERACTION_REQUIRED',
  'The identity provider has to ask you something first. Start again.', 400)

/** The token endpoint refused the code (RFC 6749, section 5.2). */
export const CodeRefused = defineReason(LoginFailed, 'FST_LOGIN_CODE_REFUSED',
  'The identity provider no longer accepts this sign-in. Start again.', 400)

/** The address that starts a sign-in names a provider that this application does not have. */
export const ProviderUnknown = defineReason(LoginFailed, 'FST_LOGIN_PROVIDER_UNKNOWN',
  'This site does not know the identity provider that you want to sign in with. Start again.', 404)

/** The nonce of the ID token is not the one of this login (OpenID Connect Core, section 3.1.3.7). */
export const NonceMismatch = defineReason(LoginFailed, 'FST_LOGIN_NONCE_MISMATCH',
  'The identity provider answered for another sign-in. Start again.', 400)

/** `acr` or `auth_time` is not what was asked for (OpenID Connect Core, section 3.1.3.7). */
export const LoginTooWeak = defineReason(LoginFailed, 'FST_LOGIN_TOO_WEAK',
  'The identity provider did not sign you in the way this site asks for. Start again.', 403)

/** The provider did not grant a scope that the page needs. The session before goes on. */
export const ScopeRefused = defineReason(LoginFailed, 'FST_LOGIN_SCOPE_REFUSED',
  'The identity provider did not grant what the page needs. Ask the operator of this site, or go on without it.', 403)

/** The provider's token or userinfo answer cannot be trusted. */
export const ProviderAnswerInvalid = defineReason(LoginFailed, 'FST_LOGIN_PROVIDER_ANSWER_INVALID',
  'The answer of the identity provider cannot be trusted. Start again, and tell the operator of this site if it stays so.', 502)

/** The browser signed in again and again without keeping the session cookie. */
export const SessionLost = defineReason(LoginFailed, 'FST_LOGIN_SESSION_LOST',
  'You signed in, but this browser did not keep the session of this site. Allow cookies for it, and tell the operator of this site if it stays so.', 400)

/** The tokens that each of several sign-ins brought were gone at once. */
export const TokensNotKept = defineReason(LoginFailed, 'FST_LOGIN_TOKENS_NOT_KEPT',
  'You signed in, but this site does not find what it may do for you elsewhere. Tell its operator if it stays so.', 400)

/** An application asks again and again for a silent sign-in that has just been tried. */
export const SilentRepeated = defineReason(LoginFailed, 'FST_LOGIN_SILENT_REPEATED',
  'You are not signed in, and this page cannot be seen without it. Sign in.', 400)

/** Somebody else began a sign-in here (OpenID Connect Core, section 4) with a provider that this site does not know. */
export const IssuerUnknown = defineReason(LoginFailed, 'FST_LOGIN_ISSUER_UNKNOWN',
  'This sign-in was begun for an identity provider that this site does not know.', 400)

/** A program that is not registered here sent a person. Nobody is sent back to it. */
export const ProgramUnknown = defineReason(LoginFailed, 'FST_LOGIN_PROGRAM_UNKNOWN',
  'The program that sent you here is not known to this site. Tell its operator, or the maker of the program.', 400)

/** A program wants people sent to an address that is not registered for it (RFC 9700, section 4.11). */
export const ProgramRedirectInvalid = defineReason(LoginFailed, 'FST_LOGIN_PROGRAM_REDIRECT_INVALID',
  'The program that sent you here names an address that this site does not know. Tell the maker of the program.', 400)

/** The page that asks whether a program may act for somebody was open too long, or belongs to no request. */
export const ProgramRequestExpired = defineReason(LoginFailed, 'FST_LOGIN_PROGRAM_REQUEST_EXPIRED',
  'This question is out of date. Start again in the program.', 400)

/** `loadUser`, the application, or `oidc.claims` does not accept this person. */
export const UserRefused = defineReason(LoginFailed, 'FST_LOGIN_USER_REFUSED',
  'This account may not sign in here.', 403)

/** The session does not fit into cookies. Nothing was changed. */
export const SessionTooLarge = defineReason(LoginFailed, 'FST_LOGIN_SESSION_TOO_LARGE',
  'What this site keeps about you is too large for cookies, so you were not signed in. Tell its operator: fewer claims, or a larger "session.cookie.maxBytes", cure it.', 400)

/** A logout token was refused (Back-Channel Logout, section 2.6). Code `FST_LOGIN_LOGOUT_TOKEN_INVALID`, status 400. */
export const LogoutTokenInvalid = createError<[options?: ErrorOptions]>('FST_LOGIN_LOGOUT_TOKEN_INVALID',
  'The logout token is not accepted.', 400)
export type LogoutTokenInvalid = InstanceType<typeof LogoutTokenInvalid>
