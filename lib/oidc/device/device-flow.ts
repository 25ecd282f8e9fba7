import { LoginCancelled, StateExpired, StateInvalid } from '../../errors.ts'
import type { Store } from '../../stores/store.ts'
import type { Vault } from '../../vault.ts'
import type { BrowserLogins } from '../login/browser-logins.ts'
import type { BegunLogin, FinishedLogin, IdentifiedLogin, LoginFlow, LoginIntent } from '../login/login-flow.ts'
import { sealBinding, type Transaction, TRANSACTION_LIFE, withFinished } from '../login/transaction.ts'
import { fetchUserinfo } from '../login/userinfo.ts'
import type { Provider } from '../provider/provider.ts'
import { acceptAnswer, askForTokens, type DeviceReply } from './device-answer.ts'
import { authorizeDevice } from './device-authorization.ts'
import {
  type AnsweredDevice, type DeviceRecord, deviceKey, type FinishedDevice, openRecord, sealRecord, type WaitingDevice
} from './device-record.ts'

/** How far a sign-in has come, and whose it is. */
export type DeviceProgress = { readonly transaction: Transaction } &
  (Pick<WaitingDevice, 'state' | 'userCode' | 'verificationUri' | 'verificationUriComplete'> & {
    /** Seconds until asking again can help. */
    readonly wait: number
    /** Seconds until the codes end. */
    readonly life: number
  } | Pick<AnsweredDevice, 'state'> | FinishedDevice)

/** What a record is found with. */
interface Found<T extends DeviceRecord = DeviceRecord> extends IdentifiedLogin {
  readonly record: T
  readonly version: string
}

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
 * Longer than a question to the token endpoint can take, in milliseconds: nobody else asks meanwhile. It is sent twice
 * where a nonce is wanted, each time with a proof of the client, and the metadata may have to be loaded before.
 */
const CLAIM = 40_000
/** RFC 8628, section 3.5: what `slow_down` adds, in seconds. */
const SLOW_DOWN = 5
/** Longest pause in seconds that we make of ourselves after failures, and that a provider may ask for. */
const PAUSE = Object.freeze({ own: 60, asked: 300 })
/** Another tab may write at the same time; so often an answer is put down again. */
const MOST_ATTEMPTS = 8

/** The record after the provider was asked. It is left alone for longer each time that it does not answer. */
function afterReply (record: WaitingDevice, reply: DeviceReply, now: number): WaitingDevice | AnsweredDevice {
  if (reply.kind === 'answered') return { state: 'answered', answer: reply.answer }
  const interval = record.interval + (reply.kind === 'slow_down' ? SLOW_DOWN : 0)
  if (reply.kind !== 'unavailable') return { ...record, interval, failures: 0, askAt: now + interval * 1000 }
  const own = Math.max(interval, Math.min(interval * 2 ** (record.failures + 1), PAUSE.own))
  const pause = Math.max(own, Math.min(reply.retryAfter, PAUSE.asked))
  return { ...record, failures: record.failures + 1, askAt: now + pause * 1000 }
}

/**
 * Sign-in by device code (RFC 8628) with one provider, for a site that it cannot redirect to. The browser that begins
 * it holds no code, only the same secret and the same sealed state as in the code flow.
 */
export class DeviceFlow {
  readonly #provider: Provider
  readonly #vault: Vault
  readonly #store: Store
  readonly #logins: BrowserLogins
  readonly #flow: LoginFlow
  readonly #pageUrl: string

