import type { FastifyRequest } from 'fastify'
import { IssuerUnknown } from '../errors.ts'
import type { OidcClient } from '../oidc/client/oidc-client.ts'
import type { OidcClients } from '../oidc/client/oidc-clients.ts'
import { isForwardable } from '../options/authorization-parameters.ts'
import type { LoginWish, SignInRoutes } from './sign-in.ts'

type WishRoutes = Pick<SignInRoutes, 'clients' | 'signIn' | 'openReturnPath'>

/** The value of a parameter that is there once, and fit to be passed on. */
function only (query: URLSearchParams, name: string): string | undefined {
  const [value, ...more] = query.getAll(name)
  return more.length === 0 && isForwardable(value) ? value : undefined
}

/** Those of the parameters that may be passed on. What is malformed, or there twice, stays here. */
export function forwarded (query: URLSearchParams, names: readonly string[]): Readonly<Record<string, string>> {
  return Object.fromEntries(names.flatMap(name => {
    const value = only(query, name)
    return value === undefined ? [] : [[name, value]]
  }))
}

/** The names of what any of the providers may get. */
export function forwardedToAny (clients: OidcClients): readonly string[] {
  return clients.all.flatMap(({ provider }) => provider.settings.forwardedParameters)
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
 * The clients at the provider that somebody else names who begins a sign-in here, such as the portal of that provider
 * (OpenID Connect Core, section 4); undefined where nobody does.
 *
 * @throws IssuerUnknown where it names a provider that is not ours
 */
export function initiatorsOf (clients: OidcClients, query: URLSearchParams): readonly OidcClient[] | undefined {
  const issuers = query.getAll('iss')
  if (issuers.length === 0) return undefined
  const found = issuers.length > 1 ? [] : clients.at(issuers[0])
  if (found.length === 0) throw new IssuerUnknown()
  return found
}

/** The name of the provider that is meant; undefined where there is but one, or where the person has to choose. */
function nameOf (clients: OidcClients, [client, ...others]: readonly OidcClient[]): string | undefined {
  return clients.only !== undefined || others.length > 0 ? undefined : client?.provider.settings.name
}

/**
 * What a request for the login page asks for: what was sealed here, or what may be said from elsewhere.
 *
 * @throws IssuerUnknown
 */
export function wishOf (
  { clients, signIn, openReturnPath }: WishRoutes, query: URLSearchParams, sealed: unknown
): LoginWish {
  const { returnPaths } = signIn
  const initiators = initiatorsOf(clients, query)
  if (initiators === undefined) {
    const { returnTo, demands = {} } = openReturnPath(sealed) ?? {}
    return { returnTo: returnPaths.check(returnTo), demands }
  }
  const path = pathOf(query.get('target_link_uri'), returnPaths.origin)
  const demands = { provider: nameOf(clients, initiators), parameters: forwarded(query, ['login_hint']) }
  return { returnTo: returnPaths.check(path), demands }
}
