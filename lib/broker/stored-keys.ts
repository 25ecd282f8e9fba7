import { type JWTPayload, SignJWT } from 'jose'
import type { Awaitable } from '../awaitable.ts'
import { digestOf } from '../digest.ts'
import { SigningKeysSealed, StoreUnavailable } from '../errors.ts'
import type { LoginEvents } from '../events.ts'
import type { BrokerAlg } from '../options/broker-options.ts'
import type { BrokerSettings } from '../options/broker-settings.ts'
import type { Entry, Store, WriteOptions } from '../stores/store.ts'
import type { Vault } from '../vault.ts'
import { CurrentKeys } from './current-keys.ts'
import { createKey, KeyRing, LEAD, type NewKey, type RingKey, type WrittenKey, type WrittenRing } from './key-ring.ts'
import {
  ACCESS_TOKEN, type AddedKey, type PublishedKeys, type RotationOptions, type SigningKeys, type TokenSigner,
  type VerifyingKey
} from './signing-keys.ts'

/** What keys in a store work with. */
export interface StoredKeysParts {
  readonly settings: Pick<BrokerSettings, 'issuer' | 'signingAlg' | 'rotateKeys'>
  readonly vault: Vault
  readonly store: Store
  readonly events: Pick<LoginEvents, 'emit'>
  /** Milliseconds since 1970. */
  readonly now: () => number
}

/** A ring as it lies in the store. */
interface FoundRing {
  readonly entry: Entry
  readonly ring: KeyRing
  /** Whether a previous secret sealed it. */
  readonly isStale: boolean
}

/** Another process may change the ring at the same time; so often it is read and tried again. */
const MOST_ATTEMPTS = 8
/** Seconds that a ring is kept which nobody uses. It is written again when half of them are over. */
const LIFE = 400 * 86_400
/** A key is published longer than a process can be without a look at it, so none signs with a key that is replaced. */
const FRESHNESS = Object.freeze({ fresh: 30_000, stale: LEAD * 1000, pause: 1000 })

function createSigner ({ kid, alg, privateKey }: RingKey): TokenSigner {
  async function sign (claims: JWTPayload): Promise<string> {
    return await new SignJWT(claims).setProtectedHeader({ alg, kid, typ: ACCESS_TOKEN }).sign(privateKey)
  }
  return { kid, alg, sign }
}

/**
 * Keys that the processes of an application share: one sealed record in their store, made by whoever comes first. A new
 * key is published before it signs, and an old one kept until its last token has ended.
 */
export class StoredKeys implements SigningKeys {
  readonly alg: BrokerAlg
  readonly #parts: StoredKeysParts
  readonly #key: string
  readonly #current: CurrentKeys<KeyRing>
  #found: FoundRing | undefined

  constructor (parts: StoredKeysParts) {
    this.#parts = parts
    this.alg = parts.settings.signingAlg
    this.#key = `broker-keys:${digestOf(parts.settings.issuer)}`
    this.#current = new CurrentKeys(() => this.#load(), FRESHNESS, parts.now)
  }

