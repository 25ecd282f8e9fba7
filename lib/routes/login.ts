import type { FastifyRequest } from 'fastify'
import { isNoNavigation } from '../guard/navigation.ts'
import { hasDemands, type LoginDemands } from '../oidc/login/demands.ts'
import type { FlowName } from '../options/provider-quirks.ts'
import { continuePage } from '../pages/continue-page.ts'
import { beginLogin, bindingText, type PageHandler, sendNothing, sendPage, type SignInRoutes } from './sign-in.ts'

interface LoginQuery {
  readonly returnTo?: unknown
  readonly continued?: unknown
}

/**
 * `GET /auth/login` starts a sign-in. Only for a person who waits for a page: a prefetch or a fetch gets an empty
 * answer that nobody caches.
 */
export function createLoginHandler (routes: SignInRoutes): PageHandler {
  const { realm, signIn, flow, settings } = routes
  const isStrict = settings.cookie.sameSite === 'strict'

  return async function login (request, reply) {
    if (request.method === 'HEAD' || isNoNavigation(request)) return sendNothing(reply)
    const { returnTo: sealed, continued } = request.query as LoginQuery
    const wish = routes.openReturnPath(sealed)
    const returnTo = signIn.returnPaths.check(wish?.returnTo)
    const demands = wish?.demands ?? {}
    // A strict cookie stays at home when a link of another site leads here. The page comes back with it.
    const site = request.headers['sec-fetch-site']
    if (isStrict && site === 'cross-site') return sendPage(reply, continuePage(continuedUrl(returnTo, demands, wish?.flow)))
    const previous = await realm.of(request).session()
    // What is beside a sign-in is for whoever has one; a stranger is asked who they are.
    const further = previous?.identity === undefined ? undefined : wish?.flow
    const isBack = previous !== undefined && continued !== undefined && !hasDemands(demands) && further === undefined
    if (isBack) return reply.redirect(signIn.returnPaths.address(returnTo), 303)
    const isBlind = isStrict && site === undefined
    const hasSession = hasSessionCookie(request)
    if (!isBlind && (!hasSession || hasDemands(demands))) flow.assertNoCircle(bindingText(realm, request), hasSession)
    return await beginLogin(routes, request, reply, { returnTo, attempt: 0, previous, demands, flow: further })
  }

  /** Also one whose session is over, because another tab has signed in meanwhile: this browser keeps cookies. */
  function hasSessionCookie ({ raw: { headers: { cookie } } }: FastifyRequest): boolean {
    return cookie !== undefined && realm.cookies.mayHaveSession(cookie)
  }

  function continuedUrl (returnTo: string, demands: LoginDemands, further: FlowName | undefined): string {
    const url = new URL(signIn.loginUrl(returnTo, demands, further))
    url.searchParams.set('continued', '')
    return url.href
  }
}
