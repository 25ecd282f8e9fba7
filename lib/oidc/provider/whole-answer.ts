import type { IncomingMessage } from 'node:http'
import { promisify } from 'node:util'
import { brotliDecompress, gunzip, inflate } from 'node:zlib'
import { isBodiless } from './bounded-fetch.ts'

/** An answer of which everything is here. */
export interface WholeAnswer {
  readonly message: IncomingMessage
  /** As it came, packed where it says so. */
  readonly body: Buffer
}

type Unpack = (body: Buffer, bounds: { readonly maxOutputLength: number }) => Promise<Buffer>

/** RFC 9110, section 8.4.1. */
const UNPACK: ReadonlyMap<string, Unpack> = new Map<string, Unpack>([
  ['gzip', promisify(gunzip)], ['x-gzip', promisify(gunzip)], ['deflate', promisify(inflate)], ['br', promisify(brotliDecompress)]
])

/** How a body is packed, from the inside out. */
function codingsOf ({ headers: { 'content-encoding': codings = '' } }: IncomingMessage): readonly string[] {
  return codings.toLowerCase().split(',').map(coding => coding.trim()).filter(coding => coding !== '' && coding !== 'identity')
}

/**
 * The body as it is meant. Nobody was asked to pack it, and some do.
 *
 * @throws TypeError where nobody can say how it is packed, RangeError where it is too long, and what zlib throws
 */
async function unpack ({ message, body }: WholeAnswer, maxBytes: number): Promise<Buffer> {
  const [coding, ...more] = codingsOf(message)
  if (coding === undefined || body.length === 0) return body
  const open = UNPACK.get(coding)
  if (open === undefined || more.length > 0) throw new TypeError(`The answer is packed in an unknown way: ${coding}`)
  return await open(body, { maxOutputLength: maxBytes })
}

/** The headers, each as often as it came. What they say of the packed body is true no more. */
function headersOf ({ rawHeaders }: IncomingMessage): Headers {
  const headers = new Headers()
  for (let index = 0; index < rawHeaders.length; index += 2) {
    headers.append(String(rawHeaders[index]), String(rawHeaders[index + 1]))
  }
  headers.delete('content-encoding')
  headers.delete('content-length')
  return headers
}

/** @throws RangeError where it is too long when it is unpacked; whatever is wrong with it where it cannot be read */
export async function toResponse (answer: WholeAnswer, maxBytes: number): Promise<Response> {
  const { statusCode: status = 0, statusMessage: statusText = '' } = answer.message
  // A text, which a Response hands over without a stream. Nothing but JSON and tokens is read from a provider.
  const body = isBodiless(status) ? null : (await unpack(answer, maxBytes)).toString()
  const headers = headersOf(answer.message)
  const response = new Response(body, { status, statusText, headers })
  // It says by itself what a text is where nobody else does, and the provider has not said it.
  if (!headers.has('content-type')) response.headers.delete('content-type')
  return response
}
