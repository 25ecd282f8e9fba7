/** By which a provider can end the sessions that came from it: digests, because they lie in stores in clear. */
export interface LogoutMarks {
  /** The session at the provider; undefined where the provider does not name it. */
  readonly login: string | undefined
  /** The person at the provider. */
  readonly subject: string
  /** When the ID token was made, by the provider's clock, in seconds since 1970. */
  readonly issuedAt: number
}
