import type { Awaitable } from '../../awaitable.ts'
import type { TokenVerdict } from '../../bearer-token.ts'
import type { Introspected, Introspection } from './introspection.ts'
import { introspectedClaims } from './introspected-token.ts'
import { type IssuerGround, lookAgain, seenToken, type SeenToken, type VerifiedToken } from './seen-token.ts'
import { TokenFault } from './token-fault.ts'

/** The access tokens of one issuer that say nothing: their issuer is asked about them. */
export class OpaqueTokens {
  readonly #ground: IssuerGround
  readonly #introspection: Introspection

  constructor (ground: IssuerGround, introspection: Introspection) {
    this.#ground = ground
    this.#introspection = introspection
  }

  /**
   * Asks about a token. What the issuer says is believed for a short time.
   *
   * @throws TokenFault, ProviderUnavailable, and ArgumentInvalid where `userId` gives no text
   */
  async verify (text: string): Promise<VerifiedToken> {
    const told = await this.#introspection.ask(text)
    return { seen: this.#read(told, text), until: told.until * 1000 }
  }

  /**
   * What has become of a token that was good.
   *
   * @throws StoreUnavailable
   */
  look (seen: SeenToken): Awaitable<TokenVerdict> {
    return lookAgain(this.#ground, seen)
  }

  #read ({ claims: answer, issuer, until }: Introspected, text: string): SeenToken {
    if (answer === undefined) throw new TokenFault('its issuer says that it is not active')
    const claims = introspectedClaims(answer, issuer, this.#ground.rules)
    // One that does not say when it ends is believed as long as the answer is.
    const { exp = Math.floor(until) + 1 } = claims
    return seenToken(this.#ground, text, claims, issuer, exp)
  }
}
