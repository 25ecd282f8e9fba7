import { ArgumentInvalid } from '../../errors.ts'
import type { OidcSettings } from '../../options/oidc-settings.ts'
import type { Claims, Identity } from '../../user.ts'
import type { IdToken } from '../provider/id-token.ts'

/** Claims about the token rather than about the person; they would only fill the cookie. */
const ABOUT_THE_TOKEN = new Set([
  'iss', 'aud', 'azp', 'exp', 'iat', 'nbf', 'nonce', 'jti', 'at_hash', 'c_hash', 's_hash', 'typ', 'rt_hash'
])

/** What is about the person. */
export function personClaims (claims: Claims): Claims {
  return Object.fromEntries(Object.entries(claims).filter(([name]) => !ABOUT_THE_TOKEN.has(name)))
}

/**
 * What an application has made of claims.
 *
 * @param option the name of its function
 * @throws ArgumentInvalid for what are none
 */
export function mappedClaims (mapped: unknown, option: string): Claims {
  if (mapped instanceof Promise) mapped.catch(() => {}) // Nobody waits for it: a failure of it would end the process.
  else if (typeof mapped === 'object' && mapped !== null && !Array.isArray(mapped)) return mapped as Claims
  throw new ArgumentInvalid(`The option "${option}" must return the claims to keep, as an object.`)
}

/** The claims that a session keeps: those about the person, or what the application makes of them. */
export function sessionClaims ({ mapClaims }: Pick<OidcSettings, 'mapClaims'>, claims: IdToken): Claims {
  const own = personClaims(claims)
  return mapClaims === undefined ? own : mappedClaims(mapClaims(own), 'oidc.mapClaims')
}

/** Issuer and subject, which together are the person; never an e-mail address. */
export function identityOf ({ iss, sub }: IdToken, provider: string): Identity {
  return Object.freeze({ issuer: iss, subject: sub, provider })
}
