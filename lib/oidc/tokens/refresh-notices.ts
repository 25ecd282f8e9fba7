import { randomBytes } from 'node:crypto'
import { digestOf } from '../../digest.ts'
import type { Store } from '../../stores/store.ts'
import type { Grant } from './grant.ts'
import type { TokenVault } from './token-vault.ts'

/** Milliseconds: the one who refreshes is alone for so long, what came of it is told, an outage keeps others away. */
export const LOCK = 15_000
const RESULT = 30_000
const OUTAGE = 2_000

/** What one process tells the others about a refresh token. */
export type Notice =
  | { readonly kind: 'granted', readonly grant: Grant }
  | { readonly kind: 'revoked' }

/** The reason why a refresh token is left alone for a moment. */
export type Outage = 'unavailable' | 'invalid'

/** What is known about a refresh token. */
export interface Notices {
  readonly notice: Notice | undefined
  /** It was sent, and nobody said what came of it: it may be spent. */
  readonly wasSent: boolean
  readonly outage: Outage | undefined
}

/** What a refresh token is called where everybody may read it. */
export function digestOfToken (refreshToken: string): string {
  return digestOf(refreshToken)
}

const SENT = 'sent'
const lockKey = (digest: string): string => `refresh-lock:${digest}`
const noticeKey = (digest: string): string => `refresh:${digest}`
const outageKey = (digest: string): string => `refresh-outage:${digest}`

function toOutage (value: string | undefined): Outage | undefined {
  return value === 'unavailable' || value === 'invalid' ? value : undefined
}

/** What the processes that share a store tell one another, so that each refresh token is used once. */
export class RefreshNotices {
  readonly #vault: TokenVault
  readonly #store: Store
  readonly #now: () => number

  constructor (vault: TokenVault, store: Store, now: () => number) {
    this.#vault = vault
    this.#store = store
    this.#now = now
  }

  /** What unlocks; undefined where somebody else is at work. A lock whose owner died opens by itself. */
  async lock (digest: string): Promise<(() => Promise<unknown>) | undefined> {
    const owner = randomBytes(16).toString('base64url')
    const version = await this.#store.add(lockKey(digest), owner, this.#for(LOCK))
    return version === undefined ? undefined : async () => await this.#store.delete(lockKey(digest), version)
  }

  async read (digest: string): Promise<Notices> {
    const [notice, outage] = await this.#store.getMany([noticeKey(digest), outageKey(digest)])
    return {
      notice: notice === undefined ? undefined : this.#vault.openNotice(digest, notice.value) as Notice | undefined,
      wasSent: notice?.value === SENT,
      outage: toOutage(outage?.value)
    }
  }

  /**
   * Notes, before a refresh token is sent, that it may be spent from now on.
   *
   * @param expiresAt milliseconds since 1970; until then somebody may come to know
   */
  async markSent (digest: string, expiresAt: number): Promise<void> {
    await this.#store.set(noticeKey(digest), SENT, { expiresAt })
  }

  /** It was not spent after all, or nobody needs to know. */
  async unmark (digest: string): Promise<void> {
    await this.#store.delete(noticeKey(digest))
  }

  /** Tells those who come late, with the state of before. */
  async tell (digest: string, notice: Notice): Promise<void> {
    await this.#store.set(noticeKey(digest), this.#vault.sealNotice(digest, notice), this.#for(RESULT))
  }

  async tellOutage (digest: string, outage: Outage): Promise<void> {
    await this.#store.set(outageKey(digest), outage, this.#for(OUTAGE))
  }

  #for (milliseconds: number): { readonly expiresAt: number } {
    return { expiresAt: this.#now() + milliseconds }
  }
}
