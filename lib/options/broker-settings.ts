import type { JWK } from 'jose'
import type { StoreSource } from '../stores/open-store.ts'
import type { BrokerAlg, BrokerOptions, MapTokenClaims, PeerOptions, SignerOptions } from './broker-options.ts'
import { deepFreeze } from '../deep-freeze.ts'
import { assertFunction, assertKnownKeys, assertObject, assertOneOf, assertTexts, assertWholeNumber, isPlainPath, refuse } from './check.ts'
import type { PublicUrl } from './public-url.ts'
import { isSameIssuer, resolvePeer, resolveSubjectIssuer } from './peer-settings.ts'
import { hasPrivatePart } from './public-key.ts'
import { assertStoreSource } from './session-settings.ts'
import { type IssuerSurroundings, resolveTexts, type TrustedIssuer } from './token-issuers.ts'

/** A key that lives elsewhere, made strict. */
export interface SignerSettings {
  readonly sign: SignerOptions['sign']
  readonly publicKeys: () => Promise<readonly JWK[]>
}

/** Tokens that this application signs itself, made strict. */
export interface BrokerSettings {
  /** Issuer identifier, at or below `publicUrl`. */
  readonly issuer: string
  /** What its tokens are for; the first is this application. */
  readonly audience: readonly [own: string, ...others: string[]]
  /** Undefined where it is that of sessions. Where sessions have none, it is theirs too. */
  readonly store: StoreSource | undefined
  readonly signingAlg: BrokerAlg
  /** Seconds. */
  readonly accessTokenTtl: number
  /** Seconds. */
  readonly refreshTokenTtl: number
  /** Seconds after which a new key signs; undefined where nobody but the application says so. */
  readonly rotateKeys: number | undefined
  readonly signer: SignerSettings | undefined
  /** The other instances whose tokens are taken. */
  readonly peers: readonly TrustedIssuer[]
  readonly mapClaims: MapTokenClaims | undefined
  /** The providers whose access tokens can be exchanged. */
  readonly subjectIssuers: readonly TrustedIssuer[]
}

/** What the other options say that this depends on. */
export interface BrokerSurroundings extends IssuerSurroundings {
  readonly publicUrl: PublicUrl | undefined
  /** The issuers of `bearer`: a peer is none of them. */
  readonly trusted: readonly TrustedIssuer[]
}

const KNOWN = [
  'issuer', 'audience', 'store', 'signingAlg', 'accessTokenTtl', 'refreshTokenTtl', 'rotateKeys', 'signer',
  'trustedIssuers', 'mapClaims', 'subjectAudiences'
]
const ALGS: readonly BrokerAlg[] = ['EdDSA', 'ES256', 'RS256']
const DAY = 86_400
/** Seconds that an access token of a broker lives at most: so long a key is kept that signs no more. */
export const LONGEST_TOKEN = DAY
const LONGEST = 400 * DAY
const MOST_AUDIENCES = 16

/** An address that metadata of this application can be at (RFC 8414, section 2). */
function resolveIssuer (value: unknown, publicUrl: PublicUrl, { providers, trusted }: BrokerSurroundings): string {
  const own = publicUrl.origin + publicUrl.basePath
  const issuer = value === undefined ? own : value
  if (typeof issuer !== 'string' || !issuer.startsWith(own) || !isPlainPath(issuer.slice(own.length))) {
    refuse('broker.issuer', `must be "publicUrl" or an address below it, without a slash at its end: ${own}, or as ${own}/broker.`)
  }
  const others = [...providers, ...trusted.map(({ provider }) => provider)]
  if (others.some(other => isSameIssuer(other.issuer, issuer))) {
    refuse('broker.issuer', `is ${issuer}, which is that of a provider: a token would not say whose it is. Write an address below "publicUrl", as ${own}/broker.`)
  }
  return issuer
}

function resolveAudience (value: unknown, issuer: string): BrokerSettings['audience'] {
  const [own = issuer, ...others] = new Set(value === undefined ? [] : resolveTexts(value, 'broker.audience'))
  if (others.length >= MOST_AUDIENCES) refuse('broker.audience', `has more than ${MOST_AUDIENCES} services.`)
  const audience: BrokerSettings['audience'] = [own, ...others]
  return Object.freeze(audience)
}

