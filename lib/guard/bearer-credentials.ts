import type { FastifyRequest } from 'fastify'
import { isAmbiguous } from './authorization-header.ts'

/** An access token as a request shows it: the text after `Bearer` (RFC 6750, 2.1) or `DPoP` (RFC 9449, 7.1). */
export interface ShownCredentials {
  readonly scheme: 'bearer' | 'dpop'
  /** Undefined for a header that is malformed, or one of several. */
  readonly text: string | undefined
}

type Headers = Pick<FastifyRequest, 'raw'>

/** Node takes headers of 16 kB in all; what is longer comes from no server. */
const MOST_CHARACTERS = 16_384
/** How nearly everybody writes it. */
const USUAL = 'Bearer '
const scheme = /^[ \t]*(bearer|dpop)(?![!#$%&'*+.^_`|~\w-])/i
/** RFC 6750, section 2.1. */
const credentials = /^[a-z]+ +([A-Za-z0-9\-._~+/]+=*)$/i

function isPlain (request: Headers, header: string): boolean {
  return header.length <= MOST_CHARACTERS && !isAmbiguous(request)
}

/** The scheme by which a request shows an access token, well-formed or not. */
export function tokenScheme ({ raw }: Headers): ShownCredentials['scheme'] | undefined {
  const header = raw.headers.authorization
  if (header === undefined) return undefined
  if (header.startsWith(USUAL)) return 'bearer'
  const [, name] = scheme.exec(header) ?? []
  return name?.toLowerCase() as ShownCredentials['scheme'] | undefined
}

/**
 * What stands where nearly everybody writes an access token; undefined where a request shows none, or in another way.
 * Whether it is spelt like one, nobody has looked, which takes time: it is to be compared with tokens that were seen
 * before.
 */
export function usualText (request: Headers): string | undefined {
  const { authorization: header } = request.raw.headers
  return header?.startsWith(USUAL) === true && isPlain(request, header) ? header.slice(USUAL.length) : undefined
}

/**
 * The access token that a request shows; undefined where its `Authorization` header has another scheme. Of two headers
 * none counts.
 */
export function shownCredentials (request: Headers): ShownCredentials | undefined {
  const scheme = tokenScheme(request)
  if (scheme === undefined) return undefined
  const header = String(request.raw.headers.authorization)
  return { scheme, text: isPlain(request, header) ? credentials.exec(header)?.[1] : undefined }
}

/**
 * Whether a token is in the query (RFC 6750, section 2.3), where logs and other sites see it. It is never read.
 */
export function hasTokenInQuery ({ raw: { url = '' } }: Headers): boolean {
  const query = url.indexOf('?')
  return query !== -1 && url.includes('access_token') && new URLSearchParams(url.slice(query)).has('access_token')
}
