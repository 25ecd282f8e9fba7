import type { Store } from '../../stores/store.ts'
import type { Vault } from '../../vault.ts'
import type { Provider } from '../provider/provider.ts'
import { askForTokens, type DeviceLogin, type DeviceReply } from './device-answer.ts'
import { type AnsweredDevice, type DeviceRecord, deviceKey, openRecord, sealRecord, type WaitingDevice } from './device-record.ts'

/** A record as it is in the store. */
export interface KeptDevice<T extends DeviceRecord = DeviceRecord> {
  readonly record: T
  readonly version: string
}

/** A login by device code: when its record ends, in milliseconds since 1970, and what its tokens are bound to. */
export interface AskingLogin extends DeviceLogin {
  readonly expiresAt: number
}

/** What device codes are exchanged with and kept in. */
export interface QuestionGround {
  readonly provider: Provider
  readonly vault: Vault
  readonly store: Store
}

/**
 * Longer than a question to the token endpoint can take, in milliseconds: nobody else asks meanwhile. It is sent twice
 * where a nonce is wanted, each time with a proof of the client, and the metadata may have to be loaded before.
 */
const CLAIM = 40_000
/** RFC 8628, section 3.5: what `slow_down` adds, in seconds. */
export const SLOW_DOWN = 5
/** Longest pause in seconds that we make of ourselves after failures, and that a provider may ask for. */
const PAUSE = Object.freeze({ own: 60, asked: 300 })
/** Somebody else may write at the same time; so often an answer is put down again. */
export const MOST_ATTEMPTS = 8

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
 * Asks a provider whether people have agreed, at its pace, however many tabs and processes want to know, and keeps what
 * it says.
 */
export class DeviceQuestions {
  readonly #provider: Provider
  readonly #vault: Vault
  readonly #store: Store

  constructor ({ provider, vault, store }: QuestionGround) {
    this.#provider = provider
    this.#vault = vault
    this.#store = store
  }

  /** Keeps a login that begins. */
  async add ({ transaction: { id }, expiresAt }: AskingLogin, record: WaitingDevice): Promise<void> {
    await this.#store.add(deviceKey(id), sealRecord(this.#vault, id, record), { expiresAt })
  }

  async read (id: string): Promise<KeptDevice | undefined> {
    const entry = await this.#store.get(deviceKey(id))
    const record = entry === undefined ? undefined : openRecord(this.#vault, id, entry.value)
    return entry === undefined || record === undefined ? undefined : { record, version: entry.version }
  }

  /** Compare and swap; gives the version. */
  async replace (
    { transaction: { id }, expiresAt }: AskingLogin, version: string, record: DeviceRecord
  ): Promise<string | undefined> {
    return await this.#store.replace(deviceKey(id), version, sealRecord(this.#vault, id, record), { expiresAt })
  }

  /** Asks the provider, unless somebody else does so just now; what it said, or undefined. */
  async ask (login: AskingLogin, kept: KeptDevice<WaitingDevice>): Promise<DeviceReply | undefined> {
    const { record } = kept
    const version = await this.replace(login, kept.version, { ...record, askAt: this.#provider.now() + CLAIM })
    if (version === undefined) return undefined
    const reply = await askForTokens(this.#provider, record.deviceCode, login)
    await this.#settle(login, { record, version }, reply)
    return reply
  }

  /** Puts down what the provider said. Its last word comes once, so it stays, also where somebody wrote meanwhile. */
  async #settle (login: AskingLogin, asked: KeptDevice<WaitingDevice>, reply: DeviceReply): Promise<void> {
    const next = afterReply(asked.record, reply, this.#provider.now())
    let version: string | undefined = asked.version
    for (let attempt = 1; attempt <= MOST_ATTEMPTS && version !== undefined; attempt++) {
      if (await this.replace(login, version, next) !== undefined) return
      const now = next.state === 'answered' ? await this.read(login.transaction.id) : undefined
      version = now?.record.state === 'waiting' ? now.version : undefined
    }
  }
}
