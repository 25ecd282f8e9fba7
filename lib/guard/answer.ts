import type { FastifyReply } from 'fastify'
import type { SetCookie } from '../session/cookies.ts'
import { mergeSetCookies, type SetCookieHeader } from '../session/set-cookie.ts'

/** The headers of an answer that has not left. */
export interface AnswerHeaders {
  get (name: string): SetCookieHeader
  set (name: string, value: string | string[]): void
}

/** Those of a reply of Fastify. */
export class ReplyHeaders implements AnswerHeaders {
  readonly #reply: FastifyReply

  constructor (reply: FastifyReply) {
    this.#reply = reply
  }

  get (name: string): SetCookieHeader {
    return this.#reply.getHeader(name)
  }

  set (name: string, value: string | string[]): void {
    if (name === 'set-cookie') this.#reply.removeHeader(name) // Fastify adds to it instead of replacing it.
    this.#reply.header(name, value)
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

const namesIn = (vary: string): readonly string[] => vary.split(',').map(name => name.trim())

function varyWith (vary: SetCookieHeader, needed: string): string {
  if (vary === undefined) return needed
  const names = namesIn(String(vary))
  if (names.includes('*')) return names.join(', ')
  const written = names.map(name => name.toLowerCase())
  return [...names, ...namesIn(needed).filter(name => !written.includes(name.toLowerCase()))].join(', ')
}

/**
 * Writes our cookies and keeps the answer out of shared caches. A route that sets `Cache-Control` itself has its way,
 * except for an answer that carries a session: nobody wants that in a shared cache. Writing twice changes nothing.
 *
 * @param evidence the headers that say who asks, as `Vary` names them
 */
export function writeAnswer (
  headers: AnswerHeaders, cookies: readonly SetCookie[], evidence = 'Cookie'
): void {
  const cacheControl = headers.get('cache-control')
  const isShared = cookies.length > 0 && !/\b(private|no-store)\b/i.test(String(cacheControl))
  if (cacheControl === undefined || isShared) headers.set('cache-control', 'private, no-store')
  headers.set('vary', varyWith(headers.get('vary'), evidence))
  if (cookies.length > 0) headers.set('set-cookie', mergeSetCookies(headers.get('set-cookie'), cookies))
}
