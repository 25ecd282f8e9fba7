import { createHash, randomUUID } from 'node:crypto'
import { calculateJwkThumbprint, type CryptoKey, exportJWK, generateKeyPair, type JWK, type JWTPayload, SignJWT } from 'jose'
import * as oauth from 'oauth4webapi'
import { BearerToken, type Confirmation, type ProofEvidence } from '../../../lib/bearer-token.ts'

/** The time of these tests, in seconds. */
export const NOW = 1_800_000_000
export const URL_OF_MAIL = 'https://app.example.com/mail'

export const sha256 = (data: string | Uint8Array): string => createHash('sha256').update(data).digest('base64url')

/** A judged token that is bound so. */
export function tokenBoundTo (confirmation?: Confirmation, text = 'the-token'): BearerToken {
  return new BearerToken(text, {
    userId: 'ada',
    identity: undefined,
    subject: 'ada',
    clientId: undefined,
    audience: [],
    scopes: [],
    claims: {},
    id: undefined,
    issuedAt: undefined,
    expiresAt: NOW + 600,
    authenticatedAt: undefined,
    confirmation
  })
}

/** What a request brings; the certificate only where a test gives one. */
export function evidenceOf (proofs: readonly string[], changes: Partial<ProofEvidence> = {}): ProofEvidence {
  return { scheme: 'dpop', proofs, method: 'GET', url: URL_OF_MAIL, certificate: () => undefined, ...changes }
}

/** What a proof says; a member that is undefined is left out. */
export interface ProofChanges {
  readonly header?: Readonly<Record<string, unknown>>
  readonly claims?: Readonly<Record<string, unknown>>
}

interface KeyPair { readonly privateKey: CryptoKey, readonly publicKey: CryptoKey }

/** A client with a DPoP key, which also makes proofs that no honest client would. */
export class Prover {
  readonly #alg: string
  readonly #keys: KeyPair
  readonly jwk: JWK
  readonly privateJwk: JWK
  readonly thumbprint: string

  constructor (alg: string, keys: KeyPair, jwk: JWK, privateJwk: JWK, thumbprint: string) {
    this.#alg = alg
    this.#keys = keys
    this.jwk = jwk
    this.privateJwk = privateJwk
    this.thumbprint = thumbprint
  }

  static async create (alg = 'ES256', options: object = {}): Promise<Prover> {
    const keys = await generateKeyPair(alg, { extractable: true, ...options })
    const [jwk, privateJwk] = [await exportJWK(keys.publicKey), await exportJWK(keys.privateKey)]
    return new Prover(alg, keys, jwk, privateJwk, await calculateJwkThumbprint(jwk))
  }

  async prove ({ header, claims }: ProofChanges = {}): Promise<string> {
    const payload: Record<string, unknown> = {
      jti: randomUUID(), htm: 'GET', htu: URL_OF_MAIL, iat: NOW, ath: sha256('the-token'), ...claims
    }
    return await new SignJWT(payload as JWTPayload)
      .setProtectedHeader({ alg: this.#alg, typ: 'dpop+jwt', jwk: this.jwk, ...header })
      .sign(this.#keys.privateKey, { crit: { 'https://a.example/x': true } })
  }

  /** The headers that an independent client sends with this key. */
  async sendAs (text: string, method: string, url: string): Promise<Headers> {
    let sent = new Headers()
    await oauth.protectedResourceRequest(text, method, new URL(url), undefined, null, {
      DPoP: oauth.DPoP({}, this.#keys as oauth.CryptoKeyPair),
      async [oauth.customFetch] (_url, { headers }) {
        sent = new Headers(headers)
        return new Response()
      }
    })
    return sent
  }
}
