import type { FastifyReply, FastifyRequest, HookHandlerDoneFunction } from 'fastify'
import type { CurrentUser } from '../user.ts'
import type { Realm } from './realm.ts'

/** What `@fastify/view` hands to templates beside the data of the route. */
export type Locals = Record<string, unknown>

/** A reply with the locals in a property of ours. */
interface HoldingReply {
  fastifyLoginLocals: Locals | null | undefined
}

/** Name of that property. It is declared. */
export const LOCALS_SLOT = 'fastifyLoginLocals'

const MEMBERS = [
  'isAuthenticated', 'id', 'identity', 'claims', 'userinfo', 'scopes', 'account', 'isFresh', 'isRemembered',
  'authenticatedAt', 'authenticatedBy'
] as const satisfies ReadonlyArray<keyof Extract<CurrentUser, { isAuthenticated: true }>>

/**
 * `currentUser` as templates have it. Its members are its own, because some engines read no others, and ask when they
 * are read: a page that shows nothing of the user depends on nobody. Where nobody could find out who it is, all of them
 * are undefined: an error page must not fail for the reason that it is there to tell.
 */
function createTemplateUser (realm: Realm, request: FastifyRequest): object {
  function read (name: string): unknown {
    try {
      return (realm.of(request).user as unknown as Readonly<Record<string, unknown>>)[name]
    } catch {
      return undefined
    }
  }
  const user = Object.defineProperty({}, 'toJSON', {
    value: () => ({ id: read('id'), isAuthenticated: read('isAuthenticated'), claims: read('claims') })
  })
  for (const name of MEMBERS) Object.defineProperty(user, name, { enumerable: true, get: () => read(name) })
  return user
}

/**
 * The locals with `currentUser` among them, where the application has not put something else there. A copy: an
 * application may give one object to all requests, and the next of them would show the user of this one.
 */
function withUser (realm: Realm, request: FastifyRequest, locals: Locals): Locals {
  if (Object.hasOwn(locals, 'currentUser') || !Object.isExtensible(locals)) return locals
  const copy = Object.create(Object.getPrototypeOf(locals), Object.getOwnPropertyDescriptors(locals)) as Locals
  return Object.defineProperty(copy, 'currentUser', {
    configurable: true, enumerable: true, get: () => createTemplateUser(realm, request)
  })
}

function isLocals (value: unknown): value is Locals {
  return typeof value === 'object' && value !== null
}

/** An accessor for `decorateReply`. */
interface LocalsAccessor {
  getter (this: FastifyReply): unknown
  setter (this: FastifyReply, value: unknown): void
}

/** `reply.locals` as a property that is made when it is read, and keeps `currentUser` when it is replaced. */
export function createLocals (realm: Realm): LocalsAccessor {
  const holding = (reply: FastifyReply): HoldingReply => reply as unknown as HoldingReply
  return {
    getter () { return (holding(this).fastifyLoginLocals ??= withUser(realm, this.request, {})) },
    setter (value) {
      holding(this).fastifyLoginLocals = isLocals(value) ? withUser(realm, this.request, value) : null
    }
  }
}

/** The same for locals that somebody else has declared: what a hook before this one has put there. */
export function createLocalsHook (realm: Realm) {
  return function addTemplateUser (request: FastifyRequest, reply: FastifyReply, done: HookHandlerDoneFunction): void {
    const { locals } = reply as { locals?: unknown }
    if (isLocals(locals)) Reflect.set(reply, 'locals', withUser(realm, request, locals))
    done()
  }
}
