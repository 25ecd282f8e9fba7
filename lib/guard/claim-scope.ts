import type { FastifyInstance } from 'fastify'
import { ConfigurationError } from '../errors.ts'
import { refuse } from '../options/check.ts'

const cookieNamesKey = Symbol.for('fastify-login.cookie-names')

/** The one object that all scopes of an application share. */
interface Shared {
  [cookieNamesKey]?: Set<string>
}

/**
 * Finds out whether a scope is free for the plugin: two registrations that meet in one request, or that write one
 * cookie, would undo each other's logins.
 *
 * @throws ConfigurationError
 */
export function claimScope (fastify: FastifyInstance, cookieName: string): void {
  if (fastify.hasRequestDecorator('currentUser')) {
    throw new ConfigurationError('"request.currentUser" exists in this scope already: fastify-login is registered here or above, or another plugin uses the name. Register it once, or in scopes beside each other.')
  }
  const shared = fastify.server as Shared
  shared[cookieNamesKey] ??= new Set()
  if (shared[cookieNamesKey].has(cookieName)) {
    refuse('session.cookie.name', `is ${JSON.stringify(cookieName)} in another scope of this application too. Give each registration of fastify-login a name of its own.`)
  }
  shared[cookieNamesKey].add(cookieName)
}
