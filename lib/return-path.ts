/** Longest return path that travels, in bytes; a longer one gives way to the site's root. */
export const RETURN_PATH_MAX_BYTES = 1024

const blankControlOrBackslash = /[\s\p{Cc}\\]/u
const nowhere = 'http://return-path.invalid'

/**
 * A path of this site, in the form a browser makes of it, or undefined. Refuses whatever could leave the site: another
 * scheme or host, `//`, a backslash, control characters, and dot segments that end in `//`.
 *
 * It is asked when a path is taken in and again when it is used.
 *
 * @example parseReturnPath('/a/../b?c') // '/b?c'
 * @example parseReturnPath('/a/..//evil.example') // undefined
 */
export function parseReturnPath (path: unknown): string | undefined {
  if (typeof path !== 'string' || !path.startsWith('/')) return undefined
  if (blankControlOrBackslash.test(path)) return undefined
  if (!URL.canParse(path, nowhere)) return undefined
  const url = new URL(path, nowhere)
  if (url.origin !== nowhere || url.pathname.startsWith('//')) return undefined
  const clean = url.pathname + url.search + url.hash
  return Buffer.byteLength(clean) > RETURN_PATH_MAX_BYTES ? undefined : clean
}
