import type { Session, SessionStart } from '../session/session.ts'

/** What a program was given for a person, by its name: like a session it can be ended by itself and with all others. */
export type FamilyName = Pick<Session, 'handle' | 'generation'>

/** A refresh token that was used, for as long as whoever raced for it gets the same successor. */
export interface SpentSecret {
  readonly digest: string
  /** The successor is derived from the secret and this, so it need not be kept. */
  readonly salt: string
  /** Milliseconds since 1970. */
  readonly at: number
}

/** All that comes of one consent: the tokens, and the refresh token that goes on. */
export interface Family extends FamilyName {
  readonly clientId: string
  readonly person: SessionStart
  /** What the person agreed to. */
  readonly scopes: readonly string[]
  /** Seconds since 1970. */
  readonly endsAt: number
  /** Digest of the refresh token that is good now. */
  readonly current: string
  readonly spent: readonly SpentSecret[]
}
