import type { FastifyRequest } from 'fastify'
import { CrossSite, NoProvider, NoSession, NotAuthenticated, ReplySent, Unauthorized, UserRefused } from '../errors.ts'
import type { EndReason } from '../events.ts'
import type { Awaitable } from '../session/awaitable.ts'
import type { SetCookie } from '../session/cookies.ts'
import { RequestSession } from '../session/request-session.ts'
import type { Session, SessionStart } from '../session/session.ts'
import type { Held } from '../session/sessions.ts'
import { type Account, AnonymousUser, type AuthUser, type CurrentUser } from '../user.ts'
import { challengeFor, helpfulEvidence } from './challenge.ts'
import { loadAccount } from './load-account.ts'
import type { RealmParts } from './realm-parts.ts'
import { RequestCaller } from './request-caller.ts'
import { RequestVisit } from './request-visit.ts'
import { isAuthOff, isOwnRoute } from './route-config.ts'
import { isProven } from './same-site.ts'
import { sessionUser, somebody } from './session-user.ts'
import { toError } from './to-error.ts'
import type { Via } from './via.ts'

const anonymous = Object.freeze(new AnonymousUser())

/** Who a request comes from, and what it changes about that. */
export class RequestLogin {
  readonly #realm: RealmParts
  readonly #request: FastifyRequest
  readonly #session: RequestSession
  #caller: RequestCaller | undefined
  #user: CurrentUser | undefined
  #pending: Promise<CurrentUser> | undefined
  #failure: Error | undefined
  #bindingCookies: readonly SetCookie[] = []
  #hasChanged = false
  #isWritten = false
  /** Whether the answer depends on who asks. */
  isTouched = false

  constructor (realm: RealmParts, request: FastifyRequest, isWritten = false) {
    this.#realm = realm
    this.#request = request
    this.#isWritten = isWritten
    this.#session = new RequestSession(realm.sessions, realm.settings, new RequestVisit(request))
    // Our own pages are about the cookie.
    if (realm.callers === undefined || isOwnRoute(request)) return
    this.#caller = new RequestCaller(realm, realm.callers, request, () => this.#byCookie())
  }

