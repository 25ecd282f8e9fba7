import type { FastifyReply, FastifyRequest } from 'fastify'
import type { Unauthorized } from '../errors.ts'
import type { LoginListeners } from '../events.ts'
import type { StoreSource } from '../stores/open-store.ts'
import type { AuthUser, Claims, Identity, LoginName } from '../user.ts'
import type { BearerOptions } from './bearer-options.ts'
import type { BrokerOptions } from './broker-options.ts'
import type { LoadUser, MapUserinfo, OnLogin } from './login-functions.ts'
import type { OidcOptions, TenantProvider } from './oidc-options.ts'
import type { OpenapiOptions } from './openapi-options.ts'
import type { ProgramOptions } from './program-options.ts'
import type { RouteOptions } from './route-options.ts'

export type { OidcOptions, TenantOptions, TenantProvider } from './oidc-options.ts'
export type { BearerOptions, IntrospectionOptions, TokenIssuerOptions, TokenRules } from './bearer-options.ts'
export type { BrokerAlg, BrokerOptions, MapTokenClaims, PeerOptions, SignerOptions, SigningInput, TokenSubject } from './broker-options.ts'
export type { ProgramOptions } from './program-options.ts'
export type { RouteOptions } from './route-options.ts'

/** One secret of at least 32 bytes. */
export type Secret = string | Uint8Array

/** Attributes of the session cookie. The same are used when it is cleared. */
export interface CookieOptions {
  /**
   * Name of the cookie; further chunks are called `NAME.1`, `NAME.2` and so on.
   * @default '__Host-login' where Secure, path `/` and no domain allow it, else `__Secure-login`; `login-PORT` on
   *   a loopback address. With the option `name`, `login-NAME` takes the place of `login`
   */
  name?: string
  /** Hosts below this domain get the cookie too. @default none: this host only */
  domain?: string
  /** @default '/' */
  path?: string
  /** Whether scripts of a page are kept from the cookie. @default true */
  httpOnly?: boolean
  /**
   * `strict` puts a page between the callback and the site, because a browser sends a strict cookie only when the
   * navigation began on the site. `false` leaves the attribute out.
   * @default 'lax'
   */
  sameSite?: 'lax' | 'strict' | 'none' | false
  /**
   * `'auto'` follows the scheme of `publicUrl` and means true where there is none. `false` is refused in production.
   * @default 'auto'
   */
  secure?: boolean | 'auto'
  /**
   * Bytes that all cookies of this plugin may take on one request. Node answers 431 from about 15,700 bytes of cookies,
   * proxies earlier.
   * @default 7500, at most 12000
   */
  maxBytes?: number
}

/** What a browser can forget of a site (Clear Site Data, section 3.1). */
export type SiteData = 'cache' | 'cookies' | 'storage' | 'executionContexts' | '*'

/** Where sessions are, how long a login lasts, in seconds, and the cookie that carries it. */
export interface SessionOptions {
  /**
   * Where sessions, tokens and the list of ended sessions are: a store, a client that the application already has
   * (ioredis, redis, pg, mysql2, mongodb, node:sqlite, better-sqlite3), or an address: `memory:`, `sqlite:path`,
   * `redis://…`, `postgresql://…`, `mysql://…`, `mongodb://…`. A store that was opened here is closed with the application.
   * @default the memory of this process
   */
  store?: StoreSource | undefined
  /**
   * `cookie`: the whole session is sealed in the browser's cookie. `store`: the cookie holds an id and a key, the store
   * the rest.
   * @default 'store' where a store is given, else 'cookie'
   */
  mode?: 'cookie' | 'store'
  /**
   * With a store in Redis, keeps what was read in this process too, until Redis tells that it has changed: then most
   * requests ask nobody. A logout of another process is known within milliseconds, and within a second where the
   * network between is cut in silence. Needs Redis 6 and one more connection; a cluster is refused.
   * @default false
   */
  localCopy?: boolean
  /** Ends a login that was not used for so long. A remembered login goes on, but is no longer fresh. @default 86400 */
  idle?: number
  /** Ends a login that was not remembered, however much it is used. @default 604800 */
  absolute?: number
  /** Ends a remembered login; false remembers nobody, whatever `loginUser` is told. @default 2592000 */
  remember?: number | false
  /**
   * What a browser forgets of this site with the answer that logs a person out (`Clear-Site-Data`): the kinds of data,
   * or true for its cache and its storage. Sent over https only.
   * @default false
   */
  clearSiteData?: boolean | readonly SiteData[]
  cookie?: CookieOptions
}

/**
 * `throw` leaves a stranger to the application's error handler, `auto` redirects navigations to sign-in and throws for
 * everything else. A function answers the stranger: what it returns is sent; where it neither returns nor sends
 * anything, the error is thrown all the same.
 */
export type OnUnauthorized = 'throw' | 'auto' |
  ((request: FastifyRequest, reply: FastifyReply, error: Unauthorized) => unknown)

/** Who a caller is: an id, or an AuthUser that says more. Nothing means that this evidence names nobody. */
export type Caller = AuthUser | string | null | undefined

/** Looks up who basic credentials belong to. `true` makes the user name the id. */
export type VerifyBasic = (
  username: string, password: string, request: FastifyRequest
) => Caller | boolean | Promise<Caller | boolean>

