import type { Awaitable } from '../awaitable.ts'
import type { BearerToken, ProofEvidence, ProofFault, TokenVerdict } from '../bearer-token.ts'
import type { ProviderTokens } from '../oidc/bearer/provider-tokens.ts'
import type { TokenProof } from '../oidc/bearer/token-proof.ts'
import type { TokenIssuer } from '../session/issued-tokens.ts'
import type { AccessTokenJudge } from './access-proof.ts'

type OwnTokens = Pick<TokenIssuer, 'lookAgain' | 'verify'>
type ForeignTokens = Pick<ProviderTokens, 'lookAgain' | 'verify'>
type TokenProofs = Pick<TokenProof, 'check'>

/** All access tokens that an application takes: its own, and those of issuers. */
export class BearerTokens implements AccessTokenJudge {
  readonly #own: OwnTokens | undefined
  readonly #foreign: ForeignTokens | undefined
  readonly #proofs: TokenProofs

  constructor (own: OwnTokens | undefined, foreign: ForeignTokens | undefined, proofs: TokenProofs) {
    this.#own = own
    this.#foreign = foreign
    this.#proofs = proofs
  }

  lookAgain (text: string): Awaitable<TokenVerdict> | undefined {
    return this.#own?.lookAgain(text) ?? this.#foreign?.lookAgain(text)
  }

  verify (text: string): Awaitable<TokenVerdict> {
    const known = this.#own?.verify(text)
    if (known instanceof Promise) return known.then(verdict => verdict ?? this.#verifyElsewhere(text))
    return known ?? this.#verifyElsewhere(text)
  }

  prove (token: BearerToken, evidence: ProofEvidence): Awaitable<ProofFault | undefined> {
    return this.#proofs.check(token, evidence)
  }

  #verifyElsewhere (text: string): Awaitable<TokenVerdict> {
    return this.#foreign?.verify(text) ?? { refusal: 'invalid', cause: new Error('Nobody here has made this token') }
  }
}
