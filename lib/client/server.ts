import * as oauth from 'oauth4webapi'
import { type BoundedFetch, type Bounds, createBoundedFetch } from '../oidc/provider/bounded-fetch.ts'
import { ClientError } from './client-error.ts'
import { statusOf, toClientError } from './failure.ts'
import { type Host, mayReceive } from './host.ts'
import type { ClientSettings } from './settings.ts'

/** What requests to a server are made with. */
export interface Server {
  readonly host: Host
  /** What it says of itself (RFC 8414). */
  readonly metadata: oauth.AuthorizationServer
  readonly client: oauth.Client
  readonly auth: oauth.ClientAuth
  readonly request: RequestOptions
}

/** How every request is sent: bounded in time and size, and nowhere else than it says. */
interface RequestOptions {
  readonly [oauth.customFetch]: BoundedFetch
  readonly [oauth.allowInsecureRequests]: boolean
}

/** What a server needs of the settings. */
export type ServerSettings = Pick<ClientSettings, 'host' | 'clientId' | 'clientSecret' | 'fetch' | 'signal'>

/** Seconds by which the clock of this machine may be wrong. Nothing here rests on what an ID token says. */
const TOLERANCE = 300
/** Longer than a server waits for its provider: what was answered too late would be spent all the same. */
const BOUNDS: Bounds = Object.freeze({ timeout: 20_000, maxBytes: 1_048_576 })

function requestOptions ({ host, fetch, signal }: ServerSettings): RequestOptions {
  const transport: typeof fetch = (input, init) => fetch(input, {
    ...init, signal: AbortSignal.any([signal, init?.signal].filter(one => one instanceof AbortSignal))
  })
  return {
    [oauth.customFetch]: createBoundedFetch(transport, BOUNDS),
    [oauth.allowInsecureRequests]: host.isPlainHttp
  }
}

/**
 * Where metadata may lie: of an application (RFC 8414, section 3.1), below its path, which a proxy passes on in any
 * case, and of an OpenID Provider.
 */
function placesOf ({ url: { origin, pathname } }: Host): ReadonlySet<string> {
  const path = pathname.replace(/\/$/, '')
  const [name, older] = ['/.well-known/oauth-authorization-server', '/.well-known/openid-configuration']
  return new Set([origin + name + path, origin + path + name, origin + path + older])
}

/** An application that answers everything with a page has none there either. */
function hasMetadata ({ status, headers }: Response): boolean {
  return status === 200 && /\bjson\b/.test(String(headers.get('content-type')))
}

async function findMetadata (host: Host, request: RequestOptions): Promise<oauth.AuthorizationServer> {
  for (const place of placesOf(host)) {
    const response = await request[oauth.customFetch](place, { headers: { accept: 'application/json' } })
    const isBusy = response.status >= 500 || response.status === 429
    if (isBusy || hasMetadata(response)) return await oauth.processDiscoveryResponse(host.url, response)
  }
  throw new ClientError('ANSWER_INVALID', `${host.issuer} does not say how to sign in: it has no metadata (RFC 8414).`)
}

/**
 * Asks a host how to sign in.
 *
 * @throws ClientError `UNAVAILABLE`, `ANSWER_INVALID`, `CANCELLED`
 */
export async function findServer (settings: ServerSettings): Promise<Server> {
  const { host, clientId, clientSecret } = settings
  const request = requestOptions(settings)
  try {
    const metadata = await findMetadata(host, request)
    if (!mayReceive(host, metadata.token_endpoint)) {
      throw new ClientError('ANSWER_INVALID', `${host.issuer} names no "token_endpoint" on https.`)
    }
    return {
      host,
      metadata,
      client: { client_id: clientId, [oauth.clockTolerance]: TOLERANCE },
      auth: clientSecret === undefined ? oauth.None() : oauth.ClientSecretBasic(clientSecret),
      request
    }
  } catch (cause) {
    settings.signal.throwIfAborted()
    throw toClientError(cause, host.issuer)
  }
}

/** The next tokens for a refresh token (RFC 6749, section 6). Throws as oauth4webapi does. */
export async function refreshTokens (
  { metadata, client, auth, request }: Server, refreshToken: string
): Promise<oauth.TokenEndpointResponse> {
  const response = await oauth.refreshTokenGrantRequest(metadata, client, auth, refreshToken, request)
  return await oauth.processRefreshTokenResponse(metadata, client, response)
}

/** Whether a server gives no tokens for what it was asked with any more (RFC 6749, section 5.2). */
export function isSpent (cause: unknown): boolean {
  return cause instanceof oauth.ResponseBodyError && cause.error === 'invalid_grant'
}

/** Whether a server gives no device codes, to this program at least: then a browser may do. */
export function givesNoCodes (cause: unknown): boolean {
  if (cause instanceof oauth.ResponseBodyError) {
    if (cause.error === 'unsupported_grant_type' || cause.error === 'unauthorized_client') return true
  }
  return [404, 405, 501, 503].includes(Number(statusOf(cause)))
}
