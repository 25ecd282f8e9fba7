import { fastifyCookie, type SerializeOptions } from '@fastify/cookie'
import { SessionTooLarge } from '../errors.ts'
import type { Settings } from '../options/settings.ts'
import { chunkName, joinChunks, MOST_CHUNKS, splitChunks } from './chunks.ts'
import { createSilentMarks, type SilentMarks } from './silent-mark.ts'

/** One `Set-Cookie` header: the name tells which earlier one it replaces. */
export interface SetCookie {
  readonly name: string
  readonly line: string
}

export const NO_COOKIES: readonly SetCookie[] = Object.freeze([])

/** Names and attributes of our cookies, decided once. */
export interface Cookies {
  readonly sessionName: string
  readonly bindingName: string
  /** The cookies of a header. One that comes twice is left out: it cannot be told which is ours. */
  read (header: string): Readonly<Record<string, string | undefined>>
  /** Whether a header may carry the session cookie. Cheap, and never false for one that does. */
  mayHaveSession (header: string): boolean
  /** The sealed text of the session in a header; undefined where there is none, or not all of it. */
  session (header: string): string | undefined
  writeSession (text: string, maxAge: number | undefined, header: string | undefined): readonly SetCookie[]
  clearSession (header: string | undefined): readonly SetCookie[]
  /** Value of the binding cookie in a header. */
  binding (header: string | undefined): string | undefined
  writeBinding (text: string): SetCookie
  clearBinding (header: string | undefined): readonly SetCookie[]
  readonly silentMarks: SilentMarks
}

/** Safari drops a cookie whose whole `Set-Cookie` header is longer than about 4093 bytes. */
const MOST_LINE_BYTES = 4050
const BINDING_MAX_AGE = 600
/** What the binding cookie takes beside its name: a sealed secret and separators. */
const BINDING_BYTES = 220
const prefixes = /^__(host|secure)-/i

const verbatim = (value: string): string => value

const isBlank = (character: string | undefined): boolean => character === ' ' || character === '\t'
/** Characters that the parser never takes away from the ends of a value. */
const isPlain = (character: string | undefined): boolean =>
  character !== undefined && character > ' ' && character <= '~' && character !== '"'

/**
 * Name of a cookie, without the blanks around it that the parser takes away, and no others: with more of them a foreign
 * cookie could pass for a second one of ours.
 */
function nameOf (pair: string): string {
  let start = 0
  let end = Math.max(0, pair.indexOf('='))
  while (start < end && isBlank(pair[start])) start++
  while (start < end && isBlank(pair[end - 1])) end--
  return pair.slice(start, end)
}

/** The names that a header gives more than once. A header may be full of names, so each is looked at once. */
function repeatedNames (header: string): Iterable<string> {
  const seen = new Set<string>()
  const repeated = new Set<string>()
  for (const name of header.split(';').map(nameOf)) {
    if (seen.has(name)) repeated.add(name)
    else seen.add(name)
  }
  return repeated
}

const isNameCharacter = (character: string | undefined): boolean => character !== undefined && /[\w.-]/.test(character)

/**
 * Whether no other pair of a header can have this name: wherever it stands again it is only part of a longer one.
 *
 * @param start where the pair begins
 * @param end where it ends
 */
function isAlone (header: string, name: string, start: number, end: number): boolean {
  const from = start === 0 ? end : 0
  for (let at = header.indexOf(name, from); at !== -1; at = header.indexOf(name, at + name.length)) {
    const isInside = at >= start && at < end
    if (!isInside && !isNameCharacter(header[at + name.length])) return false
  }
  return true
}

/**
 * The text of a session that is in one cookie, found without parsing the rest of the header; undefined where only the
 * parser can tell what it is.
 *
 * @param start where the name of the cookie and an equals sign are for the first time
 */
function onlyChunk (header: string, name: string, start: number): string | undefined {
  if (start !== 0 && !(header[start - 1] === ' ' && header[start - 2] === ';')) return undefined
  const begin = start + name.length + 1
  const semicolon = header.indexOf(';', begin)
  const end = semicolon === -1 ? header.length : semicolon
  if (header[begin] !== '1' || !isPlain(header[end - 1]) || !isAlone(header, name, start, end)) return undefined
  return header.slice(begin + 1, end)
}

type CookieParts = Pick<Settings, 'cookie' | 'hasFormPost'>

function isBindingSecure ({ cookie, hasFormPost }: CookieParts): boolean {
  // The form_post answer is a POST from another site, with which only SameSite=None travels, and that must be Secure.
  return cookie.secure || hasFormPost
}

function nameBeside (parts: CookieParts, purpose: 'binding' | 'silent'): string {
  return `${isBindingSecure(parts) ? '__Host-' : ''}${parts.cookie.name.replace(prefixes, '')}-${purpose}`
}

/** The names of all cookies that a registration of the plugin may write. */
export function cookieNames (parts: CookieParts): readonly string[] {
  const chunks = Array.from({ length: MOST_CHUNKS }, (_, index) => chunkName(parts.cookie.name, index))
  return [...chunks, nameBeside(parts, 'binding'), nameBeside(parts, 'silent')]
}

export function createCookies (parts: CookieParts): Cookies {
  const { cookie } = parts
  const sessionName = cookie.name
  const sessionBegin = `${sessionName}=`
  const sessionAttributes: SerializeOptions = Object.freeze({
    ...(cookie.domain === undefined ? {} : { domain: cookie.domain }),
    path: cookie.path,
    httpOnly: cookie.httpOnly,
    secure: cookie.secure,
    sameSite: cookie.sameSite
  })
  const bindingName = nameBeside(parts, 'binding')
  const bindingAttributes: SerializeOptions = Object.freeze({
    path: '/',
    httpOnly: true,
    secure: isBindingSecure(parts),
    sameSite: parts.hasFormPost ? 'none' : 'lax'
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
    return pairs.join('').length + bindingName.length + BINDING_BYTES
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
    mayHaveSession: (header: string) => header.includes(sessionBegin),
    session (header: string) {
      const start = header.indexOf(sessionBegin)
      if (start === -1) return undefined
      return onlyChunk(header, sessionName, start) ?? joinChunks(sessionName, read(header))
    },
    writeSession,
    clearSession: (header: string | undefined) => clearFrom(0, header),
    binding: (header: string | undefined) => header === undefined ? undefined : read(header)[bindingName],
    writeBinding: (text: string) => ({
      name: bindingName,
      line: fastifyCookie.serialize(bindingName, text, { ...bindingAttributes, maxAge: BINDING_MAX_AGE })
    }),
    clearBinding: (header: string | undefined) => header?.includes(`${bindingName}=`) === true
      ? [{ name: bindingName, line: fastifyCookie.serialize(bindingName, '', { ...bindingAttributes, maxAge: 0, expires: new Date(0) }) }]
      : [],
    silentMarks: createSilentMarks(nameBeside(parts, 'silent'), isBindingSecure(parts), read)
  })
}
