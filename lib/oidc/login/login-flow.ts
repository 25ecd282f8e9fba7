import { LoginEnded, LoginTooWeak, SessionLost, StateInvalid, StateSpent } from '../../errors.ts'
import type { Vault } from '../../vault.ts'
import type { Store } from '../../stores/store.ts'
import type { Claims } from '../../user.ts'
import { authorizationUrl, processAuthorizationResponse } from './authorization.ts'
import type { Provider, UsableServer } from '../provider/provider.ts'
import { exchangeCode, type Tokens } from './code-exchange.ts'
import {
  assertTransaction, type Binding, bindingDigest, createBinding, isGoingInCircles, newTransactionId, openBinding,
  openTransaction, sealBinding, sealTransaction, type Transaction, TRANSACTION_LIFE, withFinished
} from './transaction.ts'
import { fetchUserinfo } from './userinfo.ts'

/** What a login is begun with. */
export interface LoginIntent extends Pick<Transaction, 'returnTo' | 'attempt' | 'previous' | 'demands' | 'flow'> {
  /** Scopes that were granted before: what is granted now takes their place. */
  readonly grantedScopes: readonly string[]
}

export interface BegunLogin {
  /** Where to send the browser. */
  readonly location: string
  /** New text of the binding cookie. */
  readonly binding: string
}

export interface IdentifiedLogin {
  readonly transaction: Transaction
  readonly binding: Binding
}

/** A login whose answer was judged, and has not been used. */
interface SettledLogin extends IdentifiedLogin {
  readonly provider: Provider
  readonly server: UsableServer
  readonly response: URLSearchParams
}

export interface FinishedLogin {
  /** New text of the binding cookie. */
  readonly binding: string
  readonly transaction: Transaction
  readonly tokens: Tokens
  readonly userinfo: Claims | undefined
}

/** Where the store notes that the logins of a browser were ended. */
function endedKey (binding: Binding): string {
  return `ended-binding:${bindingDigest(binding)}`
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
    const { name: provider, issuer, scopes: configured } = this.#provider.settings
    const { grantedScopes, ...remembered } = intent
    // Needed ones first: of scopes for several resources some providers give a token for that of the first.
    const scopes = [...new Set([...intent.demands.scopes ?? [], ...configured, ...grantedScopes])]
    const at = this.#seconds()
    const kept = openBinding(this.#vault, bindingText, at)
    // The answer to another tab can put back a secret that a logout took away; no login with it could be finished.
    const binding = kept === undefined || await this.#isEnded(kept) ? createBinding(at) : kept
    const transactionId = newTransactionId()
    const state = sealTransaction(this.#vault, {
      ...remembered, scopes, id: transactionId, provider, issuer, at, binding: bindingDigest(binding)
    })
    const input = { state, redirectUri: this.#redirectUri, binding, transactionId, demands: intent.demands, scopes }
    const location = await authorizationUrl(this.#providerOf(intent), input)
    return { location, binding: sealBinding(this.#vault, { ...binding, at }) }
  }

  /**
   * Asked before a browser begins a login because it has no session, or because what it has is not enough for a route:
   * one that has just signed in again and again would go on for ever.
   *
   * @throws SessionLost, LoginTooWeak
   */
  assertNoCircle (bindingText: string | undefined, hasSession: boolean): void {
    const binding = openBinding(this.#vault, bindingText, this.#seconds())
    if (binding === undefined || !isGoingInCircles(binding, this.#seconds(), hasSession)) return
    throw hasSession ? new LoginTooWeak() : new SessionLost()
  }

  /** The transaction of an authorization response, where its state was sealed here; nothing of it is checked. */
  read (parameters: URLSearchParams): Transaction | undefined {
    const [state, ...more] = parameters.getAll('state')
    return state === undefined || more.length > 0 ? undefined : openTransaction(this.#vault, state)
  }

  /**
   * The login that an authorization response belongs to, where this browser began it here and not long ago. Nothing has
   * happened yet.
   *
   * @throws StateInvalid, StateForeign, StateExpired
   */
  identify (parameters: URLSearchParams, bindingText: string | undefined): IdentifiedLogin {
    const transaction = this.read(parameters)
    if (transaction === undefined) throw new StateInvalid()
    const binding = openBinding(this.#vault, bindingText, this.#seconds())
    assertTransaction(transaction, binding, this.#provider.settings, this.#seconds())
    return { transaction, binding }
  }

  /**
   * Finishes a login. The browser is compared before anything else happens, then the state is spent, also when the
   * answer is an error.
   *
   * @throws StateInvalid, StateForeign, StateExpired, StateSpent, LoginEnded, and whatever is wrong with the provider's
   *   answers
   */
  async finish (parameters: URLSearchParams, bindingText: string | undefined): Promise<FinishedLogin> {
    const { transaction, binding, provider, server, response } = await this.#settle(parameters, bindingText)
    const grant = { response, redirectUri: this.#redirectUri, binding, transaction }
    const tokens = await exchangeCode(provider, server, grant)
    const userinfo = provider.settings.userinfo ? await fetchUserinfo(provider, server, tokens) : undefined
    await this.#assertNotEnded(binding)
    const sealed = sealBinding(this.#vault, withFinished(binding, this.#seconds()))
    return { transaction, tokens, userinfo, binding: sealed }
  }

  /**
   * Finishes a flow whose result is not asked for: that the person is through with it is enough. The state is spent.
   *
   * @throws StateInvalid, StateForeign, StateExpired, StateSpent, LoginEnded, and whatever the provider's answer says
   */
  async pass (parameters: URLSearchParams, bindingText: string | undefined): Promise<Transaction> {
    return (await this.#settle(parameters, bindingText)).transaction
  }

  async #settle (parameters: URLSearchParams, bindingText: string | undefined): Promise<SettledLogin> {
    const { transaction, binding } = this.identify(parameters, bindingText)
    const provider = this.#providerOf(transaction)
    await this.#spend(transaction)
    await this.#assertNotEnded(binding)
    const server = await provider.server()
    const response = processAuthorizationResponse(provider, server, parameters, String(parameters.get('state')))
    return { transaction, binding, provider, server, response }
  }

  /** @throws StateInvalid for a flow that the application does not know any more */
  #providerOf ({ flow }: Pick<Transaction, 'flow'>): Provider {
    const provider = flow === undefined ? this.#provider : this.#provider.flows[flow]
    if (provider === undefined) throw new StateInvalid()
    return provider
  }

  /** Ends every login that a browser has begun, also one that waits for the provider right now. */
  async endAll (bindingText: string | undefined): Promise<void> {
    const binding = openBinding(this.#vault, bindingText, this.#seconds())
    if (binding === undefined) return
    const expiresAt = (this.#seconds() + TRANSACTION_LIFE) * 1000
    await this.#store.set(endedKey(binding), '', { expiresAt })
  }

  async #assertNotEnded (binding: Binding): Promise<void> {
    if (await this.#isEnded(binding)) throw new LoginEnded()
  }

  async #isEnded (binding: Binding): Promise<boolean> {
    return await this.#store.get(endedKey(binding)) !== undefined
  }

  async #spend ({ id, at }: Transaction): Promise<void> {
    const isFirst = await this.#store.add(`state:${id}`, '', { expiresAt: (at + TRANSACTION_LIFE) * 1000 })
    if (isFirst === undefined) throw new StateSpent()
  }

  #seconds (): number {
    return Math.floor(this.#provider.now() / 1000)
  }
}
