import type { OidcOptions } from '../../options/auth-options.ts'
import { assertText, refuse } from '../../options/check.ts'

/** What may be said of every provider. The preset says the rest; whatever is written here holds in place of it. */
export type PresetOptions = Omit<OidcOptions, 'issuer'> & Partial<Pick<OidcOptions, 'issuer'>>

const host = /^[A-Za-z0-9](?:[A-Za-z0-9.-]*[A-Za-z0-9])?(?::\d{1,5})?$/
const word = /^[A-Za-z0-9](?:[A-Za-z0-9._-]*[A-Za-z0-9])?$/
const guid = /^[\da-f]{8}(?:-[\da-f]{4}){3}-[\da-f]{12}$/i

/** A host stands alone: with a scheme or a path it would make another address than is meant. */
export function assertHost (value: unknown, option: string): asserts value is string {
  assertText(value, option)
  if (!host.test(value)) refuse(option, 'must be the name of a host as login.example.com, without https:// and without a path.')
}

/** A name that becomes part of an address. */
export function assertWord (value: unknown, option: string): asserts value is string {
  assertText(value, option)
  if (!word.test(value)) refuse(option, 'must be a name of letters, digits and - . _ only.')
}

/** Whether a tenant of Microsoft is named by its id. */
export function isTenantId (value: string): boolean {
  return guid.test(value)
}

export function assertTenantId (value: unknown, option: string): asserts value is string {
  assertText(value, option)
  if (!isTenantId(value)) refuse(option, 'must be a tenant id as 8eaef023-2b34-4da1-9baa-8bc8c9d6a490.')
}

/** The options of a provider, with nothing in them that nobody said. */
export function frozen (options: OidcOptions): Readonly<OidcOptions> {
  return Object.freeze(options)
}
