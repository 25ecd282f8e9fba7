import { SecretText } from '../secret-text.ts'
import type { AssertionAuthentication } from './client-auth-options.ts'
import { assertFunction, assertKnownKeys, assertObject, assertText, refuse } from './check.ts'
import { type CertificateHeader, resolveCertificate } from './client-certificate.ts'
import { type ClientKey, resolveClientKey } from './client-key.ts'

/** How a client proves itself, made strict. `secret` leaves it to the provider how the secret travels. */
export type ClientProof =
  | { readonly method: 'secret' | 'client_secret_basic' | 'client_secret_post', readonly secret: SecretText }
  | { readonly method: 'none' | 'tls_client_auth' | 'self_signed_tls_client_auth' }
  | {
    readonly method: 'private_key_jwt'
    readonly key: ClientKey
    readonly header: CertificateHeader & { readonly kid?: string }
    /** `issuer`, `token_endpoint`, or the audience itself. */
    readonly audience: string
  }
  | {
    readonly method: 'assertion'
    readonly assertion: AssertionAuthentication['assertion']
    readonly audience: string
  }

/** What the options of a provider say of the proof. */
export interface ProofOptions {
  readonly clientAuthentication?: unknown
  readonly clientSecret?: unknown
  readonly fetch?: unknown
}

const SECRET_METHODS = ['client_secret_basic', 'client_secret_post'] as const
const PLAIN_METHODS = ['none', 'tls_client_auth', 'self_signed_tls_client_auth'] as const
const KNOWN_KEY = ['privateKey', 'passphrase', 'alg', 'kid', 'certificate', 'sendCertificate', 'thumbprint', 'audience']
const KNOWN_ASSERTION = ['assertion', 'audience']

function resolveAudience (audience: unknown, option: string): string {
  if (audience === undefined) return 'issuer'
  assertText(audience, `${option}.audience`)
  if (audience === 'issuer' || audience === 'token_endpoint' || URL.canParse(audience)) return audience
  refuse(`${option}.audience`, 'must be "issuer", "token_endpoint" or an address.')
}

function resolvePrivateKey (options: Record<string, unknown>, option: string): ClientProof {
  assertKnownKeys(options, KNOWN_KEY, option)
  const { privateKey, passphrase, certificate, sendCertificate, thumbprint } = options
  const { alg: ownAlg, kid: ownKid } = (typeof privateKey === 'object' && privateKey !== null ? privateKey : {}) as Record<string, unknown>
  const { alg = ownAlg, kid = ownKid } = options
  const key = resolveClientKey(privateKey, passphrase, alg, option)
  if (kid !== undefined) assertText(kid, `${option}.kid`)
  const header = resolveCertificate({ certificate, sendCertificate, thumbprint }, key, option)
  return Object.freeze({
    method: 'private_key_jwt',
    key,
    header: Object.freeze({ ...kid === undefined ? {} : { kid }, ...header }),
    audience: resolveAudience(options.audience, option)
  })
}

function resolveAssertion (options: Record<string, unknown>, option: string): ClientProof {
  assertKnownKeys(options, KNOWN_ASSERTION, option)
  assertFunction(options.assertion, `${option}.assertion`)
  const { assertion } = options as unknown as AssertionAuthentication
  return Object.freeze({ method: 'assertion', assertion, audience: resolveAudience(options.audience, option) })
}

function resolveObject (options: unknown, option: string): ClientProof {
  const methods = [...SECRET_METHODS, ...PLAIN_METHODS].join(', ')
  if (typeof options === 'string') {
    refuse(option, options === 'private_key_jwt'
      ? 'is private_key_jwt, which needs the key. Write { privateKey: … } or { assertion: … }.'
      : `must be one of ${methods}, or an object with a privateKey or an assertion.`)
  }
  assertObject(options, option)
  return 'assertion' in options ? resolveAssertion(options, option) : resolvePrivateKey(options, option)
}

/** @param option name of the provider's options, as `oidc` */
export function resolveClientProof (options: ProofOptions, option: string): ClientProof {
  const { clientAuthentication: chosen, clientSecret, fetch } = options
  if (clientSecret !== undefined) assertText(clientSecret, `${option}.clientSecret`)
  const secretMethod = chosen === undefined ? 'secret' : SECRET_METHODS.find(method => method === chosen)
  if (secretMethod !== undefined) {
    if (clientSecret !== undefined) return Object.freeze({ method: secretMethod, secret: new SecretText(clientSecret) })
    if (chosen !== undefined) refuse(`${option}.clientSecret`, `is missing, but "${option}.clientAuthentication" is ${secretMethod}.`)
    return Object.freeze({ method: 'none' })
  }
  const method = PLAIN_METHODS.find(method => method === chosen)
  const proof = method === undefined
    ? resolveObject(chosen, `${option}.clientAuthentication`)
    : Object.freeze({ method })
  if (clientSecret !== undefined) refuse(`${option}.clientSecret`, `has no use with this "${option}.clientAuthentication". Write one of the two.`)
  if (method !== undefined && method !== 'none' && fetch === undefined) {
    refuse(`${option}.fetch`, `is missing, but "${option}.clientAuthentication" is ${method}. Write a function that sends requests with the certificate.`)
  }
  return proof
}
