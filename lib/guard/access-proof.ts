import type { Awaitable } from '../awaitable.ts'
import type { BearerToken, TokenVerdict } from '../bearer-token.ts'

/** How a request shows a token, and what it proves beside (RFC 9449, section 7; RFC 8705, section 3). */
export interface ProofEvidence {
  readonly scheme: 'bearer' | 'dpop'
  /** Values of the `DPoP` headers. */
  readonly proofs: readonly string[]
  readonly method: string
  /** The address that was asked for, as programs know it, without a query. */
  readonly url: string
  /** The certificate of the client as DER bytes; called where a token is bound to one. */
  readonly certificate: () => Uint8Array | undefined
}

/** Why a proof does not hold: there is none, or one for the key or the certificate of somebody else. */
export interface ProofFault {
  readonly fault: 'missing' | 'invalid'
  readonly cause?: unknown
}

/** Judges the access tokens that requests bring. */
export interface AccessTokenJudge {
  /**
   * Whether a token is good; synchronous where it was seen before and everything is local.
   *
   * @throws ProviderUnavailable, StoreUnavailable
   */
  verify (text: string): Awaitable<TokenVerdict>
  /** Whether it belongs to whoever sent it; undefined where it does. @throws StoreUnavailable */
  prove (token: BearerToken, evidence: ProofEvidence): Awaitable<ProofFault | undefined>
}
