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

function varyWith (vary: SetCookieHeader, needed: readonly string[]): string {
  const names = vary === undefined ? [] : String(vary).split(',').map(name => name.trim())
  if (names.includes('*')) return names.join(', ')
  const written = names.map(name => name.toLowerCase())
  return [...names, ...needed.filter(name => !written.includes(name.toLowerCase()))].join(', ')
}

/**
 * Writes our cookies and keeps the answer out of shared caches. A route that sets `Cache-Control` itself has its way,
 * except for an answer that carries a session: nobody wants that in a shared cache. Writing twice changes nothing.
 *
 * @param evidence the headers that say who asks
 */
export function writeAnswer (
  headers: AnswerHeaders, cookies: readonly SetCookie[], evidence: readonly string[] = ['Cookie']
): void {
  const cacheControl = headers.get('cache-control')
  const isShared = cookies.length > 0 && !/\b(private|no-store)\b/i.test(String(cacheControl))
  if (cacheControl === undefined || isShared) headers.set('cache-control', 'private, no-store')
  headers.set('vary', varyWith(headers.get('vary'), evidence))
  if (cookies.length > 0) headers.set('set-cookie', mergeSetCookies(headers.get('set-cookie'), cookies))
}
