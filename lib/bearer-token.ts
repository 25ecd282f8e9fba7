import { inspect } from 'node:util'
import type { Claims, Identity } from './user.ts'

/** What whoever sends a token must prove to have (RFC 7800, section 3.1). */
export interface Confirmation {
  /** Thumbprint of a DPoP key, SHA-256 as base64url (RFC 9449, section 6). */
  readonly keyThumbprint?: string | undefined
  /** Thumbprint of a client certificate, SHA-256 as base64url (RFC 8705, section 3.1). */
  readonly certificateThumbprint?: string | undefined
}

/** What is known of a token once it was judged. Times are seconds since 1970. */
export interface BearerTokenDetails {
  readonly userId: string
  readonly identity: Identity | undefined
  readonly subject: string
  readonly clientId: string | undefined
  readonly audience: readonly string[]
  readonly scopes: readonly string[]
  readonly claims: Claims
  readonly id: string | undefined
  readonly issuedAt: number | undefined
  readonly expiresAt: number
  readonly authenticatedAt: number | undefined
  readonly confirmation: Confirmation | undefined
}

/**
 * An access token that a request brought, judged: `request.token`. As JSON, and to whoever prints it, it is everything
 * but its text.
 *
 * @example const mail = await app.login.onBehalfOf({ assertion: request.token.reveal(), scopes: ['mail.read'] })
 */
export class BearerToken implements BearerTokenDetails {
  readonly #text: string
  /** `currentUser.id` of whom it is about. */
  readonly userId: string
  /** Who vouched for them; undefined where this application did. */
  readonly identity: Identity | undefined
  /** Whom it is about, as its issuer says it (`sub`); the client itself where it acts for nobody else. */
  readonly subject: string
  /** The program that it was given to (`client_id`, `azp`, `appid`); undefined where the token does not say. */
  readonly clientId: string | undefined
  /** What it is for (`aud`). */
  readonly audience: readonly string[]
  /** What it allows (`scope`, `scp`). */
  readonly scopes: readonly string[]
  /** All that it says, as plain JSON. */
  readonly claims: Claims
  /** Its name (`jti`); undefined where it has none. */
  readonly id: string | undefined
  readonly issuedAt: number | undefined
  readonly expiresAt: number
  /** When the person proved who they are (`auth_time`); undefined where the token does not say. */
  readonly authenticatedAt: number | undefined
  /** What whoever sends it has proved to have; undefined for a token that anybody can use who has it. */
  readonly confirmation: Confirmation | undefined

  constructor (text: string, details: BearerTokenDetails) {
    this.#text = text
    this.userId = details.userId
    this.identity = details.identity
    this.subject = details.subject
    this.clientId = details.clientId
    this.audience = details.audience
    this.scopes = details.scopes
    this.claims = details.claims
    this.id = details.id
    this.issuedAt = details.issuedAt
    this.expiresAt = details.expiresAt
    this.authenticatedAt = details.authenticatedAt
    this.confirmation = details.confirmation
    Object.freeze(this)
  }

  /** The token itself, to be passed on and not kept. */
  reveal (): string {
    return this.#text
  }

  toString (): string {
    return '[secret]'
  }

  [inspect.custom] (): string {
    return `BearerToken ${inspect({ ...this })}`
  }
}

/** Why a token is not taken. What is wrong with it in particular is for the log, not for who sent it. */
export interface RefusedToken {
  readonly refusal: 'expired' | 'revoked' | 'invalid'
  readonly cause?: unknown
}

/** What became of a token that was looked at. */
export type TokenVerdict = BearerToken | RefusedToken

/** How a request shows a token, and what it proves beside (RFC 9449, section 7; RFC 8705, section 3). */
export interface ProofEvidence {
  readonly scheme: 'bearer' | 'dpop'
  /** Values of the `DPoP` headers. */
  readonly proofs: readonly string[]
  readonly method: string
  /** The address that was asked for, as programs know it, without a query. */
  readonly url: string
  /** The certificate of the client as DER bytes; called where a token is bound to one. */
  readonly certificate: () => Uint8Array | undefined
}

/** Why a proof does not hold: there is none, or one for the key or the certificate of somebody else. */
export interface ProofFault {
  readonly fault: 'missing' | 'invalid'
  readonly cause?: unknown
}
