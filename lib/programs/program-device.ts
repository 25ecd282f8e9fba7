import type { AskingLogin } from '../oidc/device/device-questions.ts'
import { type LoginDemands, packDemands, type SealedDemands, unpackDemands } from '../oidc/login/demands.ts'
import type { Store } from '../stores/store.ts'
import type { Vault } from '../vault.ts'

/** A program that waits for a person to agree on another device, and how often it may ask. */
export interface ProgramDevice {
  readonly clientId: string
  /** What it gets, without `offline_access`. */
  readonly scopes: readonly string[]
  readonly isOffline: boolean
  /** The provider that was asked for codes, and our client there. */
  readonly provider: string
  readonly issuer: string
  readonly providerClientId: string
  /** What tokens of the provider are bound with, as base64url: no program ever sees it. */
  readonly secret: string
  /** What the provider was asked for, and when, in seconds since 1970. */
  readonly demands: LoginDemands
  readonly asked: readonly string[]
  readonly at: number
  /** Seconds to wait between two questions. */
  readonly interval: number
  /** When the program may ask next, in milliseconds since 1970. */
  readonly askAt: number
  /** When the record ends, in milliseconds since 1970. */
  readonly expiresAt: number
}

interface SealedDevice extends Omit<ProgramDevice, 'demands'> {
  readonly demands: SealedDemands
}

interface SealedRecord {
  readonly v: 1
  readonly k: 'device'
  /** The code that it belongs to, as a digest. */
  readonly d: string
  readonly r: SealedDevice
}

/** The login at the provider, as the questions to it are about. */
export function loginOf (id: string, { demands, asked, at, secret, expiresAt }: ProgramDevice): AskingLogin {
  const binding = { secret: Buffer.from(secret, 'base64url') }
  return { transaction: { id, demands, scopes: asked, at }, binding, expiresAt }
}

function keyOf (id: string): string {
  return `program-device:${id}`
}

/** The programs that wait, by the digests of their codes. */
export class WaitingPrograms {
  readonly #vault: Vault
  readonly #store: Store

  constructor (vault: Vault, store: Store) {
    this.#vault = vault
    this.#store = store
  }

  async add (id: string, device: ProgramDevice): Promise<void> {
    await this.#store.add(keyOf(id), this.#seal(id, device), { expiresAt: device.expiresAt })
  }

  /** Undefined also for whatever was not sealed here for this code. */
  async find (id: string): Promise<{ readonly device: ProgramDevice, readonly version: string } | undefined> {
    const entry = await this.#store.get(keyOf(id))
    const sealed = entry === undefined ? undefined : this.#vault.open('program', entry.value)?.payload as SealedRecord | undefined
    if (entry === undefined || sealed?.v !== 1 || sealed.k !== 'device' || sealed.d !== id) return undefined
    return { device: { ...sealed.r, demands: unpackDemands(sealed.r.demands) }, version: entry.version }
  }

  /** Compare and swap; gives the version. */
  async replace (id: string, version: string, device: ProgramDevice): Promise<string | undefined> {
    return await this.#store.replace(keyOf(id), version, this.#seal(id, device), { expiresAt: device.expiresAt })
  }

  #seal (id: string, device: ProgramDevice): string {
    const sealed: SealedRecord = { v: 1, k: 'device', d: id, r: { ...device, demands: packDemands(device.demands) } }
    return this.#vault.seal('program', sealed)
  }
}
