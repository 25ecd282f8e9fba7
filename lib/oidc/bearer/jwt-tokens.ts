import { errors, type JWTVerifyResult } from 'jose'
import { type Awaitable, whenThere } from '../../awaitable.ts'
import { BearerToken, type TokenVerdict } from '../../bearer-token.ts'
import { deepFreeze } from '../../deep-freeze.ts'
import { ProviderUnavailable } from '../../errors.ts'
import { Outage } from '../provider/outage.ts'
import type { UsableServer } from '../provider/provider.ts'
import { verifySigned } from '../provider/verify-jwt.ts'
import { assertSame } from './introspected-token.ts'
import type { Introspected, Introspection } from './introspection.ts'
import { type IssuerGround, lookAgain, type SeenToken, seenToken, type VerifiedToken } from './seen-token.ts'
import { assertAudience, assertDemands, textOf } from './token-claims.ts'
import { TokenFault, verdictOf } from './token-fault.ts'
import { assertAccessToken } from './token-kind.ts'

/** Milliseconds after which the key of a token is looked for again: its issuer may have dropped it. */
const BELIEVED = 5 * 60_000

/** The access tokens of one issuer that say themselves what there is to know. */
export class JwtTokens {
  readonly #ground: IssuerGround
  readonly #introspection: Introspection | undefined
  readonly #outage: Outage

  /** @param introspection asks the issuer about each of them; undefined where they are believed */
  constructor (ground: IssuerGround, introspection: Introspection | undefined) {
    this.#ground = ground
    this.#introspection = introspection
    this.#outage = new Outage(ground.provider.now)
  }

  /**
   * Verifies a token by itself.
   *
   * @throws TokenFault, ProviderUnavailable, and ArgumentInvalid where `userId` gives no text
   */
  async verify (text: string): Promise<VerifiedToken> {
    const { rules, provider } = this.#ground
    const server = await this.#outage.ask(() => provider.server())
    const { payload, protectedHeader } = await this.#verifySigned(server, text)
    const sub = textOf(payload, 'sub')
    if (sub === undefined) throw new TokenFault('"sub" is missing, or no text')
    const claims = deepFreeze({ ...payload, iss: String(payload.iss), sub })
    assertAudience(claims, rules)
    assertAccessToken(protectedHeader, claims, rules)
    assertDemands(claims, rules)
    const seen = seenToken(this.#ground, text, claims, server.issuer, Number(claims.exp))
    return { seen, until: provider.now() + BELIEVED }
  }

  /**
   * What has become of a token that was good.
   *
   * @throws ProviderUnavailable, StoreUnavailable
   */
  look (seen: SeenToken, text: string): Awaitable<TokenVerdict> {
    const introspection = this.#introspection
    const verdict = lookAgain(this.#ground, seen)
    if (introspection === undefined) return verdict
    return whenThere(verdict, local => local instanceof BearerToken
      ? whenThere(introspection.ask(text), told => this.#compare(told, local))
      : local)
  }

  /** Whatever is wrong beside an outage is wrong with the token. */
  async #verifySigned (server: UsableServer, text: string): Promise<JWTVerifyResult> {
    const { rules: { algorithms, audience, audienceClaim, clockTolerance }, provider } = this.#ground
    try {
      return await verifySigned(provider, server, provider.bearerKeys(server), text, {
        algorithms, audience: audienceClaim === 'aud' ? audience : undefined, clockTolerance, required: ['exp']
      })
    } catch (cause) {
      if (cause instanceof ProviderUnavailable) throw cause
      const refusal = cause instanceof errors.JWTExpired ? 'expired' : 'invalid'
      // What was thrown has the claims in it, and would come with them into a log.
      throw new TokenFault(`it does not verify: ${String(cause)}`, { refusal })
    }
  }

  #compare ({ claims }: Introspected, token: BearerToken): TokenVerdict {
    if (claims === undefined) return new TokenFault('its issuer has taken it back', { refusal: 'revoked' }).verdict
    try {
      assertSame(claims, token)
      return token
    } catch (fault) {
      return verdictOf(fault)
    }
  }
}
