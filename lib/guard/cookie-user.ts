import type { FastifyRequest } from 'fastify'
import { UserRefused } from '../errors.ts'
import type { EndReason } from '../events.ts'
import type { Awaitable } from '../awaitable.ts'
import type { RequestSession } from '../session/request-session.ts'
import type { Session, SessionStart } from '../session/session.ts'
import type { Held } from '../session/sessions.ts'
import { type Account, AnonymousUser, type AuthUser, type Claims, type CurrentUser } from '../user.ts'
import { loadAccount } from './load-account.ts'
import type { RealmParts } from './realm-parts.ts'
import { sessionUser } from './session-user.ts'
import { toError } from './to-error.ts'

const anonymous = Object.freeze(new AnonymousUser())

/** Who the session cookie of a request names, and what becomes of that. Nothing is looked up twice. */
export class CookieUser {
  readonly #realm: RealmParts
  readonly #request: FastifyRequest
  readonly #session: RequestSession
  #user: CurrentUser | undefined
  #pending: Promise<CurrentUser> | undefined
  #failure: Error | undefined
  /** Whether something was changed that the browser has to be told. */
  hasChanged = false

  constructor (realm: RealmParts, request: FastifyRequest, session: RequestSession) {
    this.#realm = realm
    this.#request = request
    this.#session = session
  }

  /** Undefined while nobody looked. */
  get known (): CurrentUser | undefined {
    return this.#user
  }

  /** Why nobody could find out. */
  get failure (): Error | undefined {
    return this.#failure
  }

  /** Synchronous where everything is local. Throws, and always will, where looking failed. */
  find (): Awaitable<CurrentUser> {
    if (this.#user !== undefined) return this.#user
    if (this.#pending !== undefined) return this.#pending
    if (this.#failure !== undefined) throw this.#failure
    try {
      const found = this.#session.find()
      if (!(found instanceof Promise) && (found === undefined || this.#realm.settings.loadUser === undefined)) {
        this.#user = found === undefined ? anonymous : this.#userOf(found.session, undefined, this.#session.lookedUpAt)
        return this.#user
      }
      this.#pending = this.#findLater(found)
      return this.#pending
    } catch (error) {
      throw this.#fail(error)
    }
  }

  /**
   * What the application knows about who signs in.
   *
   * @throws UserRefused, StoreUnavailable
   */
  async accept (start: SessionStart): Promise<Account | undefined> {
    const account = await this.#load(start)
    if (account === null) throw new UserRefused()
    return account
  }

  async login (start: SessionStart, account: Account | undefined): Promise<Session> {
    const session = await this.#session.login(start)
    this.#become(this.#userOf(session, account))
    return session
  }

  /** Undefined where there is no session to prolong. */
  async renew (user: AuthUser): Promise<Session | undefined> {
    const session = await this.#session.renew()
    if (session !== undefined) this.#become(this.#userOf(session, user.account))
    return session
  }

  /** Writes other claims of the same person into the session. */
  async update (user: AuthUser, claims: Claims): Promise<void> {
    const session = await this.#session.update(claims)
    if (session !== undefined) this.#become(this.#userOf(session, user.account))
  }

  async end (reason: EndReason): Promise<void> {
    await this.#session.end(reason)
    this.#become(anonymous)
  }

  async #findLater (found: Awaitable<Held | undefined>): Promise<CurrentUser> {
    try {
      const session = (await found)?.session
      const account = session === undefined ? null : await this.#load(session)
      if (session !== undefined && account === null) await this.end('userRefused')
      this.#user ??= session === undefined ? anonymous : this.#userOf(session, account)
      return this.#user
    } catch (error) {
      throw this.#fail(error)
    }
  }

  #fail (reason: unknown): Error {
    this.#failure = toError(reason)
    return this.#failure
  }

  /** What the application knows about a person: null where it does not accept them, undefined where it is not asked. */
  #load ({ userId, identity, claims = {} }: SessionStart): Promise<Account | null | undefined> {
    const who = { id: userId, ...identity, claims, authenticatedBy: 'cookie' }
    return loadAccount(this.#realm.settings, who, this.#request)
  }

  #become (user: CurrentUser): void {
    this.#user = user
    this.hasChanged = true
  }

  /** @param now seconds since 1970 */
  #userOf (session: Session, account: unknown, now = Math.floor(this.#realm.settings.now() / 1000)): AuthUser {
    return sessionUser(session, account, this.#realm.settings, now)
  }
}
