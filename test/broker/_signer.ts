import { createPublicKey, generateKeyPairSync, type KeyObject, sign } from 'node:crypto'
import type { JWK } from 'jose'
import type { BrokerAlg, SigningInput } from '../../lib/options/broker-options.ts'

/** A key that lives elsewhere: a service that signs, and gives public keys. */
export interface TestSigner {
  readonly privateKey: KeyObject
  readonly publicKey: JWK
  readonly inputs: SigningInput[]
  readonly sign: (input: SigningInput) => Promise<Uint8Array>
}

const generate: Readonly<Record<BrokerAlg, () => KeyObject>> = {
  EdDSA: () => generateKeyPairSync('ed25519').privateKey,
  ES256: () => generateKeyPairSync('ec', { namedCurve: 'P-256' }).privateKey,
  RS256: () => generateKeyPairSync('rsa', { modulusLength: 2048 }).privateKey
}

/** A signature as JOSE has it, or for ES256 as DER. */
export function signWith (key: KeyObject, alg: BrokerAlg, data: Uint8Array, dsaEncoding: 'ieee-p1363' | 'der' = 'ieee-p1363'): Buffer {
  return sign(alg === 'EdDSA' ? null : 'sha256', data, { key, dsaEncoding })
}

export function aSigner (alg: BrokerAlg = 'ES256', privateKey = generate[alg]()): TestSigner {
  const inputs: SigningInput[] = []
  return {
    privateKey,
    publicKey: createPublicKey(privateKey).export({ format: 'jwk' }),
    inputs,
    async sign (input) {
      inputs.push(input)
      return signWith(privateKey, input.alg, input.data)
    }
  }
}
