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
  /** Undefined for a token whose person nobody would say to have logged out. */
  readonly logoutOf: (claims: TokenClaims, provider: Provider) => LogoutLookup | undefined
}

/** Whether the person, or the session at the provider that a token came from, has logged out there since. */
export type LogoutLookup = () => Awaitable<boolean>

/** A token that was good. Its times, and what became of its person, are still to be looked at, each time. */
export interface SeenToken {
  readonly token: BearerToken
  /** When it begins, in seconds since 1970. */
  readonly notBefore: number | undefined
  readonly isLoggedOut: LogoutLookup | undefined
}

/** A token that was just verified. */
export interface VerifiedToken {
  readonly seen: SeenToken
  /** Milliseconds since 1970 when it is to be verified again. */
  readonly until: number
}

const secondsOf = ({ now }: Provider): number => Math.floor(now() / 1000)

/**
 * Takes down what is known of a token whose claims hold.
 *
 * @param issuer as its metadata spell it
 * @throws TokenFault, and ArgumentInvalid where `userId` gives no text
 */
export function seenToken (
  ground: IssuerGround, text: string, claims: TokenClaims, issuer: string, expiresAt: number
): SeenToken {
  const { rules, provider, userId, logoutOf } = ground
  const { clockTolerance, mapClaims, provider: { name } } = rules
  const now = secondsOf(provider)
  const details = tokenDetails(claims, {
    name, isOfMany: isOfAnyTenant(issuer), userId, mapClaims, clockTolerance, now, expiresAt
  })
  const token = new BearerToken(text, details)
  return Object.freeze({ token, notBefore: claims.nbf, isLoggedOut: logoutOf(claims, provider) })
}

/**
 * What has become of a token that was good.
 *
 * @throws StoreUnavailable
 */
export function lookAgain (
  { rules: { clockTolerance }, provider }: IssuerGround, { token, notBefore, isLoggedOut }: SeenToken
): Awaitable<TokenVerdict> {
  const now = secondsOf(provider)
  if (token.expiresAt <= now - clockTolerance) return new TokenFault('it has ended', { refusal: 'expired' }).verdict
  if (notBefore !== undefined && notBefore > now + clockTolerance) return new TokenFault('it has not begun').verdict
  if (isLoggedOut === undefined) return token
  return whenThere(isLoggedOut(), isOver => isOver
    ? new TokenFault('its person has logged out', { refusal: 'revoked' }).verdict
    : token)
}
