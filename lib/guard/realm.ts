import type { FastifyInstance, FastifyReply, FastifyRequest } from 'fastify'
import { NotAuthenticated } from '../errors.ts'
import { createCallers } from './callers.ts'
import type { RealmParts } from './realm-parts.ts'
import { RequestLogin } from './request-login.ts'
import { toError } from './to-error.ts'

/** What a tenant has of its own. */
export type TenantParts = Pick<RealmParts, 'settings' | 'signIn'>

/** The tenants of an application. */
export interface Tenants {
  /** @throws TenantUnknown, ProviderUnavailable, ConfigurationError */
  of (request: FastifyRequest): Promise<TenantParts>
}

/**
 * One registration of the plugin: the protection space (RFC 9110, section 11.5) of the scope that it was registered in.
 */
export interface Realm extends RealmParts {
  /**
   * Finds out the tenant of a request, where there are any: it must have ended before somebody asks for the login.
   * Never rejects: what fails waits for who asks.
   */
  readonly enter: ((request: FastifyRequest, reply: FastifyReply) => Promise<void>) | undefined
  /** The login of a request, made when somebody asks. */
  of (request: FastifyRequest): RequestLogin
  /** The login of a request that somebody asked for. */
  peek (request: FastifyRequest): RequestLogin | undefined
  /** Notes the answer of a request: what is changed and never written to it is reported. */
  attend (request: FastifyRequest, reply: FastifyReply): void
  /** Notes that the answer leaves: who asks from now on can change nothing. */
  close (request: FastifyRequest): void
}

/** Name of the property that holds the login of a request. It is declared: a property of another kind is slower. */
export const SLOT = 'fastifyLogin'

/** The property of a registration with a name: one request may be in the realms of several. */
export function slotOf (name: string | undefined): string {
  return name === undefined ? SLOT : `${SLOT}:${name}`
}

/** A login, why there is none, that the answer has left, or as long as nobody has asked that answer, or nothing yet. */
type Slotted = RequestLogin | Error | 'closed' | FastifyReply | null
type SlottedRequest = Record<string, Slotted>

function withTenant (parts: RealmParts, { settings, signIn }: TenantParts): RealmParts {
  return { ...parts, settings, signIn }
}

async function findTenant (tenants: Tenants, request: FastifyRequest): Promise<TenantParts | Error> {
  try {
    return await tenants.of(request)
  } catch (error) {
    return toError(error)
  }
}

function createEnter (parts: RealmParts, tenants: Tenants, slot: string): NonNullable<Realm['enter']> {
  return async function enter (request, reply) {
    const found = await findTenant(tenants, request)
    const slotted = request as unknown as SlottedRequest
    slotted[slot] = found instanceof Error ? found : new RequestLogin(withTenant(parts, found), request, reply)
  }
}

export function createRealm (ground: Omit<RealmParts, 'callers'>, tenants?: Tenants): Realm {
  const slot = slotOf(ground.settings.name)
  const parts: RealmParts = { ...ground, callers: createCallers(ground.settings, ground.bearer) }
  return Object.freeze({
    ...parts,
    enter: tenants === undefined ? undefined : createEnter(parts, tenants, slot),
    of (request: FastifyRequest): RequestLogin {
      const slotted = request as unknown as SlottedRequest
      const login = slotted[slot]
      if (login instanceof RequestLogin) return login
      if (login instanceof Error) throw login
      // Whose login it would be, nobody has found out.
      if (tenants !== undefined) throw new NotAuthenticated()
      const reply = typeof login === 'object' ? login : null
      return (slotted[slot] = new RequestLogin(parts, request, reply, login === 'closed'))
    },
    peek (request: FastifyRequest): RequestLogin | undefined {
      const login = (request as unknown as SlottedRequest)[slot]
      return login instanceof RequestLogin ? login : undefined
    },
    attend (request: FastifyRequest, reply: FastifyReply): void {
      const slotted = request as unknown as SlottedRequest
      const login = slotted[slot]
      if (login instanceof RequestLogin) login.attend(reply)
      else slotted[slot] ??= reply
    },
    close (request: FastifyRequest): void {
      const slotted = request as unknown as SlottedRequest
      const login = slotted[slot]
      if (!(login instanceof Error)) slotted[slot] = 'closed'
    }
  })
}

const nameless = Symbol.for('fastify-login.realm')

function realmKey (name: string | undefined): symbol {
  return name === undefined ? nameless : Symbol.for(`fastify-login.realm.${name}`)
}

export function bindRealm (fastify: FastifyInstance, realm: Realm): void {
  fastify.decorate(realmKey(realm.settings.name), realm)
}

/** The realm of a scope, or undefined where the plugin is not registered with this name, or without one. */
export function realmOf (fastify: object, name?: string): Realm | undefined {
  return (fastify as Readonly<Record<symbol, Realm | undefined>>)[realmKey(name)]
}
