import type { FastifyRequest } from 'fastify'
import type { ClientAuthentication } from './client-auth-options.ts'
import type { OidcOptions } from './oidc-options.ts'

/** How this application proves to an issuer that it may ask about tokens (RFC 7662, section 2.1). */
export interface IntrospectionOptions {
  /** @default the client that signs people in */
  clientId?: string
  clientSecret?: string | undefined
  /** @default as for a sign-in */
  clientAuthentication?: ClientAuthentication
  /**
   * `opaque`: only tokens that are no JWT are asked about. `all`: every token, so that a revoked one is known.
   * @default 'opaque'
   */
  tokens?: 'opaque' | 'all'
  /** Seconds that an answer is believed, and never longer than the token lives. @default 30 */
  cache?: number
}

/** How the tokens of one issuer are judged. */
export interface TokenRules {
  /**
   * What tokens must be for: `aud` must have one of these. Required, here or in `bearer`: a token that was given to
   * another service opens nothing here (RFC 9068, section 4).
   */
  audience?: string | readonly string[]
  /** The claim that says it, for an issuer whose tokens have no `aud`, as Cognito's. @default 'aud' */
  audienceClaim?: 'aud' | 'client_id'
  /** Algorithms that may sign a token. Neither the token nor the issuer's list is asked. @default ['RS256'] */
  algorithms?: readonly string[]
  /** Seconds by which the clock of the issuer may differ. @default 30 */
  clockTolerance?: number
  /** Asks the issuer about tokens (RFC 7662); `true` as the client that signs people in. @default false */
  introspection?: boolean | IntrospectionOptions
}

/** An issuer of access tokens that signs nobody in here. */
export interface TokenIssuerOptions extends TokenRules,
  Pick<OidcOptions, 'discoveryUrl' | 'tenantClaim' | 'allowHttp' | 'metadata' | 'fetch'> {
  /** Issuer identifier, exactly as its tokens spell it; `{tenantid}` in it stands for the name of a tenant. */
  issuer: string
}

/** Access tokens that requests bring in the `Authorization` header (RFC 6750, section 2.1). */
export interface BearerOptions extends TokenRules,
  Pick<OidcOptions, 'discoveryUrl' | 'tenantClaim' | 'allowHttp' | 'metadata' | 'fetch'> {
  /**
   * The issuer whose tokens are taken.
   * @default every provider of `oidc` or `providers`, where there is an `audience`
   */
  issuer?: string
  /**
   * Several issuers, by names of this application; `true` for a provider that people sign in with. What they do not
   * say is as in `bearer`.
   *
   * @example providers: { work: true, partner: { issuer: 'https://id.partner.example' } }
   */
  providers?: Readonly<Record<string, true | TokenIssuerOptions>>
  /** Takes the tokens of `login.issueToken` too. They live `expiresIn` seconds, by default 3600. @default false */
  issued?: boolean | { expiresIn?: number }
  /** Scopes that programs can ask for, as this service publishes them (RFC 9728, section 2). @default none */
  scopes?: readonly string[]
  /**
   * The certificate that the client of a request has shown, as DER bytes or PEM text, where a proxy ends TLS: it must
   * be one that only the proxy can have written. It alone decides. @default that of the connection
   */
  clientCertificate?: (request: FastifyRequest) => Uint8Array | string | undefined
}
