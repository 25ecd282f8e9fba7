import type { FastifyReply, FastifyRequest } from 'fastify'
import type { BearerToken } from '../bearer-token.ts'
import { ArgumentInvalid } from '../errors.ts'
import type { Realm } from '../guard/realm.ts'
import type { LoginGuard } from '../guard/require.ts'
import type { AuthUser } from '../user.ts'
import { userinfoOf } from '../userinfo-claims.ts'
import type { PageHandler } from './sign-in.ts'

/** What the address that says who somebody is needs of the application. */
export interface UserinfoScope {
  readonly realm: Realm
  readonly paths: readonly string[]
  readonly guard: LoginGuard
}

/** What the answer looks like, for documentation. Fastify writes into schemas: each route has one of its own. */
export function createUserinfoSchema (): object {
  const text = { type: 'string' }
  const properties = {
    sub: text,
    name: text,
    given_name: text,
    family_name: text,
    preferred_username: text,
    email: text,
    email_verified: { type: 'boolean' },
    picture: text,
    locale: text,
    zoneinfo: text,
    updated_at: { type: 'number' }
  }
  const description = 'Claims of OpenID Connect Core, section 5.1. What nobody knows is left out.'
  const answer = { description, type: 'object', required: ['sub'], additionalProperties: true, properties }
  return { summary: 'Who a session or an access token is about', response: { 200: answer } }
}

/** `GET /auth/userinfo` says who a session or a token is about (OpenID Connect Core, section 5.3). */
export function createUserinfoHandler (realm: Realm): PageHandler {
  const { userinfo, programs } = realm.settings

  /** A program sees what the person let it see (OpenID Connect Core, section 5.4). */
  function scopesOf (token: BearerToken | undefined): readonly string[] | undefined {
    return programs.some(({ clientId }) => clientId === token?.clientId) ? token?.scopes : undefined
  }

  /** Whose answer it is stays ours to say. */
  async function mapped (user: AuthUser): Promise<object> {
    const answer: unknown = await userinfo?.(user)
    if (typeof answer === 'object' && answer !== null && !Array.isArray(answer)) return { ...answer, sub: user.id }
    throw new ArgumentInvalid('The option "userinfo" must return what is said about a person, as an object.')
  }

  return async function showUserinfo (request: FastifyRequest, reply: FastifyReply): Promise<FastifyReply> {
    const login = realm.of(request)
    const user = login.user as AuthUser // The guard of the route let nobody else pass.
    return reply.send(userinfo === undefined ? userinfoOf(user, scopesOf(login.token)) : await mapped(user))
  }
}
