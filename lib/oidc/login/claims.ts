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

/** The claims that a session keeps: those about the person, or what the application makes of them. */
export function sessionClaims ({ mapClaims }: Pick<OidcSettings, 'mapClaims'>, claims: IdToken): Claims {
  const own = personClaims(claims)
  if (mapClaims === undefined) return own
  const mapped: unknown = mapClaims(own)
  if (mapped instanceof Promise) mapped.catch(() => {}) // Nobody waits for it: a failure of it would end the process.
  else if (typeof mapped === 'object' && mapped !== null && !Array.isArray(mapped)) return mapped as Claims
  throw new ArgumentInvalid('The option "oidc.mapClaims" must return the claims to keep, as an object.')
}

/** Issuer and subject, which together are the person; never an e-mail address. */
export function identityOf ({ iss, sub }: IdToken, provider: string): Identity {
  return Object.freeze({ issuer: iss, subject: sub, provider })
}
