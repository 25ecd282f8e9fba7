import type { Vault } from '../../vault.ts'
import type { DeviceAuthorization } from './device-authorization.ts'
import type { TokenAnswer } from './device-answer.ts'

/** A sign-in that waits for the person to agree on another device. */
export interface WaitingDevice extends Omit<DeviceAuthorization, 'expiresIn'> {
  readonly state: 'waiting'
  /** When the provider may be asked next, in milliseconds since 1970. */
  readonly askAt: number
  /** How often in a row the provider did not answer. */
  readonly failures: number
  /** When the codes end, in milliseconds since 1970. */
  readonly endsAt: number
}

/** The provider has spoken; nobody has signed in by it yet. */
export interface AnsweredDevice {
  readonly state: 'answered'
  readonly answer: TokenAnswer
}

export interface FinishedDevice {
  readonly state: 'finished'
  /** Milliseconds since 1970. */
  readonly at: number
}

export interface CancelledDevice {
  readonly state: 'cancelled'
}

/** How far a sign-in by device code has come. It is in the store; no browser ever sees it. */
export type DeviceRecord = WaitingDevice | AnsweredDevice | FinishedDevice | CancelledDevice

interface SealedRecord {
  readonly v: 1
  /** The login that it belongs to: who can write to the store moves no record to a login of their own. */
  readonly d: string
  readonly r: DeviceRecord
}

export function deviceKey (id: string): string {
  return `device:${id}`
}

export function sealRecord (vault: Vault, id: string, record: DeviceRecord): string {
  const sealed: SealedRecord = { v: 1, d: id, r: record }
  return vault.seal('device', sealed)
}

/** The record of this login, or undefined for whatever was not sealed here for it. */
export function openRecord (vault: Vault, id: string, text: string): DeviceRecord | undefined {
  const sealed = vault.open('device', text)?.payload as SealedRecord | undefined
  return sealed?.v === 1 && sealed.d === id ? sealed.r : undefined
}
