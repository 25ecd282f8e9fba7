import type { FastifyRequest } from 'fastify'
import type { PublicUrl } from '../options/public-url.ts'
import type { Settings } from '../options/settings.ts'
import { configOf, isCallback } from './route-config.ts'

/** Methods that change nothing (RFC 9110, section 9.2.1). */
const safeMethods: ReadonlySet<string> = new Set(['GET', 'HEAD', 'OPTIONS', 'TRACE'])

function isSafeMethod (method: string): boolean {
  return safeMethods.has(method)
}

/** Whether an Origin header names this application. Without `publicUrl` the host that the browser asked decides. */
function isOwnOrigin (origin: string, publicUrl: PublicUrl | undefined, host: unknown): boolean {
  if (publicUrl !== undefined) return origin === publicUrl.origin
  return host !== undefined && (origin === `http://${host}` || origin === `https://${host}`)
}

/**
 * Whether a state-changing request comes from this site. Sec-Fetch-Site decides where it is sent, else Origin; a
 * request with neither comes from no browser. `Origin: null` never passes by itself.
 */
function isSameSite (
  { headers }: Pick<FastifyRequest, 'headers'>, publicUrl: PublicUrl | undefined, allowedOrigins: readonly string[]
): boolean {
  const { origin, ':authority': authority, host = authority } = headers // HTTP/2 has no Host header.
  if (origin !== undefined && allowedOrigins.includes(origin)) return true
  const site = headers['sec-fetch-site']
  if (site !== undefined) return site === 'same-origin' || site === 'none'
  return origin === undefined || isOwnOrigin(origin, publicUrl, host)
}

/** Whether a request changes nothing. A WebSocket begins with a GET, but what is said on it can change anything. */
export function isHarmless (request: FastifyRequest): boolean {
  return isSafeMethod(request.method) && request.headers.upgrade === undefined
}

/** Whether a request may change something in somebody's name: it changes nothing, or it comes from this site. */
export function isProven (
  request: FastifyRequest, { publicUrl, allowedOrigins }: Pick<Settings, 'publicUrl' | 'allowedOrigins'>
): boolean {
  return isHarmless(request) || isCallback(configOf(request)) || isSameSite(request, publicUrl, allowedOrigins)
}
