import type { FastifyRequest } from 'fastify'
import type { AuthorizationServer } from 'oauth4webapi'
import type { Claims } from '../user.ts'
import type { ClientAuthentication } from './client-auth-options.ts'
import type { ProviderQuirks } from './provider-quirks.ts'

/** The provider of one tenant, and where the tenant's site is. */
export interface TenantOptions extends OidcOptions {
  /** Address of the application for this tenant, with the path of `publicUrl`. @default `publicUrl` */
  publicUrl?: string
}

/**
 * Finds out the tenant of a request, and its provider. Nothing means that there is no such tenant: 404. Asked once for
 * each request that somebody may be signed in with; an exception is a 503.
 *
 * @example ({ host }) => tenants.get(host)
 */
export type TenantProvider = (
  request: FastifyRequest
) => TenantOptions | null | undefined | Promise<TenantOptions | null | undefined>

/** One OpenID Provider. */
export interface OidcOptions extends ProviderQuirks {
  /** What people read where they choose among several `providers`. @default the name of the provider */
  label?: string
  /** Issuer identifier, exactly as the provider spells it; `{tenantid}` in it stands for the name of a tenant. */
  issuer: string
  clientId: string
  /** Without one the client is public (RFC 6749, section 2.1). */
  clientSecret?: string | undefined
  /** @default HTTP Basic, or the body where the provider takes only that; without a secret nothing is proven */
  clientAuthentication?: ClientAuthentication
  /** `openid` is always asked for. @default ['openid', 'profile', 'email'] */
  scopes?: readonly string[]
  /** OpenID Connect Core, section 3.1.2.1, except `none`. @default nothing is sent */
  prompt?: string
  /** Further parameters of the authorization request; not those that this plugin sends itself. */
  authorizationParameters?: Readonly<Record<string, string>>
  /**
   * Parameters that the address of the login page passes on to the provider, whoever made the link: each at most 256
   * characters, none of them one that this plugin sends itself.
   *
   * @default none
   * @example ['login_hint', 'domain_hint', 'ui_locales']
   */
  forwardedParameters?: readonly string[]
  /**
   * Allows the hook `silentLogin`. Whoever logs out is not signed in silently for a day: a cookie remembers it.
   * @default false
   */
  silentLogin?: boolean
  /**
   * The parameters of a sign-in go to the provider directly, and the browser carries a reference to them (RFC 9126). A
   * provider that says that it requires this gets it in any case.
   * @default false
   */
  pushedAuthorization?: boolean
  /**
   * The services that tokens are needed for, one whole address or several (RFC 8707): each sign-in asks for all of
   * them. Its own token is for the first; `getAccessToken({ resource })` gets those for the others.
   * @default none is named
   */
  resource?: string | readonly string[]
  /**
   * Binds the tokens of each session to a key of its own, so that nobody else can use them (RFC 9449). Where the
   * provider gives bearer tokens all the same, nobody signs in. `fetch` of an access token makes the proofs that
   * services ask for.
   * @default false
   */
  dpop?: boolean
  /** Ask the userinfo endpoint after each login and keep its answer in `currentUser.userinfo`. @default false */
  userinfo?: boolean
  /**
   * Makes of an ID token's claims what the session keeps; its answer is `currentUser.claims`. A large token fits into
   * cookies so. @default all claims that are about the person
   */
  mapClaims?: (claims: Claims) => Claims
  /** @default 'query' */
  responseMode?: 'query' | 'form_post'
  /** Seconds since the person last proved who they are at the provider; `auth_time` is checked. */
  maxAge?: number
  /** One of these must come back as `acr`. */
  acrValues?: readonly string[]
  /** The one algorithm that ID tokens may be signed with. @default 'RS256' */
  idTokenSigningAlg?: string
  /** Seconds by which clocks may differ. @default 30 */
  clockTolerance?: number
  /**
   * Where a logout ends: a path of this site, an address, or a function that gives one of the two while the person is
   * still signed in. A path, and what a function gives, is reached by the logged-out page, which is registered at the
   * provider; without that page, and for an address, it is registered itself.
   * @default the logged-out page
   */
  postLogoutRedirect?: string | ((request: FastifyRequest) => string | Promise<string>) | undefined
  /** Allows a provider or `publicUrl` on plain http outside loopback; refused in production. @default false */
  allowHttp?: boolean
  /** Replaces discovery: the metadata of RFC 8414, section 2. */
  metadata?: AuthorizationServer
  /**
   * Sends the requests to the provider, for a proxy, a custom CA or a client certificate.
   *
   * @default connections of our own that are kept; `globalThis.fetch` where somebody has put another one there, or has
   *   told it a dispatcher
   */
  fetch?: typeof globalThis.fetch
}
