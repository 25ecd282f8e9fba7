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

/** Decides where a person may be sent after a login or a logout. */
export class ReturnPaths {
  readonly #site: Site
  readonly #ownPaths: ReadonlySet<string>

  /** @param ownPaths public paths of our own routes, which are no place to return to */
  constructor (site: Site, ownPaths: readonly string[]) {
    this.#site = site
    this.#ownPaths = new Set(ownPaths)
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
    return isInside && !this.#ownPaths.has(pathname) ? clean : this.root
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