  /** `request.currentUser`. Throws where nobody looked, or where looking failed. */
  get user (): CurrentUser {
    this.isTouched = true
    const known = this.#caller?.user ?? this.#user
    if (known !== undefined) return known
    const failure = this.#caller?.failure ?? this.#failure
    if (failure !== undefined) throw failure
    if (isAuthOff(this.#request)) throw new NotAuthenticated()
    const user = this.authenticate()
    if (!(user instanceof Promise)) return user
    user.catch(() => {}) // The hook or the guard that waits for it says so.
    throw new NotAuthenticated()
  }

  /**
   * Finds out once who it is; synchronous where everything is local. Throws, and always will, where looking failed.
   *
   * @param via the evidence that a guard takes
   */
  authenticate (via?: Via): Awaitable<CurrentUser> {
    if (this.#caller === undefined) return this.#byCookie()
    return via === undefined ? this.#caller.find() : this.#caller.findBy(via)
  }

  #byCookie (): Awaitable<CurrentUser> {
    if (this.#user !== undefined) return this.#user
    if (this.#pending !== undefined) return this.#pending
    if (this.#failure !== undefined) throw this.#failure
    try {
      const found = this.#session.find()
      if (!(found instanceof Promise) && (found === undefined || this.#realm.settings.loadUser === undefined)) {
        this.#user = found === undefined ? anonymous : this.#userOf(found.session, undefined)
        return this.#user
      }
      this.#pending = this.#authenticateLater(found)
      return this.#pending
    } catch (error) {
      throw this.#fail(error)
    }
  }

  /** Finds out already who it is; a promise where that takes time. What fails waits for who asks. */
  lookAhead (): Promise<unknown> | undefined {
    try {
      const user = this.authenticate()
      return user instanceof Promise ? user.catch(() => {}) : undefined
    } catch {
      return undefined
    }
  }

  async login (start: SessionStart): Promise<void> {
    this.#assertMayChange()
    const account = await this.#load(start)
    if (account === null) throw new UserRefused()
    this.#assertNotWritten() // Nobody waited for loadUser: the session that is stays.
    const session = await this.#session.login(start)
    this.#caller = undefined
    this.#become(this.#userOf(session, account))
    this.#realm.events.emit('login', somebody(session, this.#request))
    this.#assertNotWritten()
  }

  async logout (): Promise<void> {
    this.#assertMayChange()
    this.#assertSession()
    const { cookies, signIn } = this.#realm
    const { cookie: header } = this.#request.raw.headers
    const session = await this.session()
    if (session !== undefined) this.#realm.events.emit('logout', somebody(session, this.#request))
    await this.#end('logout')
    this.#bindingCookies = cookies.clearBinding(header)
    await signIn?.endLogins(cookies.binding(header))
    this.#assertNotWritten()
  }

  async renew (): Promise<void> {
    this.#assertMayChange()
    const user = await this.authenticate()
    this.#assertSession()
    const session = user.isAuthenticated ? await this.#session.renew() : undefined
    if (session === undefined || !user.isAuthenticated) throw this.unauthorized()
    this.#become(this.#userOf(session, user.account))
    this.#assertNotWritten()
  }

  /** The session behind the user, for what belongs to a login. */
  session (): Promise<Session | undefined> {
    return this.#session.current()
  }

  setBinding (cookie: SetCookie): void {
    this.#bindingCookies = [cookie]
    this.#hasChanged = true
    this.isTouched = true
  }

  unauthorized (taken?: Via): Unauthorized {
    const via = helpfulEvidence(this.#realm, this.#request, taken)
    const challenge = challengeFor(this.#realm, this.#request, via)
    const canSignIn = this.#realm.signIn !== undefined && via.includes('cookie')
    return new Unauthorized({ challenge, via, ...canSignIn ? { loginUrl: () => this.loginUrl() } : {} })
  }

  /** The address that starts a sign-in and comes back to a path, by default to where the person is. */
  loginUrl (returnTo?: string): string {
    const { signIn } = this.#realm
    if (signIn === undefined) throw new NoProvider()
    const { returnPaths } = signIn
    return signIn.loginUrl(returnTo === undefined ? returnPaths.of(this.#request) : returnPaths.check(returnTo))
  }

  get hasLoggedOut (): boolean { return this.#session.hasLoggedOut }
  /** Whether the answer has passed the point where cookies are written. */
  get isWritten (): boolean {
    return this.#isWritten
  }

  /** Whether something was changed that no answer has carried to the browser. */
  get isUnwritten (): boolean {
    return this.#hasChanged && !this.#isWritten
  }

  /**
   * The cookies that the answer must carry; asked when it leaves, perhaps twice. Only an answer that depends on who
   * asks prolongs the session, and one that cannot leaves it as it is.
   */
  setCookies (): Awaitable<readonly SetCookie[]> {
    this.#isWritten = true
    if (!this.isTouched) return []
    if (this.#caller?.user !== undefined) return this.#bindingCookies
    const withBinding = (cookies: readonly SetCookie[]): readonly SetCookie[] => [...cookies, ...this.#bindingCookies]
    try {
      const cookies = this.#session.setCookies()
      return cookies instanceof Promise ? cookies.then(withBinding, this.#notProlonged) : withBinding(cookies)
    } catch (error) {
      return this.#notProlonged(error)
    }
  }

  readonly #notProlonged = (err: unknown): readonly SetCookie[] => {
    this.#request.log.error({ err }, 'fastify-login: a session could not be prolonged')
    return this.#bindingCookies
  }

  async #authenticateLater (found: Awaitable<Held | undefined>): Promise<CurrentUser> {
    try {
      const session = (await found)?.session
      const account = session === undefined ? null : await this.#load(session)
      if (session !== undefined && account === null) await this.#end('userRefused')
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

  async #end (reason: EndReason): Promise<void> {
    await this.#session.end(reason)
    this.#become(anonymous)
  }

  #become (user: CurrentUser): void {
    this.#user = user
    this.#hasChanged = true
    this.isTouched = true
  }

  #userOf (session: Session, account: unknown): AuthUser {
    return sessionUser(session, account, this.#realm.settings)
  }

  /** Another site must not sign its visitors in here, as somebody of its choice, nor out, whatever the route says. */
  #assertMayChange (): void {
    this.#assertNotWritten()
    if (!isProven(this.#request, this.#realm.settings)) throw new CrossSite()
  }

  #assertSession (): void {
    if (this.#caller?.user !== undefined) throw new NoSession()
  }

  /** Asked before a change and after it: the answer may have left meanwhile, where nobody waited for the change. */
  #assertNotWritten (): void {
    if (this.#isWritten || isWebSocket(this.#request)) throw new ReplySent()
  }
}

/** `@fastify/websocket` marks the requests that it has taken over. */
function isWebSocket (request: FastifyRequest): boolean {
  return (request as { ws?: unknown }).ws === true
}
