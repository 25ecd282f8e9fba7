import type { Authenticate, Authenticator } from './auth-options.ts'
import { assertFunction, assertKnownKeys, assertObject, assertText, refuse } from './check.ts'

const KNOWN = ['name', 'authenticate']
const NAMELESS = 'authenticator'
/** Evidence that is something else. Schemes of challenges are the same in capital letters (RFC 9110, section 11.1). */
const RESERVED = ['cookie', 'basic', 'bearer']
/** A name is also the scheme of a challenge (RFC 9110, section 5.6.2). */
const plainName = /^[A-Za-z][\w.-]{0,63}$/

function assertName (name: unknown, option: string): asserts name is string {
  assertText(name, option)
  if (!plainName.test(name)) refuse(option, 'must be a name as "api-key": letters, digits and - . _ only, a letter first.')
  if (RESERVED.includes(name.toLowerCase())) refuse(option, `is ${JSON.stringify(name)}, which names other evidence.`)
}

function resolveAuthenticator (value: unknown, option: string): Readonly<Authenticator> {
  if (typeof value === 'function') {
    // What bind() and a bundler make of a name is none.
    const name = plainName.test(value.name) ? value.name : NAMELESS
    assertName(name, `${option}.name`)
    return Object.freeze({ name, authenticate: value as Authenticate })
  }
  assertObject(value, option)
  // An instance of a class has what it needs beside.
  if (Object.getPrototypeOf(value) === Object.prototype) assertKnownKeys(value, KNOWN, option)
  const { name, authenticate } = value
  assertName(name, `${option}.name`)
  assertFunction(authenticate, `${option}.authenticate`)
  return Object.freeze({ name, authenticate: (authenticate as Authenticate).bind(value) })
}

/** The authenticators in the order in which they are asked. */
export function resolveAuthenticators (value: unknown): ReadonlyArray<Readonly<Authenticator>> {
  if (!Array.isArray(value)) refuse('authenticators', 'must be a list of functions, or of { name, authenticate }.')
  return Object.freeze(value.map((one: unknown, index) => resolveAuthenticator(one, `authenticators[${index}]`)))
}
