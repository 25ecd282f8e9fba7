import type { IdToken } from './id-token.ts'

/** An access token that a provider gave. Times are seconds since 1970. */
export interface GrantedToken {
  readonly accessToken: string
  /** As the provider spells it: `Bearer`, `DPoP`. */
  readonly tokenType: string
  readonly scopes: readonly string[]
  /** Which service it is for (RFC 8707); undefined where nobody asked for one. */
  readonly resource?: string | undefined
  readonly issuedAt: number
  /** Undefined where the provider does not say. */
  readonly expiresAt?: number | undefined
}

/** What a provider granted a session. */
export interface Grant {
  /** The latest one. */
  readonly idToken: string
  /** Claims of an ID token that came with a refresh, every one of them checked. */
  readonly claims?: IdToken | undefined
  readonly refreshToken?: string | undefined
  readonly accessTokens: readonly GrantedToken[]
  /** Every scope that a person was asked for or that was granted. */
  readonly scopes: readonly string[]
}
