import type { FastifyInstance } from 'fastify'
import { ConfigurationError } from '../errors.ts'
import { refuse } from '../options/check.ts'

const claimsKey = Symbol.for('fastify-login.claims')

/** What one registration of the plugin has for itself. */
export interface Claim {
  readonly scope: FastifyInstance
  readonly name: string | undefined
  readonly cookieNames: readonly string[]
  /** As which it signs tokens; undefined where it signs none. */
  readonly issuer: string | undefined
  paths: readonly string[]
}

/** The one object that all scopes of an application share. */
interface Shared {
  [claimsKey]?: Claim[]
}

function claimsOf ({ server }: Pick<FastifyInstance, 'server'>): Claim[] {
  return ((server as Shared)[claimsKey] ??= [])
}

/** Fastify makes a scope with the one around it as its prototype. */
function isAround (outer: FastifyInstance, inner: FastifyInstance): boolean {
  return outer === inner || Object.prototype.isPrototypeOf.call(outer, inner)
}

/** The names of the registrations that a scope is in. */
export function namesAround (fastify: FastifyInstance): readonly string[] {
  const claims = claimsOf(fastify).filter(({ scope }) => isAround(scope, fastify))
  return claims.map(({ name }) => name).filter(name => name !== undefined)
}

function assertFreeMembers (fastify: FastifyInstance, name: string | undefined): void {
  if (name === undefined && fastify.hasRequestDecorator('currentUser')) {
    throw new ConfigurationError('"request.currentUser" exists in this scope already: fastify-login is registered here or above, or another plugin uses the name. Register it once, in scopes beside each other, or with the option "name".')
  }
  const names = namesAround(fastify)
  if (name !== undefined && names.includes(name)) {
    refuse('name', `is ${JSON.stringify(name)}, as for fastify-login here or in a scope around this one. Give each of them a name of its own.`)
  }
  const isTaken = fastify.hasDecorator('logins') || fastify.hasRequestDecorator('logins')
  if (name !== undefined && names.length === 0 && isTaken) {
    throw new ConfigurationError('"logins" exists in this scope already: another plugin uses the name, which fastify-login needs for the option "name".')
  }
}

/**
 * Finds out whether a scope is free for the plugin: two registrations of one name that meet in one request, or any two
 * that write one cookie, would undo each other's logins.
 *
 * @throws ConfigurationError
 */
export function claimScope (
  fastify: FastifyInstance, name: string | undefined, cookieNames: readonly string[], issuer?: string
): Claim {
  assertFreeMembers(fastify, name)
  const claims = claimsOf(fastify)
  if (claims.some(claim => claim.name === name && isAround(fastify, claim.scope))) {
    const which = name === undefined ? '' : ` with the name ${JSON.stringify(name)}`
    throw new ConfigurationError(`fastify-login is registered${which} in a scope inside of this one already. Register it once, in scopes beside each other, or with the option "name".`)
  }
  const taken = cookieNames.find(cookie => claims.some(claim => claim.cookieNames.includes(cookie)))
  if (taken !== undefined) {
    refuse('session.cookie.name', `makes a cookie ${JSON.stringify(taken)}, as another registration of fastify-login in this application does. Give each of them a name of its own.`)
  }
  if (issuer !== undefined && claims.some(claim => claim.issuer === issuer)) {
    refuse('broker.issuer', `is ${issuer}, as that of another registration of fastify-login in this application is, and their keys would meet. Write an address below it for one of them, as ${issuer}/admin.`)
  }
  const claim: Claim = { scope: fastify, name, cookieNames, issuer, paths: [] }
  claims.push(claim)
  return claim
}

/** Takes the paths of our own routes, as the router has them. @throws ConfigurationError */
export function claimPaths (claim: Claim, paths: readonly string[]): void {
  const claims = claimsOf(claim.scope)
  const taken = paths.find(path => claims.some(claim => claim.paths.includes(path)))
  if (taken?.includes('/.well-known/') === true) {
    const option = taken.includes('authorization-server') ? 'authorizationServerMetadata' : 'resourceMetadata'
    refuse(`routes.${option}`, `makes a route ${taken}, as another registration of fastify-login in this application does. Write false for one of them.`)
  }
  if (taken !== undefined) {
    refuse('routes.prefix', `makes a route ${taken}, as another registration of fastify-login in this application does. Give each of them a prefix of its own.`)
  }
  claim.paths = paths
}
