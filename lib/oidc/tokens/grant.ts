import type { DpopKey } from '../provider/dpop.ts'
import type { IdToken } from '../provider/id-token.ts'

/** An access token that a provider gave. Times are seconds since 1970. */
export interface GrantedToken {
  readonly accessToken: string
  /** `bearer`, or `DPoP` where it is bound to the key of its grant. */
  readonly tokenType: string
  readonly scopes: readonly string[]
  /** What was asked for: an answer may spell it in another way, as `User.Read` for `https://graph.microsoft.com/User.Read`. */
  readonly asked?: readonly string[]
  /** It was asked for by its scopes, or for its resource, with a refresh token that is good for more. */
  readonly isNarrowed?: boolean
  /** Which service it is for (RFC 8707); undefined where nobody asked for one. */
  readonly resource?: string | undefined
  readonly issuedAt: number
  /** Undefined where the provider does not say. */
  readonly expiresAt?: number | undefined
}

/** What every later ID token of a session has to repeat (OpenID Connect Core, section 12.2). */
export interface Origin {
  readonly nonce?: string | undefined
  readonly authTime?: number | undefined
}

/** What a provider granted a session. */
export interface Grant {
  /** Name of the provider in this application, and its issuer: no token is ever sent to another one. */
  readonly provider: string
  readonly issuer: string
  /** Our client there, which alone can use the tokens. */
  readonly clientId?: string | undefined
  /** The latest one. */
  readonly idToken: string
  /** Claims of an ID token that came with a refresh, every one of them checked. */
  readonly claims?: IdToken
  /** The application has given the session claims of its own: no ID token takes their place. */
  readonly isClaimed?: boolean
  /** Of the ID token of the login, where a later one took its place. */
  readonly origin?: Origin
  readonly refreshToken?: string | undefined
  /** What all tokens of it are bound to, where they are (RFC 9449). */
  readonly dpopKey?: DpopKey | undefined
  readonly accessTokens: readonly GrantedToken[]
  /** Every scope that a person was asked for or that was granted. */
  readonly scopes: readonly string[]
  /** Wishes that no refresh fulfils any more, as `wishKey` spells them: only the person can. */
  readonly refused?: readonly string[]
}

/** Whether a grant came from a provider as it is configured now. */
export function isFrom (
  { provider, issuer, clientId }: Pick<Grant, 'provider' | 'issuer' | 'clientId'>,
  settings: { readonly name: string, readonly issuer: string, readonly clientId: string }
): boolean {
  if (clientId !== undefined && clientId !== settings.clientId) return false
  return provider === settings.name && issuer === settings.issuer
}
