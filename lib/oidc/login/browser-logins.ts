import { LoginEnded, LoginTooWeak, SessionLost, StateSpent } from '../../errors.ts'
import type { Store } from '../../stores/store.ts'
import type { Vault } from '../../vault.ts'
import {
  type Binding, bindingDigest, isGoingInCircles, openBinding, openTransaction, type Transaction, TRANSACTION_LIFE
} from './transaction.ts'

/** Where the store notes that the logins of a browser were ended. */
function endedKey (binding: Binding): string {
  return `ended-binding:${bindingDigest(binding)}`
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
   * Asked before a browser begins a login because it has no session, or because what it has is not enough for a route:
   * one that has just signed in again and again would go on for ever.
   *
   * @throws SessionLost, LoginTooWeak
   */
  assertNoCircle (bindingText: string | undefined, hasSession: boolean): void {
    const binding = this.open(bindingText)
    if (binding === undefined || !isGoingInCircles(binding, this.seconds(), hasSession)) return
    throw hasSession ? new LoginTooWeak() : new SessionLost()
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
    await this.#store.set(endedKey(binding), '', { expiresAt: (this.seconds() + TRANSACTION_LIFE) * 1000 })
  }

  async areEnded (binding: Binding): Promise<boolean> {
    return await this.#store.get(endedKey(binding)) !== undefined
  }

  /** @throws LoginEnded */
  async assertNotEnded (binding: Binding): Promise<void> {
    if (await this.areEnded(binding)) throw new LoginEnded()
  }

  seconds (): number {
    return Math.floor(this.#now() / 1000)
  }
}
