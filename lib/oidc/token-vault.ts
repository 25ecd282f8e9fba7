import type { Store } from '../stores/store.ts'
import type { Vault } from '../vault.ts'
import type { PreviousSession } from './transaction.ts'

interface SealedTokens {
  readonly v: 1
  readonly i: string
}

/** Tokens of a provider, sealed in a store under their session. They never travel in a cookie. */
export class TokenVault {
  readonly #vault: Vault
  readonly #store: Store

  constructor (vault: Vault, store: Store) {
    this.#vault = vault
    this.#store = store
  }

  async keep ({ sessionId, endsAt }: PreviousSession, idToken: string): Promise<void> {
    const tokens: SealedTokens = { v: 1, i: idToken }
    await this.#store.set(`tokens:${sessionId}`, this.#vault.seal('tokens', tokens), { expiresAt: endsAt * 1000 })
  }

  /** The ID token of a session, once; undefined where a restart lost it. */
  async take ({ sessionId }: Pick<PreviousSession, 'sessionId'>): Promise<string | undefined> {
    const sealed = await this.#store.take(`tokens:${sessionId}`)
    const tokens = sealed === undefined ? undefined : this.#vault.open('tokens', sealed)?.payload as SealedTokens | undefined
    return tokens?.v === 1 ? tokens.i : undefined
  }
}
