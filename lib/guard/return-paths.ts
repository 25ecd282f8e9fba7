import type { FastifyRequest } from 'fastify'
import type { PublicUrl } from '../options/public-url.ts'
import { parseReturnPath } from '../return-path.ts'
import { isNavigation } from './navigation.ts'

/** The part of `publicUrl` that return paths need. */
type Site = Pick<PublicUrl, 'origin' | 'basePath'>

/**
 * The path of this site that a path inside the application has. A proxy may strip the path of `publicUrl` or leave it:
 * what begins with it was left.
 */
export function toPublicPath ({ basePath }: Site, path: string): string {
  const isLeft = path === basePath || path.startsWith(`${basePath}/`) || path.startsWith(`${basePath}?`)
  return basePath === '' || isLeft ? path : `${basePath}${path}`
}

/** A path as a router may compare it, whatever its options: decoded, in one case, without a slash at its end. */
function asRouted (pathname: string): string | undefined {
  try {
    return decodeURIComponent(pathname).toLowerCase().replace(/\/+$/, '')
  } catch {
    return undefined
  }
}

/** Decides where a person may be sent after a login or a logout. */
export class ReturnPaths {
  readonly #site: Site
  readonly #ownPaths: ReadonlySet<string | undefined>

  /** @param ownPaths public paths of our own routes, which are no place to return to */
  constructor (site: Site, ownPaths: readonly string[]) {
    this.#site = site
    // Behind a proxy that strips the path of publicUrl each route can be asked for with that path twice.
    const paths = [...ownPaths, ...ownPaths.map(path => site.basePath + path)]
    this.#ownPaths = new Set(paths.map(path => asRouted(path)))
  }

  /** The origin of the site. */
  get origin (): string {
    return this.#site.origin
  }

  /** The root of the site. */
  get root (): string {
    return `${this.#site.basePath}/`
  }

  /** The path itself where it is one of this application, else the root. Asked again whenever a path is used. */
  check (path: unknown): string {
    const clean = parseReturnPath(path)
    if (clean === undefined) return this.root
    const { basePath } = this.#site
    const { pathname } = new URL(clean, this.#site.origin)
    const isInside = pathname === basePath || pathname.startsWith(`${basePath}/`)
    const routed = asRouted(pathname)
    return isInside && routed !== undefined && !this.#ownPaths.has(routed) ? clean : this.root
  }

  /** The address of a checked path: with our own origin before it, nothing can leave the site. */
  address (path: unknown): string {
    return this.#site.origin + this.check(path)
  }

  /** Where the person of a request is: the page asked for, or the page of this site that asked. */
  of (request: FastifyRequest): string {
    if (isNavigation(request)) return this.check(toPublicPath(this.#site, request.originalUrl))
    const { referer } = request.headers
    if (referer === undefined || !URL.canParse(referer)) return this.root
    const { origin, pathname, search } = new URL(referer)
    return origin === this.#site.origin ? this.check(pathname + search) : this.root
  }
}
