import type { JWK } from 'jose'
import type { StoreSource } from '../stores/open-store.ts'
import type { Claims, Identity } from '../user.ts'
import type { OidcOptions } from './oidc-options.ts'

/** Algorithms that a broker signs with. */
export type BrokerAlg = 'EdDSA' | 'ES256' | 'RS256'

/** What is signed, and with which key. */
export interface SigningInput {
  /** The bytes to sign (RFC 7515, section 5.1). */
  readonly data: Uint8Array
  /** `kid` of the first of `publicKeys`. */
  readonly kid: string
  readonly alg: BrokerAlg
}

/** A key that lives elsewhere, as in a key management service. */
export interface SignerOptions {
  /**
   * Gives the signature as JOSE has it: for ES256 the 64 bytes of r and s one after the other, which some services
   * spell as DER.
   */
  sign: (input: SigningInput) => Uint8Array | Promise<Uint8Array>
  /**
   * The public keys: the first is the one that signs, all of them verify. A function is asked again after 5 minutes,
   * and for a key id that nobody knows. Where a key has no `kid`, its thumbprint is it (RFC 7638).
   */
  publicKeys: readonly JWK[] | (() => readonly JWK[] | Promise<readonly JWK[]>)
}

/** Another instance whose tokens are taken here. */
export interface PeerOptions extends Pick<OidcOptions, 'allowHttp' | 'fetch'> {
  /** Its `broker.issuer`, exactly as its tokens spell it. */
  issuer: string
  /** Where its keys are. @default as its metadata say (RFC 8414) */
  jwksUri?: string
  /** What its tokens must be for. @default the first of `broker.audience` */
  audience?: string | readonly string[]
  /** Algorithms that may sign its tokens. @default [broker.signingAlg] */
  algorithms?: readonly string[]
  /**
   * What its roles are called here. A role that is not in it is none here: nobody becomes an administrator because
   * another instance says so.
   *
   * @default none
   * @example roles: { editor: 'guest-editor' }
   */
  roles?: Readonly<Record<string, string>>
}

/** Whom a token is about, and for whom. */
export interface TokenSubject {
  /** `currentUser.id`. */
  readonly userId: string
  readonly identity: Identity | undefined
  readonly clientId: string | undefined
  readonly scopes: readonly string[]
}

/** Says what a token tells of a person, beside who they are. */
export type MapTokenClaims = (claims: Claims, subject: TokenSubject) => Readonly<Record<string, unknown>>

/** Tokens that this application signs itself (RFC 9068): it is the issuer, and others can verify them by its keys. */
export interface BrokerOptions {
  /** Issuer identifier: `publicUrl`, or an address below it. @default publicUrl */
  issuer?: string
  /**
   * What the tokens are for: one or more services. The first is this application itself: a token that is not for it is
   * not taken here. @default the issuer
   */
  audience?: string | readonly string[]
  /**
   * Where keys, codes, refresh tokens and the tokens of providers are, as for `session.store`. Where that is not given,
   * the list of ended sessions is here too. @default session.store
   */
  store?: StoreSource | undefined
  /** @default 'ES256' */
  signingAlg?: BrokerAlg
  /** Seconds that an access token lives, at most a day. @default 600 */
  accessTokenTtl?: number
  /** Seconds after which a program must ask the person again, however often it refreshes. @default 2592000 */
  refreshTokenTtl?: number
  /** Seconds after which a new key signs; false: only `login.rotateKeys()` changes it. @default 2592000 */
  rotateKeys?: number | false
  /** A key that lives elsewhere. @default keys of the broker, sealed in the store */
  signer?: SignerOptions
  /**
   * Other instances whose tokens are taken here, by names of this application: their issuer, or more about them.
   *
   * @example trustedIssuers: { archive: 'https://archive.example.com' }
   */
  trustedIssuers?: Readonly<Record<string, string | PeerOptions>>
  /**
   * What a token tells of a person.
   *
   * @default their roles as `roles`, and by the scopes `profile` and `email` names and e-mail address
   */
  mapClaims?: MapTokenClaims
  /**
   * Audiences of the providers' access tokens that a program may exchange for one of this application (RFC 8693). A
   * program must be registered with `tokenExchange`. @default none
   */
  subjectAudiences?: readonly string[]
}
