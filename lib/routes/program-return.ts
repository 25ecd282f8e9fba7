import type { FastifyReply, FastifyRequest } from 'fastify'
import {
  LoginCancelled, LoginDenied, LoginEnded, LoginFailed, ProviderUnavailable, ScopeRefused, StoreUnavailable, UserRefused
} from '../errors.ts'
import { toError } from '../guard/to-error.ts'
import type { OidcClient } from '../oidc/client/oidc-client.ts'
import type { FinishedLogin } from '../oidc/login/login-flow.ts'
import type { ProgramDemand } from '../oidc/login/program-demand.ts'
import { providerErrorOf } from '../oidc/provider/failure.ts'
import type { ProgramRequest, ReturnAddress } from '../programs/authorization-request.ts'
import { withAnswer } from '../programs/redirect-address.ts'
import { createAccept } from './accept-person.ts'
import { askedOf, askPerson, assertPrograms, type ProgramRoutes } from './ask-person.ts'
import { createPersonOf } from './person.ts'
import { isStale, type SignInRoutes } from './sign-in.ts'

/** What is said to a program at its own address. */
export type ReturnAnswer =
  { readonly code: string } | { readonly error: string, readonly error_description: string }

const DENIALS = [LoginDenied, UserRefused, LoginEnded, LoginCancelled, ScopeRefused]
const OUTAGES = [ProviderUnavailable, StoreUnavailable]

/** Sends the browser back to a program, with what it recognizes its request by and who answers (RFC 9207). */
export function sendBack (
  { programs }: Pick<ProgramRoutes, 'programs'>, request: FastifyRequest, reply: FastifyReply,
  { redirectUri, state }: ReturnAddress, answer: ReturnAnswer
): FastifyReply {
  const location = withAnswer(redirectUri, { ...answer, state, iss: programs.identifier })
  return reply.headers({ 'cache-control': 'no-store', 'referrer-policy': 'no-referrer' })
    .redirect(location, request.method === 'POST' ? 303 : 302)
}

/** What a program is told of a sign-in that came to nothing: which kind it is, and nothing of the person. */
function answerOf (error: Error): ReturnAnswer {
  if (DENIALS.some(reason => error instanceof reason)) {
    return { error: 'access_denied', error_description: 'The person, or this site, did not agree.' }
  }
  const isAway = providerErrorOf(error) === 'temporarily_unavailable'
  if (isAway || OUTAGES.some(reason => error instanceof reason)) {
    return { error: 'temporarily_unavailable', error_description: 'Nobody can sign in now. Try again.' }
  }
  return { error: 'server_error', error_description: 'The sign-in did not work.' }
}

/** Tells a program that nobody has signed in for it. */
export function refuseProgram (
  routes: ProgramRoutes, request: FastifyRequest, reply: FastifyReply, to: ReturnAddress, thrown: unknown
): FastifyReply {
  const error = toError(thrown)
  const isExpected = error instanceof LoginFailed || OUTAGES.some(reason => error instanceof reason)
  if (isExpected) {
    const { code, message } = error as LoginFailed
    routes.realm.events.emit('loginFailed', { code, message, request })
  }
  const entry = { err: error, providerError: providerErrorOf(error) }
  request.log[isExpected ? 'info' : 'error'](entry, 'fastify-login: a sign-in for a program did not work')
  return sendBack(routes, request, reply, to, answerOf(error))
}

/**
 * What becomes of a login for a program that did not come to its end. One that came too late, twice, or to another
 * browser is asked for again: if an address that somebody else was sent were enough, nobody would have agreed.
 *
 * @throws ProgramUnknown
 */
export function answerProgram (
  routes: SignInRoutes, request: FastifyRequest, reply: FastifyReply, wanted: ProgramRequest, error: unknown
): FastifyReply {
  assertPrograms(routes)
  const asked = askedOf(routes, wanted)
  return isStale(error) ? askPerson(routes, reply, asked) : refuseProgram(routes, request, reply, wanted, error)
}

/** Gives a program a code for a person who has signed in. No session begins. */
export type GoToProgram = (
  request: FastifyRequest, reply: FastifyReply, finished: FinishedLogin, demand: ProgramDemand
) => Promise<FastifyReply>

export function createProgramReturn (routes: SignInRoutes, client: OidcClient): GoToProgram {
  const { settings, addresses: { frontchannelLogout } } = routes
  const personOf = createPersonOf(routes, client)

  return async function goToProgram (request, reply, finished, demand) {
    assertPrograms(routes)
    const { program } = askedOf(routes, { ...demand, prompt: undefined })
    const { programs } = routes
    const person = await personOf(finished)
    if (!await createAccept(settings, request)(person)) throw new UserRefused()
    const { scopes, isOffline } = demand
    const grant = programs.grants.grantOf(program, isOffline, finished.tokens.grant)
    const login = { person, grant, scopes, isOffline }
    const code = await programs.codes.issue(demand, login)
    if (person.marks?.login !== undefined && frontchannelLogout !== undefined) {
      await client.logouts.note(person.marks.login, programs.grants.endOf(program, login))
    }
    return sendBack(routes, request, reply, demand, { code })
  }
}
