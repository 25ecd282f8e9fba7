import { type Awaitable, whenThere } from '../../awaitable.ts'
import { BearerToken, type TokenVerdict } from '../../bearer-token.ts'
import { isOfAnyTenant } from '../../options/issuer.ts'
import type { UserId } from '../../options/provider-settings.ts'
import type { TrustedIssuer } from '../../options/token-issuers.ts'
import type { Provider } from '../provider/provider.ts'
import type { TokenClaims } from './token-claims.ts'
import { tokenDetails } from './token-details.ts'
import { TokenFault } from './token-fault.ts'

/** One issuer of access tokens, and what is needed to judge them. */
export interface IssuerGround {
  readonly rules: TrustedIssuer
  readonly provider: Provider
  readonly userId: UserId
  /** Whether the person, or the session at the provider that a token came from, has logged out there since. */
  readonly isLoggedOut: (claims: TokenClaims, provider: Provider) => Awaitable<boolean>
}

/** A token that was good. Its times, and what became of its person, are still to be looked at, each time. */
export interface SeenToken {
  readonly token: BearerToken
  readonly claims: TokenClaims
}

const secondsOf = ({ now }: Provider): number => Math.floor(now() / 1000)

/**
 * Takes down what is known of a token whose claims hold.
 *
 * @param issuer as its metadata spell it
 * @throws TokenFault, and ArgumentInvalid where `userId` gives no text
 */
export function seenToken (
  { rules, provider, userId }: IssuerGround, text: string, claims: TokenClaims, issuer: string, expiresAt: number
): SeenToken {
  const { clockTolerance, mapClaims, provider: { name } } = rules
  const now = secondsOf(provider)
  const details = tokenDetails(claims, {
    name, isOfMany: isOfAnyTenant(issuer), userId, mapClaims, clockTolerance, now, expiresAt
  })
  return Object.freeze({ token: new BearerToken(text, details), claims })
}

/**
 * What has become of a token that was good.
 *
 * @throws StoreUnavailable
 */
export function lookAgain (
  { rules: { clockTolerance }, provider, isLoggedOut }: IssuerGround, { token, claims }: SeenToken
): Awaitable<TokenVerdict> {
  const now = secondsOf(provider)
  if (token.expiresAt <= now - clockTolerance) return new TokenFault('it has ended', { refusal: 'expired' }).verdict
  if (claims.nbf !== undefined && claims.nbf > now + clockTolerance) return new TokenFault('it has not begun').verdict
  return whenThere(isLoggedOut(claims, provider), isOver =>
    isOver ? new TokenFault('its person has logged out', { refusal: 'revoked' }).verdict : token)
}
