import type { Grant, GrantedToken } from './grant.ts'

/** What an access token is needed for. */
export interface TokenWish {
  readonly scopes: readonly string[]
  /** The service it is for (RFC 8707), where the provider tells services apart so. */
  readonly resource: string | undefined
}

/** The same text for the same wish. */
export function wishKey ({ scopes, resource }: TokenWish): string {
  return JSON.stringify([resource ?? null, ...[...new Set(scopes)].sort()])
}

const resourceOf = (scope: string): string => scope.slice(0, scope.lastIndexOf('/') + 1)
const nameOf = (scope: string): string => scope.slice(scope.lastIndexOf('/') + 1)

/** Whatever an application registered for, in the words of Entra ID. */
const EVERYTHING = '.default'

/**
 * Whether a token holds a scope. Scopes are compared as whole words; where one begins with the address of a service
 * (`https://graph.microsoft.com/User.Read`), the answer to a request for that service may name it without.
 */
export function holdsScope ({ scopes, asked = [] }: GrantedToken, scope: string): boolean {
  if (scopes.includes(scope)) return true
  const resource = resourceOf(scope)
  if (resource === '' || !asked.some(one => resourceOf(one) === resource)) return false
  // Two services may call different scopes the same. A token is for one of them: the one that was asked for first.
  const namesake = asked.find(one => resourceOf(one) !== '' && nameOf(one) === nameOf(scope))
  if (namesake !== undefined && resourceOf(namesake) !== resource) return false
  return nameOf(scope) === EVERYTHING ? asked.includes(scope) && scopes.length > 0 : scopes.includes(nameOf(scope))
}

/** Two scopes that are about other tokens: many providers do not name them again beside an access token. */
function isHeldBy ({ refreshToken }: Grant, scope: string): boolean {
  return scope === 'openid' || (scope === 'offline_access' && refreshToken !== undefined)
}

/** Seconds since 1970; a token without an end of its own lives as long as its session. */
const endOf = ({ expiresAt = Infinity }: GrantedToken): number => expiresAt

/** The token of a grant that fulfils a wish; where several do, the one that lives longest. */
export function tokenFor (grant: Grant, { scopes, resource }: TokenWish): GrantedToken | undefined {
  const isAny = scopes.every(scope => isHeldBy(grant, scope))
  const fulfilling = grant.accessTokens.filter(token => token.resource === resource &&
    scopes.every(scope => isHeldBy(grant, scope) || holdsScope(token, scope)))
  const whole = fulfilling.filter(({ isNarrowed = false }) => !isNarrowed)
  // Whoever names no scope means the token of the sign-in, and not one for whatever service was asked for last.
  const isWhole = isAny && (resource === undefined || whole.length > 0)
  return (isWhole ? whole : fulfilling).reduce<GrantedToken | undefined>(
    (best, token) => best !== undefined && endOf(best) > endOf(token) ? best : token, undefined)
}

/** Whether a person was asked for all that a wish needs. */
export function wasAskedFor ({ scopes: asked }: Grant, { scopes }: TokenWish): boolean {
  return scopes.every(scope => scope === 'openid' || asked.includes(scope))
}

/** Seconds that a token is refreshed before its end, and how long one is taken to live where nobody says. */
const EARLY = 60
const ASSUMED_LIFE = 300

/**
 * Whether a token should be got anew: 60 seconds before its end, or in the last fifth of its life where that is
 * shorter.
 *
 * @param now seconds since 1970
 */
export function isDue ({ issuedAt, expiresAt = issuedAt + ASSUMED_LIFE }: GrantedToken, now: number): boolean {
  return now >= expiresAt - Math.min(EARLY, (expiresAt - issuedAt) / 5)
}

/** Whether a token has ended. One whose end nobody stated may be good yet. */
export function isOver (token: GrantedToken, now: number): boolean {
  return now >= endOf(token)
}

const MOST_TOKENS = 20

/** The services that a token was asked for by its scopes. */
function servicesOf ({ asked = [] }: GrantedToken): readonly string[] {
  return asked.map(resourceOf).filter(resource => resource !== '')
}

/** The token of the sign-in stays, whatever else is asked for. */
function isNarrower (other: GrantedToken, { isNarrowed = false }: GrantedToken): boolean {
  return other.isNarrowed === true || !isNarrowed
}

/**
 * The tokens of a grant with a new one, which takes the place of the one that it was got for and of all that it
 * covers. Of too many the oldest goes.
 */
export function withToken (
  tokens: readonly GrantedToken[], token: GrantedToken, replaced: GrantedToken | undefined
): readonly GrantedToken[] {
  const services = servicesOf(token)
  const isCovered = (other: GrantedToken): boolean => other.accessToken === replaced?.accessToken ||
    (other.resource === token.resource && isNarrower(other, token) &&
      servicesOf(other).every(service => services.includes(service)) &&
      other.scopes.every(scope => token.scopes.includes(scope)))
  return [...tokens.filter(other => !isCovered(other)), token].slice(-MOST_TOKENS)
}
