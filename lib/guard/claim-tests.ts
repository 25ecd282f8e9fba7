import { assertKnownKeys, assertObject, refuse } from '../options/check.ts'
import type { Claims } from '../user.ts'

/** What a claim may say, or what a list in it may have. Compared with ===: '1' is not 1. */
export type ClaimValue = string | number | boolean

/** Several values that are demanded of one claim. */
export interface ClaimChoice {
  /** One of these must be there. */
  readonly any?: readonly ClaimValue[]
  /** All of these must be there. */
  readonly all?: readonly ClaimValue[]
}

/**
 * What is demanded of one claim: a value; a list, one of which is enough; `{ any, all }`; or `true`: it says anything
 * but false, null, an empty text or an empty list.
 */
export type RequiredClaim = ClaimValue | readonly ClaimValue[] | ClaimChoice

/** The same, made strict. Undefined: whatever it is, it must say something. */
interface ClaimTest {
  readonly path: string
  readonly any: readonly ClaimValue[] | undefined
  readonly all: readonly ClaimValue[] | undefined
}

function assertValue (value: unknown, option: string): asserts value is ClaimValue {
  if (typeof value === 'string' || typeof value === 'boolean' || Number.isFinite(value)) return
  refuse(option, 'must be a text, a number or a boolean: what a claim says, or a list in it has.')
}

function valuesOf (value: unknown, option: string): readonly ClaimValue[] {
  if (!Array.isArray(value)) refuse(option, 'must be a list of texts, numbers or booleans.')
  if (value.length === 0) refuse(option, 'is an empty list. Leave it out, or write what it takes.')
  const values: readonly unknown[] = [...value] // What is missing in it is undefined, and seen.
  return Object.freeze(values.map((one, index) => {
    assertValue(one, `${option}[${index}]`)
    return one
  }))
}

function resolveTest (path: string, demand: unknown, option: string): ClaimTest {
  if (demand === true) return { path, any: undefined, all: undefined }
  if (Array.isArray(demand)) return { path, any: valuesOf(demand, option), all: undefined }
  if (typeof demand !== 'object' || demand === null) {
    assertValue(demand, option)
    return { path, any: undefined, all: Object.freeze([demand]) }
  }
  assertKnownKeys(demand, ['any', 'all'], option)
  const { any, all } = demand as Partial<Record<'any' | 'all', unknown>>
  if (any === undefined && all === undefined) refuse(option, 'is empty. Write { any: […] }, { all: […] }, or true where it only has to be there.')
  return {
    path,
    any: any === undefined ? undefined : valuesOf(any, `${option}.any`),
    all: all === undefined ? undefined : valuesOf(all, `${option}.all`)
  }
}

/** @throws ConfigurationError */
export function resolveClaimTests (value: unknown, option: string): readonly ClaimTest[] {
  assertObject(value, option)
  const entries = Object.entries(value)
  if (entries.length === 0) refuse(option, 'names no claim. Leave it out, or write what a claim must say.')
  return Object.freeze(entries.map(([path, demand]) => {
    if (path === '') refuse(option, 'has a claim without a name.')
    return Object.freeze(resolveTest(path, demand, `${option}[${JSON.stringify(path)}]`))
  }))
}

/** What has members of its own to go into; lists are not walked. */
function isObject (value: unknown): value is Claims {
  return typeof value === 'object' && value !== null && !Array.isArray(value)
}

/**
 * What claims say at a path. Names may have dots in them, as addresses do: the longest name that is there goes first.
 * What every object inherits is no claim.
 */
function claimAt (claims: Claims, path: string): unknown {
  if (Object.hasOwn(claims, path)) return claims[path]
  for (let end = path.lastIndexOf('.'); end > 0; end = path.lastIndexOf('.', end - 1)) {
    const name = path.slice(0, end)
    const inner = Object.hasOwn(claims, name) ? claims[name] : undefined
    const found = isObject(inner) ? claimAt(inner, path.slice(end + 1)) : undefined
    if (found !== undefined) return found
  }
  return undefined
}

/** Whether a claim says anything. One that says no, and one that is empty, do not. */
function says (value: unknown): boolean {
  if (value === undefined || value === null || value === false || value === '') return false
  return !Array.isArray(value) || value.length > 0
}

function passes (claims: Claims, { path, any, all }: ClaimTest): boolean {
  const value = claimAt(claims, path)
  if (any === undefined && all === undefined) return says(value)
  const values: readonly unknown[] = Array.isArray(value) ? value : [value]
  const isThere = (wanted: ClaimValue): boolean => values.includes(wanted)
  return (any === undefined || any.some(isThere)) && (all === undefined || all.every(isThere))
}

export type ClaimTests = readonly ClaimTest[]

/** Whether claims pass all tests. */
export function haveClaims (claims: Claims, tests: ClaimTests): boolean {
  return tests.every(test => passes(claims, test))
}
