import { StateInvalid, StateSpent } from '../errors.ts'
import type { Vault } from '../session/vault.ts'
import type { Store } from '../stores/store.ts'
import type { Claims } from '../user.ts'
import { authorizationUrl, processAuthorizationResponse } from './authorization.ts'
import type { Provider } from './provider.ts'
import { exchangeCode, type Tokens } from './tokens.ts'
import {
  assertTransaction, bindingDigest, createBinding, newTransactionId, openBinding, openTransaction, sealBinding,
  sealTransaction, type Transaction, TRANSACTION_LIFE
} from './transaction.ts'
import { fetchUserinfo } from './userinfo.ts'

/** What a login under way remembers. */
export type LoginIntent = Pick<Transaction, 'returnTo' | 'attempt' | 'previous'>

export interface BegunLogin {
  /** Where to send the browser. */
  readonly location: string
  /** New text of the binding cookie. */
  readonly binding: string
}

export interface FinishedLogin {
  readonly transaction: Transaction
  readonly tokens: Tokens
  readonly userinfo: Claims | undefined
}

/** The authorization code flow with one provider, from the first redirect to verified claims. */
export class LoginFlow {
  readonly #provider: Provider
  readonly #vault: Vault
  readonly #store: Store
  readonly #redirectUri: string

  constructor (provider: Provider, vault: Vault, store: Store, redirectUri: string) {
    this.#provider = provider
    this.#vault = vault
    this.#store = store
    this.#redirectUri = redirectUri
  }

  /**
   * Begins a login. A browser that has a secret keeps it, so that logins in other tabs stay alive.
   *
   * @param bindingText value of the binding cookie
   * @throws ProviderUnavailable, ProviderAnswerInvalid
   */
  async begin (bindingText: string | undefined, intent: LoginIntent): Promise<BegunLogin> {
    const { name: provider, issuer } = this.#provider.settings
    const at = this.#seconds()
    const binding = openBinding(this.#vault, bindingText, at) ?? createBinding()
    const transactionId = newTransactionId()
    const state = sealTransaction(this.#vault, {
      ...intent, id: transactionId, provider, issuer, at, binding: bindingDigest(binding)
    })
    const input = { state, redirectUri: this.#redirectUri, binding, transactionId }
    return { location: await authorizationUrl(this.#provider, input), binding: sealBinding(this.#vault, binding, at) }
  }

  /** The transaction of an authorization response, where its state was sealed here; nothing of it is checked. */
  read (parameters: URLSearchParams): Transaction | undefined {
    const [state, ...more] = parameters.getAll('state')
    return state === undefined || more.length > 0 ? undefined : openTransaction(this.#vault, state)
  }

  /**
   * Finishes a login. The browser is compared before anything else happens, then the state is spent, also when the
   * answer is an error.
   *
   * @throws StateInvalid, StateForeign, StateExpired, StateSpent, and whatever is wrong with the provider's answers
   */
  async finish (parameters: URLSearchParams, bindingText: string | undefined): Promise<FinishedLogin> {
    const provider = this.#provider
    const transaction = this.read(parameters)
    if (transaction === undefined) throw new StateInvalid()
    const binding = openBinding(this.#vault, bindingText, this.#seconds())
    assertTransaction(transaction, binding, provider.settings, this.#seconds())
    await this.#spend(transaction)
    const server = await provider.server()
    const response = processAuthorizationResponse(provider, server, parameters, String(parameters.get('state')))
    const grant = { response, redirectUri: this.#redirectUri, binding, transactionId: transaction.id }
    const tokens = await exchangeCode(provider, server, grant)
    const userinfo = provider.settings.userinfo ? await fetchUserinfo(provider, server, tokens) : undefined
    return { transaction, tokens, userinfo }
  }

  async #spend ({ id, at }: Transaction): Promise<void> {
    const isFirst = await this.#store.add(`state:${id}`, '', { expiresAt: (at + TRANSACTION_LIFE) * 1000 })
    if (isFirst === undefined) throw new StateSpent()
  }

  #seconds (): number {
    return Math.floor(this.#provider.now() / 1000)
  }
}
