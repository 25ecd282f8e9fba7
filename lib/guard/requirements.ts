import { assertBoolean, assertKnownKeys, assertObject, assertText, assertTexts, assertWholeNumber, refuse } from '../options/check.ts'
import type { LoginDemands } from '../oidc/login/demands.ts'
import { scopeToken } from '../options/scopes.ts'
import type { AuthUser, Evidence, LoginName } from '../user.ts'
import { type RequiredClaim, type ClaimTests, resolveClaimTests } from './claim-tests.ts'
import { resolveVia } from './via.ts'

/** What a guard demands beside a signed-in person. */
export interface LoginRequirements {
  /** The login must be fresh: not one that was remembered and came back. @default false */
  fresh?: boolean
  /** Seconds since the person last proved who they are. @default any time */
  maxAge?: number
  /** How they proved it: one of these must be the `acr` of the login (OpenID Connect Core, section 2). @default any */
  acr?: string | readonly string[]
  /**
   * Scopes that the caller must hold, word by word. A person with a session gets an access token with them, and is
   * asked for what is missing; an access token that a request brings must already have them. @default none
   */
  scopes?: readonly string[]
  /**
   * Claims that the caller must have, by their paths: all that are named here. A person who lacks one is refused with
   * `ClaimMissing` (403), for a sign-in would not help.
   *
   * @default none
   * @example claims: { 'realm_access.roles': ['editor', 'admin'], email_verified: true }
   */
  claims?: Readonly<Record<string, RequiredClaim>>
  /**
   * The evidence that the route takes: `'cookie'`, `'bearer'`, `'basic'`, names of authenticators.
   * @default the cookie, access tokens and all authenticators; `'basic'` only where it is named
   */
  via?: readonly Evidence[]
  /** Name of the provider that must have vouched for the person. @default any, or none */
  provider?: string
  /**
   * Name of the registration that decides, where the plugin is registered several times; for the export only.
   * @default the one without a name
   */
  login?: LoginName
}

/** The same, made strict. */
export interface Requirements {
  readonly demands: LoginDemands
  /** Whether a login can be too old or too weak. */
  readonly asksStrength: boolean
  readonly scopes: readonly string[]
  readonly claims: ClaimTests
  readonly via: readonly Evidence[] | undefined
  readonly login: LoginName | undefined
}

const KNOWN = ['fresh', 'maxAge', 'acr', 'scopes', 'claims', 'via', 'provider', 'login']

/** Whether a value is a list of words that a header and a parameter can carry. */
export function areWords (value: unknown): value is readonly string[] {
  return Array.isArray(value) && value.every(text => typeof text === 'string' && scopeToken.test(text))
}

function resolveWords (value: unknown, option: string): readonly string[] {
  assertTexts(value, option)
  if (value.length === 0) refuse(option, 'is an empty list. Leave it out, or write what it takes.')
  if (!areWords(value)) refuse(option, `has an entry that is not one word: ${JSON.stringify(value)}. Write one list entry each.`)
  return Object.freeze([...new Set(value)])
}

/** @throws ConfigurationError */
export function resolveRequirements (value: unknown = {}): Requirements {
  assertObject(value, 'loginRequired')
  assertKnownKeys(value, KNOWN, 'loginRequired')
  const { fresh, maxAge, acr, scopes, claims, via, provider, login } = value
  if (provider !== undefined) assertText(provider, 'loginRequired.provider')
  if (login !== undefined) assertText(login, 'loginRequired.login')
  if (fresh !== undefined) assertBoolean(fresh, 'loginRequired.fresh')
  if (maxAge !== undefined) assertWholeNumber(maxAge, 0, Number.MAX_SAFE_INTEGER, 'loginRequired.maxAge')
  const demands = {
    fresh: fresh === true,
    maxAge,
    provider,
    acr: acr === undefined ? undefined : resolveWords(typeof acr === 'string' ? [acr] : acr, 'loginRequired.acr')
  }
  return Object.freeze({
    demands: Object.freeze(demands),
    asksStrength: demands.fresh || maxAge !== undefined || acr !== undefined,
    scopes: scopes === undefined ? Object.freeze([]) : resolveWords(scopes, 'loginRequired.scopes'),
    claims: claims === undefined ? Object.freeze([]) : resolveClaimTests(claims, 'loginRequired.claims'),
    via: via === undefined ? undefined : resolveVia(via),
    login: login as LoginName | undefined
  })
}

/** Whether the provider vouched for a person that must have; whoever came without one was vouched for by none. */
export function isFrom ({ identity }: AuthUser, { provider }: LoginDemands): boolean {
  return provider === undefined || identity?.provider === provider
}

/** The clock of a provider may differ from ours, and what it has just vouched for must not be too old at once. */
function leewayOf ({ identity }: AuthUser, tolerance: number): number {
  return identity === undefined ? 0 : tolerance
}

/**
 * Whether a login is too old or too weak.
 *
 * @param now milliseconds since 1970
 * @param tolerance seconds by which the clock of a provider may differ
 */
export function isTooWeak (
  user: AuthUser, { fresh = false, maxAge = Infinity, acr = [] }: LoginDemands, now: number, tolerance: number
): boolean {
  if (fresh && !user.isFresh) return true
  if (acr.length > 0 && !acr.some(value => value === user.claims['acr'])) return true
  const age = Math.floor(now / 1000) - (user.authenticatedAt ?? 0)
  return age > maxAge + leewayOf(user, tolerance)
}
