import type { FastifyRequest } from 'fastify'
import { isNoNavigation } from '../guard/navigation.ts'
import { endSessionUrl } from '../oidc/logout/logout.ts'
import type { OidcClient } from '../oidc/client/oidc-client.ts'
import type { Grant } from '../oidc/tokens/grant.ts'
import type { OidcSettings } from '../options/oidc-settings.ts'
import { logoutPage } from '../pages/logout-page.ts'
import type { Session } from '../session/session.ts'
import { logoutAddress, logoutTargetOf } from './logout-target.ts'
import { programLogoutOf } from './program-logout.ts'
import { type PageHandler, sendPage, type SignInRoutes } from './sign-in.ts'
import { endShownToken } from './token-logout.ts'

/** Whether the person asked for it on a page of this site: nothing else ends a session by a GET. */
function isOwnWish (request: FastifyRequest): boolean {
  if (request.method === 'POST') return true
  return request.method === 'GET' && request.headers['sec-fetch-site'] === 'same-origin' && !isNoNavigation(request)
}

/** Only our own page can go on from there. One address, always the same, the provider knows itself. */
function goesOn (target: OidcSettings['postLogoutRedirect']): boolean {
  return typeof target === 'function' || target?.startsWith('/') === true
}

/**
 * `POST /auth/logout` ends the session here, then at the provider, and leads to where the application, or a program,
 * wants it to end. A `GET` from elsewhere gets a page that asks.
 */
export function createLogoutHandler (routes: SignInRoutes, logoutUrl: string): PageHandler {
  const { realm, signIn, settings, clients, tokens, logoutFlow } = routes
  const loggedOutUrl = routes.addresses.loggedOut?.url

  return async function logout (request, reply) {
    if (await endShownToken(realm, request, reply)) return reply
    const program = programLogoutOf(settings.programs, request)
    if (!isOwnWish(request)) {
      const url = program === undefined ? logoutUrl : `${logoutUrl}?${program.query}`
      return sendPage(reply, logoutPage(url, signIn.returnPaths.address(undefined)))
    }
    const login = realm.of(request)
    const session = await login.session()
    const grant = session === undefined ? undefined : (await tokens.find(session.handle))?.grant
    const client = clientOf(session, grant)
    const postLogoutRedirect = (client ?? clients.only)?.provider.settings.postLogoutRedirect
    const target = program?.target ?? await logoutTargetOf(routes, postLogoutRedirect, request)
    await login.logout()
    const address = logoutAddress(target, signIn.returnPaths) ?? loggedOutUrl ?? signIn.returnPaths.address(undefined)
    const here = program?.address ?? address
    if (client === undefined) return reply.redirect(here, 303)
    const { provider } = client
    const idToken = grant?.idToken
    const isGoingOn = program !== undefined || goesOn(postLogoutRedirect)
    if (target === undefined || !isGoingOn || loggedOutUrl === undefined) {
      return reply.redirect(await endSessionUrl(provider, { idToken, postLogoutRedirectUri: address }) ?? here, 303)
    }
    const { state, binding } = logoutFlow.begin(target)
    const url = await endSessionUrl(provider, { idToken, postLogoutRedirectUri: loggedOutUrl, state })
    if (url !== undefined) login.addCookie(realm.cookies.writeBinding(binding))
    return reply.redirect(url ?? here, 303)
  }

  /** Where a session came from. A provider that got another issuer meanwhile is not told: it knows nobody of it. */
  function clientOf (session: Session | undefined, grant: Grant | undefined): OidcClient | undefined {
    return grant === undefined ? clients.find(session?.identity?.provider) : clients.behind(grant)
  }
}
