import { createPrivateKey, type JsonWebKey, KeyObject } from 'node:crypto'
import { types } from 'node:util'
import { type CryptoKey, importPKCS8 } from 'jose'
import { assertObject, assertText, refuse } from './check.ts'

/** What can be signed with a key, by what WebCrypto and node:crypto call it; the first is the default. */
const ALGS: Readonly<Record<string, readonly string[]>> = Object.freeze({
  rsa: ['RS256', 'RS384', 'RS512', 'PS256', 'PS384', 'PS512'],
  'RSASSA-PKCS1-v1_5 SHA-256': ['RS256'],
  'RSASSA-PKCS1-v1_5 SHA-384': ['RS384'],
  'RSASSA-PKCS1-v1_5 SHA-512': ['RS512'],
  'RSA-PSS SHA-256': ['PS256'],
  'RSA-PSS SHA-384': ['PS384'],
  'RSA-PSS SHA-512': ['PS512'],
  'ec prime256v1': ['ES256'],
  'ec secp384r1': ['ES384'],
  'ec secp521r1': ['ES512'],
  'ECDSA P-256': ['ES256'],
  'ECDSA P-384': ['ES384'],
  'ECDSA P-521': ['ES512'],
  ed25519: ['EdDSA', 'Ed25519'],
  Ed25519: ['EdDSA', 'Ed25519']
})
/** RFC 7518, section 3.3. */
const LEAST_BITS = 2048

/** A private key that is imported once, and does not show itself. */
export class ClientKey {
  readonly alg: string
  readonly #key: KeyObject | CryptoKey
  #imported: Promise<CryptoKey> | undefined

  constructor (key: KeyObject | CryptoKey, alg: string) {
    this.#key = key
    this.alg = alg
  }

  /** As WebCrypto signs with it. */
  async toCryptoKey (): Promise<CryptoKey> {
    if (!(this.#key instanceof KeyObject)) return this.#key
    this.#imported ??= importPKCS8(String(this.#key.export({ type: 'pkcs8', format: 'pem' })), this.alg)
    return await this.#imported
  }

  /** Whether a check of node:crypto agrees; true for a key that only WebCrypto can use. */
  passes (check: (key: KeyObject) => boolean): boolean {
    return !(this.#key instanceof KeyObject) || check(this.#key)
  }
}

/** The part of a key that both forms of it tell: what it can do, and how long it is. */
interface Kind { readonly name: string, readonly bits: number | undefined }

function kindOf (key: KeyObject | CryptoKey): Kind {
  if (key instanceof KeyObject) {
    const { namedCurve, modulusLength } = { ...key.asymmetricKeyDetails }
    return { name: [key.asymmetricKeyType, namedCurve].filter(Boolean).join(' '), bits: modulusLength }
  }
  const { name, hash, namedCurve, modulusLength } = key.algorithm as
    { name: string, hash?: { name: string }, namedCurve?: string, modulusLength?: number }
  return { name: [name, hash?.name ?? namedCurve].filter(Boolean).join(' '), bits: modulusLength }
}

/** What people paste into a setting that is for a private key. */
function mistakeIn (pem: string): string {
  if (!pem.includes('-----BEGIN')) return 'is no PEM text. Read the file first, where this is its name: readFileSync(path, "utf8").'
  if (pem.includes('\\n')) return 'has "\\n" where its lines should end. Write .replaceAll("\\\\n", "\\n") after it.'
  if (/-BEGIN [A-Z ]*PUBLIC KEY-/.test(pem)) return 'is a public key. Write the private one.'
  if (/-BEGIN CERTIFICATE-/.test(pem)) return 'is a certificate. Write its private key here, and the certificate under "certificate".'
  return 'cannot be read as a private key. Write PEM text that begins with -----BEGIN PRIVATE KEY-----.'
}

function readPem (pem: string, passphrase: string | undefined, option: string): KeyObject {
  try {
    return createPrivateKey({ key: pem, ...passphrase === undefined ? {} : { passphrase } })
  } catch (error) {
    if (!/ENCRYPTED/.test(pem)) refuse(`${option}.privateKey`, mistakeIn(pem))
    const isMissing = passphrase === undefined
    refuse(`${option}.passphrase`, isMissing ? 'is missing: the private key is encrypted.' : 'does not open the private key.')
  }
}

function readJwk (jwk: Record<string, unknown>, option: string): KeyObject {
  const { use = 'sig', key_ops: operations = ['sign'] } = jwk
  if (use !== 'sig' || !Array.isArray(operations) || !operations.includes('sign')) {
    refuse(`${option}.privateKey`, 'is a JWK that says it is not for signing. Write one whose "use" is "sig".')
  }
  try {
    return createPrivateKey({ key: jwk as JsonWebKey, format: 'jwk' })
  } catch {
    refuse(`${option}.privateKey`, 'cannot be read as a JWK of a private key. Write all its members, "d" among them.')
  }
}

function readKey (value: unknown, passphrase: string | undefined, option: string): KeyObject | CryptoKey {
  if (value instanceof KeyObject || types.isCryptoKey(value)) {
    if (value.type !== 'private') refuse(`${option}.privateKey`, `is a ${value.type} key. Write the private one.`)
    if (value instanceof KeyObject || value.usages.includes('sign')) return value
    refuse(`${option}.privateKey`, 'is a CryptoKey that may not sign. Import it with the usage "sign".')
  }
  if (typeof value === 'string' && value !== '') return readPem(value, passphrase, option)
  if (value === undefined || value === '') refuse(`${option}.privateKey`, 'is missing. Write a private key as PEM text, JWK, KeyObject or CryptoKey.')
  assertObject(value, `${option}.privateKey`)
  return readJwk(value, option)
}

/** The private key that a client signs with, and the algorithm that it is for. */
export function resolveClientKey (value: unknown, passphrase: unknown, alg: unknown, option: string): ClientKey {
  if (passphrase !== undefined) assertText(passphrase, `${option}.passphrase`)
  const key = readKey(value, passphrase, option)
  const { name, bits = LEAST_BITS } = kindOf(key)
  const algs = ALGS[name]
  if (algs === undefined) refuse(`${option}.privateKey`, `is a key of the kind ${name}. Write an RSA, EC (P-256, P-384, P-521) or Ed25519 key.`)
  if (bits < LEAST_BITS) refuse(`${option}.privateKey`, `has ${bits} bits. Write an RSA key of at least ${LEAST_BITS}.`)
  const [fallback] = algs
  const chosen = alg ?? fallback
  if (typeof chosen === 'string' && algs.includes(chosen)) return new ClientKey(key, chosen)
  refuse(`${option}.alg`, `does not fit the private key, which is for ${algs.join(', ')}.`)
}
