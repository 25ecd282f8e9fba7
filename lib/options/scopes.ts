import { assertTexts, refuse } from './check.ts'

/** A scope (RFC 6749, section 3.3). What can be one can also stand in a list of words, and between quotes. */
export const scopeToken = /^[\u0021\u0023-\u005b\u005d-\u007e]+$/

/** A list of scopes, none of them twice. */
export function resolveScopes (value: unknown, option: string): readonly string[] {
  assertTexts(value, option)
  for (const scope of value) {
    if (!scopeToken.test(scope)) refuse(option, `has ${JSON.stringify(scope)}, but a scope is one word. Write one list entry each.`)
  }
  return Object.freeze([...new Set(value)])
}
