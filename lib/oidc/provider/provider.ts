import type { JWTVerifyGetKey } from 'jose'
import * as oauth from 'oauth4webapi'
import { isAcceptableAddress } from '../../options/public-url.ts'
import type { OidcSettings } from '../../options/oidc-settings.ts'
import type { FlowName } from '../../options/provider-quirks.ts'
import { BOUNDS, createBoundedFetch, TOKEN_BOUNDS, type BoundedFetch, type Bounds } from './bounded-fetch.ts'
import { Cached, type Loaded } from './cached.ts'
import { assertSpelling, discover } from './discovery.ts'
import { toLoginError } from './failure.ts'
import { isMutualTls } from './client-auth.ts'
import { flowSettings } from './flow-settings.ts'
import type { KeptAnswers } from './kept-answers.ts'
import { cacheKeys, createBearerKeys, createKeys } from './keys.ts'
import { createTransport, type Transport } from './transport.ts'

const MINUTE = 60_000
const FRESHNESS = Object.freeze({ fresh: 10 * MINUTE, stale: 24 * 60 * MINUTE, pause: MINUTE / 2 })

/** Metadata of a provider that a login can work with (OpenID Connect Discovery, section 3). */
export interface UsableServer extends oauth.AuthorizationServer {
  readonly authorization_endpoint: string
  readonly token_endpoint: string
  readonly jwks_uri: string
}

export interface RequestOptions {
  readonly [oauth.customFetch]: BoundedFetch
  readonly [oauth.allowInsecureRequests]: boolean
}

/** One provider: what it says of itself, its keys, our client there, and how requests reach it. */
export interface Provider {
  readonly settings: OidcSettings
  readonly client: oauth.Client
  /** The clock, in milliseconds since 1970. */
  readonly now: () => number
  /** Options for requests to the token endpoint. */
  readonly tokenRequest: RequestOptions
  /** Options for all other requests. */
  readonly request: RequestOptions
  /** Options for requests that have bounds of their own. */
  readonly requestWithin: CreateRequest
  /** The same provider with the metadata of its further flows. */
  readonly flows: Readonly<Partial<Record<FlowName, Provider>>>
  /**
   * @throws ProviderUnavailable where the provider does not answer and did not within a day
   * @throws ProviderAnswerInvalid where its metadata is unusable
   */
  server (): Promise<UsableServer>
  /** Keys that verify what the provider signs and hands to us itself. */
  keys (server: UsableServer): JWTVerifyGetKey
  /** The same keys for what anybody can bring: made-up key ids in it do not keep `keys` from following a rotation. */
  publicKeys (server: UsableServer): JWTVerifyGetKey
  /** The same keys for access tokens, behind a third gate. They throw ProviderUnavailable where none can be had. */
  bearerKeys (server: UsableServer): JWTVerifyGetKey
}

/** One set of keys behind three gates, by who brings what they shall verify: the provider itself, or anybody. */
interface KnownKeys {
  readonly uri: string
  readonly issuer: string
  readonly own: JWTVerifyGetKey
  readonly open: JWTVerifyGetKey
  readonly bearer: JWTVerifyGetKey
}

function assertUsable (
  server: oauth.AuthorizationServer, { endpoints, isPlainHttp }: OidcSettings
): asserts server is UsableServer {
  if (typeof (server.mtls_endpoint_aliases ?? {}) !== 'object') {
    throw new oauth.OperationProcessingError('"mtls_endpoint_aliases" of the provider is no object')
  }
  for (const name of endpoints) {
    if (isAcceptableAddress(server[name], isPlainHttp)) continue
    throw new oauth.OperationProcessingError(`"${name}" of the provider is no address that may be used`)
  }
}

/** What a provider is made with beside its settings. */
export interface ProviderGround {
  /** Sends its requests where the application gave no `fetch`. @default one of its own */
  readonly transport?: Transport | undefined
  /** Good answers that outlive this process: they serve where the provider does not answer. */
  readonly kept?: KeptAnswers | undefined
}

type CreateRequest = (bounds: Bounds) => RequestOptions

function createRequests ({ fetch, isPlainHttp }: OidcSettings, transport: Transport): CreateRequest {
  return bounds => Object.freeze({
    [oauth.customFetch]: fetch === undefined ? transport.boundedFetch(bounds) : createBoundedFetch(fetch, bounds),
    [oauth.allowInsecureRequests]: isPlainHttp
  })
}

function createClient (settings: OidcSettings, now: () => number): oauth.Client {
  return Object.freeze({
    client_id: settings.clientId,
    use_mtls_endpoint_aliases: isMutualTls(settings),
    id_token_signed_response_alg: settings.idTokenSigningAlg,
    [oauth.clockTolerance]: settings.clockTolerance,
    // oauth4webapi reads the system's clock; ours may be another one.
    get [oauth.clockSkew] () { return Math.floor(now() / 1000) - Math.floor(Date.now() / 1000) }
  })
}

export function createProvider (
  settings: OidcSettings, now: () => number, { transport = createTransport(), kept }: ProviderGround = {}
): Provider {
  const requestWithin = createRequests(settings, transport)
  const request = requestWithin(BOUNDS)
  let known: KnownKeys | undefined

  function usable (server: oauth.AuthorizationServer): UsableServer {
    assertSpelling(server, settings)
    assertUsable(server, settings)
    return server
  }
  const place = settings.discoveryUrl ?? settings.issuer
  async function load (): Promise<UsableServer> {
    const { metadata } = settings
    if (metadata !== undefined) return usable(metadata)
    const server = usable(await discover(settings, request))
    kept?.keep(place, server)
    return server
  }
  async function restore (): Promise<Loaded<UsableServer> | undefined> {
    const found = await kept?.find(place)
    return found === undefined ? undefined : { of: usable(found.answer as oauth.AuthorizationServer), at: found.at }
  }
  const cached = new Cached(load, FRESHNESS, now, restore)

  async function server (): Promise<UsableServer> {
    try {
      return await cached.get()
    } catch (cause) {
      throw toLoginError(cause)
    }
  }

  function knownKeys ({ jwks_uri: uri, issuer }: UsableServer): KnownKeys {
    if (known?.uri === uri && known.issuer === issuer) return known
    const cached = cacheKeys(uri, request[oauth.customFetch], now, kept)
    const [own, open] = [createKeys(cached, now, issuer), createKeys(cached, now, issuer)]
    known = { uri, issuer, own, open, bearer: createBearerKeys(cached, now, issuer) }
    return known
  }

  const flows = Object.entries(settings.flows)
    .map(([name, flow]) => [name, createProvider(flowSettings(settings, flow), now, { transport })] as const)
  return Object.freeze({
    settings,
    client: createClient(settings, now),
    now,
    tokenRequest: requestWithin(TOKEN_BOUNDS),
    request,
    requestWithin,
    flows: Object.freeze(Object.fromEntries(flows)),
    server,
    keys: (metadata: UsableServer) => knownKeys(metadata).own,
    publicKeys: (metadata: UsableServer) => knownKeys(metadata).open,
    bearerKeys: (metadata: UsableServer) => knownKeys(metadata).bearer
  })
}
