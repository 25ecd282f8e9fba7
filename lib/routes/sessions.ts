import type { FastifyReply, FastifyRequest } from 'fastify'
import { SessionUnknown } from '../errors.ts'
import { isNavigation, isNoNavigation } from '../guard/navigation.ts'
import type { Realm } from '../guard/realm.ts'
import type { Settings } from '../options/settings.ts'
import { type SessionRow, sessionsPage } from '../pages/sessions-page.ts'
import type { SessionInfo } from '../session/session-info.ts'
import type { SessionRegistry } from '../session/session-registry.ts'
import type { AuthUser } from '../user.ts'
import { type PageHandler, sendPage } from './sign-in.ts'

/** What the page of a person's own sessions works with. */
export interface SessionsRoute {
  readonly realm: Realm
  readonly registry: SessionRegistry
}

/** `OTHERS` in the place of a handle means every session but the one that asks. */
const OTHERS = 'others'

/** Nobody reads more, and who signs in again and again must not make an answer that keeps everybody else waiting. */
const MOST_SHOWN = 100

/** What the form says; nothing for a request without one. */
function wish ({ body }: FastifyRequest): string | null {
  return new URLSearchParams(String(body)).get('end')
}

/** The guard of the route let nobody else pass. */
function personOf (realm: Realm, request: FastifyRequest): AuthUser {
  return realm.of(request).user as AuthUser
}

/** `GET /auth/sessions` shows people their own sessions, `POST` ends one of them, or all others. */
export function createSessionsHandlers ({ realm, registry }: SessionsRoute): { show: PageHandler, end: PageHandler } {
  async function show (request: FastifyRequest, reply: FastifyReply): Promise<FastifyReply> {
    const user = personOf(realm, request)
    const listed = (await registry.list(user)).slice(0, MOST_SHOWN)
    const sessions = listed.map(info => ({ ...info, isCurrent: info.handle === user.sessionHandle }))
    if (!isNavigation(request)) return reply.send({ sessions })
    const { settings } = realm.of(request).site
    return sendPage(reply, sessionsPage(sessions.map(row => rowOf(row, settings))))
  }

  /** Where there is one provider, its name tells nobody anything. */
  function rowOf (session: SessionRow, { providers }: Settings): SessionRow {
    const named = providers.find(({ name }) => name === session.provider)
    const isOnly = providers.length === 1 && named !== undefined
    return { ...session, provider: isOnly ? undefined : named?.label ?? session.provider }
  }

  async function end (request: FastifyRequest, reply: FastifyReply): Promise<FastifyReply> {
    const user = personOf(realm, request)
    const named = wish(request)
    if (named === OTHERS) await registry.endAll(user, { except: user.sessionHandle })
    else await endOne(request, user, named)
    // Relative, so that it leads here whatever stands before the application.
    return isNoNavigation(request) ? reply.code(204).send() : reply.redirect('?', 303)
  }

  async function endOne (request: FastifyRequest, user: AuthUser, handle: string | null): Promise<void> {
    if (handle === user.sessionHandle) return await realm.of(request).logout()
    const sessions: readonly SessionInfo[] = await registry.list(user)
    const session = sessions.find(info => info.handle === handle)
    if (session === undefined) throw new SessionUnknown()
    await registry.end(session)
  }

  return { show, end }
}
