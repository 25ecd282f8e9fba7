import type { FastifyError, FastifyReply, FastifyRequest } from 'fastify'
import { assertOneHeader } from '../guard/authorization-header.ts'
import { toError } from '../guard/to-error.ts'
import { OAuthRefusal, toRefusal } from '../programs/oauth-refusal.ts'
import { createAccept } from './accept-person.ts'
import type { ProgramRoutes } from './ask-person.ts'
import type { PageHandler } from './sign-in.ts'

const formType = /^application\/x-www-form-urlencoded\s*(;|$)/i
/** RFC 6749, section 5.1. */
export const PRIVATE = Object.freeze({ 'cache-control': 'no-store', pragma: 'no-cache' })

/**
 * The form of a request that a program sends.
 *
 * @throws OAuthRefusal `invalid_request`
 */
export function formOf ({ headers, body }: FastifyRequest): string {
  if (formType.test(headers['content-type'] ?? '') && typeof body === 'string') return body
  throw new OAuthRefusal('invalid_request', 'Send a form (application/x-www-form-urlencoded).', { statusCode: 415 })
}

/** The Authorization header. @throws CredentialsAmbiguous where there are two */
export function authorizationOf (request: FastifyRequest): string | undefined {
  assertOneHeader(request)
  return request.raw.headers.authorization
}

/** `POST /auth/token`: programs get their tokens (RFC 6749, section 3.2). No cookie counts here. */
export function createTokenHandler ({ programs, settings }: ProgramRoutes): PageHandler {
  return async function token (request, reply) {
    const answer = await programs.endpoint.answer({
      authorization: authorizationOf(request), body: formOf(request), accept: createAccept(settings, request)
    })
    return reply.headers(PRIVATE).send(answer)
  }
}

/** Fastify's own errors about a request are the fault of who sent it; whatever else is unknown is ours. */
function refusalOf (error: Error): OAuthRefusal {
  const { statusCode = 500 } = error as Partial<FastifyError>
  const isTheirs = statusCode >= 400 && statusCode < 500
  return toRefusal(error) ?? (isTheirs
    ? new OAuthRefusal('invalid_request', 'The request is malformed.', { statusCode, cause: error })
    : new OAuthRefusal('server_error', 'Something went wrong here.', { statusCode: 500, cause: error }))
}

/** Answers a program in the words of RFC 6749, section 5.2, whatever happened. */
export function refuseRequest (thrown: unknown, request: FastifyRequest, reply: FastifyReply): FastifyReply {
  const refusal = refusalOf(toError(thrown))
  const isOurs = refusal.statusCode >= 500
  request.log[isOurs ? 'error' : 'info']({ err: refusal }, 'fastify-login: a program was refused')
  return reply.code(refusal.statusCode).headers({ ...PRIVATE, ...refusal.headers }).send(refusal.toJSON())
}
