import type { AuthorizationServer } from 'oauth4webapi'
import { isLoopbackHost } from '../loopback-host.ts'
import type { Claims } from '../user.ts'
import { SecretText } from '../secret-text.ts'
import type { OidcOptions } from './auth-options.ts'
import { PROMPTS, resolveForwarded, resolveParameters } from './authorization-parameters.ts'
import {
  assertBoolean, assertFunction, assertKnownKeys, assertObject, assertOneOf, assertText, assertTexts, assertWholeNumber,
  refuse
} from './check.ts'
import { type ClientProof, resolveClientProof } from './client-authentication.ts'
import { issuerOfTenant } from './issuer.ts'
import { isLogoutTarget } from './logout-target.ts'
import { PROTOCOL_OPTIONS, type ProtocolSettings, resolveProtocols } from './protocol-settings.ts'
import { assertScheme, isAcceptableAddress } from './public-url.ts'
import { resolveScopes } from './scopes.ts'
import { KNOWN_QUIRKS, type QuirkSettings, resolveQuirks } from './provider-quirks.ts'

/** One provider, made strict. */
export interface OidcSettings extends ProtocolSettings, QuirkSettings {
  /** Name of the provider in this application, as `identity.provider` says it. */
  readonly name: string
  /** What people read where they choose among several. */
  readonly label: string
  readonly issuer: string
  readonly clientId: string
  readonly clientSecret: SecretText | undefined
  /** How our client proves itself, with the key for it. */
  readonly clientProof: ClientProof
  readonly scopes: readonly string[]
  readonly prompt: string | undefined
  readonly authorizationParameters: Readonly<Record<string, string>>
  /** Names of parameters that the login address passes on. */
  readonly forwardedParameters: readonly string[]
  /** Whether strangers may be signed in without a question; a logout is remembered then. */
  readonly silentLogin: boolean
  readonly userinfo: boolean
  readonly mapClaims: ((claims: Claims) => Claims) | undefined
  readonly responseMode: 'query' | 'form_post'
  readonly maxAge: number | undefined
  readonly acrValues: readonly string[]
  readonly idTokenSigningAlg: string
  readonly clockTolerance: number
  /** A path of this site or an address, or what gives one; undefined means the logged-out page. */
  readonly postLogoutRedirect: OidcOptions['postLogoutRedirect']
  /** Whether requests to the provider may go over plain http. */
  readonly isPlainHttp: boolean
  readonly metadata: AuthorizationServer | undefined
  /** Which addresses its metadata must have. */
  readonly endpoints: readonly string[]
  /** Sends its requests; undefined where the application leaves it to us. */
  readonly fetch: typeof globalThis.fetch | undefined
}

/** What a sign-in needs of the metadata of its provider. */
const ENDPOINTS = Object.freeze(['authorization_endpoint', 'token_endpoint', 'jwks_uri'])

/** What a provider is here. */
export interface ProviderRole {
  /** Its name in this application. */
  readonly name?: string
  /** Which addresses its metadata must have. @default those that a sign-in needs */
  readonly endpoints?: readonly string[]
}

/** What the provider of `oidc` is called. */
export const UNNAMED = 'oidc'

const KNOWN = [
  'label', 'issuer', 'clientId', 'clientSecret', 'clientAuthentication', 'scopes', 'prompt', 'authorizationParameters',
  'forwardedParameters', 'silentLogin', 'userinfo', 'mapClaims', 'responseMode', 'maxAge', 'acrValues', 'idTokenSigningAlg',
  'clockTolerance', 'postLogoutRedirect', 'allowHttp', 'metadata', 'fetch', ...PROTOCOL_OPTIONS, ...KNOWN_QUIRKS
]
/** What may sign tokens: keys that a provider publishes. */
export const SIGNING_ALGS = ['RS256', 'RS384', 'RS512', 'PS256', 'PS384', 'PS512', 'ES256', 'ES384', 'ES512', 'EdDSA', 'Ed25519']

export function resolveAllowHttp (value: unknown, isProduction: boolean): boolean {
  assertBoolean(value, 'oidc.allowHttp')
  if (value && isProduction) refuse('oidc.allowHttp', 'must not be true in production.')
  return value
}

