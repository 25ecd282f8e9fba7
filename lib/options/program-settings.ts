import { isLoopbackHost } from '../loopback-host.ts'
import { SecretText } from '../secret-text.ts'
import type { BrokerSettings } from './broker-settings.ts'
import {
  assertBoolean, assertKnownKeys, assertObject, assertText, assertTexts, assertWholeNumber, refuse
} from './check.ts'
import type { OidcSettings } from './oidc-settings.ts'
import type { ProgramOptions } from './program-options.ts'
import { resolveScopes } from './scopes.ts'

/** A program that people let act for them, made strict. */
export interface ProgramSettings {
  readonly clientId: string
  readonly label: string
  readonly redirectUris: readonly string[]
  readonly postLogoutRedirectUris: readonly string[]
  readonly secret: SecretText | undefined
  readonly scopes: readonly string[]
  readonly provider: string | undefined
  readonly isPassThrough: boolean
  readonly requiresPkce: boolean
  /** Whether it may exchange tokens of others. */
  readonly mayExchange: boolean
  /** Whether it may ask about tokens of other programs. */
  readonly mayIntrospect: boolean
  /** Seconds. */
  readonly accessTokenTtl: number
  /** Seconds. */
  readonly refreshTokenTtl: number
}

const KNOWN = [
  'label', 'redirectUris', 'postLogoutRedirectUris', 'secret', 'scopes', 'provider', 'passThrough', 'requirePkce',
  'tokenExchange', 'introspect', 'accessTokenTtl', 'refreshTokenTtl'
]
const DAY = 86_400
const LONGEST = 400 * DAY
/** What a header and a form carry without being spelt in another way (RFC 6749, appendix A.1, without a colon). */
const clientName = /^[!-9;-~]{1,128}$/
/** A scheme of a program on a phone or a desktop is a domain name in reverse (RFC 8252, section 7.1). */
const privateScheme = /^[a-z][a-z0-9+-]*(\.[a-z0-9+-]+)+:$/
const LONGEST_ADDRESS = 1024

/** An https address, one on loopback, or one of a scheme that belongs to the program. */
function assertRedirect (value: string, option: string): void {
  if (!URL.canParse(value) || value.length > LONGEST_ADDRESS || !/^[!-~]+$/.test(value)) {
    refuse(option, 'must be an address as "https://tool.example.com/callback" or "http://127.0.0.1/callback".')
  }
  const { protocol, hostname, hash, username, password } = new URL(value)
  if (value.includes('#') || hash !== '' || username !== '' || password !== '') refuse(option, 'must have no user and no fragment.')
  const isHome = protocol === 'http:' && isLoopbackHost(hostname)
  if (protocol === 'https:' || isHome || privateScheme.test(protocol)) return
  refuse(option, 'must begin with https://, with http:// on a loopback address, or with a scheme of its own as com.example.tool:/.')
}

function resolveRedirects (value: unknown, option: string): readonly string[] {
  assertTexts(value, option)
  value.forEach((address, index) => { assertRedirect(address, `${option}[${index}]`) })
  return Object.freeze([...new Set(value)])
}

function assertProvider (name: unknown, providers: readonly OidcSettings[], option: string): void {
  assertText(name, option)
  if (providers.some(provider => provider.name === name)) return
  refuse(option, `is none of this application. The providers here are ${providers.map(provider => provider.name).join(', ')}.`)
}

/** A token that is bound to a key of ours is of no use to anybody else (RFC 9449, section 7). */
function assertPassable (
  { isPassThrough, provider }: ProgramSettings, providers: readonly OidcSettings[], option: string
): void {
  const bound = providers.find(({ name, dpop }) => dpop && (provider === undefined || provider === name))
  if (!isPassThrough || bound === undefined) return
  refuse(`${option}.passThrough`, 'needs a provider without "dpop": its tokens are bound to a key of this application.')
}

/** What programs have of the broker where they say nothing else. */
type Broker = Pick<BrokerSettings, 'accessTokenTtl' | 'refreshTokenTtl'> | undefined

/** What a program may do beside getting its tokens. */
function resolvePowers (
  { tokenExchange = false, introspect = false, secret }: ProgramOptions, broker: Broker, option: string
): Pick<ProgramSettings, 'mayExchange' | 'mayIntrospect'> {
  assertBoolean(tokenExchange, `${option}.tokenExchange`)
  assertBoolean(introspect, `${option}.introspect`)
  if (tokenExchange && broker === undefined) refuse(`${option}.tokenExchange`, 'has no meaning without "broker".')
  if (introspect && secret === undefined) {
    refuse(`${option}.introspect`, 'needs a "secret": whoever knows the client id could ask about every token.')
  }
  return { mayExchange: tokenExchange, mayIntrospect: introspect }
}

function resolveProgram (
  clientId: string, value: unknown, providers: readonly OidcSettings[], broker: Broker
): ProgramSettings {
  const option = `programs[${JSON.stringify(clientId)}]`
  if (!clientName.test(clientId)) refuse(option, 'must have a client id of at most 128 printable ASCII characters, without blanks and colons.')
  assertObject(value, option)
  assertKnownKeys(value, KNOWN, option)
  const options = value as ProgramOptions
  const { label = clientId, redirectUris = [], postLogoutRedirectUris = [], secret, scopes = [], provider } = options
  const { passThrough = false, requirePkce = true } = options
  const { accessTokenTtl = broker?.accessTokenTtl ?? 600 } = options
  const { refreshTokenTtl = broker?.refreshTokenTtl ?? 30 * DAY } = options
  assertText(label, `${option}.label`)
  if (secret !== undefined) assertText(secret, `${option}.secret`)
  if (provider !== undefined) assertProvider(provider, providers, `${option}.provider`)
  assertBoolean(passThrough, `${option}.passThrough`)
  assertBoolean(requirePkce, `${option}.requirePkce`)
  assertWholeNumber(accessTokenTtl, 1, DAY, `${option}.accessTokenTtl`)
  assertWholeNumber(refreshTokenTtl, 1, LONGEST, `${option}.refreshTokenTtl`)
  const program = Object.freeze({
    clientId,
    label,
    redirectUris: resolveRedirects(redirectUris, `${option}.redirectUris`),
    postLogoutRedirectUris: resolveRedirects(postLogoutRedirectUris, `${option}.postLogoutRedirectUris`),
    secret: secret === undefined ? undefined : new SecretText(secret),
    scopes: resolveScopes(scopes, `${option}.scopes`),
    provider,
    isPassThrough: passThrough,
    requiresPkce: requirePkce,
    ...resolvePowers(options, broker, option),
    accessTokenTtl,
    refreshTokenTtl
  })
  assertPassable(program, providers, option)
  return program
}

/** @throws ConfigurationError */
export function resolvePrograms (
  value: unknown, providers: readonly OidcSettings[], broker?: Broker
): readonly ProgramSettings[] {
  assertObject(value, 'programs')
  const entries = Object.entries(value)
  if (entries.length > 0 && providers.length === 0) {
    refuse('programs', 'needs a provider that their people sign in with, under "oidc" or "providers", and none that differs by tenant alone.')
  }
  return Object.freeze(entries.map(([clientId, options]) => resolveProgram(clientId, options, providers, broker)))
}
