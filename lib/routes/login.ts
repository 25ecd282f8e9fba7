import type { FastifyRequest } from 'fastify'
import { isNoNavigation } from '../guard/navigation.ts'
import { hasDemands, isPlain, type LoginDemands, withQuestions } from '../oidc/login/demands.ts'
import { continuePage } from '../pages/continue-page.ts'
import { boundToPerson, isInitiatedElsewhere, parametersOf, wishOf } from './login-wish.ts'
import { beginLogin, bindingText, type PageHandler, sendNothing, sendPage, type SignInRoutes } from './sign-in.ts'
import { beginSilently } from './silent.ts'

interface LoginQuery {
  readonly returnTo?: unknown
  readonly continued?: unknown
}

/**
 * `GET /auth/login` starts a sign-in. Only for a person who waits for a page: a prefetch or a fetch gets an empty
 * answer that nobody caches.
 */
export function createLoginHandler (routes: SignInRoutes): PageHandler {
  const { realm, signIn, flow, settings, provider: { settings: { issuer, prompt } } } = routes
  const isStrict = settings.cookie.sameSite === 'strict'

  return async function login (request, reply) {
    if (request.method === 'HEAD' || isNoNavigation(request)) return sendNothing(reply)
    const { returnTo: sealed, continued } = request.query as LoginQuery
    const { returnTo, demands: wanted } = wishOf(routes, parametersOf(request), sealed)
    // A strict cookie stays at home when a link of another site leads here. The page comes back with it.
    const site = request.headers['sec-fetch-site']
    if (isStrict && site === 'cross-site') return sendPage(reply, continuePage(continuedUrl(returnTo, wanted)))
    const previous = await realm.of(request).session()
    const isBack = previous !== undefined && isEnough(wanted, continued !== undefined)
    if (isBack) return reply.redirect(signIn.returnPaths.address(returnTo), 303)
    const asked = hasQuestions(wanted) ? withQuestions(wanted) : wanted
    const isBound = asked.silent !== undefined && previous !== undefined
    const demands = isBound ? boundToPerson(asked, issuer, previous.identity) : asked
    const intent = { returnTo, attempt: 0, previous, demands }
    if (demands.silent === 'only') return await beginSilently(routes, request, reply, intent)
    const isBlind = isStrict && site === undefined
    if (!isBlind) flow.assertNoCircle(bindingText(realm, request), hasSessionCookie(request), demands)
    return await beginLogin(routes, request, reply, intent)
  }

  /** Whether a session is all that a login would bring to a person who has one. */
  function isEnough (demands: LoginDemands, isContinued: boolean): boolean {
    if (demands.silent === 'only') return !hasDemands(demands)
    return isContinued && isPlain(demands)
  }

  /** A provider that is told nothing about questions asks only where it must, which is what `first` means. */
  function hasQuestions ({ silent, prompt: own = prompt }: LoginDemands): boolean {
    return silent === 'first' && own === undefined
  }

  /** Also one whose session is over, because another tab has signed in meanwhile: this browser keeps cookies. */
  function hasSessionCookie ({ raw: { headers: { cookie } } }: FastifyRequest): boolean {
    return cookie !== undefined && realm.cookies.mayHaveSession(cookie)
  }

  function continuedUrl (returnTo: string, demands: LoginDemands): string {
    const url = new URL(signIn.loginUrl(returnTo, demands))
    url.searchParams.set('continued', '')
    return url.href
  }
}

/**
 * `POST /auth/login` is for somebody else who begins a sign-in here. The cookies of this site do not come with a form
 * of another one, but with the `GET` that follows.
 */
export function createInitiationHandler (routes: SignInRoutes): PageHandler {
  const { addresses, provider: { settings: { forwardedParameters } } } = routes
  const names = ['iss', 'login_hint', 'target_link_uri', ...forwardedParameters]

  return async function initiateLogin (request, reply) {
    if (isNoNavigation(request)) return sendNothing(reply)
    const form = parametersOf(request)
    if (!isInitiatedElsewhere(routes, form)) {
      reply.callNotFound()
      return reply
    }
    const query = new URLSearchParams([...form].filter(([name]) => names.includes(name)))
    return reply.redirect(`${addresses.login.url}?${query}`, 303)
  }
}
