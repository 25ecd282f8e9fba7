import type { BearerToken } from '../bearer-token.ts'
import { AuthUser, type Claims } from '../user.ts'
import { createAccept } from './accept-person.ts'
import type { ProgramRoutes } from './ask-person.ts'
import type { PageHandler } from './sign-in.ts'
import { authorizationOf, formOf, PRIVATE } from './token.ts'
import { userinfoOf } from '../userinfo-claims.ts'

/** What a sealed token lets a program know of the person: their roles, and by its scopes names and e-mail address. */
function claimsOf ({ userId, identity, claims, scopes }: BearerToken): Claims {
  const user = new AuthUser(userId, { identity, claims })
  const { roles } = claims
  return { ...userinfoOf(user, scopes), ...roles === undefined ? {} : { roles } }
}

/** `POST /auth/introspect`: which tokens are good, and what they say (RFC 7662). */
export function createIntrospectHandler ({ programs, settings }: ProgramRoutes): PageHandler {
  // What is signed says what its reader may know, and nothing else.
  const tell = settings.broker === undefined ? claimsOf : ({ claims }: BearerToken) => claims
  return async function introspect (request, reply) {
    const answer = await programs.introspection.answer({
      authorization: authorizationOf(request), body: formOf(request), accept: createAccept(settings, request), tell
    })
    return reply.headers(PRIVATE).send(answer)
  }
}
