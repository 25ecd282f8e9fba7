import { ArgumentInvalid } from '../errors.ts'
import type { TokenWish } from '../oidc/tokens/access-tokens.ts'
import type { UsableToken } from '../oidc/tokens/service-fetch.ts'
import type { RequestLogin } from './request-login.ts'
import { areWords } from './requirements.ts'

/** What `request.getAccessToken` is asked for. */
export interface AccessTokenOptions {
  /** Scopes that the token must hold. @default any */
  scopes?: readonly string[]
  /** The service that it is for, as a whole address (RFC 8707, section 2). @default none is named */
  resource?: string
}

/** A token to call a service with. */
export interface AccessToken {
  readonly accessToken: string
  /** `bearer`; with `oidc.dpop` it is `DPoP`, and the token is of no use without a proof, which `fetch` makes. */
  readonly tokenType: string
  /** Seconds since 1970; undefined where the provider does not say. */
  readonly expiresAt: number | undefined
  readonly scopes: readonly string[]
  /**
   * Calls a service with the token, as the global `fetch` does but for two things: it sets `Authorization`, and `DPoP`
   * where the token needs it, and it follows no redirect. A service that wants a nonce in the proof is asked twice,
   * unless the body is a stream (RFC 9449, section 9).
   *
   * @throws ArgumentInvalid for an address on plain http outside loopback, and whatever `fetch` throws
   * @example
   * const mail = await request.getAccessToken({ scopes: ['mail.read'] })
   * const answer = await mail.fetch('https://mail.example.com/messages')
   */
  fetch (address: string | URL, init?: RequestInit): Promise<Response>
}

const KNOWN = ['scopes', 'resource']

function assertScopes (scopes: unknown): asserts scopes is readonly string[] {
  if (areWords(scopes)) return
  throw new ArgumentInvalid('The option "scopes" of an access token must be a list of scopes, each of them one word.')
}

function assertResource (resource: unknown): asserts resource is string | undefined {
  if (resource === undefined) return
  if (typeof resource === 'string' && URL.canParse(resource) && new URL(resource).hash === '') return
  throw new ArgumentInvalid('The option "resource" of an access token must be a whole address without a fragment.')
}

/** What an access token must be, made strict. @throws ArgumentInvalid */
export function resolveTokenWish (options: unknown = {}): TokenWish {
  if (typeof options !== 'object' || options === null) {
    throw new ArgumentInvalid('The options of an access token are an object.')
  }
  const unknown = Object.keys(options).find(key => !KNOWN.includes(key))
  if (unknown !== undefined) throw new ArgumentInvalid(`An access token has no option "${unknown}". Its options are scopes, resource.`)
  const { scopes = [], resource } = options as Readonly<Record<string, unknown>>
  assertScopes(scopes)
  assertResource(resource)
  return { scopes: [...new Set(scopes)], resource }
}

/** What applications see of a granted token. */
export function toAccessToken ({ accessToken, tokenType, expiresAt, scopes, fetch }: UsableToken): AccessToken {
  return Object.freeze({ accessToken, tokenType, expiresAt, scopes: Object.freeze([...scopes]), fetch })
}

/** @throws ArgumentInvalid, and whatever `RequestLogin.accessToken` throws */
export async function accessTokenOf (login: RequestLogin, options?: AccessTokenOptions): Promise<AccessToken> {
  return toAccessToken(await login.accessToken(resolveTokenWish(options)))
}
