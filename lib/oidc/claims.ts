import type { Claims, Identity } from '../user.ts'
import type { IdToken } from './id-token.ts'

/** Claims about the token rather than about the person; they would only fill the cookie. */
const ABOUT_THE_TOKEN = new Set([
  'iss', 'aud', 'azp', 'exp', 'iat', 'nbf', 'nonce', 'jti', 'at_hash', 'c_hash', 's_hash', 'typ', 'rt_hash'
])

/** The claims that a session keeps. */
export function personClaims (claims: IdToken): Claims {
  return Object.fromEntries(Object.entries(claims).filter(([name]) => !ABOUT_THE_TOKEN.has(name)))
}

/** Issuer and subject, which together are the person; never an e-mail address. */
export function identityOf ({ iss, sub }: IdToken, provider: string): Identity {
  return Object.freeze({ issuer: iss, subject: sub, provider })
}
