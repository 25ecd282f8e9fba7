import type * as oauth from 'oauth4webapi'
import { LoginDenied, LoginFailed, ProviderAnswerInvalid, ProviderRefused, ProviderUnavailable, StateExpired } from '../errors.ts'
import { OAuthRefusal } from './oauth-refusal.ts'

/** The person has not answered yet (RFC 8628, section 3.5). */
export function pending (cause?: unknown): OAuthRefusal {
  return new OAuthRefusal('authorization_pending', 'The person has not agreed yet. Ask again after the interval.', { cause })
}

export function slowDown (): OAuthRefusal {
  return new OAuthRefusal('slow_down', 'The program asks too often. Wait 5 seconds longer between two questions from now on.')
}

export function expired (cause?: unknown): OAuthRefusal {
  return new OAuthRefusal('expired_token', 'The device code has ended. Begin again.', { cause })
}

export function denied (cause?: unknown): OAuthRefusal {
  return new OAuthRefusal('access_denied', 'The person or the identity provider refused.', { cause })
}

export function withoutDeviceFlow (cause?: unknown): OAuthRefusal {
  return new OAuthRefusal('unsupported_grant_type',
    'The identity provider gives no device codes. Use the authorization code (RFC 6749, section 4.1).', { cause })
}

/** It is neither the program nor the person who can do something about it. */
function untrusted (cause: unknown): OAuthRefusal {
  return new OAuthRefusal('server_error', 'The answer of the identity provider cannot be used.', { statusCode: 502, cause })
}

/** What a program hears where a provider gave no codes; the error itself where it is none of a provider. */
export function authorizationRefusal (error: unknown): unknown {
  if (error instanceof ProviderAnswerInvalid) return untrusted(error)
  if (!(error instanceof ProviderRefused)) return error
  const word = (error.cause as Partial<oauth.ResponseBodyError>).error
  if (word === 'invalid_scope') return new OAuthRefusal('invalid_scope', 'The identity provider does not give these scopes.', { cause: error })
  return word === 'unauthorized_client' || word === 'unsupported_grant_type' ? withoutDeviceFlow(error) : untrusted(error)
}

/**
 * What a program hears where the last word of a provider brings nobody in; the error itself where it is none of a
 * provider. Where it cannot be judged for now, it can a little later.
 */
export function answerRefusal (error: unknown): unknown {
  if (error instanceof ProviderUnavailable) return pending(error)
  if (error instanceof StateExpired) return expired(error)
  if (error instanceof LoginDenied) return denied(error)
  if (error instanceof ProviderAnswerInvalid) return untrusted(error)
  return error instanceof LoginFailed ? denied(error) : error
}
