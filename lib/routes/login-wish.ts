import type { FastifyRequest } from 'fastify'
import { IssuerUnknown } from '../errors.ts'
import type { LoginDemands } from '../oidc/login/demands.ts'
import { isForwardable } from '../options/authorization-parameters.ts'
import type { LoginWish, SignInRoutes } from './sign-in.ts'

type WishRoutes = Pick<SignInRoutes, 'provider' | 'signIn' | 'openReturnPath'>

/** The value of a parameter that is there once, and fit to be passed on. */
function only (query: URLSearchParams, name: string): string | undefined {
  const [value, ...more] = query.getAll(name)
  return more.length === 0 && isForwardable(value) ? value : undefined
}

/** What of the parameters the provider gets. What is malformed, or there twice, stays here. */
function forwarded (query: URLSearchParams, names: readonly string[]): Readonly<Record<string, string>> {
  return Object.fromEntries(names.flatMap(name => {
    const value = only(query, name)
    return value === undefined ? [] : [[name, value]]
  }))
}

/** The path of this site that an address names, not checked; undefined for one that is not of this site. */
function pathOf (target: string | null, origin: string): string | undefined {
  if (target === null || target.startsWith('/')) return target ?? undefined
  if (!URL.canParse(target)) return undefined
  const url = new URL(target)
  return url.origin === origin ? url.pathname + url.search + url.hash : undefined
}

/** Parameters of a request, from its query or its form. */
export function parametersOf (request: FastifyRequest): URLSearchParams {
  if (request.method === 'POST') return new URLSearchParams(typeof request.body === 'string' ? request.body : '')
  const query = request.url.indexOf('?')
  return new URLSearchParams(query === -1 ? '' : request.url.slice(query))
}

/**
 * Whether somebody else began this sign-in, such as the portal of the provider (OpenID Connect Core, section 4).
 *
 * @throws IssuerUnknown where it names a provider that is not ours
 */
export function isInitiatedElsewhere ({ provider }: Pick<SignInRoutes, 'provider'>, query: URLSearchParams): boolean {
  const issuers = query.getAll('iss')
  if (issuers.length === 0) return false
  if (issuers.length > 1 || issuers[0] !== provider.settings.issuer) throw new IssuerUnknown()
  return true
}

/**
 * What a request for the login page asks for: what was sealed here, or what may be said from elsewhere.
 *
 * @throws IssuerUnknown
 */
export function wishOf (routes: WishRoutes, query: URLSearchParams, sealed: unknown): LoginWish {
  const { provider: { settings }, signIn: { returnPaths } } = routes
  const said = forwarded(query, settings.forwardedParameters)
  if (isInitiatedElsewhere(routes, query)) {
    const path = pathOf(query.get('target_link_uri'), returnPaths.origin)
    const parameters = { ...said, ...forwarded(query, ['login_hint']) }
    return { returnTo: returnPaths.check(path), demands: { parameters } }
  }
  const { returnTo, demands = {} } = routes.openReturnPath(sealed) ?? {}
  // What this application has sealed cannot be said otherwise.
  const parameters = { ...said, ...demands.parameters }
  return { returnTo: returnPaths.check(returnTo), demands: { ...demands, parameters } }
}

/** What a login without a question may make of a session: a login of the same person, or nothing. */
export function boundToPerson (
  demands: LoginDemands, issuer: string, identity: { readonly issuer: string, readonly subject: string } | undefined
): LoginDemands {
  return { ...demands, subject: identity?.issuer === issuer ? identity.subject : '' }
}
