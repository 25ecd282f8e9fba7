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

function configOf (request: FastifyRequest): RouteConfig {
  return request.routeOptions.config as RouteConfig
}

/** Whether a request is for one of our own pages. */
export function isOwnRoute (request: FastifyRequest): boolean {
  return configOf(request)[ownRoute] !== undefined
}

/** Whether the cookie is all that counts on the route of a request: our own pages are about it. */
export function isCookieRoute (request: FastifyRequest): boolean {
  return isOwnRoute(request) && configOf(request)[ownRoute] !== 'endpoint'
}

/** Whether guards leave the route of a request alone. */
export function isUnguarded (request: FastifyRequest): boolean {
  return isCookieRoute(request) && configOf(request)[ownRoute] !== 'guarded'
}

/** Whether a state-changing request may come from another site. */
export function isCallback (request: FastifyRequest): boolean {
  return configOf(request)[ownRoute] === 'callback'
}

/** Whether the route of a request says `config: { auth: false }`: nobody looks who asks. */
export function isAuthOff (request: FastifyRequest): boolean {
  return configOf(request).auth === false
}
