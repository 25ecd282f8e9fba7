import type { FastifyReply, FastifyRequest } from 'fastify'
import type { Awaitable } from '../awaitable.ts'
import type { BearerToken } from '../bearer-token.ts'
import { CrossSite, NoProvider, NoSession, NotAuthenticated, ReplySent } from '../errors.ts'
import type { LoginDemands } from '../oidc/login/demands.ts'
import type { TokenWish } from '../oidc/tokens/access-tokens.ts'
import type { UsableToken } from '../oidc/tokens/service-fetch.ts'
import { NO_COOKIES, type SetCookie } from '../session/cookies.ts'
import { RequestSession } from '../session/request-session.ts'
import type { Session, SessionStart } from '../session/session.ts'
import type { AuthUser, Claims, CurrentUser } from '../user.ts'
import { answerCookies } from './answer-cookies.ts'
import { CookieUser } from './cookie-user.ts'
import { loginWithTokens } from './login-with-tokens.ts'
import { isWebSocket } from './navigation.ts'
import type { RealmParts } from './realm-parts.ts'
import { Refusals } from './refusals.ts'
import { RequestUser } from './request-user.ts'
import { RequestVisit } from './request-visit.ts'
import { configOf, isAuthOff } from './route-config.ts'
import { isProven } from './same-site.ts'
import { somebody } from './session-user.ts'
import { sessionToken } from './session-tokens.ts'
import { tokenRefusal } from './token-refusals.ts'
import { reportUnwritten } from './unwritten-report.ts'
import type { Via } from './via.ts'

/** Who a request comes from, and what it changes about that. */
export class RequestLogin {
  readonly #realm: RealmParts
  readonly #request: FastifyRequest
  readonly #session: RequestSession
  readonly #byCookie: CookieUser
  readonly #user: RequestUser
  #bindingCookies: readonly SetCookie[] = NO_COOKIES
  #reply: FastifyReply | null
  #isWritten = false
  #isAsked = false
  #refusals: Refusals | undefined

  /** @param reply that carries what is changed, where it is known */
  constructor (realm: RealmParts, request: FastifyRequest, reply: FastifyReply | null, isWritten = false) {
    this.#realm = realm
    this.#request = request
    this.#reply = reply
    this.#isWritten = isWritten
    const { sessions, settings, signIn } = realm
    this.#session = new RequestSession(sessions, settings, new RequestVisit(request), signIn?.sessions)
    this.#byCookie = new CookieUser(realm, request, this.#session)
    this.#user = new RequestUser(realm, request, this.#byCookie)
  }

