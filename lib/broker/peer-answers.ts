import { digestOf } from '../digest.ts'
import type { KeptAnswer, KeptAnswers } from '../oidc/provider/kept-answers.ts'
import type { TrustedIssuer } from '../options/token-issuers.ts'
import type { Store } from '../stores/store.ts'
import type { Vault } from '../vault.ts'

/** What the answers of peers are kept with. */
export interface PeerAnswerParts {
  readonly vault: Vault
  readonly store: Store
  /** Issuer of this application: what others keep in the same store is theirs. */
  readonly issuer: string
  /** Milliseconds since 1970. */
  readonly now: () => number
}

/** An answer, sealed: who can write to the store could else sign as the peer does. */
interface SealedAnswer {
  readonly v: 1
  readonly k: 'peer-answer'
  /** Where it lies, by peer and address: who can write to the store moves no answer to another one. */
  readonly d: string
  /** Milliseconds since 1970: who can write to the store makes no answer last. */
  readonly t: number
  readonly a: object
}

/** Milliseconds that an answer is kept. */
const LIFE = 24 * 3_600_000
/** Milliseconds by which the clock of another process may be ahead. */
const AHEAD = 60_000
/** Bytes as JSON. What is larger is used, but not kept. */
const MOST_BYTES = 65_536

/**
 * The last good metadata and keys of peers, in the store: they serve for a day where a peer does not answer, also after
 * a restart. Only an answer that was good takes the place of another one. A peer that answers "not found" is one that
 * does not answer: half-deployed services and proxies say so; whoever withdraws all keys publishes an empty set.
 */
export class PeerAnswers {
  readonly #parts: PeerAnswerParts
  readonly #own: string

  constructor (parts: PeerAnswerParts) {
    this.#parts = parts
    this.#own = digestOf(parts.issuer)
  }

  /** Those of one peer. */
  of ({ provider: { issuer } }: TrustedIssuer): KeptAnswers {
    const keyOf = (url: string): string => this.#keysOf(issuer) + digestOf(url)
    return Object.freeze({
      find: async (url: string) => await this.#find(keyOf(url)),
      keep: (url: string, answer: object) => {
        // Nobody waits: a store that fails is no fault of the peer, and the next good answer is kept as well.
        this.#keep(keyOf(url), answer).catch(() => {})
      }
    })
  }

  /**
   * Deletes what is kept of anybody who is no peer any more. It would never be read, and ends within a day by itself.
   *
   * @throws StoreUnavailable
   */
  async forgetOthers (peers: readonly TrustedIssuer[]): Promise<void> {
    const { store } = this.#parts
    const known = peers.map(({ provider }) => this.#keysOf(provider.issuer))
    const keys = await store.keys(this.#tag)
    const strange = keys.filter(key => !known.some(start => key.startsWith(start)))
    await Promise.all(strange.map(key => store.delete(key)))
  }

  get #tag (): string {
    return `peer-answers:${this.#own}`
  }

  /** What the keys begin with under which answers of one peer lie. */
  #keysOf (issuer: string): string {
    return `peer-answer:${this.#own}:${digestOf(issuer)}:`
  }

  async #find (key: string): Promise<KeptAnswer | undefined> {
    const { vault, store, now } = this.#parts
    const entry = await store.get(key)
    const opened = entry === undefined ? undefined : vault.open('broker', entry.value)
    const sealed = opened?.payload as SealedAnswer | undefined
    if (sealed?.v !== 1 || sealed.k !== 'peer-answer' || sealed.d !== key) return undefined
    const { a: answer, t: at } = sealed
    const age = now() - at
    return age >= -AHEAD && age < LIFE ? { answer, at } : undefined
  }

  async #keep (key: string, answer: object): Promise<void> {
    const { vault, store, now } = this.#parts
    if (Buffer.byteLength(JSON.stringify(answer)) > MOST_BYTES) {
      await store.delete(key)
      return
    }
    const sealed: SealedAnswer = { v: 1, k: 'peer-answer', d: key, t: now(), a: answer }
    await store.set(key, vault.seal('broker', sealed), { expiresAt: sealed.t + LIFE, tags: [this.#tag] })
  }
}
