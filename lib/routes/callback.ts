import type { FastifyReply, FastifyRequest } from 'fastify'
import { ArgumentInvalid, InteractionRequired, StateExpired, StateForeign, StateInvalid, StateSpent } from '../errors.ts'
import type { RequestLogin } from '../guard/request-login.ts'
import { identityOf, personClaims, sessionClaims } from '../oidc/login/claims.ts'
import { hasDemands, withQuestions } from '../oidc/login/demands.ts'
import type { OidcClient } from '../oidc/client/oidc-client.ts'
import type { FinishedLogin } from '../oidc/login/login-flow.ts'
import type { Transaction } from '../oidc/login/transaction.ts'
import type { Claims, Identity } from '../user.ts'
import { parametersOf } from './login-wish.ts'
import { beginLogin, bindingText, type PageHandler, sendNothing, type SignInRoutes } from './sign-in.ts'
import { goBack, goOn } from './silent.ts'

/** A login that lost something is begun again so often; then a page explains. */
const MOST_ATTEMPTS = 2
const STALE = [StateInvalid, StateForeign, StateExpired, StateSpent]

/**
 * `GET /auth/callback`, or `POST` with `form_post`: a provider's answer. Each of several has an address of its own.
 *
 * @param callbackUrl the whole address
 */
export function createCallbackHandler (routes: SignInRoutes, client: OidcClient, callbackUrl: string): PageHandler {
  const { realm, signIn, logins, settings } = routes
  const { provider, flow, logouts } = client
  const { backchannelLogout, frontchannelLogout } = routes.addresses
  const hearsLogouts = backchannelLogout !== undefined || frontchannelLogout !== undefined
  const isFormPost = provider.settings.responseMode === 'form_post'

  return async function callback (request, reply) {
    // Whoever only looks must not spend the state.
    if (request.method === 'HEAD') return sendNothing(reply)
    const parameters = parametersOf(request)
    let transaction: Transaction
    try {
      // With form_post only a POST carries an answer; a GET is what recover() made of one that came too late.
      if (isFormPost && request.method === 'GET') throw tooLate(request, parameters)
      const finished = await flow.finish(parameters, bindingText(realm, request))
      await startSession(request, finished)
      transaction = finished.transaction
    } catch (error) {
      return await answerFailure(request, reply, parameters, error)
    }
    return await arrive(request, reply, transaction)
  }

  /** The person is signed in, whatever the application does now. */
  async function arrive (
    request: FastifyRequest, reply: FastifyReply, { returnTo: path, demands: { appState } }: Transaction
  ): Promise<FastifyReply> {
    const returnTo = signIn.returnPaths.check(path)
    const target: unknown = await settings.onLogin?.(request, reply, { appState, returnTo })
    if (reply.sent) return reply
    if (target === undefined || typeof target === 'string') return goOn(routes, reply, target ?? returnTo)
    throw new ArgumentInvalid('The option "onLogin" must return a path of this site, or nothing.')
  }

  async function answerFailure (
    request: FastifyRequest, reply: FastifyReply, parameters: URLSearchParams, error: unknown
  ): Promise<FastifyReply> {
    const transaction = logins.read(parameters)
    if (transaction?.demands.silent === 'only') return goBack(routes, request, reply, transaction.returnTo, error)
    if (transaction?.demands.silent === 'first' && error instanceof InteractionRequired) {
      const { attempt, previous, demands } = transaction
      const returnTo = signIn.returnPaths.check(transaction.returnTo)
      const intent = { returnTo, attempt, previous, demands: withQuestions(demands) }
      return await beginLogin(routes, client, request, reply, intent)
    }
    if (!STALE.some(reason => error instanceof reason)) throw error
    return await recover(request, reply, parameters, error)
  }

  function tooLate (request: FastifyRequest, parameters: URLSearchParams): Error {
    flow.identify(parameters, bindingText(realm, request))
    return new StateSpent()
  }

  async function startSession (request: FastifyRequest, finished: FinishedLogin): Promise<void> {
    const { transaction, tokens, userinfo, binding } = finished
    const identity = identityOf(tokens.claims, provider.settings.name)
    const person = personClaims(tokens.claims)
    const isSilent = transaction.demands.silent !== undefined
    // Who was asked nothing has proved nothing, unless the provider says when they did.
    const provenAt = tokens.claims.auth_time ?? (isSilent ? 0 : undefined)
    const login = realm.of(request)
    const current = await login.session()
    await login.login({
      userId: userIdOf(identity, person),
      identity,
      marks: hearsLogouts ? logouts.marksOf(tokens.claims) : undefined,
      claims: sessionClaims(provider.settings, tokens.claims),
      userinfo,
      scopes: tokens.scopes,
      authenticatedAt: provenAt,
      fresh: isRecent(provenAt),
      endsBy: tokens.endsBy
    })
    login.addCookie(realm.cookies.writeBinding(binding))
    if (!isSilent) forgetSilence(login, request)
    const { previous } = transaction
    // With form_post the cookie of the session before does not come along.
    if (previous !== undefined && previous.handle !== current?.handle) await realm.sessions.end(previous, 'replaced')
    const session = await login.session()
    if (session !== undefined) await routes.tokens.keep(session, tokens.grant)
    if (session?.marks?.login !== undefined && frontchannelLogout !== undefined) {
      await logouts.note(session.marks.login, session.endsAt)
    }
  }

  /** A provider that signs people in by a session of its own has asked for no proof. Where it does not tell, it has. */
  function isRecent (provenAt: number | undefined): boolean {
    const { now, limits } = settings
    return provenAt === undefined || Math.floor(now() / 1000) - provenAt < limits.idle
  }

  function userIdOf (identity: Identity, claims: Claims): string {
    const id: unknown = settings.userId(identity, claims)
    if (id instanceof Promise) id.catch(() => {}) // Nobody waits for it: a failure of it would end the process.
    if (typeof id === 'string' && id !== '') return id
    throw new ArgumentInvalid('The option "userId" must return a text that is not empty. Write String(id) for a number.')
  }

  /** Who signs in by themselves may be signed in silently when the session is over. */
  function forgetSilence (login: RequestLogin, request: FastifyRequest): void {
    for (const cookie of realm.cookies.silentMarks.clear(request.raw.headers.cookie)) login.addCookie(cookie)
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
