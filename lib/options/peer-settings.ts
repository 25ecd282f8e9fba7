import type { Claims } from '../user.ts'
import type { PeerOptions } from './broker-options.ts'
import { assertKnownKeys, assertObject, assertText, refuse } from './check.ts'
import { isIssuer, isOfAnyTenant, issuerOfTenant } from './issuer.ts'
import type { OidcSettings } from './oidc-settings.ts'
import { isAcceptableAddress } from './public-url.ts'
import {
  createClientMaker, issuerName, type IssuerSurroundings, isTaken, resolveRules, type TrustedIssuer, UNNAMED
} from './token-issuers.ts'

/** What a peer is told apart from, and what it is like where it says nothing else. */
export interface PeerSurroundings extends IssuerSurroundings {
  /** The issuers of `bearer`. */
  readonly trusted: readonly TrustedIssuer[]
  /** What our own tokens are for; the first is this application. */
  readonly audience: readonly [own: string, ...others: string[]]
  readonly signingAlg: string
}

const KNOWN = ['issuer', 'jwksUri', 'audience', 'algorithms', 'roles', 'allowHttp', 'fetch']
/**
 * What counts of a peer's token: what tells about the token (RFC 9068, section 2.2) and who it is about (OpenID Connect
 * Core, section 5.1). Sister instances give the same names to the same powers, so whatever else one says is its own
 * affair: `roles` above all, but also `isAdmin`.
 */
const COUNTED: ReadonlySet<string> = new Set([
  'iss', 'sub', 'aud', 'exp', 'nbf', 'iat', 'jti', 'client_id', 'azp', 'scope', 'sid', 'auth_time', 'acr', 'amr', 'cnf',
  'act', 'name', 'given_name', 'family_name', 'middle_name', 'nickname', 'preferred_username', 'profile', 'picture',
  'website', 'email', 'email_verified', 'gender', 'birthdate', 'zoneinfo', 'locale', 'phone_number',
  'phone_number_verified', 'address', 'updated_at', 'provider', 'idp_iss', 'idp_sub'
])

/** How an issuer is compared where two that differ by their spelling alone would be a mistake. */
function spell (issuer: string): string {
  return new URL(String(issuerOfTenant(issuer, 'tenant'))).href.replace(/\/+$/, '')
}

/** Whether two issuers are the same, but for their spelling, or one is a tenant of the other. */
export function isSameIssuer (one: string, other: string): boolean {
  return isIssuer(one, other) || spell(one) === spell(other)
}

/** Where RFC 8414, section 3, has the metadata of an issuer. */
export function metadataUrl (issuer: string): string {
  const { origin, pathname } = new URL(issuer)
  return `${origin}/.well-known/oauth-authorization-server${pathname.replace(/\/$/, '')}`
}

function resolveRoles (value: unknown, option: string): ReadonlyMap<string, string> {
  assertObject(value, option)
  for (const [theirs, ours] of Object.entries(value)) assertText(ours, `${option}.${theirs}`)
  return new Map(Object.entries(value as Record<string, string>))
}

/** What a peer says of a person, with those of its roles that have a name here. */
function createMapClaims (roles: ReadonlyMap<string, string>): (claims: Claims) => Claims {
  return function mapClaims (claims) {
    const plain = Object.fromEntries(Object.entries(claims).filter(([name]) => COUNTED.has(name)))
    const theirs = [claims['roles']].flat()
    const ours = new Set(theirs.flatMap(role => typeof role === 'string' ? roles.get(role) ?? [] : []))
    return ours.size === 0 ? plain : { ...plain, roles: [...ours] }
  }
}

/** Where its keys are: as its metadata say, or as the application does. */
function resolvePlace (
  { issuer, jwksUri, fetch }: PeerOptions, name: string, allowHttp: boolean, option: string
): OidcSettings {
  assertText(issuer, `${option}.issuer`)
  if (isOfAnyTenant(issuer)) refuse(`${option}.issuer`, 'is that of any tenant, but a peer is one.')
  const discoveryUrl = URL.canParse(issuer) ? metadataUrl(issuer) : undefined
  const peer = createClientMaker({ issuer, discoveryUrl, fetch }, name, allowHttp)({}, option)
  if (jwksUri === undefined) return peer
  const { username = '', hash = '' } = isAcceptableAddress(jwksUri, peer.isPlainHttp) ? new URL(jwksUri) : { hash: '#' }
  if (username !== '' || hash !== '') {
    refuse(`${option}.jwksUri`, 'must be an address that begins with https://, without a user and a fragment.')
  }
  return Object.freeze({ ...peer, discoveryUrl: undefined, metadata: Object.freeze({ issuer, jwks_uri: jwksUri }) })
}

/** @throws ConfigurationError */
export function resolvePeer (
  name: string, options: PeerOptions, surroundings: PeerSurroundings, option: string
): TrustedIssuer {
  assertKnownKeys(options, KNOWN, option)
  if (!issuerName.test(name)) refuse(option, 'has no name as "archive": at most 32 letters, digits, - and _, a letter first.')
  const isNamesake = surroundings.trusted.some(({ provider }) => provider.name === name)
  if (isTaken(name, surroundings) || isNamesake || name === UNNAMED) {
    refuse(option, 'has the name of another issuer, whose people its own would be taken for. Choose another name.')
  }
  const { audience = surroundings.audience[0], algorithms = [surroundings.signingAlg] } = options
  const provider = resolvePlace(options, name, surroundings.allowHttp, option)
  const { roles = {} } = options
  return Object.freeze({
    ...resolveRules({ audience, algorithms }, {}, provider, option),
    isSignIn: false,
    introspection: undefined,
    mapClaims: createMapClaims(resolveRoles(roles, `${option}.roles`))
  })
}

/** The access tokens of a provider that people sign in with, where programs may exchange them. */
export function resolveSubjectIssuer (provider: OidcSettings, audience: readonly string[]): TrustedIssuer {
  const rules = { audience, algorithms: [provider.idTokenSigningAlg] }
  return Object.freeze({
    ...resolveRules(rules, {}, provider, 'broker.subjectAudiences'),
    isSignIn: true,
    introspection: undefined,
    mapClaims: undefined
  })
}
