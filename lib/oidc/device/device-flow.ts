import { LoginCancelled, StateExpired, StateInvalid } from '../../errors.ts'
import type { Store } from '../../stores/store.ts'
import type { Vault } from '../../vault.ts'
import type { BrowserLogins } from '../login/browser-logins.ts'
import type { BegunLogin, FinishedLogin, IdentifiedLogin, LoginFlow, LoginIntent } from '../login/login-flow.ts'
import { sealBinding, type Transaction, TRANSACTION_LIFE, withFinished } from '../login/transaction.ts'
import { fetchUserinfo } from '../login/userinfo.ts'
import type { Provider } from '../provider/provider.ts'
import { acceptAnswer } from './device-answer.ts'
import { authorizeDevice } from './device-authorization.ts'
import { type AskingLogin, DeviceQuestions, type KeptDevice, MOST_ATTEMPTS } from './device-questions.ts'
import type { AnsweredDevice, FinishedDevice, WaitingDevice } from './device-record.ts'

/** How far a sign-in has come, and whose it is. */
export type DeviceProgress = { readonly transaction: Transaction } &
  (Pick<WaitingDevice, 'state' | 'userCode' | 'verificationUri' | 'verificationUriComplete'> & {
    /** Seconds until asking again can help. */
    readonly wait: number
    /** Seconds until the codes end. */
    readonly life: number
  } | Pick<AnsweredDevice, 'state'> | FinishedDevice)

/** What a record is found with. */
type Found = IdentifiedLogin & AskingLogin & KeptDevice

/** What device codes are exchanged with and kept in. */
export interface DeviceGround {
  readonly provider: Provider
  readonly vault: Vault
  readonly store: Store
  readonly logins: BrowserLogins
  /** Binds logins with this provider to browsers. */
  readonly flow: LoginFlow
  /** The page that waits. */
  readonly pageUrl: string
}

/**
 * Sign-in by device code (RFC 8628) with one provider, for a site that it cannot redirect to. The browser that begins
 * it holds no code, only the same secret and the same sealed state as in the code flow.
 */
export class DeviceFlow {
  readonly #provider: Provider
  readonly #vault: Vault
  readonly #questions: DeviceQuestions
  readonly #logins: BrowserLogins
  readonly #flow: LoginFlow
  readonly #pageUrl: string

  constructor ({ provider, vault, store, logins, flow, pageUrl }: DeviceGround) {
    this.#provider = provider
    this.#vault = vault
    this.#questions = new DeviceQuestions({ provider, vault, store })
    this.#logins = logins
    this.#flow = flow
    this.#pageUrl = pageUrl
  }

  /**
   * Begins a login: its location is the page that waits.
   *
   * @throws ProviderRefused, ProviderUnavailable, ProviderAnswerInvalid
   */
  async begin (bindingText: string | undefined, intent: LoginIntent): Promise<BegunLogin> {
    const { binding, transaction, state } = await this.#flow.prepare(bindingText, intent)
    const { expiresIn, ...codes } = await authorizeDevice(this.#provider, transaction)
    const now = this.#provider.now()
    const askAt = now + codes.interval * 1000
    const endsAt = Math.min(now + expiresIn * 1000, endOf(transaction))
    const record: WaitingDevice = { state: 'waiting', ...codes, askAt, failures: 0, endsAt }
    await this.#questions.add({ transaction, binding, expiresAt: endOf(transaction) }, record)
    return { location: `${this.#pageUrl}?state=${state}`, binding: sealBinding(this.#vault, binding) }
  }

  /**
   * How far a login of this browser has come. The provider is asked where it is time to, however many tabs and
   * processes want to know.
   *
   * @throws StateInvalid, StateForeign, StateExpired, LoginEnded, LoginCancelled
   */
  async look (parameters: URLSearchParams, bindingText: string | undefined): Promise<DeviceProgress> {
    const found = await this.#find(parameters, bindingText)
    const { transaction, record } = found
    if (record.state === 'cancelled') throw new LoginCancelled()
    if (record.state !== 'waiting') return { transaction, ...record }
    await this.#logins.assertNotEnded(transaction.binding)
    const now = this.#provider.now()
    if (now >= record.endsAt) throw new StateExpired()
    if (now < record.askAt) return this.#waiting(transaction, record)
    const reply = await this.#questions.ask(found, { record, version: found.version })
    if (reply === undefined) return this.#waiting(transaction, record)
    return await this.look(parameters, bindingText)
  }

  /**
   * Finishes a login that the provider has answered. Undefined where another tab has done so or given it up.
   *
   * @throws StateInvalid, StateForeign, StateExpired, LoginEnded, LoginDenied, and whatever is wrong with the answer of
   *   the provider
   */
  async finish (parameters: URLSearchParams, bindingText: string | undefined): Promise<FinishedLogin | undefined> {
    const found = await this.#find(parameters, bindingText)
    const { transaction, binding, record, version } = found
    if (record.state !== 'answered') return undefined
    const provider = this.#provider
    const tokens = await acceptAnswer(provider, record.answer, { transaction, binding })
    const server = await provider.server()
    const userinfo = provider.settings.userinfo ? await fetchUserinfo(provider, server, tokens) : undefined
    await this.#logins.assertNotEnded(transaction.binding)
    const finished: FinishedDevice = { state: 'finished', at: provider.now() }
    if (await this.#questions.replace(found, version, finished) === undefined) return undefined
    const sealed = sealBinding(this.#vault, withFinished(binding, this.#logins.seconds()))
    return { transaction, tokens, userinfo, binding: sealed }
  }

  /**
   * Gives a login up, unless it is finished. Its codes stay good at the provider until they end, but nobody asks for
   * what they bring.
   *
   * @throws StateInvalid, StateForeign, StateExpired
   */
  async cancel (parameters: URLSearchParams, bindingText: string | undefined): Promise<void> {
    for (let attempt = 1; attempt <= MOST_ATTEMPTS; attempt++) {
      const found = await this.#find(parameters, bindingText)
      const { record, version } = found
      if (record.state === 'finished' || record.state === 'cancelled') return
      if (await this.#questions.replace(found, version, { state: 'cancelled' }) !== undefined) return
    }
  }

  #waiting (transaction: Transaction, record: WaitingDevice): DeviceProgress {
    const { state, userCode, verificationUri, verificationUriComplete, askAt, interval, endsAt } = record
    const now = this.#provider.now()
    // Who asks for us just now has the answer sooner than the claim ends.
    const wait = Math.min(Math.max(1, Math.ceil((askAt - now) / 1000)), interval)
    const life = Math.ceil((endsAt - now) / 1000)
    return { transaction, state, userCode, verificationUri, verificationUriComplete, wait, life }
  }

  async #find (parameters: URLSearchParams, bindingText: string | undefined): Promise<Found> {
    const begun = this.#logins.read(parameters)
    // The secret of the browser ends with it, which would look like another browser.
    if (begun !== undefined && this.#provider.now() >= endOf(begun)) throw new StateExpired()
    const { transaction, binding } = this.#flow.identify(parameters, bindingText)
    const kept = await this.#questions.read(transaction.id)
    if (kept === undefined) throw new StateInvalid()
    return { transaction, binding, expiresAt: endOf(transaction), ...kept }
  }
}

/** When a login is over whatever the provider says, in milliseconds since 1970. */
function endOf ({ at }: Transaction): number {
  return (at + TRANSACTION_LIFE) * 1000
}
