import { loggedOutPage } from '../pages/logged-out-page.ts'
import { type PageHandler, sendPage, type SignInRoutes } from './sign-in.ts'

/** `GET /auth/logged-out`: where a logout ends. It is public, so that nobody is signed in again at once. */
export function createLoggedOutHandler ({ signIn }: SignInRoutes): PageHandler {
  const page = loggedOutPage(signIn.loginUrl(signIn.returnPaths.root), signIn.returnPaths.address(undefined))
  return async function loggedOut (_request, reply) {
    return sendPage(reply, page)
  }
}
