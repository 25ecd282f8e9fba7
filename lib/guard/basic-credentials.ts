import type { FastifyRequest } from 'fastify'
import { assertOneHeader } from './authorization-header.ts'

/**
 * What a caller says of itself (RFC 7617, section 2), in Unicode Normalization Form C, as the profiles that it names
 * have it (RFC 8265, sections 3.4 and 4.2).
 */
export interface BasicCredentials {
  readonly name: string
  readonly password: string
}

type Headers = Pick<FastifyRequest, 'raw'>

const MOST_CHARACTERS = 8192
const scheme = /^[ \t]*basic(?![!#$%&'*+.^_`|~\w-])/i
const credentials = /^[ \t]*basic +([A-Za-z0-9+/]+={0,2}) *$/i
const controls = /\p{Cc}/u

/**
 * Whether a request has an Authorization header of the scheme Basic, well-formed or not.
 *
 * @throws CredentialsAmbiguous where it has more than one such header
 */
export function hasBasicCredentials ({ raw }: Headers): boolean {
  assertOneHeader({ raw })
  return scheme.test(raw.headers.authorization ?? '')
}

/** Bytes as text; undefined where they are not UTF-8. A byte order mark is part of the text. */
function decodeUtf8 (bytes: Uint8Array): string | undefined {
  try {
    return new TextDecoder('utf-8', { fatal: true, ignoreBOM: true }).decode(bytes)
  } catch {
    return undefined
  }
}

/** The credentials of a request; undefined for a header that is malformed. */
export function parseBasicCredentials ({ raw }: Headers): BasicCredentials | undefined {
  const header = String(raw.headers.authorization)
  if (header.length > MOST_CHARACTERS) return undefined
  const encoded = credentials.exec(header)?.[1] ?? ''
  const bytes = Buffer.from(encoded, 'base64')
  if (bytes.toString('base64') !== encoded) return undefined
  const text = decodeUtf8(bytes)
  const colon = text?.indexOf(':') ?? -1
  if (text === undefined || colon < 1 || colon === text.length - 1 || controls.test(text)) return undefined
  return { name: text.slice(0, colon).normalize('NFC'), password: text.slice(colon + 1).normalize('NFC') }
}
