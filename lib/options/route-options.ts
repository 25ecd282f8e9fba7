/** Where the pages of this plugin are, below `prefix`. */
export interface RouteOptions {
  /** @default '/auth' */
  prefix?: string
  /** Starts a sign-in. @default '/login' */
  login?: string
  /**
   * Redirect address to register at the provider; with `providers` the name follows. False where no provider can
   * redirect to this site: people sign in by a code that they enter on another device or in another tab (RFC 8628).
   * @default '/callback'
   */
  callback?: string | false
  /** The page that shows such a code and waits; with `callback: false` only. @default '/device-login' */
  deviceLogin?: string
  /** @default '/logout' */
  logout?: string | false
  /** The public page after a logout; false leads to the root of the site instead. @default '/logged-out' */
  loggedOut?: string | false
  /** Where the provider's server says who was logged out there. @default '/backchannel-logout' */
  backchannelLogout?: string | false
  /** Where the provider's page says it, in a frame. @default false */
  frontchannelLogout?: string | false
  /** The page where people see their own sessions and end them. @default false */
  sessions?: string | false
  /** Where a browser starts the sign-in of a program; with `programs` only. @default '/authorize' */
  authorize?: string | false
  /** Where programs get their tokens; with `programs` only. @default '/token' */
  token?: string | false
  /** Where programs without a browser begin; with `programs` only. @default '/device' */
  device?: string | false
  /** Where programs give back tokens that they need no more (RFC 7009); with `programs` only. @default '/revoke' */
  revoke?: string | false
  /** Where programs ask about tokens (RFC 7662); with `programs` only. @default '/introspect' */
  introspect?: string | false
  /** The keys that verify tokens of this application (RFC 7517, section 5); with `broker` only. @default '/jwks' */
  jwks?: string
  /** Who a session or a token is about, as JSON; with `bearer`, `broker` or `programs` only. @default '/userinfo' */
  userinfo?: string | false
  /**
   * False publishes no metadata of this service at `/.well-known/oauth-protected-resource` (RFC 9728); with `bearer`
   * or `broker` only. @default true
   */
  resourceMetadata?: boolean
  /**
   * False publishes no metadata of this application as who gives tokens (RFC 8414), at
   * `/.well-known/oauth-authorization-server`; with `programs` or `broker` only. @default true
   */
  authorizationServerMetadata?: boolean
}
