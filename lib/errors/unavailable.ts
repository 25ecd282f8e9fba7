import createError from '@fastify/error'
import type { ErrorHeaders } from './define.ts'

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
