import type { JWTPayload } from 'jose'
import type { BearerTokenDetails } from '../bearer-token.ts'
import { deepFreeze } from '../deep-freeze.ts'
import { ArgumentInvalid, TokenTooLarge } from '../errors.ts'
import type { LogoutMarks } from '../logout-marks.ts'
import { textOf, textsOf, wordsOf } from '../oidc/bearer/token-claims.ts'
import { confirmationOf } from '../oidc/bearer/token-details.ts'
import { TokenFault } from '../oidc/bearer/token-fault.ts'
import { mappedClaims } from '../oidc/login/claims.ts'
import type { BrokerSettings } from '../options/broker-settings.ts'
import { isHandle } from '../session/handle.ts'
import type { TokenFamily, TokenStart } from '../session/issued-token.ts'
import { isWrittenMarks, readMarks, writeMarks, type WrittenMarks } from '../session/logout-marks.ts'
import { plainJson } from '../session/plain-json.ts'
import { AuthUser, type Claims, type Identity } from '../user.ts'
import { userinfoOf } from '../userinfo-claims.ts'

/** What claims are made by. */
export type ClaimSettings = Pick<BrokerSettings, 'issuer' | 'audience' | 'mapClaims'>

/** What makes a token one of its own. Times are seconds. */
export interface TokenNames {
  readonly id: string
  /** What ends it. */
  readonly handle: string
  readonly generation: string | undefined
  readonly now: number
}

/** What a token of this application says. */
export interface ReadClaims {
  readonly details: BearerTokenDetails
  readonly handle: string
  readonly generation: string | undefined
  readonly marks: LogoutMarks | undefined
  readonly isOfFamily: boolean
  /** Whether the family began with another program. */
  readonly isBorrowed: boolean
}

/** What ends a token beside its handle: digests and random names, which tell nobody anything. */
interface EndClaim { readonly g?: string, readonly m?: WrittenMarks, readonly b?: true }

export const ENDS = 'fastify_login'
/** What says whose token it is, for whom, and how it may be used: an application says none of it by `mapClaims`. */
const RESERVED = new Set([
  'iss', 'sub', 'aud', 'exp', 'nbf', 'iat', 'jti', 'client_id', 'azp', 'scope', 'scp', 'auth_time', 'sid', 'provider',
  'idp_iss', 'idp_sub', 'cnf', 'act', 'may_act', 'typ', 'token_use', 'events', ENDS
])

/** Claims that must be there. */
export const REQUIRED: readonly string[] = ['sub', 'aud', 'exp', 'iat', 'jti', 'client_id', 'sid']

function isObject (value: unknown): value is Claims {
  return typeof value === 'object' && value !== null && !Array.isArray(value)
}

/** The roles of a person. What they may do in other clients of the provider (`resource_access`) is no role here. */
function rolesOf ({ roles, groups, realm_access: realm }: Claims): readonly string[] {
  return [...new Set([roles, groups, isObject(realm) ? realm['roles'] : []].flatMap(textsOf))]
}

/** What a token tells of a person where the application says nothing else. */
export function usualClaims (
  { userId, scopes, claims = {} }: Pick<TokenStart, 'userId' | 'scopes' | 'claims'>
): Claims {
  const { sub, ...said } = userinfoOf(new AuthUser(userId, { claims }), scopes)
  const roles = rolesOf(claims)
  return { ...said, ...(roles.length === 0 ? {} : { roles }) }
}

function personalClaims (start: TokenStart, { mapClaims }: ClaimSettings): Claims {
  const { userId, identity, clientId, scopes, claims = {}, isMapped = false } = start
  if (mapClaims === undefined) return plainJson(usualClaims(start), TokenTooLarge)
  const subject = { userId, identity, clientId, scopes }
  const mapped = isMapped ? claims : mappedClaims(mapClaims(claims, subject), 'broker.mapClaims')
  const plain = plainJson(mapped, TokenTooLarge)
  return Object.fromEntries(Object.entries(plain).filter(([name]) => !RESERVED.has(name)))
}

