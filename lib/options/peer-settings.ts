import type { Claims } from '../user.ts'
import type { PeerOptions } from './broker-options.ts'
import { assertKnownKeys, assertObject, assertText, refuse } from './check.ts'
import type { OidcSettings } from './oidc-settings.ts'
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
/** What tells of a person what they may do: by another instance's word it counts for nothing. */
const POWERS = ['roles', 'groups', 'realm_access', 'resource_access', 'entitlements', 'permissions']

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
    const plain = Object.fromEntries(Object.entries(claims).filter(([name]) => !POWERS.includes(name)))
    const theirs = [claims['roles']].flat()
    const ours = new Set(theirs.flatMap(role => typeof role === 'string' ? roles.get(role) ?? [] : []))
    return ours.size === 0 ? plain : { ...plain, roles: [...ours] }
  }
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
  const { issuer, jwksUri, audience = surroundings.audience[0], algorithms = [surroundings.signingAlg] } = options
  assertText(issuer, `${option}.issuer`)
  const where = jwksUri === undefined
    ? URL.canParse(issuer) ? { discoveryUrl: metadataUrl(issuer) } : {}
    : { metadata: { issuer, jwks_uri: jwksUri } }
  const makeClient = createClientMaker({ issuer, ...where, fetch: options.fetch }, name, surroundings.allowHttp)
  const provider = makeClient({}, option)
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
