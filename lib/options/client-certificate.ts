import { X509Certificate } from 'node:crypto'
import { assertBoolean, assertText, refuse } from './check.ts'
import type { ClientKey } from './client-key.ts'

/** Members of a JWS header that name a certificate (RFC 7515, sections 4.1.6 to 4.1.8). */
export interface CertificateHeader {
  readonly x5t?: string
  readonly 'x5t#S256'?: string
  readonly x5c?: readonly string[]
}

/** What the options say of the certificate. */
export interface CertificateOptions {
  readonly certificate: unknown
  readonly sendCertificate: unknown
  readonly thumbprint: unknown
}

const pemBlock = /-----BEGIN CERTIFICATE-----[^-]+-----END CERTIFICATE-----/g

/** Hexadecimal digits with or without colons, as JWS spells them. */
function spell (thumbprint: string): string {
  return Buffer.from(thumbprint.replaceAll(':', ''), 'hex').toString('base64url')
}

function readChain (pem: string, option: string): readonly X509Certificate[] {
  try {
    const chain = [...pem.matchAll(pemBlock)].map(([block]) => new X509Certificate(block))
    if (chain.length > 0) return chain
  } catch {
    // Refused below, with what to do.
  }
  refuse(`${option}.certificate`, 'cannot be read. Write PEM text that begins with -----BEGIN CERTIFICATE-----.')
}

function resolveThumbprint (thumbprint: unknown, option: string): CertificateHeader {
  assertText(thumbprint, `${option}.thumbprint`)
  const digits = thumbprint.replace(/[\s:]/g, '')
  if (/^[\da-f]{40}$/i.test(digits)) return { x5t: spell(digits) }
  if (/^[\da-f]{64}$/i.test(digits)) return { 'x5t#S256': spell(digits) }
  refuse(`${option}.thumbprint`, 'must be 40 hexadecimal digits (SHA-1) or 64 (SHA-256).')
}

/** What an assertion's header says of the certificate of its key. */
export function resolveCertificate (options: CertificateOptions, key: ClientKey, option: string): CertificateHeader {
  const { certificate, sendCertificate = false, thumbprint } = options
  assertBoolean(sendCertificate, `${option}.sendCertificate`)
  if (certificate === undefined) {
    if (sendCertificate) refuse(`${option}.certificate`, 'is missing, but "sendCertificate" is true.')
    return thumbprint === undefined ? {} : resolveThumbprint(thumbprint, option)
  }
  if (thumbprint !== undefined) refuse(`${option}.thumbprint`, 'says again what "certificate" does. Write one of the two.')
  assertText(certificate, `${option}.certificate`)
  const [own, ...others] = readChain(certificate, option) as readonly [X509Certificate, ...X509Certificate[]]
  if (!key.passes(privateKey => own.checkPrivateKey(privateKey))) {
    refuse(`${option}.certificate`, 'is not the one of the private key. Write that one first, and others of its chain after it.')
  }
  return {
    x5t: spell(own.fingerprint),
    'x5t#S256': spell(own.fingerprint256),
    ...sendCertificate ? { x5c: [own, ...others].map(({ raw }) => raw.toString('base64')) } : {}
  }
}
