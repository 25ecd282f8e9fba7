import type { FastifyRequest } from 'fastify'
import { ProviderUnknown } from '../errors.ts'
import { isNoNavigation } from '../guard/navigation.ts'
import type { OidcClient } from '../oidc/client/oidc-client.ts'
import { hasDemands, isPlain, type LoginDemands, withQuestions } from '../oidc/login/demands.ts'
import type { FlowName } from '../options/provider-quirks.ts'
import { continuePage } from '../pages/continue-page.ts'
import { providerPage } from '../pages/provider-page.ts'
import type { Session } from '../session/session.ts'
import { hasPrograms } from './ask-person.ts'
import { createAsk } from './authorize.ts'
import { forwarded, forwardedToAny, initiatorsOf, parametersOf, wishOf } from './login-wish.ts'
import { beginLogin, bindingText, type PageHandler, sendNothing, sendPage, type SignInRoutes } from './sign-in.ts'
import { beginSilently, demandsAt } from './silent.ts'

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
  const forwardable = forwardedToAny(clients)
  // Where that address is switched off, nobody would hear what the person says.
  const mayAsk = routes.addresses.authorize !== undefined
  const askForProgram = mayAsk && hasPrograms(routes) ? createAsk(routes, true) : undefined

  return async function login (request, reply) {
    if (request.method === 'HEAD' || isNoNavigation(request)) return sendNothing(reply)
    const { returnTo: sealed, continued, provider } = request.query as LoginQuery
    const query = parametersOf(request)
    // As py-oidc-auth has it: a program begins a sign-in of its own here.
    if (askForProgram !== undefined && query.has('redirect_uri')) return await askForProgram(request, reply)
    const { returnTo, demands: wanted, flow } = wishOf(routes, query, sealed)
    const named = clientNamed(wanted.provider ?? provider)
    const said = forwarded(query, forwardable)
    // A strict cookie stays at home when a link of another site leads here. The page comes back with it.
    const site = request.headers['sec-fetch-site']
    if (isStrict && site === 'cross-site') {
      const parameters = { ...said, provider: nameOf(named), continued: '' }
      return sendPage(reply, continuePage(addressOf(returnTo, wanted, parameters, flow)))
    }
    const previous = await realm.of(request).session()
    // What is beside a sign-in is for whoever has one; a stranger is asked who they are.
    const further = previous?.identity === undefined ? undefined : flow
    const isBack = previous !== undefined && further === undefined && isEnough(wanted, continued !== undefined)
    if (isBack) return reply.redirect(signIn.returnPaths.address(returnTo), 303)
    const client = named ?? clientOf(previous, wanted, further)
    if (client === undefined) return sendPage(reply, providerPage(choicesOf(returnTo, withQuestions(wanted), said)))
    // A further flow proves nothing, so nothing is asked of it.
    const demands = further === undefined ? demandsAt(client, wanted, query, previous) : {}
    const intent = { returnTo, attempt: 0, previous, demands, flow: further }
    if (demands.silent === 'only') return await beginSilently(routes, client, request, reply, intent)
    const isBlind = isStrict && site === undefined
    if (!isBlind) logins.assertNoCircle(bindingText(realm, request), hasSessionCookie(request), demands)
    return await beginLogin(routes, client, request, reply, intent)
  }

  /** Whether a session is all that a login would bring to a person who has one. */
  function isEnough (demands: LoginDemands, isContinued: boolean): boolean {
    return demands.silent === 'only' ? !hasDemands(demands) : isContinued && isPlain(demands)
  }

  function clientNamed (name: unknown): OidcClient | undefined {
    if (name === undefined) return undefined
    const client = typeof name === 'string' ? clients.find(name) : undefined
    if (client === undefined) throw new ProviderUnknown()
    return client
  }

  /**
   * Without a choice: the only one, for more than a session has the one that it came from, and for a sign-in without a
   * question the one that may do it.
   */
  function clientOf (
    previous: Session | undefined, demands: LoginDemands, further: FlowName | undefined
  ): OidcClient | undefined {
    const isMore = further !== undefined || hasDemands(demands) || demands.forTokens === true
    const before = isMore || demands.silent !== undefined ? clients.find(previous?.identity?.provider) : undefined
    const silent = clients.all.find(({ provider }) => provider.settings.silentLogin)
    return clients.only ?? before ?? (demands.silent === undefined ? undefined : silent)
  }

  function choicesOf (
    returnTo: string, demands: LoginDemands, said: Readonly<Record<string, string>>
  ): Parameters<typeof providerPage>[0] {
    return clients.all.map(({ provider: { settings: { name, label } } }) => {
      return { label, url: addressOf(returnTo, demands, { ...said, provider: name }) }
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

/**
 * `POST /auth/login` is for somebody else who begins a sign-in here. The cookies of this site do not come with a form
 * of another one, but with the `GET` that follows.
 */
export function createInitiationHandler ({ addresses, clients }: SignInRoutes): PageHandler {
  const names = ['iss', 'login_hint', 'target_link_uri', ...forwardedToAny(clients)]

  return async function initiateLogin (request, reply) {
    if (isNoNavigation(request)) return sendNothing(reply)
    const form = parametersOf(request)
    if (initiatorsOf(clients, form) === undefined) {
      reply.callNotFound()
      return reply
    }
    const query = new URLSearchParams([...form].filter(([name]) => names.includes(name)))
    return reply.redirect(`${addresses.login.url}?${query}`, 303)
  }
}