function resolveSigner (value: unknown): SignerSettings | undefined {
  if (value === undefined) return undefined
  assertObject(value, 'broker.signer')
  assertKnownKeys(value, ['sign', 'publicKeys'], 'broker.signer')
  const { sign, publicKeys } = value as unknown as SignerOptions
  assertFunction(sign, 'broker.signer.sign')
  if (typeof publicKeys === 'function') {
    return Object.freeze({ sign, publicKeys: async () => await publicKeys() })
  }
  if (!Array.isArray(publicKeys) || publicKeys.length === 0) {
    refuse('broker.signer.publicKeys', 'must be a list of public keys as JWK, the one that signs first, or a function that gives it.')
  }
  publicKeys.forEach((key: unknown, index) => {
    const option = `broker.signer.publicKeys[${index}]`
    assertObject(key, option)
    if (hasPrivatePart(key)) refuse(option, 'has a part that is private, and would be published. Write the public key.')
  })
  const keys = deepFreeze(structuredClone(publicKeys as readonly JWK[]))
  return Object.freeze({ sign, publicKeys: async () => keys })
}

function resolveRotation ({ rotateKeys, signer }: BrokerOptions): number | undefined {
  if (signer !== undefined && rotateKeys !== undefined) {
    refuse('broker.rotateKeys', 'has no meaning beside "broker.signer", whose keys live elsewhere and are changed there.')
  }
  if (rotateKeys === false || signer !== undefined) return undefined
  const seconds = rotateKeys === undefined ? 30 * DAY : rotateKeys
  assertWholeNumber(seconds, 3600, LONGEST, 'broker.rotateKeys')
  return seconds
}

function resolvePeers (
  value: unknown, surroundings: BrokerSurroundings, own: Pick<BrokerSettings, 'issuer' | 'audience' | 'signingAlg'>
): readonly TrustedIssuer[] {
  if (value === undefined) return Object.freeze([])
  assertObject(value, 'broker.trustedIssuers')
  const known = [...surroundings.providers, ...surroundings.trusted.map(({ provider }) => provider)]
  const issuers = [own.issuer, ...known.map(({ issuer }) => issuer)]
  const peers: TrustedIssuer[] = []
  for (const [name, given] of Object.entries(value)) {
    const option = `broker.trustedIssuers.${name}`
    const options = typeof given === 'string' ? { issuer: given } : given
    assertObject(options, option)
    const peer = resolvePeer(name, options as unknown as PeerOptions, { ...own, ...surroundings }, option)
    const { issuer } = peer.provider
    const twin = issuers.find(other => isSameIssuer(other, issuer))
    if (twin !== undefined) {
      refuse(option, `has the issuer ${issuer}, but ${twin} is that of this application, or of another one. Each is trusted once.`)
    }
    issuers.push(issuer)
    peers.push(peer)
  }
  return Object.freeze(peers)
}

function resolveSubjectIssuers (
  value: unknown, { providers }: BrokerSurroundings
): readonly TrustedIssuer[] {
  if (value === undefined) return Object.freeze([])
  assertTexts(value, 'broker.subjectAudiences')
  if (value.length === 0) refuse('broker.subjectAudiences', 'is an empty list. Leave it out, or write what tokens are for that may be exchanged.')
  if (providers.length === 0) refuse('broker.subjectAudiences', 'has no meaning without "oidc": nobody is there whose tokens could be exchanged.')
  return Object.freeze(providers.map(provider => resolveSubjectIssuer(provider, value)))
}

/** @throws ConfigurationError */
export function resolveBrokerSettings (value: unknown, surroundings: BrokerSurroundings): BrokerSettings {
  assertObject(value, 'broker')
  assertKnownKeys(value, KNOWN, 'broker')
  const options = value as BrokerOptions
  const { publicUrl } = surroundings
  if (publicUrl === undefined) {
    refuse('publicUrl', 'is missing. It is who signs the tokens of the broker: write the address of the application, as https://app.example.com.')
  }
  const { store, signingAlg = 'ES256', accessTokenTtl = 600, refreshTokenTtl = 30 * DAY, mapClaims } = options
  assertStoreSource(store, 'broker.store')
  assertOneOf(signingAlg, ALGS, 'broker.signingAlg')
  assertWholeNumber(accessTokenTtl, 1, LONGEST_TOKEN, 'broker.accessTokenTtl')
  assertWholeNumber(refreshTokenTtl, 1, LONGEST, 'broker.refreshTokenTtl')
  if (mapClaims !== undefined) assertFunction(mapClaims, 'broker.mapClaims')
  const issuer = resolveIssuer(options.issuer, publicUrl, surroundings)
  const audience = resolveAudience(options.audience, issuer)
  return Object.freeze({
    issuer,
    audience,
    store,
    signingAlg,
    accessTokenTtl,
    refreshTokenTtl,
    rotateKeys: resolveRotation(options),
    signer: resolveSigner(options.signer),
    peers: resolvePeers(options.trustedIssuers, surroundings, { issuer, audience, signingAlg }),
    mapClaims,
    subjectIssuers: resolveSubjectIssuers(options.subjectAudiences, surroundings)
  })
}
