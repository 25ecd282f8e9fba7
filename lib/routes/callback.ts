import type { FastifyReply, FastifyRequest } from 'fastify'
import { ArgumentInvalid, StateExpired, StateForeign, StateInvalid, StateSpent } from '../errors.ts'
import { identityOf, personClaims, sessionClaims } from '../oidc/login/claims.ts'
import { hasDemands } from '../oidc/login/demands.ts'
import type { OidcClient } from '../oidc/client/oidc-client.ts'
import type { IdToken } from '../oidc/provider/id-token.ts'
import type { FinishedLogin } from '../oidc/login/login-flow.ts'
import { continuePage } from '../pages/continue-page.ts'
import type { Claims, Identity } from '../user.ts'
import { answerByCode, signInAfterReset, updateProfile } from './further-flows.ts'
import { beginLogin, bindingText, type PageHandler, sendNothing, sendPage, type SignInRoutes } from './sign-in.ts'

/** A login that lost something is begun again so often; then a page explains. */
const MOST_ATTEMPTS = 2
const STALE = [StateInvalid, StateForeign, StateExpired, StateSpent]

function parametersOf (request: FastifyRequest): URLSearchParams {
  if (request.method === 'POST') return new URLSearchParams(typeof request.body === 'string' ? request.body : '')
  const query = request.url.indexOf('?')
  return new URLSearchParams(query === -1 ? '' : request.url.slice(query))
}

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
    try {
      const further = logins.read(parameters)?.flow
      // With form_post only a POST carries an answer; a GET is what recover() made of one that came too late.
      if (isFormPost && request.method === 'GET' && further === undefined) throw tooLate(request, parameters)
      if (further === 'resetPassword') return await signInAfterReset(routes, client, request, reply, parameters)
      // The session that is to be changed stays at home when another site leads here.
      const isBlind = settings.cookie.sameSite === 'strict' && request.headers['sec-fetch-site'] === 'cross-site'
      if (further !== undefined && isBlind) return sendPage(reply, continuePage(`${callbackUrl}?${parameters}`))
      const finished = await flow.finish(parameters, bindingText(realm, request))
      await (further === undefined ? startSession(request, finished) : updateProfile(routes, client, request, finished))
      return goOn(reply, finished.transaction.returnTo)
    } catch (error) {
      const answer = await answerByCode(routes, client, request, reply, parameters, error)
      if (answer !== undefined) return answer
      if (!STALE.some(reason => error instanceof reason)) throw error
      return await recover(request, reply, parameters, error)
    }
  }

  function tooLate (request: FastifyRequest, parameters: URLSearchParams): Error {
    flow.identify(parameters, bindingText(realm, request))
    return new StateSpent()
  }

  async function startSession (request: FastifyRequest, finished: FinishedLogin): Promise<void> {
    const { transaction, tokens, userinfo, binding } = finished
    const identity = identityOf(tokens.claims, provider.settings.name)
    const person = personClaims(tokens.claims)
    const login = realm.of(request)
    const current = await login.session()
    await login.login({
      userId: userIdOf(identity, person),
      identity,
      marks: hearsLogouts ? logouts.marksOf(tokens.claims) : undefined,
      claims: sessionClaims(provider.settings, tokens.claims),
      userinfo,
      scopes: tokens.scopes,
      authenticatedAt: tokens.claims.auth_time,
      fresh: isRecent(tokens.claims),
      endsBy: tokens.endsBy
    })
    login.setBinding(realm.cookies.writeBinding(binding))
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
  function isRecent ({ auth_time: authTime }: IdToken): boolean {
    const { now, limits } = settings
    return authTime === undefined || Math.floor(now() / 1000) - authTime < limits.idle
  }

  function userIdOf (identity: Identity, claims: Claims): string {
    const id: unknown = settings.userId(identity, claims)
    if (id instanceof Promise) id.catch(() => {}) // Nobody waits for it: a failure of it would end the process.
    if (typeof id === 'string' && id !== '') return id
    throw new ArgumentInvalid('The option "userId" must return a text that is not empty. Write String(id) for a number.')
  }

  function goOn (reply: FastifyReply, returnTo: string): FastifyReply {
    const address = signIn.returnPaths.address(returnTo)
    return settings.cookie.sameSite === 'strict' ? sendPage(reply, continuePage(address)) : reply.redirect(address, 303)
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
