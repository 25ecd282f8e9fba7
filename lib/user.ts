/**
 * Types that an application gives its own shape, once, for all of its code.
 *
 * @example
 * declare module 'fastify-login' {
 *   interface LoginTypes { account: { name: string, isAdmin: boolean } }
 * }
 */

export interface LoginTypes {}

/** What `loadUser` returns: `LoginTypes['account']` where the application says so, else unknown. */
export type Account = LoginTypes extends { account: infer T } ? T : unknown

/**
 * The names of the plugins of an application that registers several, for `request.logins` and `fastify.logins`.
 *
 * @example
 * declare module 'fastify-login' {
 *   interface LoginNames { admin: true }
 * }
 */

export interface LoginNames {}

/** A name in {@link LoginNames}; any text where the application names none. */
export type LoginName = [keyof LoginNames] extends [never] ? string : keyof LoginNames & string

/** Statements about a person, of an ID token or of the application, as plain JSON. */
export type Claims = Readonly<Record<string, unknown>>

/** Who vouched for a person, and under which name. Issuer and subject together are the identity, never an e-mail. */
export interface Identity {
  /** Issuer identifier of the provider, exactly as its ID tokens say (`iss`). */
  readonly issuer: string
  /** Locally unique name of the person at the issuer (`sub`). */
  readonly subject: string
  /** Name of the provider in this application. */
  readonly provider: string
}

/** How a request proved who it comes from: the cookie, an access token, basic credentials, or an authenticator. */
export type Evidence = 'cookie' | 'bearer' | 'basic' | (string & {})

/** What is known about a signed-in person beside the id. Everything is optional when an application makes one. */
export interface AuthUserDetails {
  readonly identity?: Identity | undefined
  readonly claims?: Claims | undefined
  readonly userinfo?: Claims | undefined
  readonly scopes?: readonly string[] | undefined
  readonly account?: unknown
  readonly isFresh?: boolean | undefined
  readonly isRemembered?: boolean | undefined
  readonly authenticatedAt?: number | undefined
  readonly sessionHandle?: string | undefined
  readonly authenticatedBy?: Evidence | undefined
}

const noClaims: Claims = Object.freeze({})
const noScopes: readonly string[] = Object.freeze([])

/**
 * A person who is signed in. Told apart from {@link AnonymousUser} by `isAuthenticated`.
 *
 * @example await request.loginUser(new AuthUser('2', { claims: { name: 'Ada' } }))
 */
export class AuthUser {
  readonly isAuthenticated = true
  /** What the application passed to `loginUser`; with a provider the subject, or what `userId` made of it. */
  readonly id: string
  /** Who vouched for the person; undefined where the application checked credentials itself. */
  readonly identity: Identity | undefined
  readonly claims: Claims
  /** Answer of the provider's userinfo endpoint, where `oidc.userinfo` asks for it. */
  readonly userinfo: Claims | undefined
  /** Scopes that the provider granted at the login. */
  readonly scopes: readonly string[]
  /** What `loadUser` returned for this request. */
  readonly account: Account
  /** True while the person has proved who they are recently: not after a remembered login came back. */
  readonly isFresh: boolean
  /** True where the login outlives the browser's session. */
  readonly isRemembered: boolean
  /**
   * When the person proved who they are, in seconds since 1970; undefined before `loginUser`, 0 where nobody knows,
   * because a provider signed them in silently and did not say.
   */
  readonly authenticatedAt: number | undefined
  /** Handle of the session, for `login.sessions`; undefined before `loginUser`, and where there is no session. */
  readonly sessionHandle: string | undefined
  /** How this request proved it. */
  readonly authenticatedBy: Evidence

  constructor (id: string, details: AuthUserDetails = {}) {
    this.id = id
    this.identity = details.identity
    this.claims = details.claims ?? noClaims
    this.userinfo = details.userinfo
    this.scopes = details.scopes ?? noScopes
    this.account = details.account as Account
    this.isFresh = details.isFresh ?? true
    this.isRemembered = details.isRemembered ?? false
    this.authenticatedAt = details.authenticatedAt
    this.sessionHandle = details.sessionHandle
    this.authenticatedBy = details.authenticatedBy ?? 'cookie'
  }

  /** The id, `isAuthenticated` and the claims only: an account never leaks by being returned. */
  toJSON (): { id: string, isAuthenticated: true, claims: Claims } {
    return { id: this.id, isAuthenticated: this.isAuthenticated, claims: this.claims }
  }
}

/** Nobody is signed in. */
export class AnonymousUser {
  readonly isAuthenticated = false

  toJSON (): { isAuthenticated: false } {
    return { isAuthenticated: this.isAuthenticated }
  }
}

/** `request.currentUser`: never null, never a promise. */
export type CurrentUser = AuthUser | AnonymousUser
