import type { FastifyInstance, RouteHandlerMethod } from 'fastify'
import type { LoginGuard } from '../guard/require.ts'
import { ownRoute, type RouteConfig } from '../guard/route-config.ts'
import { type Address, routePaths } from './addresses.ts'
import { createBackchannelFailureHandler, createBackchannelLogoutHandler } from './backchannel-logout.ts'
import { createCallbackHandler } from './callback.ts'
import { createFailureHandler } from './failure.ts'
import { createFrontchannelLogoutHandler } from './frontchannel-logout.ts'
import { createLoggedOutHandler } from './logged-out.ts'
import { createLoginHandler } from './login.ts'
import { createLogoutHandler } from './logout.ts'
import { createRequestSerializer } from './request-log.ts'
import { createSessionsHandlers, type SessionsRoute } from './sessions.ts'
import type { SignInRoutes } from './sign-in.ts'

/** A form of ours, or an authorization response, is small. */
const BODY_LIMIT = 65_536

/** What the page of a person's own sessions needs of the application. */
export interface SessionsScope extends SessionsRoute {
  readonly paths: readonly string[]
  readonly guard: LoginGuard
}

/** Whatever its type, a body is a text: each handler reads of it what it takes. */
function takeText (scope: FastifyInstance): void {
  scope.removeAllContentTypeParsers()
  scope.addContentTypeParser('*', { parseAs: 'string' }, (_request, body, done) => { done(null, body) })
}

/** The page of a person's own sessions, in a scope of its own: its body parser is nobody else's. */
export async function sessionsRoutes (
  scope: FastifyInstance, { paths, guard, ...route }: SessionsScope
): Promise<void> {
  const { show, end } = createSessionsHandlers(route)
  takeText(scope)
  const config: RouteConfig = { [ownRoute]: 'guarded' }
  for (const url of paths) {
    scope.get(url, { config, onRequest: [guard] }, show)
    scope.post(url, { config, onRequest: [guard], bodyLimit: BODY_LIMIT }, end)
  }
}

/** The routes for people, in a scope of their own: its body parser and error pages are nobody else's. */
export async function signInRoutes (scope: FastifyInstance, routes: SignInRoutes): Promise<void> {
  const { addresses, clients } = routes
  const { login, callbacks, logout, loggedOut, frontchannelLogout } = addresses

  takeText(scope)
  scope.setErrorHandler(createFailureHandler(routes))
  const logSerializers = { req: createRequestSerializer(scope.log) }

  function addRoute (
    address: Address, method: readonly ('GET' | 'POST')[], handler: RouteHandlerMethod, kind: RouteConfig[typeof ownRoute] = 'page'
  ): void {
    const config: RouteConfig = { [ownRoute]: kind }
    const options = { bodyLimit: BODY_LIMIT, config, exposeHeadRoute: true, logSerializers }
    for (const url of routePaths(address, scope.prefix)) {
      scope.route({ ...options, method: [...method], url, handler })
    }
  }

  addRoute(login, ['GET'], createLoginHandler(routes))
  for (const [name, callback] of callbacks) {
    const client = clients.find(name)
    if (client === undefined) continue
    const isFormPost = client.provider.settings.responseMode === 'form_post'
    addRoute(callback, isFormPost ? ['GET', 'POST'] : ['GET'], createCallbackHandler(routes, client, callback.url), 'callback')
  }
  if (logout !== undefined) addRoute(logout, ['GET', 'POST'], createLogoutHandler(routes, logout.url))
  if (loggedOut !== undefined) addRoute(loggedOut, ['GET'], createLoggedOutHandler(routes))
  if (frontchannelLogout !== undefined) addRoute(frontchannelLogout, ['GET'], createFrontchannelLogoutHandler(routes))
}

/** The route for the provider's server, in a scope of its own: whatever is wrong has one answer. */
export async function backchannelRoutes (scope: FastifyInstance, routes: SignInRoutes): Promise<void> {
  const { addresses: { backchannelLogout } } = routes
  if (backchannelLogout === undefined) return
  takeText(scope)
  scope.setErrorHandler(createBackchannelFailureHandler(routes))
  // Not `auth: false`: a hook of the application that asks for the user of every request would fail.
  const config: RouteConfig = { [ownRoute]: 'callback' }
  const handler = createBackchannelLogoutHandler(routes)
  for (const url of routePaths(backchannelLogout, scope.prefix)) {
    scope.post(url, { config, bodyLimit: BODY_LIMIT }, handler)
  }
}
