import { LoginEnded, StateSpent } from '../../errors.ts'
import type { Store } from '../../stores/store.ts'
import type { Vault } from '../../vault.ts'
import { assertNoCircle } from './circle.ts'
import type { LoginDemands } from './demands.ts'
import {
  type Binding, bindingDigest, openBinding, openTransaction, recentLogins, type Transaction, TRANSACTION_LIFE
} from './transaction.ts'

/** Where the store notes that the logins of a browser were ended. */
function endedKey (digest: string): string {
  return `ended-binding:${digest}`
}

/** The logins that browsers have begun, with whichever provider. */
export class BrowserLogins {
  readonly #vault: Vault
  readonly #store: Store
  readonly #now: () => number

  /** @param now milliseconds since 1970 */
  constructor (vault: Vault, store: Store, now: () => number) {
    this.#vault = vault
    this.#store = store
    this.#now = now
  }

  /** The secret of a browser, where it has begun a login lately. */
  open (bindingText: string | undefined): Binding | undefined {
    return openBinding(this.#vault, bindingText, this.seconds())
  }

  /** The transaction of an authorization response, where its state was sealed here; nothing of it is checked. */
  read (parameters: URLSearchParams): Transaction | undefined {
    const [state, ...more] = parameters.getAll('state')
    return state === undefined || more.length > 0 ? undefined : openTransaction(this.#vault, state)
  }

  /**
   * Asked before a browser begins a login: one that has just signed in again and again would go on for ever.
   *
   * @throws SessionLost, TokensNotKept, LoginTooWeak
   */
  assertNoCircle (bindingText: string | undefined, hasSession: boolean, demands: LoginDemands): void {
    const binding = this.open(bindingText)
    if (binding !== undefined) assertNoCircle(recentLogins(binding, this.seconds()).length, hasSession, demands)
  }

  /** Notes that the answer to a login came. @throws StateSpent where it came before */
  async spend ({ id, at }: Transaction): Promise<void> {
    const isFirst = await this.#store.add(`state:${id}`, '', { expiresAt: (at + TRANSACTION_LIFE) * 1000 })
    if (isFirst === undefined) throw new StateSpent()
  }

  /** Ends every login that a browser has begun, also one that waits for the provider right now. */
  async endAll (bindingText: string | undefined): Promise<void> {
    const binding = this.open(bindingText)
    if (binding === undefined) return
    await this.#store.set(endedKey(bindingDigest(binding)), '', { expiresAt: (this.seconds() + TRANSACTION_LIFE) * 1000 })
  }

  /** @param digest that of the browser's secret */
  async areEnded (digest: string): Promise<boolean> {
    return await this.#store.get(endedKey(digest)) !== undefined
  }

  /** @throws LoginEnded */
  async assertNotEnded (digest: string): Promise<void> {
    if (await this.areEnded(digest)) throw new LoginEnded()
  }

  seconds (): number {
    return Math.floor(this.#now() / 1000)
  }
}
