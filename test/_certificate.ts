import { generateKeyPairSync, type KeyObject, sign, X509Certificate } from 'node:crypto'

/** A certificate that signs itself and does not expire, with its key. */
export interface SelfSigned {
  /** PEM text. */
  readonly cert: string
  /** PEM text (PKCS #8). */
  readonly key: string
  readonly privateKey: KeyObject
  readonly x509: X509Certificate
}

const SEQUENCE = 0x30
const SET = 0x31
const ecdsaWithSha256 = [0x06, 0x08, 0x2a, 0x86, 0x48, 0xce, 0x3d, 0x04, 0x03, 0x02]
const sha256WithRsa = [0x06, 0x09, 0x2a, 0x86, 0x48, 0x86, 0xf7, 0x0d, 0x01, 0x01, 0x0b, 0x05, 0x00]
const commonName = [0x06, 0x03, 0x55, 0x04, 0x03]
const subjectAltName = [0x06, 0x03, 0x55, 0x1d, 0x11]

/** One element of DER: tag, length, content. */
function der (tag: number, ...parts: ReadonlyArray<Uint8Array | readonly number[] | string>): Buffer {
  const content = Buffer.concat(parts.map(part => Buffer.from(part as Uint8Array)))
  const bytes = content.length < 0x80 ? [content.length] : [0x82, content.length >> 8, content.length & 0xff]
  return Buffer.concat([Buffer.from([tag, ...bytes]), content])
}

/** A certificate of localhost and 127.0.0.1, by which a server or a client shows itself (RFC 5280, section 4.1). */
export function selfSigned (name: string, kind: 'ec' | 'rsa' = 'ec'): SelfSigned {
  const { privateKey, publicKey } = kind === 'ec'
    ? generateKeyPairSync('ec', { namedCurve: 'P-256' })
    : generateKeyPairSync('rsa', { modulusLength: 2048 })
  const algorithm = der(SEQUENCE, kind === 'ec' ? ecdsaWithSha256 : sha256WithRsa)
  const subject = der(SEQUENCE, der(SET, der(SEQUENCE, commonName, der(0x0c, name))))
  const validity = der(SEQUENCE, der(0x17, '200101000000Z'), der(0x18, '99991231235959Z'))
  const hosts = der(SEQUENCE, der(0x82, 'localhost'), der(0x87, [127, 0, 0, 1]))
  const extensions = der(0xa3, der(SEQUENCE, der(SEQUENCE, subjectAltName, der(0x04, hosts))))
  const body = der(
    SEQUENCE, der(0xa0, der(0x02, [2])), der(0x02, [1]), algorithm, subject, validity, subject,
    publicKey.export({ type: 'spki', format: 'der' }), extensions)
  const x509 = new X509Certificate(der(SEQUENCE, body, algorithm, der(0x03, [0], sign('sha256', body, privateKey))))
  return { cert: x509.toString(), key: String(privateKey.export({ type: 'pkcs8', format: 'pem' })), privateKey, x509 }
}
