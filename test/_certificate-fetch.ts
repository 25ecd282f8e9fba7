import type { IncomingMessage } from 'node:http'
import { request as send, type RequestOptions } from 'node:https'
import { buffer } from 'node:stream/consumers'

/** A fetch that shows a certificate, as the guide about client authentication has it. */
export function fetchWith (options: Pick<RequestOptions, 'cert' | 'key' | 'ca'>): typeof globalThis.fetch {
  return async function fetchWithCertificate (input, init) {
    const { url, method, headers, signal, body } = new Request(input, init)
    const sent = body === null ? undefined : await buffer(body)
    const answer = await new Promise<IncomingMessage>((resolve, reject) => {
      send(url, { ...options, method, signal, headers: Object.fromEntries(headers) }, resolve).on('error', reject).end(sent)
    })
    const { statusCode: status = 502, headers: { 'content-type': type = '' } } = answer
    const bytes = await buffer(answer)
    return new Response(bytes.length > 0 ? bytes : null, { status, headers: { 'content-type': type } })
  }
}
