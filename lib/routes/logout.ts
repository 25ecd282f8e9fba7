import type { FastifyRequest } from 'fastify'
import { isNoNavigation } from '../guard/navigation.ts'
import { endSessionUrl } from '../oidc/logout/logout.ts'
import { logoutPage } from '../pages/logout-page.ts'
import { logoutAddress, logoutTargetOf } from './logout-target.ts'
import { type PageHandler, sendPage, type SignInRoutes } from './sign-in.ts'

/** Whether the person asked for it on a page of this site: nothing else ends a session by a GET. */
function isOwnWish (request: FastifyRequest): boolean {
  if (request.method === 'POST') return true
  return request.method === 'GET' && request.headers['sec-fetch-site'] === 'same-origin' && !isNoNavigation(request)
}

/** `POST /auth/logout` ends the session here, then at the provider. A `GET` from elsewhere gets a page that asks. */
export function createLogoutHandler (routes: SignInRoutes, logoutUrl: string): PageHandler {
  const { realm, signIn, provider, tokens, logoutFlow } = routes
  const { postLogoutRedirect } = provider.settings
  const loggedOutUrl = routes.addresses.loggedOut?.url
  /** Only our own page can go on from there. One address, always the same, the provider knows itself. */
  const goesOn = typeof postLogoutRedirect === 'function' || postLogoutRedirect?.startsWith('/') === true

  return async function logout (request, reply) {
    if (!isOwnWish(request)) return sendPage(reply, logoutPage(logoutUrl, signIn.returnPaths.address(undefined)))
    const login = realm.of(request)
    const session = await login.session()
    const idToken = session === undefined ? undefined : (await tokens.find(session.handle))?.grant.idToken
    const target = await logoutTargetOf(routes, request)
    await login.logout()
    const address = logoutAddress(target, signIn.returnPaths) ?? loggedOutUrl ?? signIn.returnPaths.address(undefined)
    if (session?.identity === undefined) return reply.redirect(address, 303)
    if (target === undefined || !goesOn || loggedOutUrl === undefined) {
      return reply.redirect(await endSessionUrl(provider, { idToken, postLogoutRedirectUri: address }) ?? address, 303)
    }
    const { state, binding } = logoutFlow.begin(target)
    const url = await endSessionUrl(provider, { idToken, postLogoutRedirectUri: loggedOutUrl, state })
    if (url !== undefined) login.addCookie(realm.cookies.writeBinding(binding))
    return reply.redirect(url ?? address, 303)
  }
}
