import type { JWTHeaderParameters } from 'jose'
import type { TrustedIssuer } from '../../options/token-issuers.ts'
import { assertNoOther, firstTextOf, textOf, textsOf, type TokenClaims, wordsOf } from './token-claims.ts'
import { TokenFault } from './token-fault.ts'

/** What the header of an access token calls it: nothing, what every JWT is, or what RFC 9068 says (section 2.1). */
const TYPES: ReadonlySet<unknown> = new Set(['jwt', 'at+jwt', 'application/at+jwt'])
/** What every token of RFC 9068 has (section 2.2), beside what is verified with the signature. */
const STANDARD = ['sub', 'client_id', 'jti'] as const
/** Claims that Entra ID, Auth0, Okta and Cognito put into access tokens and not into ID tokens. */
const SIGNS = ['client_id', 'appid', 'azpacr', 'appidacr']
/** What is in ID tokens only (OpenID Connect Core, sections 2, 3.1.3.6 and 3.3.2.11). */
const SIGNS_OF_ID_TOKEN = ['nonce', 'at_hash', 'c_hash', 's_hash']

function typeOf ({ typ }: { readonly typ?: unknown }): unknown {
  if (typ === undefined) return 'jwt'
  const type = typeof typ === 'string' ? typ.toLowerCase() : typ
  if (!TYPES.has(type)) throw new TokenFault('"typ" is none of an access token')
  return type
}

function assertStandard (claims: TokenClaims): void {
  const missing = STANDARD.find(name => textOf(claims, name) === undefined)
  if (missing !== undefined) throw new TokenFault(`"${missing}" is missing, or no text (RFC 9068, section 2.2)`)
  if (claims.iat === undefined) throw new TokenFault('"iat" is missing (RFC 9068, section 2.2)')
}

/** An audience that is an address is that of a service, unless our own client is called so. */
function isService (audience: string, { provider: { clientId } }: TrustedIssuer): boolean {
  return audience !== clientId && URL.canParse(audience)
}

/** Before RFC 9068 access tokens had no type: what is in one must show that it is none for signing in. */
function assertAccess (claims: TokenClaims, rules: TrustedIssuer): void {
  const isNamed = claims['typ'] === 'Bearer'
  const wrong = SIGNS_OF_ID_TOKEN.find(name => claims[name] !== undefined)
  if (!isNamed && wrong !== undefined) throw new TokenFault(`"${wrong}" is that of an ID token`)
  const isAccess = isNamed || claims['token_use'] !== undefined || firstTextOf(claims, SIGNS) !== undefined ||
    wordsOf(claims['scope']).length > 0 || wordsOf(claims['scp']).length > 0 ||
    textsOf(claims.aud).some(one => rules.audience.includes(one) && isService(one, rules))
  if (!isAccess) throw new TokenFault('nothing shows that it is an access token')
}

/**
 * Whether a signed JWT is an access token: its issuer signs ID tokens, logout tokens and more with the same keys (RFC
 * 8725, section 3.11).
 *
 * @throws TokenFault
 */
export function assertAccessToken (header: JWTHeaderParameters, claims: TokenClaims, rules: TrustedIssuer): void {
  const isStandard = typeOf(header) !== 'jwt'
  assertNoOther(claims)
  if (rules.isPeer && !isStandard) throw new TokenFault('"typ" is not that of RFC 9068')
  if (isStandard) assertStandard(claims)
  else assertAccess(claims, rules)
}
