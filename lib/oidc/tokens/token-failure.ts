import * as oauth from 'oauth4webapi'
import { LoginFailed, ProviderAnswerInvalid, ProviderUnavailable } from '../../errors.ts'
import { ProofFailed } from '../provider/client-auth.ts'
import { toLoginError } from '../provider/failure.ts'

/**
 * Why a token endpoint gave no token: it does not answer for now, takes the grant no more, wants the person, or cannot
 * be worked with.
 */
export interface TokenFailure {
  readonly kind: 'unavailable' | 'refused' | 'consent' | 'invalid'
  readonly error: Error
  /** Whether the provider may have done what was asked all the same. */
  readonly mayBeDone: boolean
  /** Seconds that the provider wants to be left alone. */
  readonly retryAfter: number | undefined
}

/** Errors that the person can cure (RFC 6749, 5.2; RFC 8707, 2; OpenID Connect Core, 3.1.2.6). */
const FOR_THE_PERSON: ReadonlySet<unknown> = new Set([
  'invalid_scope', 'invalid_target', 'consent_required', 'interaction_required', 'login_required'
])
/** What Entra ID says beside `invalid_grant` where the grant lives and the person has to do something. */
const SUBERRORS_FOR_THE_PERSON: ReadonlySet<unknown> = new Set([
  'consent_required', 'basic_action', 'additional_action', 'message_only', 'user_password_expired'
])
const NOT_NOW: ReadonlySet<unknown> = new Set(['temporarily_unavailable', 'server_error', 'slow_down'])
/** Statuses below 500 that trying again may cure. */
const BUSY: ReadonlySet<number> = new Set([408, 425, 429])
/** A connection that was never made has brought nothing over. */
const UNSENT: ReadonlySet<unknown> = new Set([
  'ECONNREFUSED', 'ENOTFOUND', 'EAI_AGAIN', 'EHOSTUNREACH', 'ENETUNREACH', 'UND_ERR_CONNECT_TIMEOUT'
])

function kindOf ({ error, cause }: oauth.ResponseBodyError): TokenFailure['kind'] {
  if (NOT_NOW.has(error)) return 'unavailable'
  if (FOR_THE_PERSON.has(error)) return 'consent'
  if (error !== 'invalid_grant') return 'invalid'
  return SUBERRORS_FOR_THE_PERSON.has(cause['suberror']) ? 'consent' : 'refused'
}

/** The answer that an error of oauth4webapi came from. */
function responseOf (cause: unknown): Response | undefined {
  const hasResponse = cause instanceof oauth.ResponseBodyError || cause instanceof oauth.WWWAuthenticateChallengeError
  if (hasResponse) return cause.response
  return cause instanceof Error && cause.cause instanceof Response ? cause.cause : undefined
}

/** `Retry-After` as it is mostly written (RFC 9110, section 10.2.3); a date is long enough to give up. */
function retryAfterOf (response: Response | undefined): number | undefined {
  const text = response?.headers.get('retry-after') ?? undefined
  if (text === undefined) return undefined
  return /^\d{1,9}$/.test(text) ? Number(text) : Infinity
}

function wasNeverSent (cause: unknown): boolean {
  if (cause instanceof ProofFailed) return true
  const { cause: inner } = cause instanceof Error ? cause : {}
  return typeof inner === 'object' && inner !== null && 'code' in inner && UNSENT.has(inner.code)
}

/** What kept a token from coming, out of what a request to a token endpoint threw. */
export function toTokenFailure (cause: unknown): TokenFailure {
  const response = responseOf(cause)
  const status = response?.status
  const retryAfter = retryAfterOf(response)
  // RFC 9110, sections 15.5 and 15.6.4: these say that nothing was done; any other status, or none, says nothing.
  const mayBeDone = !(status === 503 || (status !== undefined && status >= 400 && status < 500) || wasNeverSent(cause))
  const unavailable = { kind: 'unavailable', error: new ProviderUnavailable({ cause }), mayBeDone, retryAfter } as const
  if (status !== undefined && BUSY.has(status)) return unavailable
  if (cause instanceof oauth.ResponseBodyError) {
    const kind = kindOf(cause)
    if (kind === 'unavailable') return unavailable
    return { kind, error: new ProviderAnswerInvalid({ cause }), mayBeDone, retryAfter }
  }
  const error = toLoginError(cause)
  return { kind: error instanceof LoginFailed ? 'invalid' : 'unavailable', error, mayBeDone, retryAfter }
}
