import { ArgumentInvalid, ConfigurationError } from '../errors.ts'
import type { AuthOptions } from './auth-options.ts'
import { assertObject, refuse } from './check.ts'
import type { OidcOptions, TenantProvider } from './oidc-options.ts'
import { assertDeviceLogin } from './device-settings.ts'
import { type OidcSettings, resolveOidcSettings } from './oidc-settings.ts'
import type { RouteSettings } from './route-settings.ts'

/** A provider that differs from tenant to tenant. */
export interface TenantEntry {
  readonly name: string
  readonly find: TenantProvider
}

/** A name is part of an address, and of `currentUser.id`. */
const providerName = /^[A-Za-z][\w-]{0,31}$/

/** The same complaint, about the option as the caller wrote it. */
export function renamed (error: unknown, option: string): unknown {
  if (!(error instanceof ConfigurationError)) return error
  return new ConfigurationError(error.message.replaceAll('"oidc.', `"${option}.`).replaceAll('"oidc"', `"${option}"`))
}

function assertName (name: string): void {
  if (providerName.test(name)) return
  refuse(`providers.${name}`, 'has no name that an address can carry: at most 32 letters, digits, - and _, a letter first.')
}

/** One of several, made strict. */
export function resolveProvider (name: string, value: unknown, allowHttp: boolean): OidcSettings {
  const option = `providers.${name}`
  try {
    return resolveOidcSettings(value, allowHttp, { name })
  } catch (error) {
    throw renamed(error, option)
  }
}

/** Where there is nothing to choose, nobody reads what a choice is called. */
function resolveOnly (oidc: OidcOptions, allowHttp: boolean): OidcSettings {
  const settings = resolveOidcSettings(oidc, allowHttp)
  if (oidc.label !== undefined) refuse('oidc.label', 'has no meaning for the only provider. Leave it out, or write the provider under "providers".')
  return settings
}

/**
 * The providers that people sign in with: the one of `oidc`, or those of `providers`; none without either.
 *
 * @param allowHttp whether they may be on plain http outside loopback
 */
export function resolveProviders (
  { oidc, providers }: Pick<AuthOptions, 'oidc' | 'providers'>, allowHttp: boolean
): readonly OidcSettings[] {
  if (providers === undefined) return Object.freeze(oidc === undefined ? [] : [resolveOnly(oidc, allowHttp)])
  if (oidc !== undefined) refuse('oidc', 'stands beside "providers". Write it as one of them.')
  assertObject(providers, 'providers')
  const entries = Object.entries(providers)
  if (entries.length === 0) refuse('providers', 'is empty. Leave it out, or write a provider.')
  for (const [name] of entries) assertName(name)
  const fixed = entries.filter(([, value]) => typeof value !== 'function')
  return Object.freeze(fixed.map(([name, value]) => resolveProvider(name, value, allowHttp)))
}

/** The providers that differ from tenant to tenant. */
export function resolveTenants ({ providers = {} }: Pick<AuthOptions, 'providers'>): readonly TenantEntry[] {
  const entries = Object.entries(providers)
    .flatMap(([name, find]) => typeof find === 'function' ? [Object.freeze({ name, find })] : [])
  return Object.freeze(entries)
}

/** What a browser forgets with the answer to a logout: also the cookies of that answer. */
function forgetsCookies (clearSiteData: string | undefined): boolean {
  return /"(cookies|\*)"/.test(clearSiteData ?? '')
}

function assertLogoutIsRemembered (clearSiteData: string | undefined): void {
  if (!forgetsCookies(clearSiteData)) return
  refuse('session.clearSiteData', 'takes away the cookie that keeps "oidc.silentLogin" from signing in again whoever has logged out. Leave "cookies" and "*" out.')
}

/** A logout needs a cookie to come back from the provider. */
function assertTargetIsReached (clearSiteData: string | undefined, target: OidcSettings['postLogoutRedirect']): void {
  const needsCookie = typeof target === 'function' || target?.startsWith('/') === true
  if (!needsCookie || !forgetsCookies(clearSiteData)) return
  refuse('session.clearSiteData', 'takes away the cookie by which a logout comes to "oidc.postLogoutRedirect". Leave "cookies" and "*" out, or write an address there.')
}

/** What the rest of the options says that a provider depends on. */
interface Surroundings {
  readonly routes: RouteSettings
  readonly clearSiteData: string | undefined
}

/**
 * What one provider cannot be together with.
 *
 * @param option where the caller wrote it
 */
export function assertFits (provider: OidcSettings, { routes, clearSiteData }: Surroundings, option: string): void {
  assertDeviceLogin(provider, routes, option)
  if (routes.loggedOut !== undefined) assertTargetIsReached(clearSiteData, provider.postLogoutRedirect)
  if (provider.silentLogin) assertLogoutIsRemembered(clearSiteData)
}

type OwnUserId = NonNullable<AuthOptions['userId']>
/** @param isOfMany whether the provider has an issuer for each of its tenants, and anybody of any of them signs in */
export type UserId = (...said: readonly [...Parameters<OwnUserId>, isOfMany?: boolean]) => string

/**
 * What a person is called. The function may be the application's own.
 *
 * @throws ArgumentInvalid where it gives no text
 */
export function userIdOf (userId: UserId, ...said: Parameters<UserId>): string {
  const id: unknown = userId(...said)
  if (id instanceof Promise) id.catch(() => {}) // Nobody waits for it: a failure of it would end the process.
  if (typeof id === 'string' && id !== '') return id
  throw new ArgumentInvalid('The option "userId" must return a text that is not empty. Write String(id) for a number.')
}

/**
 * What people are called: by their subject, and among several providers by the provider too. Two of them may give the
 * same subject to different people, and so may those of two tenants.
 */
export function createUserId (
  { providers, userId: own }: Pick<AuthOptions, 'providers' | 'userId'>, tenants: readonly TenantEntry[]
): UserId {
  if (own !== undefined) return (identity, claims) => own(identity, claims)
  return function userId ({ provider, issuer, subject }, _claims, isOfMany = false) {
    const isOfTenant = isOfMany || tenants.some(({ name }) => name === provider)
    const person = isOfTenant ? `${issuer}#${subject}` : subject
    return providers === undefined ? person : `${provider}:${person}`
  }
}
