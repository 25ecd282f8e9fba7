import type { FastifyRequest } from 'fastify'
import { ProviderUnknown } from '../errors.ts'
import { isNoNavigation } from '../guard/navigation.ts'
import type { OidcClient } from '../oidc/client/oidc-client.ts'
import { hasDemands, type LoginDemands } from '../oidc/login/demands.ts'
import type { FlowName } from '../options/provider-quirks.ts'
import { continuePage } from '../pages/continue-page.ts'
import { providerPage } from '../pages/provider-page.ts'
import type { Session } from '../session/session.ts'
import { beginLogin, bindingText, type PageHandler, sendNothing, sendPage, type SignInRoutes } from './sign-in.ts'

interface LoginQuery {
  readonly returnTo?: unknown
  readonly continued?: unknown
  readonly provider?: unknown
}

/**
 * `GET /auth/login` starts a sign-in, with `provider=NAME` at that one of several; without it the person chooses. Only
 * for a person who waits for a page: a prefetch or a fetch gets an empty answer that nobody caches.
 */
export function createLoginHandler (routes: SignInRoutes): PageHandler {
  const { realm, signIn, clients, logins, settings } = routes
  const isStrict = settings.cookie.sameSite === 'strict'

  return async function login (request, reply) {
    if (request.method === 'HEAD' || isNoNavigation(request)) return sendNothing(reply)
    const { returnTo: sealed, continued, provider } = request.query as LoginQuery
    const wish = routes.openReturnPath(sealed)
    const returnTo = signIn.returnPaths.check(wish?.returnTo)
    const demands = wish?.demands ?? {}
    const named = clientNamed(demands.provider ?? provider)
    // A strict cookie stays at home when a link of another site leads here. The page comes back with it.
    const site = request.headers['sec-fetch-site']
    if (isStrict && site === 'cross-site') {
      const parameters = { provider: nameOf(named), continued: '' }
      return sendPage(reply, continuePage(addressOf(returnTo, demands, parameters, wish?.flow)))
    }
    const previous = await realm.of(request).session()
    // What is beside a sign-in is for whoever has one; a stranger is asked who they are.
    const further = previous?.identity === undefined ? undefined : wish?.flow
    const isBack = previous !== undefined && continued !== undefined && !hasDemands(demands) && further === undefined
    if (isBack) return reply.redirect(signIn.returnPaths.address(returnTo), 303)
    const client = named ?? clientOf(previous, demands)
    if (client === undefined) return sendPage(reply, providerPage(choicesOf(returnTo, demands)))
    const isBlind = isStrict && site === undefined
    const hasSession = hasSessionCookie(request)
    if (!isBlind && (!hasSession || hasDemands(demands))) logins.assertNoCircle(bindingText(realm, request), hasSession)
    const asked = further === undefined ? demands : {} // A further flow proves nothing, so nothing is asked of it.
    const intent = { returnTo, attempt: 0, previous, demands: asked, flow: further }
    return await beginLogin(routes, client, request, reply, intent)
  }

  function clientNamed (name: unknown): OidcClient | undefined {
    if (name === undefined) return undefined
    const client = typeof name === 'string' ? clients.find(name) : undefined
    if (client === undefined) throw new ProviderUnknown()
    return client
  }

  /** Without a choice: the only one, or for more than a session has the one that it came from. */
  function clientOf (previous: Session | undefined, demands: LoginDemands): OidcClient | undefined {
    return clients.only ?? (hasDemands(demands) ? clients.find(previous?.identity?.provider) : undefined)
  }

  function choicesOf (returnTo: string, demands: LoginDemands): Parameters<typeof providerPage>[0] {
    return clients.all.map(({ provider: { settings: { name, label } } }) => {
      return { label, url: addressOf(returnTo, demands, { provider: name }) }
    })
  }

  /** Also one whose session is over, because another tab has signed in meanwhile: this browser keeps cookies. */
  function hasSessionCookie ({ raw: { headers: { cookie } } }: FastifyRequest): boolean {
    return cookie !== undefined && realm.cookies.mayHaveSession(cookie)
  }

  /** This address again, with further parameters. */
  function addressOf (
    returnTo: string, demands: LoginDemands, parameters: Readonly<Record<string, string | undefined>>,
    further?: FlowName
  ): string {
    const url = new URL(signIn.loginUrl(returnTo, demands, further))
    for (const [name, value] of Object.entries(parameters)) {
      if (value !== undefined) url.searchParams.set(name, value)
    }
    return url.href
  }
}

function nameOf (client: OidcClient | undefined): string | undefined {
  return client?.provider.settings.name
}
