import type { Awaitable } from '../awaitable.ts'
import type { BearerToken, ProofEvidence, ProofFault, TokenVerdict } from '../bearer-token.ts'

/** Judges the access tokens that requests bring. */
export interface AccessTokenJudge {
  /**
   * What has become of a token that was good; undefined for a text that was not seen before. Synchronous where
   * everything is local.
   *
   * @throws ProviderUnavailable, StoreUnavailable
   */
  lookAgain (text: string): Awaitable<TokenVerdict> | undefined
  /**
   * Whether a token is good; synchronous where it was seen before and everything is local.
   *
   * @throws ProviderUnavailable, StoreUnavailable
   */
  verify (text: string): Awaitable<TokenVerdict>
  /** Whether it belongs to whoever sent it; undefined where it does. @throws StoreUnavailable */
  prove (token: BearerToken, evidence: ProofEvidence): Awaitable<ProofFault | undefined>
}
