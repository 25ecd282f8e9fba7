import type { FastifyReply } from 'fastify'
import type { SetCookie } from '../session/cookies.ts'
import { mergeSetCookies, type SetCookieHeader } from '../session/set-cookie.ts'

/** The headers of an answer that has not left. */
export interface AnswerHeaders {
  get (name: string): SetCookieHeader
  set (name: string, value: string | string[]): void
}

export function replyHeaders (reply: FastifyReply): AnswerHeaders {
  return {
    get: name => reply.getHeader(name),
    set (name, value) {
      reply.removeHeader(name) // Fastify adds to set-cookie instead of replacing it.
      reply.header(name, value)
    }
  }
}

/** A reply of any Fastify instance, whatever its server is. */
export interface RawReply {
  readonly raw: {
    getHeader (name: string): SetCookieHeader
    setHeader (name: string, value: string | string[]): unknown
  }
}

/** The headers of a reply that Fastify will not write: one that is about to be hijacked. */
export function rawHeaders ({ raw }: RawReply): AnswerHeaders {
  return { get: name => raw.getHeader(name), set (name, value) { raw.setHeader(name, value) } }
}

function varyWithCookie (vary: SetCookieHeader): string {
  const names = vary === undefined ? [] : String(vary).split(',').map(name => name.trim())
  if (names.includes('*') || names.some(name => name.toLowerCase() === 'cookie')) return names.join(', ')
  return [...names, 'Cookie'].join(', ')
}

/**
 * Writes our cookies and keeps the answer out of shared caches. A route that sets `Cache-Control` itself has its way,
 * except for an answer that carries a session: nobody wants that in a shared cache. Writing twice changes nothing.
 */
export function writeAnswer (headers: AnswerHeaders, cookies: readonly SetCookie[]): void {
  const cacheControl = headers.get('cache-control')
  const isShared = cookies.length > 0 && !/\b(private|no-store)\b/i.test(String(cacheControl))
  if (cacheControl === undefined || isShared) headers.set('cache-control', 'private, no-store')
  headers.set('vary', varyWithCookie(headers.get('vary')))
  if (cookies.length > 0) headers.set('set-cookie', mergeSetCookies(headers.get('set-cookie'), cookies))
}