/** One service is a text, as most who read it know it best. */
function audienceOf ({ audience: asked }: TokenStart, { audience: all }: ClaimSettings): string | string[] {
  const audience = [...new Set(asked ?? all)]
  const [one] = audience
  if (one === undefined || !audience.every(service => all.includes(service))) {
    throw new ArgumentInvalid('A token is for one or more services of "broker.audience".')
  }
  return audience.length === 1 ? one : audience
}

function endClaim ({ generation: g }: TokenNames, { marks, isBorrowed = false }: Partial<TokenFamily> = {}): Claims {
  const end: EndClaim = {
    ...(g === undefined ? {} : { g }),
    ...(marks === undefined ? {} : { m: writeMarks(marks) }),
    ...(isBorrowed ? { b: true } : {})
  }
  return Object.keys(end).length === 0 ? {} : { [ENDS]: end }
}

function identityClaims (identity: Identity | undefined): Claims {
  if (identity === undefined) return {}
  const { provider, issuer, subject } = identity
  return { provider, idp_iss: issuer, idp_sub: subject }
}

/**
 * What a token says (RFC 9068, section 2.2).
 *
 * @throws TokenTooLarge, ArgumentInvalid for claims that are no plain JSON or an audience that is not ours
 */
export function packClaims (start: TokenStart, names: TokenNames, settings: ClaimSettings): JWTPayload {
  const { userId, identity, scopes, clientId = settings.issuer, authenticatedAt, expiresIn, family } = start
  const { id, handle, now } = names
  return {
    ...personalClaims(start, settings),
    iss: settings.issuer,
    sub: userId,
    aud: audienceOf(start, settings),
    exp: now + expiresIn,
    iat: now,
    jti: id,
    client_id: clientId,
    sid: handle,
    ...(scopes.length === 0 ? {} : { scope: scopes.join(' ') }),
    ...(authenticatedAt === undefined ? {} : { auth_time: Math.min(authenticatedAt, now) }),
    ...identityClaims(identity),
    ...endClaim(names, family)
  }
}

function needed (claims: Claims, name: string): string {
  return textOf(claims, name) ?? fault(`"${name}" is no text`)
}

function timeOf (claims: Claims, name: string): number {
  const time = claims[name]
  return typeof time === 'number' && Number.isFinite(time) ? time : fault(`"${name}" is no time`)
}

function fault (problem: string): never {
  throw new TokenFault(problem)
}

function identityIn (claims: Claims): Identity | undefined {
  if (claims['provider'] === undefined) return undefined
  return Object.freeze({
    issuer: needed(claims, 'idp_iss'), subject: needed(claims, 'idp_sub'), provider: needed(claims, 'provider')
  })
}

function endIn ({ [ENDS]: end = {} }: Claims): Pick<ReadClaims, 'generation' | 'marks' | 'isBorrowed'> {
  if (!isObject(end)) fault(`"${ENDS}" is none`)
  const { g: generation, m: marks } = end
  if (generation !== undefined && typeof generation !== 'string') fault('the generation is none')
  if (marks !== undefined && !isWrittenMarks(marks)) fault('the marks are none')
  return { generation, marks: marks === undefined ? undefined : readMarks(marks), isBorrowed: end['b'] === true }
}

/**
 * What a token says that is signed by this application.
 *
 * @throws TokenFault
 */
export function readClaims (payload: JWTPayload, issuer: string): ReadClaims {
  const claims: Claims = deepFreeze(payload)
  const [userId, id, handle, clientId] = ['sub', 'jti', 'sid', 'client_id'].map(name => needed(claims, name)) as [
    string, string, string, string
  ]
  if (!isHandle(handle)) fault('"sid" is no handle')
  const details = {
    userId,
    identity: identityIn(claims),
    subject: userId,
    clientId: clientId === issuer ? undefined : clientId,
    audience: Object.freeze(textsOf(claims['aud'])),
    scopes: Object.freeze(wordsOf(claims['scope'])),
    claims,
    id,
    issuedAt: timeOf(claims, 'iat'),
    expiresAt: timeOf(claims, 'exp'),
    authenticatedAt: claims['auth_time'] === undefined ? undefined : timeOf(claims, 'auth_time'),
    confirmation: confirmationOf(claims)
  }
  return { details, handle, isOfFamily: handle !== id, ...endIn(claims) }
}
