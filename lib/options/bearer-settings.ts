import type { BearerOptions } from './bearer-options.ts'
import { assertFunction, assertKnownKeys, assertObject, assertWholeNumber, refuse } from './check.ts'
import type { UserId } from './provider-settings.ts'
import { ISSUER_OPTIONS, type IssuerSurroundings, resolveIssuers, type TrustedIssuer } from './token-issuers.ts'
import { resolveScopes } from './scopes.ts'

/** Access tokens, made strict. */
export interface BearerSettings {
  readonly issuers: readonly TrustedIssuer[]
  /** Seconds that a token lives which this application issues; undefined where it issues none. */
  readonly issued: { readonly expiresIn: number } | undefined
  readonly scopes: readonly string[]
  readonly clientCertificate: BearerOptions['clientCertificate']
  /** `currentUser.id` of whom a token is about. */
  readonly userId: UserId
}

/** What the other options say that this depends on. */
export interface BearerSurroundings extends IssuerSurroundings {
  readonly userId: UserId
  readonly hasOwnUserId: boolean
}

const KNOWN = [...ISSUER_OPTIONS, 'providers', 'issued', 'scopes', 'clientCertificate']
const LONGEST_LIFE = 400 * 86_400
const HOUR = 3600

function resolveIssued (value: unknown): BearerSettings['issued'] {
  if (value === undefined || value === false) return undefined
  const options = value === true ? {} : value
  assertObject(options, 'bearer.issued')
  assertKnownKeys(options, ['expiresIn'], 'bearer.issued')
  const { expiresIn = HOUR } = options
  assertWholeNumber(expiresIn, 1, LONGEST_LIFE, 'bearer.issued.expiresIn')
  return Object.freeze({ expiresIn })
}

/** People of an issuer that signs nobody in are told apart from those who do sign in. */
function createUserId (
  issuers: readonly TrustedIssuer[], base: BearerOptions, surroundings: BearerSurroundings
): UserId {
  const { providers, tenants, userId, hasOwnUserId, hasBroker } = surroundings
  if (hasOwnUserId) return userId
  const isAlone = providers.length + tenants.length === 0 && base.providers === undefined && !hasBroker
  return function bearerUserId (identity, claims, isOfMany = false) {
    const { provider, issuer, subject } = identity
    const isSignIn = issuers.some(one => one.isSignIn && one.provider.name === provider)
    if (isSignIn) return userId(identity, claims, isOfMany)
    const person = isOfMany ? `${issuer}#${subject}` : subject
    return isAlone ? person : `${provider}:${person}`
  }
}

/** @throws ConfigurationError */
export function resolveBearerSettings (value: unknown, surroundings: BearerSurroundings): BearerSettings {
  assertObject(value, 'bearer')
  assertKnownKeys(value, KNOWN, 'bearer')
  const options = value as BearerOptions
  const { scopes = [], clientCertificate } = options
  if (clientCertificate !== undefined) assertFunction(clientCertificate, 'bearer.clientCertificate')
  const issued = resolveIssued(options.issued)
  if (issued !== undefined && surroundings.hasBroker) {
    refuse('bearer.issued', 'has no meaning beside "broker", which gives the tokens of this application. Leave it out.')
  }
  const issuers = resolveIssuers(options, surroundings)
  return Object.freeze({
    issuers,
    issued,
    scopes: resolveScopes(scopes, 'bearer.scopes'),
    clientCertificate,
    userId: createUserId(issuers, options, surroundings)
  })
}