  constructor ({ provider, vault, store, logins, flow, pageUrl }: DeviceGround) {
    this.#provider = provider
    this.#vault = vault
    this.#store = store
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
    const sealed = sealRecord(this.#vault, transaction.id, record)
    await this.#store.add(deviceKey(transaction.id), sealed, { expiresAt: endOf(transaction) })
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
    await this.#logins.assertNotEnded(found.binding)
    const now = this.#provider.now()
    if (now >= record.endsAt) throw new StateExpired()
    if (now < record.askAt || !await this.#ask({ ...found, record })) return this.#waiting(transaction, record)
    return await this.look(parameters, bindingText)
  }

  /**
   * Finishes a login that the provider has answered. Undefined where another tab has done so or given it up.
   *
   * @throws StateInvalid, StateForeign, StateExpired, LoginEnded, LoginDenied, and whatever is wrong with the answer of
   *   the provider
   */
  async finish (parameters: URLSearchParams, bindingText: string | undefined): Promise<FinishedLogin | undefined> {
    const { transaction, binding, record, version } = await this.#find(parameters, bindingText)
    if (record.state !== 'answered') return undefined
    const provider = this.#provider
    const tokens = await acceptAnswer(provider, record.answer, { transaction, binding })
    const server = await provider.server()
    const userinfo = provider.settings.userinfo ? await fetchUserinfo(provider, server, tokens) : undefined
    await this.#logins.assertNotEnded(binding)
    const finished: FinishedDevice = { state: 'finished', at: provider.now() }
    if (await this.#replace(transaction, version, finished) === undefined) return undefined
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
      const { transaction, record, version } = await this.#find(parameters, bindingText)
      if (record.state === 'finished' || record.state === 'cancelled') return
      if (await this.#replace(transaction, version, { state: 'cancelled' }) !== undefined) return
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

  /** Asks the provider, unless another tab does so just now. */
  async #ask (found: Found<WaitingDevice>): Promise<boolean> {
    const { transaction, record } = found
    const claimed: WaitingDevice = { ...record, askAt: this.#provider.now() + CLAIM }
    const version = await this.#replace(transaction, found.version, claimed)
    if (version === undefined) return false
    const reply = await askForTokens(this.#provider, record.deviceCode, found)
    await this.#settle({ ...found, record, version }, reply)
    return true
  }

  /** Puts down what the provider said. Its last word comes once, so it stays, also where somebody wrote meanwhile. */
  async #settle (asked: Found<WaitingDevice>, reply: DeviceReply): Promise<void> {
    const { transaction, record } = asked
    const next = afterReply(record, reply, this.#provider.now())
    let version: string | undefined = asked.version
    for (let attempt = 1; attempt <= MOST_ATTEMPTS && version !== undefined; attempt++) {
      if (await this.#replace(transaction, version, next) !== undefined) return
      const now = next.state === 'answered' ? await this.#read(transaction) : undefined
      version = now?.record.state === 'waiting' ? now.version : undefined
    }
  }

  async #find (parameters: URLSearchParams, bindingText: string | undefined): Promise<Found> {
    const begun = this.#logins.read(parameters)
    // The secret of the browser ends with it, which would look like another browser.
    if (begun !== undefined && this.#provider.now() >= endOf(begun)) throw new StateExpired()
    const { transaction, binding } = this.#flow.identify(parameters, bindingText)
    const kept = await this.#read(transaction)
    if (kept === undefined) throw new StateInvalid()
    return { transaction, binding, ...kept }
  }

  async #read ({ id }: Transaction): Promise<Pick<Found, 'record' | 'version'> | undefined> {
    const entry = await this.#store.get(deviceKey(id))
    const record = entry === undefined ? undefined : openRecord(this.#vault, id, entry.value)
    return entry === undefined || record === undefined ? undefined : { record, version: entry.version }
  }

  async #replace (transaction: Transaction, version: string, record: DeviceRecord): Promise<string | undefined> {
    const sealed = sealRecord(this.#vault, transaction.id, record)
    return await this.#store.replace(deviceKey(transaction.id), version, sealed, { expiresAt: endOf(transaction) })
  }
}

/** When a login is over whatever the provider says, in milliseconds since 1970. */
function endOf ({ at }: Transaction): number {
  return (at + TRANSACTION_LIFE) * 1000
}
