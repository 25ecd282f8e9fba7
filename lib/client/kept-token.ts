import type { ProgramToken } from './program-token.ts'
import { isVisible } from './shown-text.ts'

/** What a kept token is found by. */
export interface TokenKey {
  /** The host, as `https://app.example.com`. */
  readonly issuer: string
  readonly clientId: string
  /** What was asked for, in any order. */
  readonly scopes: readonly string[]
}

/** A token in the file. */
export interface KeptToken extends TokenKey {
  readonly token: ProgramToken
}

type Fields = Readonly<Record<string, unknown>>

function isObject (value: unknown): value is Fields {
  return typeof value === 'object' && value !== null
}

function isTexts (value: unknown): boolean {
  return Array.isArray(value) && value.every(entry => typeof entry === 'string')
}

/** A time that a date can be made of. */
function isTime (value: unknown): boolean {
  return typeof value === 'number' && Number.isFinite(new Date(value * 1000).getTime())
}

function isToken (value: unknown): boolean {
  return isObject(value) && isVisible(value['accessToken']) && isTime(value['expiresAt']) &&
    (value['refreshToken'] === undefined || isVisible(value['refreshToken'])) && isTexts(value['scopes'])
}

/** Whether a value of a file is a kept token, but for its class. */
export function isKeptToken (value: unknown): value is KeptToken {
  return isObject(value) && typeof value['issuer'] === 'string' && typeof value['clientId'] === 'string' &&
    isTexts(value['scopes']) && isToken(value['token'])
}
