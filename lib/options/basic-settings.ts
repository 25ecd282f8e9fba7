import { SecretText } from '../secret-text.ts'
import type { BasicOptions, VerifyBasic } from './auth-options.ts'
import { assertFunction, assertKnownKeys, assertObject, assertText, refuse } from './check.ts'

/** A caller that the options name. */
export interface BasicUser {
  readonly name: string
  readonly password: SecretText
}

/** Basic authentication, made strict. */
export interface BasicSettings {
  readonly realm: string
  /** Names and passwords in Unicode Normalization Form C, as what comes with requests. */
  readonly users: readonly BasicUser[]
  readonly verify: VerifyBasic | undefined
}

const KNOWN = ['realm', 'users', 'verify']
/** What can stand between quotes in a header without being escaped (RFC 9110, section 5.6.4). */
const plainText = /^[ !#-[\]-~]+$/
const controls = /\p{Cc}/u

function resolveUser (name: string, password: unknown): BasicUser {
  const option = `basic.users[${JSON.stringify(name)}]`
  if (name === '') refuse('basic.users', 'has a user without a name.')
  if (name.includes(':') || controls.test(name)) {
    refuse(option, 'must be a name without a colon or a control character: no request could bring it (RFC 7617, section 2).')
  }
  assertText(password, option)
  if (controls.test(password)) refuse(option, 'must be a password without control characters (RFC 7617, section 2).')
  return Object.freeze({ name: name.normalize('NFC'), password: new SecretText(password.normalize('NFC')) })
}

function resolveUsers (value: unknown): readonly BasicUser[] {
  assertObject(value, 'basic.users')
  const users = Object.entries(value).map(([name, password]) => resolveUser(name, password))
  if (users.length === 0) refuse('basic.users', 'names nobody. Write the password under each user name.')
  if (new Set(users.map(({ name }) => name)).size < users.length) {
    refuse('basic.users', 'has two user names that are the same text in Unicode Normalization Form C.')
  }
  return Object.freeze(users)
}

/** @param realm what the credentials are for, where the option does not say it */
export function resolveBasicSettings (value: unknown, realm: string): BasicSettings {
  assertObject(value, 'basic')
  assertKnownKeys(value, KNOWN, 'basic')
  const options = value as BasicOptions
  const { realm: chosen = realm, users, verify } = options
  assertText(chosen, 'basic.realm')
  if (!plainText.test(chosen)) refuse('basic.realm', 'must be a text of printable ASCII, without quotes and backslashes.')
  if ((users === undefined) === (verify === undefined)) {
    refuse('basic', 'needs one of "users" and "verify": the first for a few programs, the second to look people up.')
  }
  if (verify !== undefined) assertFunction(verify, 'basic.verify')
  return Object.freeze({ realm: chosen, users: users === undefined ? Object.freeze([]) : resolveUsers(users), verify })
}
