import { ProviderUnavailable, SignerUnavailable, StoreUnavailable } from '../errors.ts'

/** What an {@link OAuthRefusal} answers with beside its words. */
export interface RefusalAnswer {
  /** @default 400 */
  readonly statusCode?: number | undefined
  readonly headers?: Readonly<Record<string, string>>
  /** For the log, and not for the program. */
  readonly cause?: unknown
}

/**
 * What an endpoint for programs answers with where it gives nothing (RFC 6749, section 5.2). The description is a text
 * of ours, always the same for the same fault.
 *
 * @example throw new OAuthRefusal('invalid_request', 'The field "code" is missing.')
 */
export class OAuthRefusal extends Error {
  /** The word of the standard. */
  readonly error: string
  readonly description: string
  readonly statusCode: number
  readonly headers: Readonly<Record<string, string>>

  constructor (error: string, description: string, { statusCode = 400, headers = {}, cause }: RefusalAnswer = {}) {
    super(`${error}: ${description}`, cause === undefined ? {} : { cause })
    this.error = error
    this.description = description
    this.statusCode = statusCode
    this.headers = headers
  }

  /** The body of the answer. */
  toJSON (): { readonly error: string, readonly error_description: string } {
    return { error: this.error, error_description: this.description }
  }
}

/** The code or the refresh token is not good, or not for this program. Which of these, nobody is told. */
export function invalidGrant (cause?: string): OAuthRefusal {
  const answer = cause === undefined ? {} : { cause: new Error(cause) }
  return new OAuthRefusal('invalid_grant', 'What the program sent has ended, was used before, or is not its own.', answer)
}

function isOutage (error: unknown): error is ProviderUnavailable | StoreUnavailable | SignerUnavailable {
  return [ProviderUnavailable, StoreUnavailable, SignerUnavailable].some(kind => error instanceof kind)
}

/** What an endpoint answers with to whatever went wrong; undefined for a fault of ours. */
export function toRefusal (error: unknown): OAuthRefusal | undefined {
  if (error instanceof OAuthRefusal) return error
  if (!isOutage(error)) return undefined
  const { headers } = error
  return new OAuthRefusal('temporarily_unavailable', 'This cannot be done now. Try again.', { statusCode: 503, headers, cause: error })
}
