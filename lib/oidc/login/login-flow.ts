import { StateInvalid } from '../../errors.ts'
import type { Vault } from '../../vault.ts'
import type { Claims } from '../../user.ts'
import { authorizationUrl, processAuthorizationResponse } from './authorization.ts'
import type { BrowserLogins } from './browser-logins.ts'
import type { Provider, UsableServer } from '../provider/provider.ts'
import { exchangeCode, type Tokens } from './code-exchange.ts'
import { passedScopes } from './program-demand.ts'
import {
  assertTransaction, type Binding, bindingDigest, createBinding, newTransactionId, sealBinding, sealTransaction,
  type Transaction, withFinished
} from './transaction.ts'
import { fetchUserinfo } from './userinfo.ts'

/** What a login is begun with. */
export interface LoginIntent extends Pick<Transaction, 'returnTo' | 'attempt' | 'previous' | 'demands' | 'flow'> {
  /** Scopes that were granted before: what is granted now takes their place. */
  readonly grantedScopes: readonly string[]
}

/** A login that is bound to its browser, before anybody is asked. */
export interface PreparedLogin {
  readonly binding: Binding
  readonly transaction: Transaction
  /** The sealed transaction. */
  readonly state: string
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

/** The authorization code flow with one provider, from the first redirect to verified claims. */
export class LoginFlow {
  readonly #provider: Provider
  readonly #vault: Vault
  readonly #logins: BrowserLogins
  readonly #redirectUri: string

  constructor (provider: Provider, vault: Vault, logins: BrowserLogins, redirectUri: string) {
    this.#provider = provider
    this.#vault = vault
    this.#logins = logins
    this.#redirectUri = redirectUri
  }

  /**
   * Begins a login. A browser that has a secret keeps it, so that logins in other tabs stay alive.
   *
   * @param bindingText value of the binding cookie
   * @throws ProviderUnavailable, ProviderAnswerInvalid
   */
  async begin (bindingText: string | undefined, intent: LoginIntent): Promise<BegunLogin> {
    const { binding, transaction, state } = await this.prepare(bindingText, intent)
    const { id: transactionId, demands, scopes } = transaction
    const input = { state, redirectUri: this.#redirectUri, binding, transactionId, demands, scopes }
    const location = await authorizationUrl(this.#providerOf(intent), input)
    return { location, binding: sealBinding(this.#vault, binding) }
  }

  /** What a login begins with, whichever way it then goes. */
  async prepare (bindingText: string | undefined, intent: LoginIntent): Promise<PreparedLogin> {
    const { name: provider, issuer, scopes: configured } = this.#provider.settings
    const { grantedScopes, ...remembered } = intent
    const { scopes: needed = [], program } = intent.demands
    const isPassed = program?.isPassThrough === true
    const further = isPassed ? passedScopes(program, configured) : [...configured, ...grantedScopes]
    // Needed ones first: of scopes for several resources some providers give a token for that of the first.
    const scopes = [...new Set([...needed, ...further])]
    const at = this.#logins.seconds()
    const kept = this.#logins.open(bindingText)
    // The answer to another tab can put back a secret that a logout took away; no login with it could be finished.
    const binding = kept === undefined || await this.#logins.areEnded(bindingDigest(kept)) ? createBinding(at) : kept
    const transaction = {
      ...remembered, scopes, id: newTransactionId(), provider, issuer, at, binding: bindingDigest(binding)
    }
    return { binding: { ...binding, at }, transaction, state: sealTransaction(this.#vault, transaction) }
  }

  /**
   * The login that an authorization response belongs to, where this browser began it here, with this provider and not
   * long ago. Nothing has happened yet.
   *
   * @throws StateInvalid, StateForeign, StateExpired, ResponseInvalid
   */
  identify (
    parameters: URLSearchParams, bindingText: string | undefined, transaction = this.#logins.read(parameters)
  ): IdentifiedLogin {
    if (transaction === undefined) throw new StateInvalid()
    const binding = this.#logins.open(bindingText)
    assertTransaction(transaction, binding, this.#provider.settings, this.#logins.seconds())
    return { transaction, binding }
  }

  /**
   * Finishes a login. The browser is compared before anything else happens, then the state is spent, also when the
   * answer is an error.
   *
   * @param read what `BrowserLogins.read` gives for the parameters, where somebody has looked already
   * @throws StateInvalid, StateForeign, StateExpired, StateSpent, LoginEnded, and whatever is wrong with the provider's
   *   answers
   */
  async finish (
    parameters: URLSearchParams, bindingText: string | undefined, read = this.#logins.read(parameters)
  ): Promise<FinishedLogin> {
    const { transaction, binding, provider, server, response } = await this.#settle(parameters, bindingText, read)
    const grant = { response, redirectUri: this.#redirectUri, binding, transaction }
    const tokens = await exchangeCode(provider, server, grant)
    const userinfo = provider.settings.userinfo ? await fetchUserinfo(provider, server, tokens) : undefined
    await this.#logins.assertNotEnded(transaction.binding)
    const sealed = sealBinding(this.#vault, withFinished(binding, this.#logins.seconds()))
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

  async #settle (
    parameters: URLSearchParams, bindingText: string | undefined, read?: Transaction
  ): Promise<SettledLogin> {
    const { transaction, binding } = this.identify(parameters, bindingText, read)
    const provider = this.#providerOf(transaction)
    await this.#logins.spend(transaction)
    await this.#logins.assertNotEnded(transaction.binding)
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
}
