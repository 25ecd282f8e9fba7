import type { IncomingMessage } from 'node:http'
import { promisify } from 'node:util'
import { brotliDecompress, gunzip, inflate, inflateRaw } from 'node:zlib'
import { isBodiless } from './bounded-fetch.ts'

/** An answer of which everything is here. */
export interface WholeAnswer {
  readonly message: IncomingMessage
  /** As it came, packed where it says so. */
  readonly body: Buffer
}

type Unpack = (body: Buffer, bounds: { readonly maxOutputLength: number }) => Promise<Buffer>

const [inflateWhole, inflateBare] = [promisify(inflate), promisify(inflateRaw)]
/** What "deflate" names is inside of a zlib stream, and some send it bare (RFC 9110, section 8.4.1.2). */
const unpackDeflate: Unpack = async (body, bounds) =>
  await (Number(body[0]) % 16 === 8 ? inflateWhole : inflateBare)(body, bounds)
/** RFC 9110, section 8.4.1. */
const UNPACK: ReadonlyMap<string, Unpack> = new Map<string, Unpack>([
  ['gzip', promisify(gunzip)], ['x-gzip', promisify(gunzip)], ['deflate', unpackDeflate], ['br', promisify(brotliDecompress)]
])
/** So many times may an answer be packed. */
const MOST_CODINGS = 5

/** How a body is packed, from the inside out. */
function codingsOf ({ headers: { 'content-encoding': codings = '' } }: IncomingMessage): readonly string[] {
  return codings.toLowerCase().split(',').map(coding => coding.trim()).filter(coding => coding !== '' && coding !== 'identity')
}

/**
 * The body as it is meant. Nobody was asked to pack it, and some do; others say of one that is not packed that it is,
 * in a way that nobody knows.
 *
 * @throws TypeError where it is packed too often, RangeError where it is too long, and what zlib throws
 */
async function unpack ({ message, body }: WholeAnswer, maxBytes: number): Promise<Buffer> {
  const codings = codingsOf(message)
  if (codings.length > MOST_CODINGS) throw new TypeError('The answer is packed too often')
  const steps: Unpack[] = []
  for (const coding of codings) {
    const step = UNPACK.get(coding)
    if (step === undefined || body.length === 0) return body
    steps.unshift(step)
  }
  let unpacked = body
  for (const step of steps) unpacked = await step(unpacked, { maxOutputLength: maxBytes })
  return unpacked
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
  // A Response names a type for a text, where the provider named none.
  if (!headers.has('content-type')) response.headers.delete('content-type')
  return response
}
