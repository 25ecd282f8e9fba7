import type { ProgramRoutes } from './ask-person.ts'
import type { PageHandler } from './sign-in.ts'
import { authorizationOf, formOf, PRIVATE } from './token.ts'

/** `POST /auth/revoke`: a program gives back what it does not need any more (RFC 7009). */
export function createRevokeHandler ({ programs }: ProgramRoutes): PageHandler {
  return async function revoke (request, reply) {
    await programs.revocation.answer({ authorization: authorizationOf(request), body: formOf(request) })
    return reply.headers(PRIVATE).send()
  }
}
