import type { FastifyInstance, FastifyRequest } from 'fastify'
import { createCallers } from './callers.ts'
import type { RealmParts } from './realm-parts.ts'
import { RequestLogin } from './request-login.ts'

/**
 * One registration of the plugin: the protection space (RFC 9110, section 11.5) of the scope that it was registered in.
 */
export interface Realm extends RealmParts {
  /** The login of a request, made when somebody asks. */
  of (request: FastifyRequest): RequestLogin
  /** The login of a request that somebody asked for. */
  peek (request: FastifyRequest): RequestLogin | undefined
  /** Notes that the answer leaves: who asks from now on can change nothing. */
  close (request: FastifyRequest): void
}

/** Name of the property that holds the login of a request. It is declared: a property of another kind is slower. */
export const SLOT = 'fastifyLogin'

interface SlottedRequest {
  [SLOT]: RequestLogin | 'closed' | null
}

export function createRealm (ground: Omit<RealmParts, 'callers'>): Realm {
  const parts: RealmParts = { ...ground, callers: createCallers(ground.settings) }
  return Object.freeze({
    ...parts,
    of (request: FastifyRequest): RequestLogin {
      const slotted = request as unknown as SlottedRequest
      const login = slotted[SLOT]
      if (login instanceof RequestLogin) return login
      return (slotted[SLOT] = new RequestLogin(parts, request, login === 'closed'))
    },
    peek (request: FastifyRequest): RequestLogin | undefined {
      const login = (request as unknown as SlottedRequest)[SLOT]
      return login instanceof RequestLogin ? login : undefined
    },
    close (request: FastifyRequest): void {
      const slotted = request as unknown as SlottedRequest
      slotted[SLOT] ??= 'closed'
    }
  })
}

const realmKey = Symbol.for('fastify-login.realm')

interface RealmHolder {
  readonly [realmKey]?: Realm
}

export function bindRealm (fastify: FastifyInstance, realm: Realm): void {
  fastify.decorate(realmKey, realm)
}

/** The realm of a scope, or undefined where the plugin is not registered. */
export function realmOf (fastify: object): Realm | undefined {
  return (fastify as RealmHolder)[realmKey]
}
