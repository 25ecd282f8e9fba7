import { createECDH, hkdfSync } from 'node:crypto'
import { importJWK, type JWK } from 'jose'
import * as oauth from 'oauth4webapi'

/** The private key of a session, to which its tokens are bound (RFC 9449). */
export interface DpopKey extends JWK {
  readonly kty: 'EC'
  readonly crv: 'P-256'
  readonly x: string
  readonly y: string
  readonly d: string
}

/** The option with which oauth4webapi proves in its requests that we have the key; empty where there is none. */
export interface DpopOption {
  readonly DPoP?: oauth.DPoPHandle
}

/** How many points the curve P-256 has. */
const ORDER = 0xffffffff00000000ffffffffffffffffbce6faada7179e84f3b9cac2fc632551n
const BYTES = 32
/** Bytes more than a key has: so many that no key is likelier than another (FIPS 186-5, appendix A.2.1). */
const SPARE = 8

/**
 * The key pair that belongs to a secret: the same one for the same secret, wherever it is asked for.
 *
 * @param secret at least 32 bytes that nobody else knows
 */
export function dpopKeyFrom (secret: string | Uint8Array): DpopKey {
  const bytes = Buffer.from(hkdfSync('sha256', secret, '', 'fastify-login/1/dpop-key', BYTES + SPARE))
  const number = BigInt(`0x${bytes.toString('hex')}`) % (ORDER - 1n) + 1n
  const scalar = Buffer.from(number.toString(16).padStart(2 * BYTES, '0'), 'hex')
  const ecdh = createECDH('prime256v1')
  ecdh.setPrivateKey(scalar)
  // The first byte says that the point is not compressed; its two coordinates follow.
  const point = ecdh.getPublicKey().subarray(1)
  const [x, y, d] = [point.subarray(0, BYTES), point.subarray(BYTES), scalar]
  return { kty: 'EC', crv: 'P-256', x: x.toString('base64url'), y: y.toString('base64url'), d: d.toString('base64url') }
}

/**
 * What proves the possession of a key in the requests of one errand. The nonces that providers and services ask for
 * live in it, so it is made anew for each errand and shared with no other.
 */
export async function createDpop (client: oauth.Client, key: DpopKey | undefined): Promise<DpopOption> {
  if (key === undefined) return {}
  const { kty, crv, x, y } = key
  const [privateKey, publicKey] = await Promise.all([key, { kty, crv, x, y }].map(jwk => importJWK(jwk, 'ES256')))
  return { DPoP: oauth.DPoP(client, { privateKey, publicKey } as oauth.CryptoKeyPair) }
}

/** Whether a request was refused for want of a nonce, which came with the refusal (RFC 9449, sections 8 and 9). */
export function isNonceWanted ({ DPoP }: DpopOption, error: unknown): boolean {
  return DPoP !== undefined && oauth.isDPoPNonceError(error)
}

/** Sends a request, and once more where it was refused for want of a nonce: nothing was done with the first. */
export async function withNonce<T> (dpop: DpopOption, send: () => Promise<T>): Promise<T> {
  try {
    return await send()
  } catch (error) {
    if (!isNonceWanted(dpop, error)) throw error
    if (error instanceof oauth.WWWAuthenticateChallengeError) await error.response.body?.cancel()
  }
  return await send()
}