  async signer (): Promise<TokenSigner> {
    return createSigner((await this.#current.get()).signing)
  }

  find (kid: string): Awaitable<VerifyingKey | undefined> {
    return this.#current.find(kid)
  }

  async jwks (): Promise<PublishedKeys> {
    const { alive } = await this.#current.get()
    return Object.freeze({ keys: Object.freeze(alive.map(({ jwk }) => jwk)) })
  }

  async rotate ({ drop = false }: RotationOptions = {}): Promise<AddedKey> {
    const added = await this.#reach(drop ? () => this.#dropAll() : () => this.#add())
    await this.#current.renew()
    return added
  }

  async #load (): Promise<KeyRing> {
    return await this.#reach(async () => {
      const found = await this.#findOrBegin()
      // What cannot be written now is tried again at the next look: the ring is good meanwhile.
      const kept = await this.#keepUp(found).catch(() => found)
      this.#found = kept
      return kept.ring
    })
  }

  /** The ring as it is, or the first one, of whoever is the first. */
  async #findOrBegin (): Promise<FoundRing> {
    for (let attempt = 1; attempt <= MOST_ATTEMPTS; attempt++) {
      const found = await this.#find()
      if (found !== undefined) return found
      const first = await createKey(this.alg, this.#now())
      const version = await this.#parts.store.add(this.#key, this.#seal([first.written]), this.#life())
      if (version !== undefined) this.#tell(first)
    }
    throw new StoreUnavailable()
  }

  async #find (): Promise<FoundRing | undefined> {
    const { vault, store, settings: { issuer } } = this.#parts
    const entry = await store.get(this.#key)
    if (entry === undefined) return undefined
    // Each text is sealed with random bytes of its own: it is the same ring.
    if (entry.value === this.#found?.entry.value) return { ...this.#found, entry }
    const opened = vault.open('broker', entry.value)
    if (opened === undefined) throw new SigningKeysSealed()
    const ring = await KeyRing.read(opened.payload, issuer, () => this.#now()).catch(() => {
      throw new SigningKeysSealed({ cause: new Error('What lies there is no ring of this issuer') })
    })
    return { entry, ring, isStale: opened.isStale }
  }

  /** Does what is due: a new key, a new seal, a longer life. Where another process was first, it did. */
  async #keepUp (found: FoundRing): Promise<FoundRing> {
    const now = this.#now()
    const { entry, ring, isStale } = found
    const { settings: { rotateKeys } } = this.#parts
    const isFirstLook = this.#found === undefined
    if (ring.needsKey({ alg: this.alg, rotateKeys, isFirstLook })) {
      await this.#replace(found, await createKey(this.alg, now + LEAD))
    } else if (isStale || entry.expiresAt / 1000 < now + LIFE / 2) {
      await this.#replace(found)
    } else return found
    return await this.#find() ?? found
  }

  /** Adds a key, unless one waits for its time. */
  async #add (): Promise<AddedKey> {
    for (let attempt = 1; attempt <= MOST_ATTEMPTS; attempt++) {
      const before = await this.#find()
      const found = before ?? await this.#findOrBegin()
      const waiting = before === undefined ? found.ring.signing : found.ring.pending
      if (waiting !== undefined) return { keyId: waiting.kid, signsFrom: waiting.signsFrom }
      const added = await this.#replace(found, await createKey(this.alg, this.#now() + LEAD))
      if (added !== undefined) return added
    }
    throw new StoreUnavailable()
  }

  /** Also over what nobody can open. */
  async #dropAll (): Promise<AddedKey> {
    const key = await createKey(this.alg, this.#now())
    await this.#parts.store.set(this.#key, this.#seal([key.written]), this.#life())
    return this.#tell(key)
  }

  /** Writes over exactly what was found; undefined where somebody else did, or where no key was added. */
  async #replace ({ entry, ring }: FoundRing, added?: NewKey): Promise<AddedKey | undefined> {
    const keys = [...ring.alive, ...added === undefined ? [] : [added]].map(({ written }) => written)
    const version = await this.#parts.store.replace(this.#key, entry.version, this.#seal(keys), this.#life())
    return version === undefined || added === undefined ? undefined : this.#tell(added)
  }

  #tell ({ keyId, signsFrom }: NewKey): AddedKey {
    const added = Object.freeze({ keyId, signsFrom })
    this.#parts.events.emit('signingKeyAdded', added)
    return added
  }

  async #reach<T> (work: () => Promise<T>): Promise<T> {
    try {
      return await work()
    } catch (cause) {
      const isKnown = cause instanceof SigningKeysSealed || cause instanceof StoreUnavailable
      throw isKnown ? cause : new StoreUnavailable({ cause })
    }
  }

  #seal (keys: readonly WrittenKey[]): string {
    const ring: WrittenRing = { v: 1, i: this.#parts.settings.issuer, k: keys }
    return this.#parts.vault.seal('broker', ring)
  }

  #life (): WriteOptions {
    return { expiresAt: this.#parts.now() + LIFE * 1000 }
  }

  #now (): number {
    return Math.floor(this.#parts.now() / 1000)
  }
}