function resolveMetadata (
  metadata: unknown, issuer: string, isPlainHttp: boolean, endpoints: readonly string[]
): AuthorizationServer | undefined {
  if (metadata === undefined) return undefined
  assertObject(metadata, 'oidc.metadata')
  if (metadata.issuer !== issuer) refuse('oidc.metadata.issuer', 'must be the same text as "oidc.issuer".')
  for (const name of endpoints) {
    if (isAcceptableAddress(metadata[name], isPlainHttp)) continue
    refuse(`oidc.metadata.${name}`, 'must be an address that begins with https://.')
  }
  return Object.freeze({ ...metadata, issuer })
}

function assertPrompt (prompt: unknown): void {
  assertText(prompt, 'oidc.prompt')
  for (const word of prompt.split(' ')) assertOneOf(word, PROMPTS, 'oidc.prompt')
}

function assertPostLogoutRedirect (target: unknown): void {
  if (typeof target === 'function' || isLogoutTarget(target)) return
  refuse('oidc.postLogoutRedirect', 'must be a path of this site as "/bye", an address as "https://www.example.com/", or a function that gives one.')
}

export function resolveOidcSettings (
  value: unknown, allowHttp: boolean, { name = UNNAMED, endpoints = ENDPOINTS }: ProviderRole = {}
): OidcSettings {
  assertObject(value, 'oidc')
  assertKnownKeys(value, KNOWN, 'oidc')
  const options = value as unknown as OidcOptions
  const { label = name } = options
  assertText(label, 'oidc.label')
  assertText(options.issuer, 'oidc.issuer')
  const sample = String(issuerOfTenant(options.issuer, 'tenant'))
  if (!URL.canParse(sample)) refuse('oidc.issuer', 'must be an address as https://id.example.com.')
  const issuer = new URL(sample)
  assertScheme(issuer, allowHttp, 'oidc.issuer')
  if (issuer.search !== '' || issuer.hash !== '' || issuer.username !== '' || issuer.password !== '') {
    refuse('oidc.issuer', 'must have no user, query or fragment.')
  }
  assertText(options.clientId, 'oidc.clientId')
  const clientProof = resolveClientProof(options, 'oidc')
  const { userinfo = false, silentLogin = false, responseMode = 'query' } = options
  const { idTokenSigningAlg = 'RS256', clockTolerance = 30, acrValues = [] } = options
  assertBoolean(userinfo, 'oidc.userinfo')
  assertBoolean(silentLogin, 'oidc.silentLogin')
  assertOneOf(responseMode, ['query', 'form_post'], 'oidc.responseMode')
  assertOneOf(idTokenSigningAlg, SIGNING_ALGS, 'oidc.idTokenSigningAlg')
  assertWholeNumber(clockTolerance, 0, 300, 'oidc.clockTolerance')
  assertTexts(acrValues, 'oidc.acrValues')
  if (options.maxAge !== undefined) assertWholeNumber(options.maxAge, 0, Number.MAX_SAFE_INTEGER, 'oidc.maxAge')
  if (options.prompt !== undefined) assertPrompt(options.prompt)
  if (options.postLogoutRedirect !== undefined) assertPostLogoutRedirect(options.postLogoutRedirect)
  if (options.mapClaims !== undefined) assertFunction(options.mapClaims, 'oidc.mapClaims')
  if (options.fetch !== undefined) assertFunction(options.fetch, 'oidc.fetch')
  const isPlainHttp = allowHttp || (issuer.protocol === 'http:' && isLoopbackHost(issuer.hostname))
  return Object.freeze({
    name,
    label,
    issuer: options.issuer,
    clientId: options.clientId,
    clientSecret: options.clientSecret === undefined ? undefined : new SecretText(options.clientSecret),
    clientProof,
    scopes: Object.freeze([...new Set(['openid', ...resolveScopes(options.scopes ?? ['profile', 'email'], 'oidc.scopes')])]),
    prompt: options.prompt,
    authorizationParameters: resolveParameters(options.authorizationParameters ?? {}),
    forwardedParameters: resolveForwarded(options.forwardedParameters ?? []),
    silentLogin,
    ...resolveProtocols(options),
    userinfo,
    mapClaims: options.mapClaims,
    responseMode,
    maxAge: options.maxAge,
    acrValues: Object.freeze([...acrValues]),
    idTokenSigningAlg,
    clockTolerance,
    postLogoutRedirect: options.postLogoutRedirect,
    isPlainHttp,
    ...resolveQuirks(options, options.issuer, isPlainHttp),
    metadata: resolveMetadata(options.metadata, options.issuer, isPlainHttp, endpoints),
    endpoints,
    fetch: options.fetch
  })
}
