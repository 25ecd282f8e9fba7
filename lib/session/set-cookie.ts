import type { SetCookie } from './cookies.ts'

/** What a reply's `set-cookie` header can be. */
export type SetCookieHeader = string | number | readonly string[] | undefined

function linesOf (header: SetCookieHeader): readonly string[] {
  if (header === undefined) return []
  return typeof header === 'object' ? header : [String(header)]
}

/**
 * The `Set-Cookie` lines of a reply with ours among them. Ours take the place of earlier ones of the same name, so that
 * writing twice changes nothing.
 */
export function mergeSetCookies (header: SetCookieHeader, ours: readonly SetCookie[]): string[] {
  const others = linesOf(header).filter(line => !ours.some(({ name }) => line.startsWith(`${name}=`)))
  return [...others, ...ours.map(({ line }) => line)]
}
