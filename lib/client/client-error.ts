/** What went wrong, in a word that stays the same: see {@link ClientError}. */
export type ClientErrorCode =
  /** An option or the host is wrong. */
  | 'ARGUMENT_INVALID'
  /** Nothing is kept that still works, and nobody can be asked here. */
  | 'PERSON_NEEDED'
  /** The person, or the server, said no. `error` has the word of the standard. */
  | 'REFUSED'
  /** Nobody signed in while there was time to. */
  | 'EXPIRED'
  /** The signal of the caller ended it. */
  | 'CANCELLED'
  /** The server does not answer, or says that it cannot for now. What is kept stays. */
  | 'UNAVAILABLE'
  /** The server answers what cannot be used. */
  | 'ANSWER_INVALID'
  /** The token file cannot be used. It is left as it is. */
  | 'FILE_UNUSABLE'

export interface ClientErrorOptions extends ErrorOptions {
  readonly error?: string | undefined
}

/**
 * Why there is no token. The message may be shown: it holds no token, and nothing that a terminal would obey.
 *
 * @example if (error instanceof ClientError && error.code === 'PERSON_NEEDED') process.exit(75)
 */
export class ClientError extends Error {
  override readonly name = 'ClientError'
  readonly code: ClientErrorCode
  /** What the server called it (RFC 6749, sections 4.1.2.1 and 5.2; RFC 8628, section 3.5), where it said so. */
  readonly error: string | undefined

  constructor (code: ClientErrorCode, message: string, { error, ...options }: ClientErrorOptions = {}) {
    super(message, options)
    this.code = code
    this.error = error
  }
}
