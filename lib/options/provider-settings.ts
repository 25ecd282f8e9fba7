import { ConfigurationError } from '../errors.ts'
import type { AuthOptions } from './auth-options.ts'
import { assertObject, refuse } from './check.ts'
import { type OidcSettings, resolveOidcSettings } from './oidc-settings.ts'

/** A name is part of an address, and of `currentUser.id`. */
const providerName = /^[A-Za-z][\w-]{0,31}$/

/** The same complaint, about the option as the caller wrote it. */
function renamed (error: unknown, option: string): unknown {
  if (!(error instanceof ConfigurationError)) return error
  return new ConfigurationError(error.message.replaceAll('"oidc.', `"${option}.`).replaceAll('"oidc"', `"${option}"`))
}

function resolveProvider (name: string, value: unknown, allowHttp: boolean): OidcSettings {
  const option = `providers.${name}`
  if (!providerName.test(name)) {
    refuse(option, 'has no name that an address can carry: at most 32 letters, digits, - and _, a letter first.')
  }
  try {
    return resolveOidcSettings(value, allowHttp, name)
  } catch (error) {
    throw renamed(error, option)
  }
}

/**
 * The providers that people sign in with: the one of `oidc`, or those of `providers`; none without either.
 *
 * @param allowHttp whether they may be on plain http outside loopback
 */
export function resolveProviders (
  { oidc, providers }: Pick<AuthOptions, 'oidc' | 'providers'>, allowHttp: boolean
): readonly OidcSettings[] {
  if (providers === undefined) return Object.freeze(oidc === undefined ? [] : [resolveOidcSettings(oidc, allowHttp)])
  if (oidc !== undefined) refuse('oidc', 'stands beside "providers". Write it as one of them.')
  assertObject(providers, 'providers')
  const entries = Object.entries(providers)
  if (entries.length === 0) refuse('providers', 'is empty. Leave it out, or write a provider.')
  return Object.freeze(entries.map(([name, value]) => resolveProvider(name, value, allowHttp)))
}
