import type { FastifyRequest } from 'fastify'
import type { Awaitable } from '../awaitable.ts'
import type { BearerToken } from '../bearer-token.ts'
import { NotAuthenticated } from '../errors.ts'
import type { CurrentUser } from '../user.ts'
import type { CookieUser } from './cookie-user.ts'
import type { RealmParts } from './realm-parts.ts'
import { RequestCaller } from './request-caller.ts'
import type { TokenFault } from './request-token.ts'
import { configOf, isAuthOff, isCookieRoute } from './route-config.ts'
import type { Via } from './via.ts'

/** Who a request comes from, whatever its evidence is. */
export class RequestUser {
  readonly #request: FastifyRequest
  readonly #byCookie: CookieUser
  #caller: RequestCaller | undefined

  constructor (realm: RealmParts, request: FastifyRequest, byCookie: CookieUser) {
    this.#request = request
    this.#byCookie = byCookie
    if (realm.callers === undefined || isCookieRoute(configOf(request))) return
    this.#caller = new RequestCaller(realm, realm.callers, request, byCookie)
  }

  /** Throws where nobody looked, or where looking failed. */
  get current (): CurrentUser {
    const known = this.#caller?.user ?? this.#byCookie.known
    if (known !== undefined) return known
    const failure = this.#caller?.failure ?? this.#byCookie.failure
    if (failure !== undefined) throw failure
    if (isAuthOff(configOf(this.#request))) throw new NotAuthenticated()
    const user = this.find()
    if (!(user instanceof Promise)) return user
    user.catch(() => {}) // The hook or the guard that waits for it says so.
    throw new NotAuthenticated()
  }

  /** Finds out once who it is; synchronous where everything is local. Throws, and always will, where looking failed. */
  find (): Awaitable<CurrentUser> {
    return this.#caller === undefined ? this.#byCookie.find() : this.#caller.find()
  }

  /** The same for a guard. */
  admit (via: Via): Awaitable<CurrentUser> {
    return this.#caller === undefined ? this.#byCookie.find() : this.#caller.admit(via)
  }

  /** Finds out already who it is; a promise where that takes time. What fails waits for who asks. */
  lookAhead (): Promise<unknown> | undefined {
    try {
      const user = this.find()
      return user instanceof Promise ? user.catch(() => {}) : undefined
    } catch {
      return undefined
    }
  }

  /** The access token that decided. Throws where `current` does. */
  get token (): BearerToken | undefined {
    return this.current.isAuthenticated ? this.#caller?.token : undefined
  }

  /** Why the access token of the request is not taken, where it decided. */
  get tokenFault (): TokenFault | undefined {
    return this.#caller?.tokenFault
  }

  /** Whether the request shows an access token where they are taken. */
  get showsToken (): boolean {
    return this.#caller?.showsToken === true
  }

  /** Whether something else than the cookie decided: that request has no session. */
  get hasNoSession (): boolean {
    return this.#caller?.user !== undefined
  }

  /** Somebody has signed in: the cookie counts from now on. */
  becomeCookie (): void {
    this.#caller = undefined
  }
}
