import { calculateJwkThumbprint, type CryptoKey, exportJWK, generateKeyPair, importJWK, type JWK } from 'jose'
import type { BrokerAlg } from '../options/broker-options.ts'
import { LONGEST_TOKEN } from '../options/broker-settings.ts'
import type { KeySet } from './current-keys.ts'
import { type AddedKey, algOf, type VerifyingKey, verifyingKey } from './signing-keys.ts'

/** The form in which a key is kept: short, as all that is sealed. */
export interface WrittenKey {
  /** Since when it signs, in seconds since 1970. */
  readonly f: number
  readonly a: BrokerAlg
  /** The private key. */
  readonly j: JWK
}

/** The form in which all keys of an issuer are kept. */
export interface WrittenRing {
  readonly v: 1
  readonly i: string
  readonly k: readonly WrittenKey[]
}

/** A key of the ring. */
export interface RingKey extends VerifyingKey {
  readonly written: WrittenKey
  /** Since when it signs, in seconds since 1970: until the next one does. */
  readonly signsFrom: number
  /** When the last token that it signed has ended. */
  readonly endsAt: number
  readonly privateKey: CryptoKey
}

/** A key that is in no ring so far. */
export interface NewKey extends AddedKey {
  readonly written: WrittenKey
}

/** What decides whether a key is due. */
export interface RotationPlan {
  readonly alg: BrokerAlg
  /** Seconds. */
  readonly rotateKeys: number | undefined
  /** Whether this process has read no keys before: the algorithm is changed once, or two processes would for ever. */
  readonly isFirstLook: boolean
}

/** Seconds for which a key is published before it signs, so that all who keep keys know it by then. */
export const LEAD = 600
/** Seconds by which the clocks of processes may differ. */
const TOLERANCE = 30
/** Seconds for which a key is kept that signs no more. */
const KEPT = LONGEST_TOKEN + TOLERANCE

/** @param signsFrom seconds since 1970 */
export async function createKey (alg: BrokerAlg, signsFrom: number): Promise<NewKey> {
  const { privateKey } = await generateKeyPair(alg, { extractable: true })
  const jwk = await exportJWK(privateKey)
  return { keyId: await calculateJwkThumbprint(jwk), signsFrom, written: { f: signsFrom, a: alg, j: jwk } }
}

async function readKey (written: WrittenKey, next: WrittenKey | undefined): Promise<RingKey> {
  const { f: signsFrom, a: alg, j: jwk } = written
  if (!Number.isFinite(signsFrom) || algOf(jwk) !== alg) throw new TypeError('a key in the store is none')
  return Object.freeze({
    ...await verifyingKey(jwk, alg),
    written,
    signsFrom,
    endsAt: next === undefined ? Infinity : next.f + KEPT,
    privateKey: await importJWK(jwk, alg) as CryptoKey
  })
}

/** The keys of an issuer at one moment, in the order in which they sign. There is always one that does. */
export class KeyRing implements KeySet {
  readonly #keys: readonly [first: RingKey, ...others: RingKey[]]
  /** Seconds since 1970. */
  readonly #now: () => number

  private constructor (keys: readonly [first: RingKey, ...others: RingKey[]], now: () => number) {
    this.#keys = keys
    this.#now = now
  }

  /**
   * @param now seconds since 1970
   * @throws an Error for what is no ring of this issuer
   */
  static async read (written: unknown, issuer: string, now: () => number): Promise<KeyRing> {
    const { v: version, i: writtenFor, k: keys } = written as Partial<WrittenRing>
    if (version !== 1 || writtenFor !== issuer || !Array.isArray(keys)) throw new TypeError('this is no ring of the issuer')
    const inOrder = (keys as readonly WrittenKey[]).toSorted((one, other) => one.f - other.f)
    const [first, ...others] = await Promise.all(inOrder.map((key, index) => readKey(key, inOrder[index + 1])))
    if (first === undefined) throw new TypeError('the ring is empty')
    return new KeyRing([first, ...others], now)
  }

  /** Those that verify, and those that soon will. */
  get alive (): readonly RingKey[] {
    const now = this.#now()
    return this.#keys.filter(({ endsAt }) => endsAt > now)
  }

  /** The key that signs now: the first of all where this clock is behind all of them. */
  get signing (): RingKey {
    const now = this.#now()
    return this.#keys.findLast(({ signsFrom }) => signsFrom <= now) ?? this.#keys[0]
  }

  find (kid: string): RingKey | undefined {
    return this.alive.find(key => key.kid === kid)
  }

  /** The key that waits for its time. One that a wrong clock made, for a time far away, is none. */
  get pending (): RingKey | undefined {
    const now = this.#now()
    return this.#keys.find(({ signsFrom }) => signsFrom > now && signsFrom <= now + 2 * LEAD)
  }

  /** Whether it is time for a new key. */
  needsKey ({ alg, rotateKeys, isFirstLook }: RotationPlan): boolean {
    if (this.pending !== undefined) return false
    const { signsFrom, alg: current } = this.signing
    if (isFirstLook && current !== alg) return true
    return rotateKeys !== undefined && this.#now() + LEAD >= signsFrom + rotateKeys
  }
}
