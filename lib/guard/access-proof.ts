import type { Awaitable } from '../awaitable.ts'
import type { BearerToken, ProofEvidence, ProofFault, TokenVerdict } from '../bearer-token.ts'

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
