import { loggedOutPage } from '../pages/logged-out-page.ts'
import { logoutAddress } from './logout-target.ts'
import { programTarget } from './program-logout.ts'
import { bindingText, type PageHandler, sendPage, type SignInRoutes } from './sign-in.ts'

/**
 * `GET /auth/logged-out`: where a logout ends, or goes on to where the application wants it to end. It is public, so
 * that nobody is signed in again at once.
 */
export function createLoggedOutHandler ({ signIn, logoutFlow, realm, settings }: SignInRoutes): PageHandler {
  const page = loggedOutPage(signIn.loginUrl(signIn.returnPaths.root), signIn.returnPaths.address(undefined))

  return async function loggedOut (request, reply) {
    const { state } = request.query as { readonly state?: unknown }
    const target = state === undefined ? undefined : logoutFlow.finish(state, bindingText(realm, request))
    const address = target === undefined
      ? undefined
      : programTarget(settings.programs, target) ?? logoutAddress(target, signIn.returnPaths)
    return address === undefined ? sendPage(reply, page) : reply.header('cache-control', 'no-store').redirect(address, 303)
  }
}
