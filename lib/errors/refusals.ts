import createError from '@fastify/error'
import { defineFamily, defineReason, type ErrorHeaders } from './define.ts'

/** What an {@link Unauthorized} is made of. */
export interface UnauthorizedOptions {
  /** Value of the `WWW-Authenticate` header (RFC 9110, section 11.6.1). */
  readonly challenge: string
  /** Gives the address that starts a sign-in; called when somebody reads `loginUrl`. */
  readonly loginUrl?: () => string
  /** What the route takes as evidence. @default ['cookie'] */
  readonly via?: readonly string[]
  readonly cause?: unknown
}

/**
 * Thrown by `loginRequired` for a stranger. Code `FST_LOGIN_UNAUTHORIZED`, status 401, made without a stack.
 *
 * @example app.setErrorHandler((error, request, reply) =>
 *   error instanceof Unauthorized ? reply.redirect('/login') : reply.send(error))
 */
export class Unauthorized extends createError<[]>('FST_LOGIN_UNAUTHORIZED',
  'Sign in to see this.', 401, undefined, false) {
  /** `WWW-Authenticate`, as RFC 9110 section 15.5.2 demands of a 401. */
  readonly headers: ErrorHeaders
  /**
   * The evidence that would help: a sign-in does only where `'cookie'` is among it. Where basic credentials were tried
   * and the route takes them, it is `['basic']`.
   */
  readonly via: readonly string[]
  readonly #loginUrl: (() => string) | undefined

  constructor ({ challenge, loginUrl, via = ['cookie'], cause }: UnauthorizedOptions) {
    super()
    if (cause !== undefined) this.cause = cause
    this.headers = { 'www-authenticate': challenge }
    this.via = via
    this.#loginUrl = loginUrl
  }

  /** The address that starts a sign-in and comes back here; undefined without a provider, or where it is no help. */
  get loginUrl (): string | undefined {
    return this.#loginUrl?.()
  }
}

/**
 * Thrown by `loginRequired({ fresh, maxAge, acr })` for a person whose login is too old or too weak (RFC 9470, section
 * 3). An {@link Unauthorized} with the code `FST_LOGIN_STALE`; its `loginUrl` asks the provider for what is missing.
 */
export class StaleLogin extends Unauthorized {
  override code = 'FST_LOGIN_STALE'
  override message = 'Sign in again: this needs a recent or a stronger login.'

  /** What `createError` brings along knows the code of the family only: every Unauthorized would be a StaleLogin. */
  static override [Symbol.hasInstance] (value: unknown): boolean {
    return value instanceof Unauthorized && value.code === 'FST_LOGIN_STALE'
  }
}

/**
 * The tokens of a provider are needed, but those of this session are gone: they ran out without a refresh token, or
 * were in the memory of another process. Signing in again, which may need no click, brings new ones. An
 * {@link Unauthorized} with the code `FST_LOGIN_TOKENS_LOST`.
 */
export class TokensLost extends Unauthorized {
  override code = 'FST_LOGIN_TOKENS_LOST'
  override message = 'Sign in again: the access to what this page needs has run out.'

  static override [Symbol.hasInstance] (value: unknown): boolean {
    return value instanceof Unauthorized && value.code === 'FST_LOGIN_TOKENS_LOST'
  }
}

/**
 * A request brought more than one `Authorization` header to a route that takes one: nobody can say which of them
 * counts. Code `FST_LOGIN_CREDENTIALS_AMBIGUOUS`, status 400.
 */
export const CredentialsAmbiguous = createError<[]>('FST_LOGIN_CREDENTIALS_AMBIGUOUS',
  'This request has more than one Authorization header. Send one.', 400)

/**
 * The access token of a request is not taken here: it has ended, was revoked, or is none that this service trusts (RFC
 * 6750, section 3.1). An {@link Unauthorized} with the code `FST_LOGIN_TOKEN_INVALID`. What is wrong with it in
 * particular is in `cause`, and not in the answer.
 */
