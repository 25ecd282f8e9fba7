import type { JWTPayload } from 'jose'
import type { TrustedIssuer } from '../../options/token-issuers.ts'
import type { Claims } from '../../user.ts'
import { assertClaimDemands } from '../login/claim-demands.ts'
import { TokenFault } from './token-fault.ts'

/** What an access token says, once it is known that its issuer says it. */
export interface TokenClaims extends JWTPayload {
  readonly iss: string
  readonly sub: string
}

/** A claim that is a text, and no empty one. */
export function textOf (claims: Claims, name: string): string | undefined {
  const value = Object.hasOwn(claims, name) ? claims[name] : undefined
  return typeof value === 'string' && value !== '' ? value : undefined
}

/** The first of these that is there. */
export function firstTextOf (claims: Claims, names: readonly string[]): string | undefined {
  return names.map(name => textOf(claims, name)).find(text => text !== undefined)
}

/** Texts of a claim that is one, or a list of them. */
export function textsOf (value: unknown): readonly string[] {
  return [value].flat().filter(one => typeof one === 'string' && one !== '') as string[]
}

/** Words of a claim that is a text with blanks in it (RFC 8693, section 4.2), or a list. */
export function wordsOf (value: unknown): readonly string[] {
  const words = typeof value === 'string' ? value.split(' ') : value
  return [...new Set(textsOf(words))]
}

/**
 * A token that was given to another service opens nothing here (RFC 9068, section 4).
 *
 * @throws TokenFault
 */
export function assertAudience (claims: Claims, { audience, audienceClaim }: TrustedIssuer): void {
  const isFor = textsOf(claims[audienceClaim]).some(one => audience.includes(one))
  if (!isFor) throw new TokenFault(`"${audienceClaim}" is none of this service`)
}

/**
 * What a sign-in demands of people, as being of one tenant or of one domain, is demanded of their tokens too: by token
 * they are the same people. A token that does not say it is not taken.
 *
 * @throws TokenFault
 */
export function assertDemands (claims: TokenClaims, { isSignIn, provider }: TrustedIssuer): void {
  if (!isSignIn) return
  try {
    assertClaimDemands(claims, provider.claims)
  } catch (cause) {
    throw new TokenFault('a claim is another one than a sign-in demands', { cause })
  }
}

/** What other tokens of the same issuer are called in themselves, as Keycloak does. */
const FOREIGN_TYPES = new Set(['ID', 'Refresh', 'Offline', 'Logout'])
/** What access tokens are called in themselves: by Cognito, and by Hydra where it is asked. */
const ACCESS_USES = new Set(['access', 'access_token'])

/** @throws TokenFault for a token that says of itself that it is for something else */
export function assertNoOther ({ typ, token_use: use, events }: Claims): void {
  if (typeof typ === 'string' && FOREIGN_TYPES.has(typ)) throw new TokenFault('the claim "typ" is that of another token')
  if (use !== undefined && !(typeof use === 'string' && ACCESS_USES.has(use))) {
    throw new TokenFault('the claim "token_use" is that of another token')
  }
  if (events !== undefined) throw new TokenFault('"events" is that of a logout token')
}
