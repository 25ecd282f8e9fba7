import type { FastifyRequest } from 'fastify'
import type { TokenWish } from '../oidc/tokens/access-tokens.ts'
import type { OidcClient } from '../oidc/client/oidc-client.ts'
import { sessionClaims } from '../oidc/login/claims.ts'
import type { Grant } from '../oidc/tokens/grant.ts'
import type { UsableToken } from '../oidc/tokens/service-fetch.ts'
import type { Session } from '../session/session.ts'
import type { AuthUser } from '../user.ts'
import type { CookieUser } from './cookie-user.ts'
import type { RealmParts, SignIn } from './realm-parts.ts'
import type { Refusals } from './refusals.ts'

/** A session and the request that it came with. */
export interface SessionVisit {
  readonly realm: RealmParts
  readonly request: FastifyRequest
  readonly refusals: Refusals
  readonly byCookie: CookieUser
  readonly session: Session
  readonly user: AuthUser
  /** Whether it is still the session of the request, and lives. */
  holds (): Promise<boolean>
  /** Whether the answer can still carry a cookie. */
  canWrite (): boolean
}

/**
 * An access token of a session.
 *
 * @throws Unauthorized, TokensLost, InsufficientScope, ProviderUnavailable, ProviderAnswerInvalid, StoreUnavailable
 */
export async function sessionToken (
  visit: SessionVisit, { clients }: Pick<SignIn, 'clients'>, wish: TokenWish
): Promise<UsableToken> {
  const { session: { identity, handle }, refusals, byCookie } = visit
  // Without a provider behind the session there were never any tokens; one that is no longer configured gives no more.
  const client = clients.find(identity?.provider)
  if (client === undefined) throw refusals.tokensLost(wish.scopes)
  const answer = await client.accessTokens.find(handle, wish)
  // A request that waited for a refresh, or a WebSocket, may have outlived it.
  if (!await visit.holds()) throw refusals.unauthorized()
  if (answer.kind === 'unknown') reportUnknown(visit)
  if (answer.kind === 'lost' || answer.kind === 'unknown') throw refusals.tokensLost(wish.scopes)
  // A sign-in asks for scopes, not for services.
  if (answer.kind === 'consent') throw refusals.insufficientScope(wish.scopes, 'cookie', wish.resource === undefined)
  if (answer.kind === 'revoked') {
    await byCookie.end('grantRevoked')
    throw refusals.unauthorized()
  }
  await follow(visit, client, answer.grant)
  return answer.token
}

/** Tokens that ran out are no reason for it: of those the session is still known. */
function reportUnknown ({ realm, request }: SessionVisit): void {
  if (realm.settings.session.store !== undefined) return
  request.log.warn('fastify-login: the access tokens of a session are not in the memory of this process. ' +
    'Where several processes answer, or one is restarted, give them a "session.store" that they share.')
}

/** Takes over what a refreshed ID token says about the person. Where that cannot be, the session is as it was. */
async function follow (
  { request, user, byCookie, canWrite }: SessionVisit, { provider }: OidcClient,
  { claims: idToken, isClaimed = false }: Grant
): Promise<void> {
  if (idToken === undefined || isClaimed || !canWrite()) return
  try {
    const claims = sessionClaims(provider.settings, idToken)
    if (JSON.stringify(claims) !== JSON.stringify(user.claims)) await byCookie.update(user, claims)
  } catch (err) {
    request.log.error({ err }, 'fastify-login: the claims of a session could not be brought up to date')
  }
}
