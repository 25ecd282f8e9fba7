import type { Grant, GrantedToken } from './grant.ts'
import type { RefreshAnswer, RefreshRequest } from './refresh.ts'
import { tokenFor, type TokenWish, wishKey, withToken } from './token-wish.ts'

export type RefreshableGrant = RefreshRequest['grant']

/** A wish that the access tokens of a grant do not fulfil any more. */
export interface Need {
  readonly grant: RefreshableGrant
  readonly wish: TokenWish
  /** The token that fulfils the wish and is due. */
  readonly known: GrantedToken | undefined
}

export function isRefreshable (grant: Grant): grant is RefreshableGrant {
  return grant.refreshToken !== undefined
}

/**
 * How to ask for the token of a wish. One that was got for all that the refresh token is good for is got so again;
 * another is asked for by its scopes and its resource.
 *
 * @param configured the scopes of a sign-in
 */
export function toRefreshRequest ({ grant, wish, known }: Need, configured: readonly string[]): RefreshRequest {
  const { scopes, resource } = wish
  if (known === undefined) return { grant, scopes, isNarrowed: true, resource }
  return { grant, scopes: known.asked ?? configured, isNarrowed: known.isNarrowed === true, resource }
}

function union (...lists: ReadonlyArray<readonly string[]>): readonly string[] {
  return [...new Set(lists.flat())]
}

/** A grant whose wish nobody can fulfil but the person. */
export function withRefused<G extends Grant> (grant: G, wish: TokenWish): G {
  return { ...grant, refused: union(grant.refused ?? [], [wishKey(wish)]).slice(-20) }
}

/** A grant with what came of a refresh. What the answer leaves out goes on (RFC 6749, section 6). */
export function withAnswer (
  grant: RefreshableGrant, { refreshToken, token, idToken }: RefreshAnswer, { wish, known }: Omit<Need, 'grant'>
): RefreshableGrant {
  const next = {
    ...grant,
    ...idToken,
    refreshToken: refreshToken ?? grant.refreshToken,
    accessTokens: withToken(grant.accessTokens, token, known),
    scopes: union(grant.scopes, token.scopes)
  }
  return tokenFor(next, wish) === undefined ? withRefused(next, wish) : next
}

/** A grant whose refresh token is spent: what it was used to replace has ended with it. */
export function withoutRefreshToken (grant: Grant, known: GrantedToken | undefined): Grant {
  return {
    ...grant,
    refreshToken: undefined,
    accessTokens: grant.accessTokens.map(token => token === known ? { ...token, expiresAt: token.issuedAt } : token)
  }
}

const newestIn = ({ accessTokens }: Grant): number => Math.max(0, ...accessTokens.map(({ issuedAt }) => issuedAt))

/** Whether a grant that another process tells of comes after this one. */
export function isAfter (told: Grant, grant: Grant): boolean {
  const isOther = told.refreshToken !== grant.refreshToken
  return isOther ? newestIn(told) >= newestIn(grant) : newestIn(told) > newestIn(grant)
}
