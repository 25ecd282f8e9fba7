import { calculateJwkThumbprint, type CryptoKey, importJWK, type JWK, type JWTPayload } from 'jose'
import type { Awaitable } from '../awaitable.ts'
import type { BrokerAlg } from '../options/broker-options.ts'

/** A key that verifies tokens of this application, with the one algorithm that it is for. */
export interface VerifyingKey {
  readonly kid: string
  readonly alg: BrokerAlg
  /** RFC 7638: what tells whether it is the same key. */
  readonly thumbprint: string
  /** As it is published. */
  readonly jwk: JWK
  readonly key: CryptoKey
}

/** Signs tokens with one key. */
export interface TokenSigner {
  readonly kid: string
  readonly alg: BrokerAlg
  /** @throws SignerInvalid, SignerUnavailable */
  sign (claims: JWTPayload): Promise<string>
}

/** Keys in the form in which others get them (RFC 7517, section 5). */
export interface PublishedKeys {
  readonly keys: readonly JWK[]
}

/** A key that was added. */
export interface AddedKey {
  readonly keyId: string
  /** Seconds since 1970. */
  readonly signsFrom: number
}

export interface RotationOptions {
  /** Whether all other keys are dropped at once, with all tokens that they have signed. @default false */
  readonly drop?: boolean | undefined
}

/** The keys of this application as an issuer. */
export interface SigningKeys {
  /** What new keys are for. Until the first of them signs, an older key may sign with another one. */
  readonly alg: BrokerAlg
  /**
   * Who signs now.
   *
   * @throws StoreUnavailable, SigningKeysSealed; SignerUnavailable, SignerInvalid
   */
  signer (): Promise<TokenSigner>
  /**
   * The key of this name, where it verifies at this moment. Synchronous where it was seen a moment ago. A name that
   * nobody knows is looked for where the keys are, at most once a second: whoever waits for that is not refused before.
   *
   * @throws StoreUnavailable, SigningKeysSealed; SignerUnavailable, SignerInvalid
   */
  find (kid: string): Awaitable<VerifyingKey | undefined>
  /**
   * All keys that verify, and those that soon will.
   *
   * @throws StoreUnavailable, SigningKeysSealed; SignerUnavailable, SignerInvalid
   */
  jwks (): Promise<PublishedKeys>
  /**
   * Adds a key, which signs ten minutes later, when everybody has read of it. One that waits for its time already is
   * the one that is given.
   *
   * @throws StoreUnavailable, SigningKeysSealed; BrokerUnset where the keys are elsewhere
   */
  rotate (options?: RotationOptions): Promise<AddedKey>
}

/** What a token is called in its header (RFC 9068, section 2.1). */
export const ACCESS_TOKEN = 'at+jwt'

/** The algorithm of each kind of key, and the members that are public. */
const KINDS: Readonly<Record<string, { readonly alg: BrokerAlg, readonly members: readonly string[] }>> = {
  'OKP Ed25519': { alg: 'EdDSA', members: ['kty', 'crv', 'x'] },
  'EC P-256': { alg: 'ES256', members: ['kty', 'crv', 'x', 'y'] },
  RSA: { alg: 'RS256', members: ['kty', 'n', 'e'] }
}

/** What a key is for by its kind; undefined for one that signs no tokens here. */
export function algOf ({ kty, crv }: JWK): BrokerAlg | undefined {
  const kind = [kty, crv].filter(part => part !== undefined).join(' ')
  return Object.hasOwn(KINDS, kind) ? KINDS[kind]?.alg : undefined
}

/**
 * The public key of a JWK. Whatever else is in it stays there.
 *
 * @param kid its name @default its thumbprint
 * @throws whatever jose throws for what is no key of this algorithm
 */
export async function verifyingKey (jwk: JWK, alg: BrokerAlg, kid?: string): Promise<VerifyingKey> {
  const members = Object.values(KINDS).find(kind => kind.alg === alg)?.members ?? []
  const bare: JWK = Object.fromEntries(Object.entries(jwk).filter(([name]) => members.includes(name)))
  const thumbprint = await calculateJwkThumbprint(bare)
  const name = kid ?? thumbprint
  const key = await importJWK(bare, alg) as CryptoKey
  return Object.freeze({
    kid: name, alg, thumbprint, jwk: Object.freeze({ ...bare, kid: name, alg, use: 'sig' }), key
  })
}