/** Looks whether a request proves who it comes from: by an API key, a signature and the like. */
export type Authenticate = (request: FastifyRequest) => Caller | Promise<Caller>

/** A way to prove it, with the name that `currentUser.authenticatedBy` and `via` have for it. */
export interface Authenticator {
  name: string
  authenticate: Authenticate
}

/** Basic authentication of callers (RFC 7617), on the routes whose guard says `via: ['basic']`. */
export interface BasicOptions {
  /** What the credentials are for; shown by browsers. @default the origin of `publicUrl` */
  realm?: string
  /** Passwords by user name. */
  users?: Readonly<Record<string, string>>
  /** Takes the place of `users`. An exception counts as no: a 4xx is passed on, anything else is a 503. */
  verify?: VerifyBasic
}

/** Options of the plugin. An unknown key is refused when the plugin is registered. */
export interface AuthOptions {
  /**
   * Seals every cookie: one secret, or the current one followed by previous ones that still open.
   * `npx fastify-login secret` makes one.
   */
  secret: Secret | readonly Secret[] | undefined
  /** Address of the application as browsers see it, also with a path. Required with `oidc`. */
  publicUrl?: string | undefined
  /**
   * For an application that registers the plugin several times: `request.logins.NAME` and `fastify.logins.NAME` have
   * the members then, and the cookie has the name in its own. One registration may go without.
   */
  name?: LoginName
  session?: SessionOptions
  /**
   * Called once for each request of a signed-in person, and of a caller that another evidence names. What it returns
   * is `currentUser.account`; null or undefined ends the session, or refuses the caller; an exception is a 503 wherever
   * the user is asked for.
   */
  loadUser?: LoadUser
  /**
   * Makes `currentUser.id` of what the provider vouched for.
   * @default the subject, and `issuer#subject` for a tenant and where anybody of any tenant signs in; with `providers`
   * `NAME:` before it
   */
  userId?: (identity: Identity, claims: Claims) => string
  /**
   * Called after each sign-in with the provider, when `request.currentUser` is the person already. A path that it
   * returns is where the browser goes on to, instead of where the login would lead; it may send an answer itself. Where
   * it throws, the person is signed in all the same.
   */
  onLogin?: OnLogin
  /** The one provider that people sign in with. */
  oidc?: OidcOptions
  /**
   * Several providers, by the names that the application gives them. People choose on a page; `loginRequired` and
   * `loginUrl` can name one. Each has a redirect address of its own, `/auth/callback/NAME` (RFC 9700, section 4.4.2).
   * A function gives the provider of the tenant that a request is for.
   *
   * @example providers: { work: { issuer: 'https://id.example.com', clientId: 'web', label: 'Example Inc.' } }
   */
  providers?: Readonly<Record<string, OidcOptions | TenantProvider>>
  basic?: BasicOptions
  /**
   * Access tokens of programs, on the same routes: those of an issuer, and those of this application. A request with
   * one never makes a session.
   *
   * @example bearer: { audience: 'https://app.example.com' }
   */
  bearer?: BearerOptions
  /**
   * Access tokens that this application signs itself, with keys that others verify them by. Its programs get them in
   * place of tokens that only this application can read.
   *
   * @example broker: { audience: 'https://app.example.com', store: 'postgresql://localhost/app' }
   */
  broker?: BrokerOptions
  /**
   * Programs that people let act for them, by client id. With any, this application is where they get their tokens.
   *
   * @example programs: { 'my-cli': { redirectUris: ['http://127.0.0.1/callback'], scopes: ['mail.read'] } }
   */
  programs?: Readonly<Record<string, ProgramOptions>>
  /**
   * Says what `/auth/userinfo` answers, in the place of the mapping of this package. The answer is about nobody else:
   * `sub` is `currentUser.id`, whatever it returns.
   *
   * @example userinfo: user => ({ name: user.account.displayName })
   */
  userinfo?: MapUserinfo
  /**
   * Asked in order for each request, before the cookie: the first that names somebody decides. A function goes by its
   * own name, or as `authenticator`. An exception counts as no, and is kept for who asks: a 4xx as it is, anything
   * else as a 503.
   */
  authenticators?: ReadonlyArray<Authenticate | Authenticator>
  routes?: RouteOptions
  /** What a guard does with a stranger. @default 'auto' with a provider, else 'throw' */
  onUnauthorized?: OnUnauthorized
  /**
   * Whether templates of `@fastify/view` have `currentUser`. It declares `reply.locals`, where nobody has done so.
   * @default true
   */
  templates?: boolean
  /**
   * With `@fastify/swagger`, documents say of guarded routes what their guards demand; false leaves that to the author.
   *
   * @default {}
   * @example openapi: { transform: jsonSchemaTransform }
   */
  openapi?: false | OpenapiOptions
  /** Other origins whose pages may send state-changing requests with the session cookie, as `https://a.example`. */
  allowedOrigins?: readonly string[]
  /**
   * Functions that hear what happens to logins, by the names of the events. Nothing waits for them.
   *
   * @example events: { loginFailed: ({ code, request }) => { request.log.warn({ code }) } }
   */
  events?: LoginListeners
  /** The clock, in milliseconds since 1970. @default Date.now */
  now?: () => number
}

/** A stricter life of sessions: 30 minutes idle, 12 hours at most, nobody remembered. */
export const strictSession = Object.freeze({ idle: 1800, absolute: 43_200, remember: false } as const)
