import type { KeyObject } from 'node:crypto'
import type { CryptoKey, JWK } from 'jose'

/** Whom an assertion is made for. */
export interface AssertionRequest {
  /** Goes into `aud`: what the option `audience` chose. */
  readonly audience: string
  readonly issuer: string
  readonly tokenEndpoint: string
  /** Goes into `iss` and `sub`. */
  readonly clientId: string
}

/** What every assertion says (RFC 7523, section 3). */
interface AssertionOptions {
  /**
   * Whom the assertion is for: the issuer, the token endpoint where a provider wants it so, or another address.
   * @default 'issuer'
   */
  audience?: 'issuer' | 'token_endpoint' | (string & {})
}

/** Signs an assertion for each request with a key that is here (`private_key_jwt`). */
export interface PrivateKeyAuthentication extends AssertionOptions {
  /** PEM text (PKCS #8, PKCS #1 or SEC 1), a JWK, a KeyObject, or a CryptoKey that may sign. */
  privateKey: string | JWK | KeyObject | CryptoKey | undefined
  /** Opens a PEM text that is encrypted. */
  passphrase?: string | undefined
  /** @default what the JWK or CryptoKey says, else RS256 for RSA, EdDSA for Ed25519, and for EC what fits the curve */
  alg?: string
  /** Names the key among those that the provider knows. @default what the JWK says */
  kid?: string
  /**
   * PEM text of the certificate of this key, others of its chain after it. Its thumbprints go into the header as `x5t`
   * and `x5t#S256`.
   */
  certificate?: string | undefined
  /** Sends the certificate and its chain too, as `x5c`. @default false */
  sendCertificate?: boolean
  /** In place of `certificate`: its SHA-1 or SHA-256 thumbprint in hexadecimal digits. */
  thumbprint?: string | undefined
}

/** Sends an assertion that something else makes: a key service, or the platform that the application runs on. */
export interface AssertionAuthentication extends AssertionOptions {
  /**
   * Called for each request. Where it throws, its promise rejects, or it gives no JWT within 4 seconds, the provider
   * counts as unavailable.
   */
  assertion: (request: AssertionRequest) => string | Promise<string>
}

/** How an application proves to its provider that it is the client (OpenID Connect Core, section 9; RFC 8705). */
export type ClientAuthentication =
  'client_secret_basic' | 'client_secret_post' | 'none' | 'tls_client_auth' | 'self_signed_tls_client_auth' |
  PrivateKeyAuthentication | AssertionAuthentication
