import type { FastifyReply, FastifyRequest } from 'fastify'
import type { Account, AuthUser, Claims, Evidence } from '../user.ts'

/** Whom `loadUser` is asked for. */
export interface SessionIdentity {
  /** `currentUser.id`. */
  readonly id: string
  readonly issuer?: string
  readonly subject?: string
  readonly provider?: string
  readonly claims: Claims
  /** How the request proved it; `'cookie'` also at a login. */
  readonly authenticatedBy: Evidence
}

/** Looks up what the application knows about a person. */
export type LoadUser = (
  identity: SessionIdentity, request: FastifyRequest
) => Account | null | undefined | Promise<Account | null | undefined>

/** What a login brings to {@link OnLogin}. */
export interface LoginReturn {
  /** What `request.loginUrl({ appState })` was given, as JSON has it; undefined where it was given nothing. */
  readonly appState: unknown
  /** The path of this site where the login leads. */
  readonly returnTo: string
}

/** Does what is to be done after a login, and may say where it leads. */
export type OnLogin = (
  request: FastifyRequest, reply: FastifyReply, login: LoginReturn
) => string | undefined | void | Promise<string | undefined | void>

/** Says who somebody is, as `/auth/userinfo` answers it. */
export type MapUserinfo = (user: AuthUser) => object | Promise<object>
