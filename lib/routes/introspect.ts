import type { BearerToken } from '../bearer-token.ts'
import { ENDS, usualClaims } from '../broker/broker-claims.ts'
import type { Claims } from '../user.ts'
import { createAccept } from './accept-person.ts'
import type { ProgramRoutes } from './ask-person.ts'
import type { PageHandler } from './sign-in.ts'
import { authorizationOf, formOf, PRIVATE } from './token.ts'

/** What is signed says what its reader may know, and nothing else. */
function signedClaims ({ claims: { [ENDS]: _, ...claims } }: BearerToken): Claims {
  return claims
}

/** `POST /auth/introspect`: which tokens are good, and what they say (RFC 7662). */
export function createIntrospectHandler ({ programs, settings }: ProgramRoutes): PageHandler {
  const tell = settings.broker === undefined ? usualClaims : signedClaims
  return async function introspect (request, reply) {
    const answer = await programs.introspection.answer({
      authorization: authorizationOf(request), body: formOf(request), accept: createAccept(settings, request), tell
    })
    return reply.headers(PRIVATE).send(answer)
  }
}
