import { isNoNavigation } from '../guard/navigation.ts'
import { beginLogin, type PageHandler, type SignInRoutes } from './sign-in.ts'

interface LoginQuery { readonly returnTo?: unknown }

/**
 * `GET /auth/login` starts a sign-in. Only for a person who waits for a page: a prefetch or a fetch gets an empty
 * answer that nobody caches.
 */
export function createLoginHandler (routes: SignInRoutes): PageHandler {
  return async function login (request, reply) {
    if (request.method === 'HEAD' || isNoNavigation(request)) {
      return reply.code(204).header('cache-control', 'no-store').send()
    }
    const { returnTo } = request.query as LoginQuery
    const { returnPaths } = routes.signIn
    const previous = await routes.realm.of(request).session()
    return await beginLogin(routes, request, reply, {
      returnTo: returnPaths.check(routes.openReturnPath(returnTo)),
      attempt: 0,
      previous
    })
  }
}
