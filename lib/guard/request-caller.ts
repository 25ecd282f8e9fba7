import type { FastifyRequest } from 'fastify'
import { bounded } from '../bounded.ts'
import type { BearerToken } from '../bearer-token.ts'
import { ArgumentInvalid, CrossSite, StoreUnavailable } from '../errors.ts'
import type { Awaitable } from '../awaitable.ts'
import { AnonymousUser, AuthUser, type CurrentUser, type Evidence } from '../user.ts'
import { hasBasicCredentials } from './basic-credentials.ts'
import { tokenScheme } from './bearer-credentials.ts'
import type { Callers, Way } from './callers.ts'
import type { CookieUser } from './cookie-user.ts'
import { isRefusal } from './is-refusal.ts'
import { loadAccount } from './load-account.ts'
import type { RealmParts } from './realm-parts.ts'
import { RequestToken, type ShownToken, type TokenFault } from './request-token.ts'
import { isProven } from './same-site.ts'
import { toError } from './to-error.ts'
import type { Via } from './via.ts'

/** Milliseconds that the application may take to judge evidence. */
const LONGEST_ANSWER = 2000
/** Seconds since 1970: in the year 5138, or in 1973 if they were milliseconds. */
const LATEST_TIME = 100_000_000_000
const nobody = Object.freeze(new AnonymousUser())

/** A time that is no number of seconds, or one of milliseconds, would be recent for ever. */
function isTime (time: unknown): boolean {
  return typeof time === 'number' && time >= 0 && time < LATEST_TIME
}

/** What the application made of the evidence, as a user; undefined where it names nobody. */
function userOf (answer: unknown, { option }: Way): AuthUser | undefined {
  if (answer === undefined || answer === null) return undefined
  const user = answer instanceof AuthUser ? answer : new AuthUser(answer as string)
  const { id, authenticatedAt = 0 } = user
  if (typeof id !== 'string' || id === '') {
    throw new ArgumentInvalid(`The option "${option}" must return the id of a caller as a text that is not empty, an AuthUser that has one, or nothing.`)
  }
  if (!isTime(authenticatedAt)) {
    throw new ArgumentInvalid(`The option "${option}" must return an AuthUser whose authenticatedAt is in seconds since 1970, or undefined.`)
  }
  return user
}

/** Who a request comes from where there is other evidence than the cookie. Nothing is asked twice. */
export class RequestCaller {
  readonly #realm: RealmParts
  readonly #callers: Callers
  readonly #request: FastifyRequest
  readonly #byCookie: Pick<CookieUser, 'find'>
  #answers: Map<Way, Promise<CurrentUser | undefined>> | undefined
  #token: RequestToken | undefined
  #shown: ShownToken | undefined
  #isDecided = false
  #isCookieTaken = false
  /** Who it is, or is not, where something else than the cookie decided; that request has no session. */
  user: CurrentUser | undefined
  /** Why nobody could find out. */
  failure: Error | undefined

  constructor (realm: RealmParts, callers: Callers, request: FastifyRequest, byCookie: Pick<CookieUser, 'find'>) {
    this.#realm = realm
    this.#callers = callers
    this.#request = request
    this.#byCookie = byCookie
  }

  /** Whether the request shows an access token where they are taken: it has no session then, and makes none. */
  get showsToken (): boolean {
    return this.#callers.bearer !== undefined && tokenScheme(this.#request) !== undefined
  }

  /** The access token that decided. */
  get token (): BearerToken | undefined {
    return this.#shown?.token
  }

  /** Why the access token of the request is not taken, where it decided. */
  get tokenFault (): TokenFault | undefined {
    return this.#shown?.fault
  }

