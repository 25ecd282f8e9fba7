import { fastifyCookie, type SerializeOptions } from '@fastify/cookie'
import { SessionTooLarge } from '../errors.ts'
import type { Settings } from '../options/settings.ts'
import { chunkName, MOST_CHUNKS, splitChunks } from './chunks.ts'

/** One `Set-Cookie` header: the name tells which earlier one it replaces. */
export interface SetCookie {
  readonly name: string
  readonly line: string
}

/** Names and attributes of our cookies, decided once. */
export interface Cookies {
  readonly sessionName: string
  readonly bindingName: string
  /** The cookies of a header. One that comes twice is left out: it cannot be told which is ours. */
  read (header: string): Readonly<Record<string, string | undefined>>
  /** Whether a header may carry the session cookie. Cheap, and never false for one that does. */
  mayHaveSession (header: string): boolean
  writeSession (text: string, maxAge: number | undefined, header: string | undefined): readonly SetCookie[]
  clearSession (header: string | undefined): readonly SetCookie[]
  writeBinding (text: string): SetCookie
  clearBinding (header: string | undefined): readonly SetCookie[]
}

/** Safari drops a cookie whose whole `Set-Cookie` header is longer than about 4093 bytes. */
const MOST_LINE_BYTES = 4050
const BINDING_MAX_AGE = 600
/** What the binding cookie takes beside the session: its name, a sealed secret and separators. */
const BINDING_BYTES = 220
const prefixes = /^__(host|secure)-/i

const verbatim = (value: string): string => value

/** Blanks around a name, as the parser knows them: with more of them a foreign cookie could pass for a second one. */
const blanks = /^[ \t]+|[ \t]+$/g

/** The names that a header gives more than once. */
function repeatedNames (header: string): readonly string[] {
  const names = header.split(';').map(pair => pair.slice(0, Math.max(0, pair.indexOf('='))).replace(blanks, ''))
  return names.filter((name, index) => names.indexOf(name) !== index)
}

export function createCookies ({ cookie, oidc }: Pick<Settings, 'cookie' | 'oidc'>): Cookies {
  const sessionName = cookie.name
  const sessionAttributes: SerializeOptions = Object.freeze({
    ...(cookie.domain === undefined ? {} : { domain: cookie.domain }),
    path: cookie.path,
    httpOnly: cookie.httpOnly,
    secure: cookie.secure,
    sameSite: cookie.sameSite
  })
  // The form_post answer is a POST from another site, with which only SameSite=None travels, and that must be Secure.
  const isCrossSite = oidc?.responseMode === 'form_post'
  const isBindingSecure = cookie.secure || isCrossSite
  const bindingName = `${isBindingSecure ? '__Host-' : ''}${sessionName.replace(prefixes, '')}-binding`
  const bindingAttributes: SerializeOptions = Object.freeze({
    path: '/', httpOnly: true, secure: isBindingSecure, sameSite: isCrossSite ? 'none' : 'lax'
  })
  const overhead = fastifyCookie.serialize(chunkName(sessionName, MOST_CHUNKS), '', { ...sessionAttributes, maxAge: 99_999_999 }).length
  const chunkSize = MOST_LINE_BYTES - overhead

  function read (header: string): Readonly<Record<string, string | undefined>> {
    const cookies: Record<string, string | undefined> = fastifyCookie.parse(header, { decode: verbatim })
    for (const name of repeatedNames(header)) delete cookies[name]
    return cookies
  }

  /** The chunks from this index on that the browser still has. */
  function clearFrom (index: number, header: string | undefined): readonly SetCookie[] {
    if (header === undefined) return []
    return Array.from({ length: MOST_CHUNKS - index }, (_, offset) => chunkName(sessionName, index + offset))
      .filter(name => header.includes(`${name}=`))
      .map(name => ({ name, line: fastifyCookie.serialize(name, '', { ...sessionAttributes, maxAge: 0, expires: new Date(0) }) }))
  }

  /** What these chunks and the binding cookie take in a Cookie header. */
  function bytesOf (values: readonly string[]): number {
    const pairs = values.map((value, index) => `${chunkName(sessionName, index)}=${value}; `)
    return pairs.join('').length + BINDING_BYTES
  }

  function writeSession (text: string, maxAge: number | undefined, header: string | undefined): readonly SetCookie[] {
    const values = splitChunks(text, chunkSize)
    if (values === undefined || bytesOf(values) > cookie.maxBytes) throw new SessionTooLarge()
    const attributes = maxAge === undefined ? sessionAttributes : { ...sessionAttributes, maxAge }
    const written = values.map((value, index) => {
      const name = chunkName(sessionName, index)
      return { name, line: fastifyCookie.serialize(name, value, attributes) }
    })
    return [...written, ...clearFrom(values.length, header)]
  }

  return Object.freeze({
    sessionName,
    bindingName,
    read,
    mayHaveSession: (header: string) => header.includes(`${sessionName}=`),
    writeSession,
    clearSession: (header: string | undefined) => clearFrom(0, header),
    writeBinding: (text: string) => ({
      name: bindingName,
      line: fastifyCookie.serialize(bindingName, text, { ...bindingAttributes, maxAge: BINDING_MAX_AGE })
    }),
    clearBinding: (header: string | undefined) => header?.includes(`${bindingName}=`) === true
      ? [{ name: bindingName, line: fastifyCookie.serialize(bindingName, '', { ...bindingAttributes, maxAge: 0, expires: new Date(0) }) }]
      : []
  })
}
