import type { FastifyRequest } from 'fastify'
import type { Settings } from '../options/settings.ts'

type Seen = Pick<FastifyRequest, 'headers' | 'protocol' | 'log'>

/** Whether a browser spoke plain http to us, as far as the request can tell. */
function cameInClear ({ headers, protocol }: Seen, settings: Pick<Settings, 'publicUrl'>): boolean {
  const { origin } = headers
  if (origin?.startsWith('http://') === true) return true
  if (origin?.startsWith('https://') === true || protocol === 'https') return false
  if (headers['x-forwarded-proto'] !== undefined || headers.forwarded !== undefined) return false
  return settings.publicUrl?.isSecure !== true
}

/**
 * Makes the report of a set-up that swallows our cookies: they are Secure, but the browser came by http and drops them
 * without a word. It is logged once.
 */
export function createSecureCookieReport (settings: Pick<Settings, 'publicUrl' | 'cookie'>): (request: Seen) => void {
  let isReported = false
  return function reportSwallowedCookie (request) {
    if (isReported || !settings.cookie.secure || !cameInClear(request, settings)) return
    isReported = true
    request.log.warn('fastify-login: the session cookie is Secure, but this request came over http://, where browsers drop such a cookie. ' +
      'In development write publicUrl: "http://localhost:PORT". Behind a proxy that ends TLS write publicUrl: "https://…".')
  }
}
