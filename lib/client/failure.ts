import * as oauth from 'oauth4webapi'
import { ClientError } from './client-error.ts'
import { shownText } from './shown-text.ts'

/** What a server says where another try may help (RFC 6749, section 4.1.2.1). */
const NOT_NOW: ReadonlySet<string> = new Set(['temporarily_unavailable', 'server_error'])
/** Statuses below 500 that say the same. */
const BUSY: ReadonlySet<number> = new Set([408, 425, 429])
const LONGEST_WORD = 60

function isBusy (status: number | undefined): boolean {
  return status !== undefined && (status >= 500 || BUSY.has(status))
}

/** The status of the answer that an error came from; undefined where none came. */
export function statusOf (cause: unknown): number | undefined {
  const isJudged = cause instanceof oauth.ResponseBodyError || cause instanceof oauth.WWWAuthenticateChallengeError
  if (isJudged) return cause.status
  return cause instanceof Error && cause.cause instanceof Response ? cause.cause.status : undefined
}

function unavailable (issuer: string, why: string, cause?: unknown): ClientError {
  const message = `${issuer} does not answer for now (${shownText(why)}). Try again later; what is kept stays.`
  return new ClientError('UNAVAILABLE', message, cause === undefined ? {} : { cause })
}

interface Refusal {
  readonly error: string
  readonly error_description?: string | undefined
}

function refused (issuer: string, { error, error_description: description }: Refusal): ClientError {
  const word = shownText(error, LONGEST_WORD)
  if (NOT_NOW.has(error)) return unavailable(issuer, word)
  const text = description === undefined ? word : `${word}: ${shownText(description)}`
  return new ClientError('REFUSED', `${issuer} refuses (${text}).`, { error: word })
}

/** What a connection failed by, as `ECONNREFUSED`. */
function reasonOf (cause: unknown): string {
  const { cause: inner = cause } = cause instanceof Error ? cause : {}
  if (typeof inner === 'object' && inner !== null && 'code' in inner && typeof inner.code === 'string') return inner.code
  return inner instanceof Error ? inner.message : String(inner)
}

/** What a failed request, or its answer, means for whoever waits for a token. It never holds what was answered. */
export function toClientError (cause: unknown, issuer: string): ClientError {
  if (cause instanceof ClientError) return cause
  const status = statusOf(cause)
  if (isBusy(status)) return unavailable(issuer, `HTTP ${status}`)
  const isError = cause instanceof oauth.ResponseBodyError || cause instanceof oauth.AuthorizationResponseError
  if (isError) return refused(issuer, cause)
  if (cause instanceof oauth.WWWAuthenticateChallengeError) return refused(issuer, { error: 'invalid_client' })
  if (cause instanceof oauth.OperationProcessingError || cause instanceof oauth.UnsupportedOperationError) {
    return new ClientError('ANSWER_INVALID', `The answer of ${issuer} cannot be used: ${shownText(cause.message)}.`)
  }
  return unavailable(issuer, reasonOf(cause), cause)
}
