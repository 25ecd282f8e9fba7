import type { FastifyRequest } from 'fastify'

/**
 * Marks our own routes in their config: guards leave them alone, except those that say `guarded`, or `endpoint` where
 * they take more than the cookie. A `callback` may also come from another site, as a form_post answer does, or from a
 * server or a program: what it brings proves itself.
 */
export const ownRoute = Symbol('fastify-login.own-route')

/** What the config of a route says about us. */
export interface RouteConfig {
  readonly auth?: boolean
  readonly [ownRoute]?: 'page' | 'callback' | 'guarded' | 'endpoint'
}

/** The config of the route of a request. Fastify puts it together whenever it is read: whoever asks twice keeps it. */
export function configOf (request: FastifyRequest): RouteConfig {
  return request.routeOptions.config as RouteConfig
}

/** Whether a route is one of our own pages. */
export function isOwnRoute (config: RouteConfig): boolean {
  return config[ownRoute] !== undefined
}

/** Whether the cookie is all that counts on a route: our own pages are about it. */
export function isCookieRoute (config: RouteConfig): boolean {
  return isOwnRoute(config) && config[ownRoute] !== 'endpoint'
}

/** Whether guards leave a route alone. */
export function isUnguarded (config: RouteConfig): boolean {
  return isCookieRoute(config) && config[ownRoute] !== 'guarded'
}

/** Whether a state-changing request for a route may come from another site. */
export function isCallback (config: RouteConfig): boolean {
  return config[ownRoute] === 'callback'
}

/** Whether a route says `config: { auth: false }`: nobody looks who asks. */
export function isAuthOff (config: RouteConfig): boolean {
  return config.auth === false
}
