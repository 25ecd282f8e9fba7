import type { Store } from '../stores/store.ts'
import type { Vault } from '../vault.ts'
import type { PreviousSession } from './transaction.ts'

interface SealedTokens {
  readonly v: 1
  /** The session that they belong to: who can write to the store moves nobody's tokens to a session of their own. */
  readonly s: string
  readonly i: string
}

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

  async keep ({ handle, endsAt }: PreviousSession, idToken: string): Promise<void> {
    const tokens: SealedTokens = { v: 1, s: handle, i: idToken }
    await this.#store.set(tokensKey(handle), this.#vault.seal('tokens', tokens), { expiresAt: endsAt * 1000 })
  }

  /** The ID token of a session; undefined where a restart lost it. */
  async idTokenOf (handle: string): Promise<string | undefined> {
    const entry = await this.#store.get(tokensKey(handle))
    const tokens = entry === undefined ? undefined : this.#vault.open('tokens', entry.value)?.payload as SealedTokens | undefined
    return tokens?.v === 1 && tokens.s === handle ? tokens.i : undefined
  }

  async forget (handle: string): Promise<void> {
    await this.#store.delete(tokensKey(handle))
  }
}
