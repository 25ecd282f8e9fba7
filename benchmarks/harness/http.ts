import type { SignedInHeaders } from '../subjects/subject.ts'

/** The bytes of a GET request, made once and sent as they are. */
export function requestOf (path: string, headers: SignedInHeaders): Buffer {
  const lines = Object.entries(headers).map(([name, value]) => `${name}: ${value}\r\n`)
  return Buffer.from(`GET ${path} HTTP/1.1\r\nhost: 127.0.0.1\r\n${lines.join('')}\r\n`, 'latin1')
}

/** A whole answer. */
export interface Answer {
  readonly status: number
  readonly bodyLength: number
  /** Bytes of head and body. */
  readonly length: number
  readonly bytes: Buffer
}

const END_OF_HEAD = '\r\n\r\n'
const CONTENT_LENGTH = /\r\ncontent-length: *(\d+)/i
const SET_COOKIE = /\r\nset-cookie: *([^;\r]+)/gi

/**
 * Reads the only answer that is on its way.
 *
 * @returns undefined where more of it has to come
 * @throws Error where it does not say its length, or is longer than it says
 */
export function readAnswer (bytes: Buffer): Answer | undefined {
  const end = bytes.indexOf(END_OF_HEAD)
  if (end === -1) return undefined
  const head = bytes.toString('latin1', 0, end)
  const bodyLength = Number(CONTENT_LENGTH.exec(head)?.[1])
  const length = end + END_OF_HEAD.length + bodyLength
  if (bytes.length < length) return undefined
  if (bytes.length !== length) throw new Error(`an answer does not say how long it is: ${bytes.toString()}`)
  return { status: Number(head.slice('HTTP/1.1 '.length, 'HTTP/1.1 200'.length)), bodyLength, length, bytes }
}

/** The cookies that an answer sets, as the next request carries them; undefined where it sets none. */
export function cookieOf ({ bytes, length, bodyLength }: Answer): string | undefined {
  const head = bytes.toString('latin1', 0, length - bodyLength)
  const cookies = [...head.matchAll(SET_COOKIE)].map(([, pair]) => pair)
  return cookies.length === 0 ? undefined : cookies.join('; ')
}
