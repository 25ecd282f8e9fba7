import { InteractionRequired, LoginTooWeak } from '../../errors.ts'
import type { OidcSettings } from '../../options/oidc-settings.ts'
import type { IdToken } from '../provider/id-token.ts'
import type { LoginDemands } from './demands.ts'

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

/**
 * A login without a question must not make somebody else of a person who is signed in.
 *
 * @throws InteractionRequired
 */
export function assertSamePerson ({ iss, sub }: IdToken, { subject, issuer = iss }: LoginDemands): void {
  if (subject === undefined || (subject === sub && issuer === iss)) return
  throw new InteractionRequired({ cause: new Error('the provider answered for another person than the one who is signed in') })
}
