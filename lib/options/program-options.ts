/**
 * A program that people let act for them, registered under its client id: a command line, a desktop or mobile
 * application, or another site. It gets tokens at the endpoints of this application, never its client secret.
 */
export interface ProgramOptions {
  /** What people read where they are asked whether it may act for them. @default the client id */
  label?: string
  /**
   * Where a browser may be sent back to it, character for character; on `127.0.0.1`, `[::1]` and `localhost` with any
   * port (RFC 8252, section 7.3). @default none: it signs in by device code
   */
  redirectUris?: readonly string[]
  /** Where a logout that it begins may end, compared in the same way. @default none */
  postLogoutRedirectUris?: readonly string[]
  /** For one that can keep a secret. @default none: a public client (RFC 6749, section 2.1) */
  secret?: string | undefined
  /** Scopes that it may be given. @default none */
  scopes?: readonly string[]
  /** Name of the provider that its people sign in with, where there are several. @default they choose */
  provider?: string
  /** Gives it the access tokens of the provider, in place of those of this application. @default false */
  passThrough?: boolean
  /**
   * Whether each of its authorization requests must bring a code challenge (RFC 7636). Without, whoever steals a code
   * on its way can use it: for old programs only. @default true
   */
  requirePkce?: boolean
  /**
   * Whether it may exchange access tokens for one of this application (RFC 8693): those of `broker.subjectAudiences`,
   * of trusted issuers, and our own; with `broker` only. @default false
   */
  tokenExchange?: boolean
  /**
   * Whether it may ask about the tokens of all programs (RFC 7662), as a service that takes them does. It needs a
   * `secret`. @default false: about its own
   */
  introspect?: boolean
  /**
   * Seconds that an access token lives which this application issues to it.
   * @default broker.accessTokenTtl, else 600
   */
  accessTokenTtl?: number
  /**
   * Seconds after which it must ask the person again, however often it refreshes.
   * @default broker.refreshTokenTtl, else 2592000
   */
  refreshTokenTtl?: number
}
