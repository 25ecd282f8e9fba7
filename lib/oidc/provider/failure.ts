import { errors as jose } from 'jose'
import * as oauth from 'oauth4webapi'
import {
  CodeRefused, InteractionRequired, LoginDenied, LoginFailed, NonceMismatch, ProviderAnswerInvalid, ProviderRefused,
  ProviderUnavailable, ResponseInvalid
} from '../../errors.ts'

/** Whether an answer, or an error that came with one, has a status that says "not now". */
function isBusy (answer: unknown): boolean {
  if (typeof answer !== 'object' || answer === null || !('status' in answer)) return false
  return Number(answer.status) >= 500 || answer.status === 429
}

function isNonceMismatch ({ cause }: Error): boolean {
  return typeof cause === 'object' && cause !== null && 'claim' in cause && cause.claim === 'nonce'
}

/** jose has no class of its own for a key answer that is no key set. */
function isKeyOutage (error: jose.JOSEError): boolean {
  return error instanceof jose.JWKSTimeout || error.constructor === jose.JOSEError
}

/** An answer that was read; one that was not is a Response. */
function hasBody (value: unknown): boolean {
  return typeof value === 'object' && value !== null && 'body' in value && !(value instanceof Response)
}

/** What was wrong with an answer, without the answer: whoever looks into the error would find its tokens there. */
function withoutAnswer (cause: unknown): unknown {
  const isFault = cause instanceof oauth.OperationProcessingError || cause instanceof oauth.UnsupportedOperationError
  if (!isFault) return cause
  const isTold = typeof cause.cause === 'string' || hasBody(cause.cause)
  return isTold ? new oauth.OperationProcessingError(cause.message, { code: String(cause.code) }) : cause
}

/**
 * What a failed request to a provider, or its answer, means for a login. Only faults of the answer itself are an
 * invalid one; whatever kept the answer from coming whole is an outage, which trying again may cure.
 */
export function toLoginError (reason: unknown): Error {
  if (reason instanceof LoginFailed) return reason
  const cause = withoutAnswer(reason)
  if (isBusy(cause)) return new ProviderUnavailable({ cause })
  if (cause instanceof oauth.ResponseBodyError) {
    return cause.error === 'invalid_grant' ? new CodeRefused({ cause }) : new ProviderAnswerInvalid({ cause })
  }
  if (cause instanceof oauth.OperationProcessingError) {
    if (isBusy(cause.cause)) return new ProviderUnavailable({ cause })
    return isNonceMismatch(cause) ? new NonceMismatch({ cause }) : new ProviderAnswerInvalid({ cause })
  }
  if (cause instanceof oauth.UnsupportedOperationError || cause instanceof oauth.WWWAuthenticateChallengeError) {
    return new ProviderAnswerInvalid({ cause })
  }
  const isInvalid = cause instanceof jose.JOSEError && !isKeyOutage(cause)
  return isInvalid ? new ProviderAnswerInvalid({ cause }) : new ProviderUnavailable({ cause })
}

/** What a provider says that would have to ask the person, and must not (OpenID Connect Core, section 3.1.2.6). */
const questions: ReadonlySet<string> = new Set([
  'login_required', 'interaction_required', 'consent_required', 'account_selection_required'
])

/** The words of RFC 6749, and of who follows it: whatever else stands there may be anything. */
const errorWord = /^[a-z]+(_[a-z]+)*$/
const LONGEST_WORD = 40

/** What the provider calls an error (RFC 6749, sections 4.1.2.1 and 5.2), and never what else it writes about it. */
export function providerErrorOf ({ cause }: Error): string | undefined {
  if (typeof cause !== 'object' || cause === null || !('error' in cause)) return undefined
  const { error } = cause
  return typeof error === 'string' && error.length <= LONGEST_WORD && errorWord.test(error) ? error : undefined
}

/** What an authorization response that is an error, or malformed, means for a login (RFC 6749, section 4.1.2.1). */
export function toResponseError (cause: unknown): Error {
  if (!(cause instanceof oauth.AuthorizationResponseError)) return new ResponseInvalid({ cause })
  if (questions.has(cause.error)) return new InteractionRequired({ cause })
  return cause.error === 'access_denied' ? new LoginDenied({ cause }) : new ProviderRefused({ cause })
}
