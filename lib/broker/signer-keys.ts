import { compactVerify, type JWK, type JWTPayload } from 'jose'
import type { Awaitable } from '../awaitable.ts'
import { bounded } from '../bounded.ts'
import { BrokerUnset, SignerInvalid, SignerUnavailable } from '../errors.ts'
import { LEAST_BITS } from '../oidc/provider/keys.ts'
import type { BrokerAlg } from '../options/broker-options.ts'
import { hasPrivatePart } from '../options/public-key.ts'
import type { BrokerSettings, SignerSettings } from '../options/broker-settings.ts'
import { CurrentKeys, type KeySet } from './current-keys.ts'
import {
  ACCESS_TOKEN, type AddedKey, algOf, type PublishedKeys, type SigningKeys, type TokenSigner, type VerifyingKey,
  verifyingKey
} from './signing-keys.ts'

/** What keys elsewhere work with. */
export interface SignerKeysParts {
  readonly settings: Pick<BrokerSettings, 'signingAlg'> & { readonly signer: SignerSettings }
  /** Milliseconds since 1970. */
  readonly now: () => number
}

/** The public keys of a moment; the first is that of what signs. */
interface SignerSet extends KeySet {
  readonly signing: VerifyingKey
  readonly published: PublishedKeys
}

const MINUTE = 60_000
/** A service that hangs is waited for by every request that comes meanwhile, so it is not asked again at once. */
const FRESHNESS = Object.freeze({ fresh: 5 * MINUTE, stale: 60 * MINUTE, pause: MINUTE / 2 })
/** Milliseconds. */
const PATIENCE = 5000
const MOST_OF_A_NAME = 256
/** Spellings of an algorithm that say the same (RFC 9864, section 2.2). */
const NAMES: Readonly<Record<BrokerAlg, readonly unknown[]>> = {
  EdDSA: [undefined, 'EdDSA', 'Ed25519'], ES256: [undefined, 'ES256'], RS256: [undefined, 'RS256']
}

function refuse (problem: string, cause?: unknown): never {
  throw new SignerInvalid(`"broker.signer" ${problem}`, cause === undefined ? {} : { cause })
}

/** What a service gives, which may be anything. */
async function readKey (jwk: unknown, place: string): Promise<VerifyingKey> {
  if (typeof jwk !== 'object' || jwk === null) refuse(`gives ${place} that is no JWK.`)
  const given: JWK = { ...jwk }
  if (hasPrivatePart(given)) refuse(`gives ${place} that is private. Give the public key alone: what is there is published.`)
  const { kid, use } = given
  const alg = algOf(given)
  if (alg === undefined || !NAMES[alg].includes(given.alg) || (use !== undefined && use !== 'sig')) {
    refuse(`gives ${place} that signs with none of EdDSA (Ed25519), ES256 and RS256.`)
  }
  if (kid !== undefined && (typeof kid !== 'string' || kid === '' || kid.length > MOST_OF_A_NAME)) {
    refuse(`gives ${place} whose "kid" is no text of 1 to ${MOST_OF_A_NAME} characters.`)
  }
  const key = await verifyingKey(given, alg, kid).catch((cause: unknown) => refuse(`gives ${place} that cannot be read.`, cause))
  const { modulusLength = LEAST_BITS } = key.key.algorithm as { readonly modulusLength?: number }
  return modulusLength < LEAST_BITS ? refuse(`gives ${place} with fewer than ${LEAST_BITS} bits.`) : key
}

/** @throws SignerInvalid */
async function readKeys (given: unknown, alg: BrokerAlg): Promise<SignerSet> {
  if (!Array.isArray(given)) refuse('gives no list of public keys.')
  const keys = await Promise.all(given.map((jwk, index) => readKey(jwk, `a public key (number ${index + 1})`)))
  const [signing] = keys
  if (signing === undefined) refuse('gives an empty list of public keys. The first is the one that signs.')
  if (signing.alg !== alg) refuse(`gives a first public key for ${signing.alg}, but "broker.signingAlg" is ${alg}.`)
  const byName = new Map(keys.map(key => [key.kid, key]))
  if (byName.size < keys.length) refuse('gives two public keys of one name ("kid").')
  const published = Object.freeze({ keys: Object.freeze(keys.map(({ jwk }) => jwk)) })
  return { signing, published, names: [...byName.keys()], find: kid => byName.get(kid) }
}

const encode = (part: object): string => Buffer.from(JSON.stringify(part)).toString('base64url')

/** Keys that live elsewhere, as in a key management service: only what is public of them is ever here. */
export class SignerKeys implements SigningKeys {
  readonly alg: BrokerAlg
  readonly #signer: SignerSettings
  readonly #current: CurrentKeys<SignerSet>

  constructor ({ settings: { signer, signingAlg }, now }: SignerKeysParts) {
    this.alg = signingAlg
    this.#signer = signer
    this.#current = new CurrentKeys(async () => await this.#load(), FRESHNESS, now)
  }

  async signer (): Promise<TokenSigner> {
    const { signing } = await this.#current.get()
    return { kid: signing.kid, alg: signing.alg, sign: async claims => await this.#sign(signing, claims) }
  }

  find (kid: string): Awaitable<VerifyingKey | undefined> {
    return this.#current.find(kid)
  }

  async jwks (): Promise<PublishedKeys> {
    return (await this.#current.get()).published
  }

  async rotate (): Promise<AddedKey> {
    throw new BrokerUnset('The signing keys of this application live elsewhere ("broker.signer"). Rotate them there.')
  }

  async #load (): Promise<SignerSet> {
    return await readKeys(await this.#ask(this.#signer.publicKeys), this.alg)
  }

  async #sign ({ kid, alg, key }: VerifyingKey, claims: JWTPayload): Promise<string> {
    const input = `${encode({ alg, kid, typ: ACCESS_TOKEN })}.${encode(claims)}`
    const signature: unknown = await this.#ask(() => this.#signer.sign({ data: Buffer.from(input), kid, alg }))
    if (!(signature instanceof Uint8Array)) refuse('gives a signature that is no Uint8Array.')
    const text = `${input}.${Buffer.from(signature).toString('base64url')}`
    await compactVerify(text, key, { algorithms: [alg] }).catch((cause: unknown) => refuse(
      `gives a signature that does not verify with its first public key. ${alg === 'ES256'
        ? 'For ES256 it must be the 64 bytes of r and s, as JOSE has it; services often give DER, which must be converted.'
        : 'The key that signs must be the first of "publicKeys", and what is signed the data as they are, not a digest of them.'}`,
      cause
    ))
    return text
  }

  async #ask<T> (work: () => T | PromiseLike<T>): Promise<T> {
    try {
      return await bounded(work, PATIENCE)
    } catch (cause) {
      throw new SignerUnavailable({ cause })
    }
  }
}
