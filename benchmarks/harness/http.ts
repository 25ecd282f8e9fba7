import type { SignedInHeaders } from '../subjects/subject.ts'

/** The bytes of a GET request, made once and sent as they are. */
export function requestOf (path: string, headers: SignedInHeaders): Buffer {
  const lines = Object.entries(headers).map(([name, value]) => `${name}: ${value}\r\n`)
  return Buffer.from(`GET ${path} HTTP/1.1\r\nhost: 127.0.0.1\r\n${lines.join('')}\r\n`, 'latin1')
}

/** What is looked at of each answer. */
export interface AnswerHead {
  readonly status: number
  /** Bytes of the body. */
  readonly bodyLength: number
  /** Bytes of the whole answer. */
  readonly length: number
}

const END_OF_HEAD = '\r\n\r\n'

/**
 * Reads the head of an answer.
 *
 * @returns undefined where more has to come
 * @throws Error where the answer does not say its length
 */
export function readHead (bytes: Buffer): AnswerHead | undefined {
  const end = bytes.indexOf(END_OF_HEAD)
  if (end === -1) return undefined
  const head = bytes.toString('latin1', 0, end).toLowerCase()
  const length = /\r\ncontent-length: *(\d+)/.exec(head)
  if (length === null) throw new Error(`an answer does not say its length: ${head}`)
  const bodyLength = Number(length[1])
  return { status: Number(head.slice(9, 12)), bodyLength, length: end + END_OF_HEAD.length + bodyLength }
}