  /** Finds out who it is by the evidence that every route takes: a token, else authenticators, then the cookie. */
  find (): Awaitable<CurrentUser> {
    if (this.#isDecided) return this.#decided()
    if (this.user !== undefined) return this.user
    if (this.#isCookieTaken) return this.#byCookie.find()
    const shown = this.#findToken()
    if (shown !== undefined) return shown
    if (this.#callers.authenticators.length === 0) return this.#byCookie.find()
    return this.#search(() => true).catch(reason => this.#fail(reason))
  }

  /** Finds out who it is by the evidence that a guard takes. That is who it is from then on. */
  admit (via: Via): Awaitable<CurrentUser> {
    // Where one guard has decided by the header, another one cannot turn to the cookie, nor the other way round.
    if (this.#isDecided) return this.#decided()
    if (this.showsToken && !this.#isCookieTaken && (via === undefined || via.includes('bearer'))) {
      this.#isDecided = true
      return this.#decided()
    }
    return via === undefined ? this.find() : this.#findBy(via)
  }

  /** Who it is where the header has decided; what failed then fails again. */
  #decided (): Awaitable<CurrentUser> {
    return this.user ?? this.#findToken() ?? nobody
  }

  /** Who the token names; undefined where there is none. */
  #findToken (): Awaitable<CurrentUser> | undefined {
    const { bearer } = this.#callers
    if (bearer === undefined) return undefined
    this.#token ??= new RequestToken(this.#realm, bearer, this.#request)
    const found = this.#token.find()
    if (found === undefined) return undefined
    return found instanceof Promise ? this.#decideLater(found) : this.#decide(found)
  }

  async #decideLater (found: Promise<ShownToken>): Promise<CurrentUser> {
    try {
      return this.#decide(await found)
    } catch (reason) {
      return this.#fail(reason)
    }
  }

  #decide (shown: ShownToken): CurrentUser {
    this.#shown = shown
    this.user = shown.user
    return shown.user
  }

  #fail (reason: unknown): never {
    this.failure = toError(reason)
    throw this.failure
  }

  async #findBy (via: readonly Evidence[]): Promise<CurrentUser> {
    this.#shown = undefined // The token means nothing here.
    const { basic } = this.#callers
    if (basic === undefined || !via.includes('basic') || !hasBasicCredentials(this.#request)) {
      const found = await this.#search(name => via.includes(name))
      this.#isCookieTaken = found.isAuthenticated && this.user === undefined
      return found
    }
    // Browsers send them along by themselves, as they do with a cookie.
    if (!isProven(this.#request, this.#realm.settings)) throw new CrossSite()
    this.#isDecided = true
    this.user = undefined
    try {
      this.user = await this.#ask(basic) ?? nobody
      return this.user
    } catch (error) {
      this.failure = toError(error)
      throw this.failure
    }
  }

  async #search (takes: (name: Evidence) => boolean): Promise<CurrentUser> {
    for (const way of this.#callers.authenticators) {
      const caller = takes(way.name) ? await this.#ask(way) : undefined
      if (caller !== undefined) return (this.user = caller)
    }
    this.user = undefined
    return takes('cookie') ? await this.#cookieUser() : nobody
  }

  /** The cookie decides although the request shows a token, for which nobody asked it for the proof of its site. */
  #cookieUser (): Awaitable<CurrentUser> {
    if (this.showsToken && !isProven(this.#request, this.#realm.settings)) throw new CrossSite()
    return this.#byCookie.find()
  }

  #ask (way: Way): Promise<CurrentUser | undefined> {
    this.#answers ??= new Map()
    const known = this.#answers.get(way)
    if (known !== undefined) return known
    const asked = this.#askOnce(way)
    this.#answers.set(way, asked)
    return asked
  }

  async #askOnce (way: Way): Promise<CurrentUser | undefined> {
    const user = userOf(await this.#answerOf(way), way)
    if (user === undefined) return undefined
    const { id, identity, claims } = user
    const account = user.account ??
      await loadAccount(this.#realm.settings, { id, ...identity, claims, authenticatedBy: way.name }, this.#request)
    return account === null ? nobody : this.#callerOf(user, account, way)
  }

  async #answerOf ({ ask, option }: Way): Promise<unknown> {
    try {
      return await bounded(async () => await ask(this.#request), LONGEST_ANSWER)
    } catch (cause) {
      if (isRefusal(cause)) throw cause
      this.#request.log.error({ err: cause }, `fastify-login: "${option}" failed`)
      throw new StoreUnavailable({ cause })
    }
  }

  /** Whoever sends a password has just proved who they are; a key says so only where it tells when that was. */
  #callerOf (user: AuthUser, account: unknown, { name }: Way): AuthUser {
    const { identity, claims, userinfo, scopes } = user
    const now = Math.floor(this.#realm.settings.now() / 1000)
    const authenticatedAt = user.authenticatedAt === undefined
      ? (name === 'basic' ? now : undefined)
      : Math.min(user.authenticatedAt, now)
    const isFresh = user.isFresh && authenticatedAt !== undefined
    return new AuthUser(user.id, {
      identity, claims, userinfo, scopes, account, isFresh, authenticatedAt, authenticatedBy: name
    })
  }
}
