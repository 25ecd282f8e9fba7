import type { FastifyError, FastifyInstance } from 'fastify'
import { TenantUnknown } from '../errors.ts'
import type { Realm } from '../guard/realm.ts'
import type { LoginGuard } from '../guard/require.ts'
import { ownRoute, type RouteConfig } from '../guard/route-config.ts'
import { type Address, type Addresses, routePaths } from './addresses.ts'
import {
  createAuthorizeSchema, createDeviceSchema, createIntrospectSchema, createRevokeSchema, createTokenSchema, takeAll,
  writeJson
} from './program-schemas.ts'
import { createRequestSerializer } from './request-log.ts'
import { createSessionsHandlers, type SessionsRoute } from './sessions.ts'
import type { PageHandler } from './sign-in.ts'
import type { FindPages, SitePages } from './site-pages.ts'
import { refuseRequest } from './token.ts'
import { createUserinfoHandler, createUserinfoSchema, type UserinfoScope } from './userinfo.ts'

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

/** Who somebody is, for browsers and programs. A schema is for documentation: whoever compiles others has no part. */
export async function userinfoRoutes (scope: FastifyInstance, { realm, paths, guard }: UserinfoScope): Promise<void> {
  takeText(scope)
  const config: RouteConfig = { [ownRoute]: 'endpoint' }
  const handler = createUserinfoHandler(realm)
  for (const url of paths) {
    scope.route({
      method: ['GET', 'POST'],
      url,
      config,
      onRequest: [guard],
      bodyLimit: BODY_LIMIT,
      schema: createUserinfoSchema(),
      serializerCompiler: writeJson,
      handler
    })
  }
}

/** What our own addresses need of the application. */
export interface PagesScope {
  readonly realm: Realm
  readonly addresses: Addresses
  readonly findPages: FindPages
}

/** What answers one address, at the site that a request is for. */
type ChoosePage = (pages: SitePages | undefined) => PageHandler | undefined

function createHandler ({ realm, findPages }: PagesScope, choose: ChoosePage): PageHandler {
  return async function showPage (request, reply) {
    realm.of(request) // Says why where there is no site.
    const handler = choose(findPages(request))
    if (handler === undefined) throw new TenantUnknown()
    return await handler(request, reply)
  }
}

/** The routes for people, in a scope of their own: its body parser and error pages are nobody else's. */
export async function signInRoutes (scope: FastifyInstance, pagesScope: PagesScope): Promise<void> {
  const { addresses, findPages, realm } = pagesScope
  const { login, callbacks, deviceLogin, logout, loggedOut, frontchannelLogout, authorize } = addresses

  takeText(scope)
  scope.setErrorHandler((error: FastifyError, request, reply) => {
    const pages = findPages(request)
    if (pages === undefined) throw error
    return pages.showFailure(error, request, reply)
  })
  const logSerializers = { req: createRequestSerializer(scope.log) }

  function addRoute (
    address: Address | undefined, method: readonly ('GET' | 'POST')[], choose: ChoosePage,
    kind: RouteConfig[typeof ownRoute] = 'page', createSchema?: () => object
  ): void {
    if (address === undefined) return
    const config: RouteConfig = { [ownRoute]: kind }
    const handler = createHandler(pagesScope, choose)
    const options = { bodyLimit: BODY_LIMIT, config, exposeHeadRoute: true, logSerializers, handler }
    for (const url of routePaths(address, scope.prefix)) {
      const described = createSchema === undefined ? {} : { schema: createSchema(), validatorCompiler: takeAll }
      scope.route({ ...options, ...described, method: [...method], url })
    }
  }

  addRoute(login, ['GET'], pages => pages?.login)
  addRoute(login, ['POST'], pages => pages?.initiation, 'callback')
  for (const [name, callback] of callbacks) {
    const isFormPost = realm.settings.providers.some(one => one.name === name && one.responseMode === 'form_post')
    addRoute(callback, isFormPost ? ['GET', 'POST'] : ['GET'], pages => pages?.callbacks.get(name), 'callback')
  }
  addRoute(deviceLogin, ['GET', 'POST'], pages => pages?.deviceLogin)
  addRoute(logout, ['GET', 'POST'], pages => pages?.logout)
  addRoute(loggedOut, ['GET'], pages => pages?.loggedOut)
  addRoute(frontchannelLogout, ['GET'], pages => pages?.frontchannelLogout)
  addRoute(authorize, ['GET'], pages => pages?.authorize, 'page', createAuthorizeSchema)
  addRoute(authorize, ['POST'], pages => pages?.authorize)
}

/** The route for the provider's server, in a scope of its own: whatever is wrong has one answer. */
export async function backchannelRoutes (scope: FastifyInstance, pagesScope: PagesScope): Promise<void> {
  const { addresses: { backchannelLogout }, findPages } = pagesScope
  if (backchannelLogout === undefined) return
  takeText(scope)
  scope.setErrorHandler((error, request, reply) => {
    const pages = findPages(request)
    if (pages === undefined) throw error
    return pages.refuseLogout(error, request, reply)
  })
  // Not `auth: false`: a hook of the application that asks for the user of every request would fail.
  const config: RouteConfig = { [ownRoute]: 'callback' }
  const handler = createHandler(pagesScope, pages => pages?.backchannelLogout)
  for (const url of routePaths(backchannelLogout, scope.prefix)) {
    scope.post(url, { config, bodyLimit: BODY_LIMIT }, handler)
  }
}

/** The routes that programs call, in a scope of their own: whatever is wrong is said in the words of RFC 6749. */
export async function programRoutes (scope: FastifyInstance, pagesScope: PagesScope): Promise<void> {
  const { addresses: { token, device, revoke, introspect } } = pagesScope
  takeText(scope)
  scope.setErrorHandler(refuseRequest)
  // What comes from another site proves itself; a cookie does not count.
  const config: RouteConfig = { [ownRoute]: 'callback' }

  function addRoute (address: Address | undefined, createSchema: () => object, choose: ChoosePage): void {
    if (address === undefined) return
    const handler = createHandler(pagesScope, choose)
    const compilers = { validatorCompiler: takeAll, serializerCompiler: writeJson }
    for (const url of routePaths(address, scope.prefix)) {
      scope.post(url, { config, bodyLimit: BODY_LIMIT, schema: createSchema(), ...compilers, handler })
    }
  }

  addRoute(token, createTokenSchema, pages => pages?.token)
  addRoute(device, createDeviceSchema, pages => pages?.device)
  addRoute(revoke, createRevokeSchema, pages => pages?.revoke)
  addRoute(introspect, createIntrospectSchema, pages => pages?.introspect)
}
