import type { Store } from '../../stores/store.ts'
import type { Vault } from '../../vault.ts'
import type { Grant } from './grant.ts'

/** A session, as far as tokens lie under it. */
export interface TokenHolder {
  readonly handle: string
  /** Seconds since 1970. */
  readonly endsAt: number
}

interface SealedGrant {
  readonly v: 2
  /** The session that it belongs to: who can write to the store moves nobody's tokens to a session of their own. */
  readonly s: string
  readonly g: Grant
}

interface SealedNotice {
  readonly v: 2
  /** Digest of the refresh token that it is about. */
  readonly r: string
  readonly n: object
}

/** A grant as the store has it. */
export interface KeptGrant {
  readonly handle: string
  readonly grant: Grant
  readonly version: string
  /** Milliseconds since 1970. */
  readonly expiresAt: number
}

const HANDED_OVER = 'handed over'
/** A refresh may write at the same time; so often it is read and tried again. */
const MOST_ATTEMPTS = 8

function tokensKey (handle: string): string {
  return `tokens:${handle}`
}

/** Tokens of a provider, sealed in a store under their session. They never travel in a cookie. */
export class TokenVault {
  readonly #vault: Vault
  readonly #store: Store

  constructor (vault: Vault, store: Store) {
    this.#vault = vault
    this.#store = store
  }

  async keep ({ handle, endsAt }: TokenHolder, grant: Grant): Promise<void> {
    await this.#store.set(tokensKey(handle), this.#seal(handle, grant), { expiresAt: endsAt * 1000 })
  }

  /** What a session was granted; undefined where a restart lost it. */
  async find (handle: string): Promise<KeptGrant | undefined> {
    const entry = await this.#store.get(tokensKey(handle))
    const grant = entry === undefined ? undefined : this.#open(handle, entry.value)
    if (entry === undefined || grant === undefined) return undefined
    return { handle, grant, version: entry.version, expiresAt: entry.expiresAt }
  }

  /** Writes over exactly what was found. Undefined where it was written anew or forgotten meanwhile. */
  async replace ({ handle, version, expiresAt }: KeptGrant, grant: Grant): Promise<KeptGrant | undefined> {
    const written = await this.#store.replace(tokensKey(handle), version, this.#seal(handle, grant), { expiresAt })
    return written === undefined ? undefined : { handle, grant, version: written, expiresAt }
  }

  /** Keeps what a session was granted for as long as the session lives now. */
  async prolong ({ handle, endsAt }: TokenHolder): Promise<void> {
    for (let attempt = 1; attempt <= MOST_ATTEMPTS; attempt++) {
      const kept = await this.find(handle)
      if (kept === undefined || kept.expiresAt >= endsAt * 1000) return
      if (await this.replace({ ...kept, expiresAt: endsAt * 1000 }, kept.grant) !== undefined) return
    }
  }

  /** Forgets what a session was granted, and gives it to who may tell the provider. */
  async take (handle: string): Promise<Grant | undefined> {
    const value = await this.#store.take(tokensKey(handle))
    return value === undefined ? undefined : this.#open(handle, value)
  }

  /**
   * Forgets what a session was granted, and notes for a while that the grant goes on in another session.
   *
   * @param until milliseconds since 1970
   */
  async handOver (handle: string, until: number): Promise<void> {
    await this.#store.set(tokensKey(handle), HANDED_OVER, { expiresAt: until })
  }

  async wasHandedOver (handle: string): Promise<boolean> {
    return (await this.#store.get(tokensKey(handle)))?.value === HANDED_OVER
  }

  async forget (handle: string): Promise<void> {
    await this.#store.delete(tokensKey(handle))
  }

  /** Seals what processes tell one another about a refresh token. */
  sealNotice (digest: string, notice: object): string {
    const sealed: SealedNotice = { v: 2, r: digest, n: notice }
    return this.#vault.seal('tokens', sealed)
  }

  /** What was sealed about this refresh token, or undefined where it was not. */
  openNotice (digest: string, text: string): object | undefined {
    const sealed = this.#vault.open('tokens', text)?.payload as SealedNotice | undefined
    return sealed?.v === 2 && sealed.r === digest ? sealed.n : undefined
  }

  #seal (handle: string, grant: Grant): string {
    const sealed: SealedGrant = { v: 2, s: handle, g: grant }
    return this.#vault.seal('tokens', sealed)
  }

  #open (handle: string, value: string): Grant | undefined {
    const sealed = this.#vault.open('tokens', value)?.payload as SealedGrant | undefined
    return sealed?.v === 2 && sealed.s === handle ? sealed.g : undefined
  }
}
