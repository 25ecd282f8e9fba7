import type { FastifyRequest } from 'fastify'
import type { LoginEventMap } from '../events.ts'
import type { Settings } from '../options/settings.ts'
import { isStillFresh, type Session } from '../session/session.ts'
import { AuthUser } from '../user.ts'

/** The person of a session, as events tell it. */
export function somebody ({ userId, handle, identity }: Session, request: FastifyRequest): LoginEventMap['login'] {
  return { userId, sessionHandle: handle, identity, request }
}

/**
 * The person of a session, as requests see them.
 *
 * @param now seconds since 1970
 */
export function sessionUser (session: Session, account: unknown, { limits }: Settings, now: number): AuthUser {
  return new AuthUser(session.userId, {
    identity: session.identity,
    claims: session.claims,
    userinfo: session.userinfo,
    scopes: session.scopes,
    account,
    isFresh: isStillFresh(session, now, limits),
    isRemembered: session.isRemembered,
    authenticatedAt: session.authenticatedAt,
    sessionHandle: session.handle
  })
}
