import { LoginTooWeak } from '../../errors.ts'
import type { OidcSettings } from '../../options/oidc-settings.ts'
import type { IdToken } from '../provider/id-token.ts'

/** What one login asks of the provider beside what is configured. */
export interface LoginDemands {
  /** Scopes that the access token must hold. */
  readonly scopes?: readonly string[] | undefined
  /** One of these must come back as `acr`. */
  readonly acr?: readonly string[] | undefined
  /** The person must have proved who they are within so many seconds before the login was begun. */
  readonly maxAge?: number | undefined
  /** The person must prove it now. */
  readonly fresh?: boolean | undefined
  /** Name of the provider that must vouch. */
  readonly provider?: string | undefined
}

/** The form in which demands are sealed. */
export interface SealedDemands {
  readonly o?: readonly string[]
  readonly c?: readonly string[]
  readonly m?: number
  readonly f?: 1
  readonly p?: string
}

export function hasDemands ({ scopes = [], acr = [], maxAge, fresh = false, provider }: LoginDemands): boolean {
  return scopes.length > 0 || acr.length > 0 || maxAge !== undefined || fresh || provider !== undefined
}

export function packDemands ({ scopes = [], acr = [], maxAge, fresh = false, provider }: LoginDemands): SealedDemands {
  return {
    ...(scopes.length === 0 ? {} : { o: scopes }),
    ...(acr.length === 0 ? {} : { c: acr }),
    ...(maxAge === undefined ? {} : { m: maxAge }),
    ...(fresh ? { f: 1 } : {}),
    ...(provider === undefined ? {} : { p: provider })
  }
}

export function unpackDemands ({ o: scopes, c: acr, m: maxAge, f, p: provider }: SealedDemands = {}): LoginDemands {
  return { scopes, acr, maxAge, fresh: f === 1, provider }
}

/** How strong a login must be. */
export interface Strength {
  /** One of these must be the `acr`; any where there are none. */
  readonly acr: readonly string[]
  /** Seconds; undefined for any. */
  readonly maxAge: number | undefined
}

/** What is configured and what one login demands: the stricter of the two. */
export function strengthOf (
  settings: Pick<OidcSettings, 'acrValues' | 'maxAge'>, { acr = [], maxAge = Infinity, fresh = false }: LoginDemands
): Strength {
  const age = fresh ? 0 : Math.min(settings.maxAge ?? Infinity, maxAge)
  return { acr: acr.length === 0 ? settings.acrValues : acr, maxAge: age === Infinity ? undefined : age }
}

/**
 * What was asked for must be what came (OpenID Connect Core, section 3.1.3.7, numbers 12 and 13). A person may take
 * their time at the provider: their proof is as old as it was when the login was begun.
 *
 * @param since when the login was begun, in seconds since 1970
 * @throws LoginTooWeak
 */
export function assertStrength (
  claims: IdToken, { acr, maxAge }: Strength, clockTolerance: number, since: number
): void {
  if (acr.length > 0 && !acr.some(value => value === claims.acr)) {
    throw new LoginTooWeak({ cause: new Error(`acr is ${JSON.stringify(claims.acr)}`) })
  }
  if (maxAge === undefined) return
  if (typeof claims.auth_time !== 'number' || since > claims.auth_time + maxAge + clockTolerance) {
    throw new LoginTooWeak({ cause: new Error(`auth_time is ${JSON.stringify(claims.auth_time)}`) })
  }
}
