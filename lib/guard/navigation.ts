import type { FastifyRequest } from 'fastify'

type Header = string | string[] | undefined

function isPrefetch (purpose: Header): boolean {
  // Chrome sends "prefetch;prerender": a word, not the whole value.
  return String(purpose ?? '').toLowerCase().split(/[;,\s]+/).includes('prefetch')
}

/**
 * Whether the request says of itself that no person is waiting to see a page: a prefetch, a fetch or an image
 * (Fetch Metadata Request Headers, sections 2.1 and 2.2).
 */
export function isNoNavigation ({ headers }: Pick<FastifyRequest, 'headers'>): boolean {
  const mode = headers['sec-fetch-mode']
  if (mode !== undefined && mode !== 'navigate') return true
  const destination = headers['sec-fetch-dest']
  if (destination !== undefined && destination !== 'document') return true
  if (isPrefetch(headers['sec-purpose']) || isPrefetch(headers.purpose)) return true
  return mode === undefined && String(headers['x-requested-with'] ?? '').toLowerCase() === 'xmlhttprequest'
}

/**
 * Whether a person is waiting to see a page. In order of evidence: Sec-Fetch-Mode and Sec-Fetch-Dest, X-Requested-With,
 * Accept.
 */
export function isNavigation (request: Pick<FastifyRequest, 'method' | 'headers'>): boolean {
  if (request.method !== 'GET' && request.method !== 'HEAD') return false
  if (isNoNavigation(request)) return false
  if (request.headers['sec-fetch-mode'] === 'navigate') return true
  return /\b(text\/html|application\/xhtml\+xml)\b/.test(request.headers.accept ?? '')
}

/**
 * Whether a request only asks a CORS question (Fetch Standard, section 3.3.2), which never carries credentials. The
 * route must be there for such questions alone: on one for several methods a stranger would reach its handler.
 */
export function isPreflight (request: FastifyRequest): boolean {
  if (request.method !== 'OPTIONS' || request.headers['access-control-request-method'] === undefined) return false
  return String(request.routeOptions.method) === 'OPTIONS'
}

/** `@fastify/websocket` marks the requests that it has taken over. */
export function isWebSocket (request: FastifyRequest): boolean {
  return (request as { ws?: unknown }).ws === true
}