export class TokenInvalid extends Unauthorized {
  override code = 'FST_LOGIN_TOKEN_INVALID'
  override message = 'This access token is not valid here. Get a new one.'

  static override [Symbol.hasInstance] (value: unknown): boolean {
    return value instanceof Unauthorized && value.code === 'FST_LOGIN_TOKEN_INVALID'
  }
}

/**
 * Whoever sent an access token did not prove that it is theirs: the DPoP proof or the client certificate is missing, or
 * another one (RFC 9449, section 7; RFC 8705, section 3). An {@link Unauthorized} with the code
 * `FST_LOGIN_PROOF_INVALID`.
 */
export class ProofInvalid extends Unauthorized {
  override code = 'FST_LOGIN_PROOF_INVALID'
  override message = 'This access token needs a proof that it is yours.'

  static override [Symbol.hasInstance] (value: unknown): boolean {
    return value instanceof Unauthorized && value.code === 'FST_LOGIN_PROOF_INVALID'
  }
}

/**
 * The `Authorization` header of a request is malformed, or a token is in the query (RFC 6750, section 3.1). Code
 * `FST_LOGIN_TOKEN_MALFORMED`, status 400.
 */
export class TokenMalformed extends createError<[]>('FST_LOGIN_TOKEN_MALFORMED',
  'Send one access token, in the Authorization header: "Bearer", a blank, the token.', 400, undefined, false) {
  readonly headers: ErrorHeaders

  constructor (challenge: string) {
    super()
    this.headers = { 'www-authenticate': challenge }
  }
}

/** The person is known, or need not be, but this is not allowed. Code `FST_LOGIN_FORBIDDEN`, status 403. */
export const Forbidden = defineFamily('FST_LOGIN_FORBIDDEN', 'This is not allowed.', 403)
export type Forbidden = InstanceType<typeof Forbidden>

/** A state-changing request came with our cookie from another site. Code `FST_LOGIN_CROSS_SITE`, status 403. */
export const CrossSite = defineReason(Forbidden, 'FST_LOGIN_CROSS_SITE',
  'This request came from another site. If that site is yours, name its origin in "allowedOrigins".', 403)

/** What an {@link InsufficientScope} is made of. */
export interface InsufficientScopeOptions {
  /** The scopes that are needed. */
  readonly scopes: readonly string[]
  /** Value of the `WWW-Authenticate` header (RFC 6750, section 3). */
  readonly challenge: string
  /** Gives the address that asks the person for them; called when somebody reads `loginUrl`. */
  readonly loginUrl?: (() => string) | undefined
}

/**
 * The person is known, but a scope is missing (RFC 6750, section 3.1). A {@link Forbidden} with the code
 * `FST_LOGIN_INSUFFICIENT_SCOPE`; where a sign-in can bring the scope, `loginUrl` asks for it.
 *
 * @example if (error instanceof InsufficientScope && error.loginUrl) reply.redirect(error.loginUrl)
 */
export class InsufficientScope extends Forbidden {
  override code = 'FST_LOGIN_INSUFFICIENT_SCOPE'
  override message = 'This needs your permission to use another service.'
  readonly headers: ErrorHeaders
  readonly scopes: readonly string[]
  readonly #loginUrl: (() => string) | undefined

  constructor ({ scopes, challenge, loginUrl }: InsufficientScopeOptions) {
    super()
    this.headers = { 'www-authenticate': challenge }
    this.scopes = scopes
    this.#loginUrl = loginUrl
  }

  get loginUrl (): string | undefined {
    return this.#loginUrl?.()
  }

  static override [Symbol.hasInstance] (value: unknown): boolean {
    return value instanceof Forbidden && value.code === 'FST_LOGIN_INSUFFICIENT_SCOPE'
  }
}

/** A claim that the route demands is missing, or is another one. Code `FST_LOGIN_CLAIM_MISSING`, status 403. */
export const ClaimMissing = defineReason(Forbidden, 'FST_LOGIN_CLAIM_MISSING',
  'You are not allowed to do this: it needs a role or a property that you do not have.', 403)