  /** Why the request may not pass. */
  get refusals (): Refusals {
    return (this.#refusals ??= new Refusals(this.#realm, this.#request))
  }

  /** What holds at the site that the request is for. */
  get site (): Pick<RealmParts, 'settings' | 'signIn'> {
    return this.#realm
  }

  /** Learns which answer carries what is changed. */
  attend (reply: FastifyReply): void {
    this.#reply = reply
    if (this.#hasChanged) this.#watch()
  }

  /** Notes that the answer depends on who asks. */
  touch (): void {
    this.#isAsked = true
  }

  /** Whether the answer depends on who asks. */
  get isTouched (): boolean {
    return this.#isAsked || this.#hasChanged
  }

  /** `request.currentUser`. Throws where nobody looked, or where looking failed. */
  get user (): CurrentUser {
    this.touch()
    return this.#user.current
  }

  /** Finds out once who it is; synchronous where everything is local. Throws, and always will, where looking failed. */
  authenticate (): Awaitable<CurrentUser> {
    return this.#user.find()
  }

  /** The same for a guard. */
  admit (via: Via): Awaitable<CurrentUser> {
    return this.#user.admit(via)
  }

  /** `request.token`. Throws where `user` does. */
  get token (): BearerToken | undefined {
    this.touch()
    return this.#user.token
  }

  /** Why whoever is nobody here may not pass. */
  refusalOf (via: Via, demands: LoginDemands): Error {
    const fault = this.#user.tokenFault
    return fault === undefined ? this.refusals.unauthorized(via, demands) : tokenRefusal(this.#realm, fault)
  }

  /** Finds out already who it is; a promise where that takes time. What fails waits for who asks. */
  lookAhead (): Promise<unknown> | undefined {
    return this.#user.lookAhead()
  }

  async login (start: SessionStart): Promise<Session> {
    this.#assertMayChange()
    if (this.#user.showsToken) throw new NoSession()
    const account = await this.#byCookie.accept(start)
    this.#assertNotWritten() // Nobody waited for loadUser: the session that is stays.
    const session = await this.#byCookie.login(start, account)
    this.#user.becomeCookie()
    this.#realm.events.emit('login', somebody(session, this.#request))
    this.#assertNotWritten()
    return session
  }

  /** The same for who the application signs in. What the same person had of a provider before goes on. */
  async loginUser (start: SessionStart): Promise<void> {
    await loginWithTokens(this, this.#realm.signIn?.tokens, start)
  }

  async logout (): Promise<void> {
    this.#assertMayChange()
    this.#assertSession()
    const { cookies, signIn, settings } = this.#realm
    const { cookie: header } = this.#request.raw.headers
    const session = await this.session()
    await this.#byCookie.end('logout')
    if (session !== undefined) this.#realm.events.emit('logout', somebody(session, this.#request))
    this.#bindingCookies = cookies.clearBinding(header)
    // Whoever leaves does not want to be signed in again by the next page.
    if (settings.providers.some(({ silentLogin }) => silentLogin)) {
      this.addCookie(cookies.silentMarks.write({ reason: 'loggedOut', count: 0 }))
    }
    await signIn?.endLogins(cookies.binding(header))
    this.#assertNotWritten()
  }

  async renew (): Promise<void> {
    this.#assertMayChange()
    const user = await this.authenticate()
    this.#assertSession()
    const session = user.isAuthenticated ? await this.#byCookie.renew(user) : undefined
    if (session === undefined) throw this.refusals.unauthorized()
    if (session.identity !== undefined) await this.#realm.signIn?.tokens.prolong(session)
    this.#assertNotWritten()
  }

  /** Gives the session of a user other claims. Whoever is logged in or out meanwhile stays so. */
  async updateClaims (user: AuthUser, claims: Claims): Promise<void> {
    this.#assertMayChange()
    await this.#byCookie.update(user, claims)
    this.#assertNotWritten()
  }

  /**
   * An access token of the session.
   *
   * @throws NoProvider, NotAuthenticated, NoSession, Unauthorized, TokensLost, InsufficientScope, ProviderUnavailable,
   *   ProviderAnswerInvalid, StoreUnavailable
   */
  async accessToken (wish: TokenWish): Promise<UsableToken> {
    const { signIn } = this.#realm
    if (signIn === undefined) throw new NoProvider()
    if (isAuthOff(configOf(this.#request))) throw new NotAuthenticated() // Nobody asked for the same-site proof either.
    this.touch()
    const user = await this.authenticate()
    this.#assertSession()
    const session = user.isAuthenticated ? await this.session() : undefined
    if (session === undefined || !user.isAuthenticated) throw this.refusals.unauthorized()
    return await sessionToken({
      realm: this.#realm,
      request: this.#request,
      refusals: this.refusals,
      byCookie: this.#byCookie,
      session,
      user,
      holds: () => this.#session.holds(session.handle),
      canWrite: () => this.#canWrite()
    }, signIn, wish)
  }

  /** The session behind the user, for what belongs to a login. */
  session (): Promise<Session | undefined> {
    return this.#session.current()
  }

  /** Adds a cookie of a sign-in to the answer, in the place of one with its name. */
  addCookie (cookie: SetCookie): void {
    this.#bindingCookies = [...this.#bindingCookies.filter(({ name }) => name !== cookie.name), cookie]
    this.#watch()
  }

  get hasLoggedOut (): boolean { return this.#session.hasLoggedOut }

  /** Whether the answer has passed the point where cookies are written. */
  get isWritten (): boolean { return this.#isWritten }

  /** Whether something was changed that no answer has carried to the browser. */
  get isUnwritten (): boolean { return this.#hasChanged && !this.#isWritten }

  /**
   * The cookies that the answer must carry; asked when it leaves, perhaps twice. Only an answer that depends on who
   * asks prolongs the session, and one that cannot leaves it as it is.
   */
  setCookies (): Awaitable<readonly SetCookie[]> {
    this.#isWritten = true
    if (!this.isTouched) return NO_COOKIES
    if (this.#user.hasNoSession) return this.#bindingCookies
    return answerCookies(this.#session, this.#bindingCookies, this.#request)
  }

  get #hasChanged (): boolean {
    return this.#byCookie.hasChanged || this.#bindingCookies.length > 0
  }

  /** Another site must not sign its visitors in here, as somebody of its choice, nor out, whatever the route says. */
  #assertMayChange (): void {
    this.#assertNotWritten()
    if (!isProven(this.#request, this.#realm.settings)) throw new CrossSite()
    this.#watch()
  }

  /** Once: whoever changes twice is reported once. */
  #watch (): void {
    if (this.#reply !== null) reportUnwritten(this.#reply, this)
    this.#reply = null
  }

  #assertSession (): void {
    if (this.#user.hasNoSession) throw new NoSession()
  }

  /** Asked before a change and after it: the answer may have left meanwhile, where nobody waited for the change. */
  #assertNotWritten (): void {
    if (!this.#canWrite()) throw new ReplySent()
  }

  #canWrite (): boolean {
    return !this.#isWritten && !isWebSocket(this.#request)
  }
}
