import createError from '@fastify/error'
import type { ErrorHeaders } from './define.ts'

/** Somebody wants to end a session that is none of theirs, or none at all. `FST_LOGIN_SESSION_UNKNOWN`, 404. */
export const SessionUnknown = createError<[]>('FST_LOGIN_SESSION_UNKNOWN',
  'There is no such session of yours. Load the list of your sessions again.', 404)

/**
 * The provider gives no token for another service in exchange for this one: it does not take the token, or the person
 * has to agree first. What it wrote is in the `cause`. Code `FST_LOGIN_EXCHANGE_REFUSED`, status 403.
 */
export const ExchangeRefused = createError<[options?: ErrorOptions]>('FST_LOGIN_EXCHANGE_REFUSED',
  'The identity provider gives no access to another service for you. Sign in again, or ask for access.', 403)

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

/**
 * Where signing keys are (`broker.signer`) does not answer. Code `FST_LOGIN_SIGNER_UNAVAILABLE`, status 503 with
 * `Retry-After`. No token was given, and nothing is spent.
 */
export class SignerUnavailable extends createError<[options?: ErrorOptions]>('FST_LOGIN_SIGNER_UNAVAILABLE',
  'Tokens cannot be signed right now. Try again in a moment.', 503) {
  readonly headers: ErrorHeaders = { 'retry-after': '5' }
}
