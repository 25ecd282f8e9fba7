import type { FastifyInstance } from 'fastify'
import { ConfigurationError } from '../errors.ts'
import { refuse } from '../options/check.ts'

const scopesKey = Symbol.for('fastify-login.scopes')

/** The one object that all scopes of an application share. */
interface Shared {
  /** Scopes with the plugin in them, by the names of their cookies. */
  [scopesKey]?: Map<string, FastifyInstance>
}

/** Fastify makes a scope with the one around it as its prototype. */
function isAround (outer: FastifyInstance, inner: FastifyInstance): boolean {
  return Object.prototype.isPrototypeOf.call(outer, inner)
}

/**
 * Finds out whether a scope is free for the plugin: two registrations that meet in one request, or that write one
 * cookie, would undo each other's logins.
 *
 * @throws ConfigurationError
 */
export function claimScope (fastify: FastifyInstance, cookieNames: readonly string[]): void {
  if (fastify.hasRequestDecorator('currentUser')) {
    throw new ConfigurationError('"request.currentUser" exists in this scope already: fastify-login is registered here or above, or another plugin uses the name. Register it once, or in scopes beside each other.')
  }
  const shared = fastify.server as Shared
  const scopes = (shared[scopesKey] ??= new Map<string, FastifyInstance>())
  if ([...scopes.values()].some(scope => isAround(fastify, scope))) {
    throw new ConfigurationError('fastify-login is registered in a scope inside of this one already. Register it once, or in scopes beside each other.')
  }
  const taken = cookieNames.find(name => scopes.has(name))
  if (taken !== undefined) {
    refuse('session.cookie.name', `makes a cookie ${JSON.stringify(taken)}, as another scope of this application does. Give each registration of fastify-login a name of its own.`)
  }
  for (const name of cookieNames) scopes.set(name, fastify)
}
