import type { IntrospectionOptions, TokenRules } from './bearer-options.ts'
import { assertKnownKeys, assertObject, assertOneOf, assertWholeNumber, refuse } from './check.ts'
import type { OidcSettings } from './oidc-settings.ts'
import { isAcceptableAddress } from './public-url.ts'

/** How an issuer is asked about tokens. */
export interface IntrospectionSettings {
  /** Our client there. */
  readonly client: OidcSettings
  readonly isForAll: boolean
  /** Seconds. */
  readonly cache: number
}

/** Makes a client at an issuer out of what proves that it is ours. */
export type ClientMaker = (credentials: Omit<IntrospectionOptions, 'tokens' | 'cache'>, option: string) => OidcSettings

const KNOWN = ['clientId', 'clientSecret', 'clientAuthentication', 'tokens', 'cache']
const LONGEST_CACHE = 3600

/** Metadata that are not given are looked at when they are there. */
function assertEndpoint ({ metadata, isPlainHttp }: OidcSettings, option: string): void {
  if (metadata === undefined || isAcceptableAddress(metadata.introspection_endpoint, isPlainHttp)) return
  refuse(option, 'is switched on, but the metadata of the issuer have no "introspection_endpoint" that begins with https://.')
}

/**
 * The client of an introspection: one of its own, or the one that signs people in.
 *
 * @param option where the caller wrote it
 */
export function resolveIntrospection (
  value: TokenRules['introspection'], signIn: OidcSettings | undefined, makeClient: ClientMaker, option: string
): IntrospectionSettings | undefined {
  if (value === undefined || value === false) return undefined
  const options: unknown = value === true ? {} : value
  assertObject(options, option)
  assertKnownKeys(options, KNOWN, option)
  const { tokens = 'opaque', cache = 30, ...credentials } = options as IntrospectionOptions
  assertOneOf(tokens, ['opaque', 'all'], `${option}.tokens`)
  assertWholeNumber(cache, 0, LONGEST_CACHE, `${option}.cache`)
  if (credentials.clientId === undefined && signIn === undefined) {
    refuse(`${option}.clientId`, 'is missing. Nobody signs in with this issuer, so write the client that may ask it about tokens.')
  }
  if (credentials.clientId === undefined && Object.keys(credentials).length > 0) {
    refuse(`${option}.clientId`, 'is missing, whose secret this is.')
  }
  const client = credentials.clientId === undefined ? signIn : undefined
  const settings = client ?? makeClient(credentials, option)
  assertEndpoint(settings, option)
  return Object.freeze({ client: settings, isForAll: tokens === 'all', cache })
}
