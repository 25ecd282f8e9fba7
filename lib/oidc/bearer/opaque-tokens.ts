import { type Awaitable, whenThere } from '../../awaitable.ts'
import type { TokenVerdict } from '../../bearer-token.ts'
import type { Introspected, Introspection } from './introspection.ts'
import { introspectedClaims } from './introspected-token.ts'
import { type IssuerGround, lookAgain, seenToken } from './seen-token.ts'
import { TokenFault, verdictOf } from './token-fault.ts'

/** The access tokens of one issuer that say nothing: their issuer is asked about them. */
export class OpaqueTokens {
  readonly #ground: IssuerGround
  readonly #introspection: Introspection

  constructor (ground: IssuerGround, introspection: Introspection) {
    this.#ground = ground
    this.#introspection = introspection
  }

  /** @throws ProviderUnavailable, StoreUnavailable, and ArgumentInvalid where `userId` gives no text */
  verify (text: string): Awaitable<TokenVerdict> {
    return whenThere(this.#introspection.ask(text), told => this.#judge(told, text))
  }

  #judge ({ claims: answer, issuer, until }: Introspected, text: string): Awaitable<TokenVerdict> {
    if (answer === undefined) return new TokenFault('its issuer says that it is not active').verdict
    try {
      const claims = introspectedClaims(answer, issuer, this.#ground.rules)
      // One that does not say when it ends is believed as long as the answer is.
      const { exp = Math.floor(until) + 1 } = claims
      return lookAgain(this.#ground, seenToken(this.#ground, text, claims, issuer, exp))
    } catch (fault) {
      return verdictOf(fault)
    }
  }
}
