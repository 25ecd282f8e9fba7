import type { FastifyRequest } from 'fastify'
import type { PublicUrl } from '../options/public-url.ts'

/** Methods that change nothing (RFC 9110, section 9.2.1). */
const safeMethods: ReadonlySet<string> = new Set(['GET', 'HEAD', 'OPTIONS', 'TRACE'])

export function isSafeMethod (method: string): boolean {
  return safeMethods.has(method)
}

/** Whether an Origin header names this application. Without `publicUrl` the host that the browser asked decides. */
function isOwnOrigin (origin: string, publicUrl: PublicUrl | undefined, host: string | undefined): boolean {
  if (publicUrl !== undefined) return origin === publicUrl.origin
  return host !== undefined && (origin === `http://${host}` || origin === `https://${host}`)
}

/**
 * Whether a state-changing request comes from this site. Sec-Fetch-Site decides where it is sent, else Origin; a
 * request with neither comes from no browser. `Origin: null` never passes by itself.
 */
export function isSameSite (
  { headers }: Pick<FastifyRequest, 'headers'>, publicUrl: PublicUrl | undefined, allowedOrigins: readonly string[]
): boolean {
  const { origin, host } = headers
  if (origin !== undefined && allowedOrigins.includes(origin)) return true
  const site = headers['sec-fetch-site']
  if (site !== undefined) return site === 'same-origin' || site === 'none'
  return origin === undefined || isOwnOrigin(origin, publicUrl, host)
}
