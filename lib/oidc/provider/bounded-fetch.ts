/** How much a provider may take of us. */
export interface Bounds {
  /** Until the last byte, in milliseconds. */
  readonly timeout: number
  /** Decoded bytes of the body. */
  readonly maxBytes: number
}

export const TOKEN_BOUNDS: Bounds = Object.freeze({ timeout: 10_000, maxBytes: 1_048_576 })
export const BOUNDS: Bounds = Object.freeze({ timeout: 5_000, maxBytes: 1_048_576 })

/** What oauth4webapi and jose hand to a fetch of ours. The signal that jose adds says no more than our own bound. */
export type FetchOptions = Pick<RequestInit, 'method' | 'headers' | 'body'>
export type BoundedFetch = (url: string, options: object) => Promise<Response>

export function tooLong (url: string, maxBytes: number): RangeError {
  return new RangeError(`The answer of ${url} is longer than ${maxBytes} bytes`)
}

/** The body, counted while it streams: a small answer can unpack to a huge one. */
async function readBody (response: Response, maxBytes: number): Promise<Uint8Array> {
  const parts: Uint8Array[] = []
  let bytes = 0
  for await (const part of response.body ?? []) {
    bytes += part.byteLength
    if (bytes > maxBytes) throw tooLong(response.url, maxBytes)
    parts.push(part)
  }
  return Buffer.concat(parts)
}

/** Rejects when the signal does, also for a transport that does not listen to it. */
function untilAborted (signal: AbortSignal): Promise<never> {
  return new Promise((_resolve, reject) => {
    signal.addEventListener('abort', () => { reject(signal.reason) }, { once: true })
  })
}

export function timeoutError (timeout: number): DOMException {
  return new DOMException(`No whole answer within ${timeout} milliseconds`, 'TimeoutError')
}

/** Statuses that must not have a body (Fetch Standard, section 2.2.3). */
const bodiless: ReadonlySet<number> = new Set([101, 103, 204, 205, 304])

export function isBodiless (status: number): boolean {
  return bodiless.has(status)
}

/**
 * A fetch whose every answer is bounded in time and in decoded size, and which follows no redirect.
 *
 * @throws whatever the transport throws, and a RangeError for an answer that is too large
 */
export function createBoundedFetch (fetch: typeof globalThis.fetch, { timeout, maxBytes }: Bounds): BoundedFetch {
  async function fetchWhole (url: string, init: RequestInit): Promise<Response> {
    const response = await fetch(url, init)
    const bytes = await readBody(response, maxBytes)
    const { status, statusText } = response
    const headers = new Headers(response.headers)
    headers.delete('content-encoding')
    headers.delete('content-length')
    return new Response(isBodiless(status) ? null : bytes, { status, statusText, headers })
  }

  return async function boundedFetch (url, options) {
    const { method = 'GET', headers, body } = options as FetchOptions
    // Node 20 collects an AbortSignal.timeout() that only AbortSignal.any() refers to, and then it never fires.
    const limit = new AbortController()
    const timer = setTimeout(() => { limit.abort(timeoutError(timeout)) }, timeout).unref()
    const init: RequestInit = { method, redirect: 'manual', signal: limit.signal }
    if (headers !== undefined) init.headers = headers
    if (body !== undefined) init.body = body
    try {
      return await Promise.race([fetchWhole(url, init), untilAborted(limit.signal)])
    } finally {
      clearTimeout(timer)
    }
  }
}
