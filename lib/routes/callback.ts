import type { FastifyReply, FastifyRequest } from 'fastify'
import { InteractionRequired, StateForeign, StateSpent } from '../errors.ts'
import { hasDemands, withQuestions } from '../oidc/login/demands.ts'
import type { OidcClient } from '../oidc/client/oidc-client.ts'
import type { Transaction } from '../oidc/login/transaction.ts'
import { continuePage } from '../pages/continue-page.ts'
import { arrive } from './arrive.ts'
import { answerByCode, signInAfterReset, updateProfile } from './further-flows.ts'
import { parametersOf } from './login-wish.ts'
import { answerProgram, createProgramReturn } from './program-return.ts'
import { beginLogin, bindingText, isStale, type PageHandler, sendNothing, sendPage, type SignInRoutes } from './sign-in.ts'
import { goBack, goOn } from './silent.ts'
import { createSessionStart } from './start-session.ts'

/** A login that lost something is begun again so often; then a page explains. */
const MOST_ATTEMPTS = 2

/**
 * `GET /auth/callback`, or `POST` with `form_post`: a provider's answer. Each of several has an address of its own.
 *
 * @param callbackUrl the whole address
 */
export function createCallbackHandler (routes: SignInRoutes, client: OidcClient, callbackUrl: string): PageHandler {
  const { realm, signIn, logins, settings } = routes
  const { provider, flow } = client
  const startSession = createSessionStart(routes, client)
  const goToProgram = createProgramReturn(routes, client)
  const isFormPost = provider.settings.responseMode === 'form_post'

  return async function callback (request, reply) {
    // Whoever only looks must not spend the state.
    if (request.method === 'HEAD') return sendNothing(reply)
    const parameters = parametersOf(request)
    let transaction: Transaction
    try {
      const read = logins.read(parameters)
      const { flow: further, demands } = { ...read }
      // With form_post only a POST carries an answer; a GET is what recover() made of one that came too late.
      if (isFormPost && request.method === 'GET' && further === undefined) throw tooLate(request, parameters)
      if (further === 'resetPassword') return await signInAfterReset(routes, client, request, reply, parameters)
      // A session that is to be changed, or to be left alone, stays at home when another site leads here.
      const isBlind = settings.cookie.sameSite === 'strict' && request.headers['sec-fetch-site'] === 'cross-site'
      const isAboutSession = further !== undefined || demands?.silent !== undefined
      if (isAboutSession && isBlind) return sendPage(reply, continuePage(`${callbackUrl}?${parameters}`))
      const finished = await flow.finish(parameters, bindingText(realm, request), read)
      if (demands?.program !== undefined) return await goToProgram(request, reply, finished, demands.program)
      await (further === undefined ? startSession(request, finished) : updateProfile(routes, client, request, finished))
      transaction = finished.transaction
    } catch (error) {
      if (await answerByCode(routes, client, request, reply, parameters, error)) return reply
      return await answerFailure(request, reply, parameters, error)
    }
    // Who has edited a profile was signed in before.
    if (transaction.flow !== undefined) return goOn(routes, reply, transaction.returnTo)
    return await arrive(routes, request, reply, transaction)
  }

  async function answerFailure (
    request: FastifyRequest, reply: FastifyReply, parameters: URLSearchParams, error: unknown
  ): Promise<FastifyReply> {
    const transaction = logins.read(parameters)
    const { program, prompt } = { ...transaction?.demands }
    if (program !== undefined) return answerProgram(routes, request, reply, { ...program, prompt }, error)
    if (transaction?.demands.silent === 'only') return goBack(routes, request, reply, transaction.returnTo, error)
    if (transaction?.demands.silent === 'first' && error instanceof InteractionRequired) {
      const { attempt, previous, demands } = transaction
      const returnTo = signIn.returnPaths.check(transaction.returnTo)
      const intent = { returnTo, attempt, previous, demands: withQuestions(demands) }
      return await beginLogin(routes, client, request, reply, intent)
    }
    if (!isStale(error)) throw error
    return await recover(request, reply, parameters, error)
  }

  function tooLate (request: FastifyRequest, parameters: URLSearchParams): Error {
    flow.identify(parameters, bindingText(realm, request))
    return new StateSpent()
  }

  /** A reload, the back button, another tab, a lost cookie: nobody who is signed in sees an error because of it. */
  async function recover (
    request: FastifyRequest, reply: FastifyReply, parameters: URLSearchParams, error: unknown
  ): Promise<FastifyReply> {
    const transaction = logins.read(parameters)
    const user = await realm.of(request).authenticate()
    // Whoever was asked for more would be asked again there: that is counted, so that it ends.
    const isEnough = transaction === undefined || error instanceof StateSpent || !hasDemands(transaction.demands)
    if (user.isAuthenticated && isEnough) return reply.redirect(signIn.returnPaths.address(transaction?.returnTo), 303)
    // The session cookie does not come with a POST from another site, but with the GET that follows it.
    if (request.method === 'POST') {
      const query = transaction === undefined ? '' : `?state=${parameters.get('state')}`
      return reply.redirect(callbackUrl + query, 303)
    }
    if (transaction === undefined || transaction.attempt >= MOST_ATTEMPTS) throw error
    // Somebody else's login names somebody else's session, which no login here may end.
    const previous = error instanceof StateForeign ? undefined : transaction.previous
    const returnTo = signIn.returnPaths.check(transaction.returnTo)
    const { attempt, demands } = transaction
    return await beginLogin(routes, client, request, reply, { returnTo, attempt: attempt + 1, previous, demands })
  }
}
