import type { FastifyRequest } from 'fastify'
import { isNoNavigation } from '../guard/navigation.ts'
import { endSessionUrl } from '../oidc/logout.ts'
import { logoutPage } from '../pages/logout-page.ts'
import { type PageHandler, sendPage, type SignInRoutes } from './sign-in.ts'

/** Whether the person asked for it on a page of this site: nothing else ends a session by a GET. */
function isOwnWish (request: FastifyRequest): boolean {
  if (request.method === 'POST') return true
  return request.method === 'GET' && request.headers['sec-fetch-site'] === 'same-origin' && !isNoNavigation(request)
}

/** `POST /auth/logout` ends the session here, then at the provider. A `GET` from elsewhere gets a page that asks. */
export function createLogoutHandler (routes: SignInRoutes, logoutUrl: string): PageHandler {
  const { realm, signIn, provider, tokens, addresses } = routes

  return async function logout (request, reply) {
    if (!isOwnWish(request)) return sendPage(reply, logoutPage(logoutUrl, signIn.returnPaths.address(undefined)))
    const login = realm.of(request)
    const session = await login.session()
    const idToken = session === undefined ? undefined : (await tokens.find(session.handle))?.grant.idToken
    await login.logout()
    const target = logoutTarget()
    if (session?.identity === undefined) return reply.redirect(target, 303)
    return reply.redirect(await endSessionUrl(provider, idToken, target) ?? target, 303)
  }

  function logoutTarget (): string {
    const { postLogoutRedirect } = provider.settings
    if (postLogoutRedirect === undefined) return addresses.loggedOut?.url ?? signIn.returnPaths.address(undefined)
    return postLogoutRedirect.startsWith('/') ? signIn.returnPaths.address(postLogoutRedirect) : postLogoutRedirect
  }
}
