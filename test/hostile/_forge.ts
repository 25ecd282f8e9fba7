import { KeyObject, sign, type webcrypto } from 'node:crypto'
import type { SigningKey } from '../oidc/_scripted-provider.ts'

/** A part of a token: a text as it is, anything else as JSON. */
export function encode (part: unknown): string {
  return Buffer.from(typeof part === 'string' ? part : JSON.stringify(part)).toString('base64url')
}

export function privateKeyOf ({ privateKey }: SigningKey): KeyObject {
  return KeyObject.from(privateKey as webcrypto.CryptoKey)
}

/** A signature with RS256, which no library stops. */
export function rs256 (key: KeyObject, input: string): string {
  return sign('sha256', Buffer.from(input), key).toString('base64url')
}

/** A token of any header and payload whose RS256 signature is right. */
export function forge (key: KeyObject, header: unknown, payload: unknown): string {
  const input = `${encode(header)}.${encode(payload)}`
  return `${input}.${rs256(key, input)}`
}
