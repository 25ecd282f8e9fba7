import type { FastifyRequest } from 'fastify'
import { InteractionRequired } from '../errors.ts'
import type { RequestLogin } from '../guard/request-login.ts'
import type { OidcClient } from '../oidc/client/oidc-client.ts'
import { identityOf } from '../oidc/login/claims.ts'
import type { FinishedLogin } from '../oidc/login/login-flow.ts'
import { isSamePerson } from '../session/session.ts'
import { createPersonOf } from './person.ts'
import type { SignInRoutes } from './sign-in.ts'

/** Starts the session of a person whom the provider vouched for. */
export type StartSession = (request: FastifyRequest, finished: FinishedLogin) => Promise<void>

export function createSessionStart (routes: SignInRoutes, client: OidcClient): StartSession {
  const { realm, addresses: { frontchannelLogout } } = routes
  const { provider, logouts } = client
  const personOf = createPersonOf(routes, client)

  /** Who signs in by themselves may be signed in silently when the session is over. */
  function forgetSilence (login: RequestLogin, request: FastifyRequest): void {
    for (const cookie of realm.cookies.silentMarks.clear(request.raw.headers.cookie)) login.addCookie(cookie)
  }

  return async function startSession (request, finished) {
    const { transaction, tokens, binding } = finished
    const identity = identityOf(tokens.claims, provider.settings.name)
    const isSilent = transaction.demands.silent !== undefined
    const login = realm.of(request)
    const current = await login.session()
    // Somebody may have signed in since it was begun, and a sign-in without a question makes nobody else of them.
    if (isSilent && current !== undefined && !isSamePerson(current, { identity })) {
      throw new InteractionRequired({ cause: new Error('somebody else has signed in meanwhile') })
    }
    await login.login(await personOf(finished))
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
}
