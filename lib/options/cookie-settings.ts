import type { CookieOptions } from './auth-options.ts'
import { assertBoolean, assertKnownKeys, assertObject, assertOneOf, assertText, assertWholeNumber, refuse } from './check.ts'
import type { PublicUrl } from './public-url.ts'

/** Attributes of the session cookie, decided once. */
export interface CookieSettings {
  readonly name: string
  readonly domain: string | undefined
  readonly path: string
  readonly httpOnly: boolean
  readonly sameSite: 'lax' | 'strict' | 'none' | false
  readonly secure: boolean
  /** Bytes that all cookies of this plugin may take on one request. */
  readonly maxBytes: number
}

const KNOWN = ['name', 'domain', 'path', 'httpOnly', 'sameSite', 'secure', 'maxBytes']
const MAX_BYTES = 7500
const MOST_BYTES = 12_000
/** A longer name, domain or path would leave no room for the session in its own cookie. */
const LONGEST_TEXT = 256
const cookieName = /^[!#$%&'*+\-.^_`|~0-9A-Za-z]+$/
const cookieDomain = /^\.?[a-z0-9]([a-z0-9-]{0,61}[a-z0-9])?(\.[a-z0-9]([a-z0-9-]{0,61}[a-z0-9])?)*$/i
const cookiePath = /^\/[\u0021-\u003a\u003d-\u007e]*$/

function resolveSecure (secure: unknown, publicUrl: PublicUrl | undefined, isProduction: boolean): boolean {
  assertOneOf(secure, [true, false, 'auto'], 'session.cookie.secure')
  if (secure === 'auto') return publicUrl?.isSecure ?? true
  if (secure === false && isProduction) {
    refuse('session.cookie.secure', 'must not be false in production: anybody on the way could take the session.')
  }
  return secure === true
}

function defaultName (
  cookie: Omit<CookieSettings, 'name'>, publicUrl: PublicUrl | undefined, registration: string | undefined
): string {
  const login = registration === undefined ? 'login' : `login-${registration}`
  if (cookie.secure) return `${cookie.path === '/' && cookie.domain === undefined ? '__Host' : '__Secure'}-${login}`
  // Cookies do not know ports: two applications on one loopback host would overwrite each other.
  return publicUrl?.isLoopback === true ? `${login}-${publicUrl.port === '' ? '80' : publicUrl.port}` : login
}

function assertSpelling (value: unknown, spelling: RegExp, option: string, problem: string): void {
  assertText(value, option)
  if (!spelling.test(value)) refuse(option, problem)
  if (value.length > LONGEST_TEXT) refuse(option, `must not be longer than ${LONGEST_TEXT} characters.`)
}

/** Whether a host takes a cookie of this domain (RFC 6265bis, section 5.1.3). */
function isDomainOf (domain: string, hostname: string): boolean {
  const name = domain.replace(/^\./, '').toLowerCase()
  return hostname === name || hostname.endsWith(`.${name}`)
}

/** The rules of RFC 6265bis, section 4.1.3, with prefixes compared as browsers do, whatever the case. */
function assertPrefixRules ({ name, secure, path, domain }: CookieSettings): void {
  const prefix = name.toLowerCase()
  if (prefix.startsWith('__secure-') && !secure) {
    refuse('session.cookie.name', 'begins with __Secure-, so "session.cookie.secure" must be true.')
  }
  if (prefix.startsWith('__host-') && !(secure && path === '/' && domain === undefined)) {
    refuse('session.cookie.name', 'begins with __Host-, so the cookie must be Secure, have the path "/" and no domain.')
  }
}

/** @param registration name of the registration that the cookie belongs to */
export function resolveCookieSettings (
  value: unknown, publicUrl: PublicUrl | undefined, isProduction: boolean, registration?: string
): CookieSettings {
  assertObject(value, 'session.cookie')
  assertKnownKeys(value, KNOWN, 'session.cookie')
  const { name, domain, path = '/', httpOnly = true, sameSite = 'lax', secure = 'auto', maxBytes = MAX_BYTES } = value as CookieOptions
  if (name !== undefined) assertSpelling(name, cookieName, 'session.cookie.name', 'must be a token of RFC 6265: letters, digits, - and _.')
  if (domain !== undefined) assertSpelling(domain, cookieDomain, 'session.cookie.domain', 'must be a host name as example.com.')
  assertSpelling(path, cookiePath, 'session.cookie.path', 'must begin with / and have no blank, semicolon or letter beyond ASCII.')
  if (domain !== undefined && publicUrl !== undefined && !isDomainOf(domain, publicUrl.hostname)) {
    refuse('session.cookie.domain', `must be ${publicUrl.hostname}, the host of "publicUrl", or end it: browsers drop the cookie otherwise.`)
  }
  assertBoolean(httpOnly, 'session.cookie.httpOnly')
  assertOneOf(sameSite, ['lax', 'strict', 'none', false], 'session.cookie.sameSite')
  assertWholeNumber(maxBytes, 1000, MOST_BYTES, 'session.cookie.maxBytes')
  const isSecure = resolveSecure(secure, publicUrl, isProduction)
  const attributes = { domain, path, httpOnly, sameSite, secure: isSecure, maxBytes }
  const settings = { ...attributes, name: name ?? defaultName(attributes, publicUrl, registration) }
  if (settings.sameSite === 'none' && !settings.secure) {
    refuse('session.cookie.sameSite', 'is none, so the cookie must be Secure: browsers drop it otherwise.')
  }
  assertPrefixRules(settings)
  return Object.freeze(settings)
}
