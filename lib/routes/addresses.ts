import { toPublicPath } from '../guard/return-paths.ts'
import type { PublicUrl } from '../options/public-url.ts'
import type { Settings } from '../options/settings.ts'
import type { RouteSettings } from '../options/route-settings.ts'

/** Where a route of ours is. */
export interface Address {
  /** Path inside the scope of the plugin, as Fastify's router takes it. */
  readonly route: string
  /** Path as browsers see it. */
  readonly path: string
  /** The whole address. */
  readonly url: string
}

type NamedProviders = Pick<Settings, 'providers' | 'tenants' | 'hasNamedProviders'>

export interface Addresses {
  readonly login: Address
  /** Where a provider sends people back to, by its name: no answer of one is taken for that of another. */
  readonly callbacks: ReadonlyMap<string, Address>
  /** The page that waits for a sign-in by device code, where there are no callbacks. */
  readonly deviceLogin: Address | undefined
  readonly logout: Address | undefined
  readonly loggedOut: Address | undefined
  readonly backchannelLogout: Address | undefined
  readonly frontchannelLogout: Address | undefined
  /** Where programs send people, and where they get their tokens. */
  readonly authorize: Address | undefined
  readonly token: Address | undefined
  /** Where programs without a browser begin. */
  readonly device: Address | undefined
  /** Where they give tokens back, and where they ask about them. */
  readonly revoke: Address | undefined
  readonly introspect: Address | undefined
}

/** @param scopePrefix prefix of the scope that the plugin was registered in */
export function addressOf (publicUrl: PublicUrl, scopePrefix: string, route: string): Address {
  // A scope whose prefix has the path of publicUrl in it is behind a proxy that leaves that path where it is.
  const path = toPublicPath(publicUrl, scopePrefix) + route
  return Object.freeze({ route, path, url: publicUrl.origin + path })
}

/** The paths to come back to. The one provider of `oidc` needs no name. */
function callbackPaths (
  { callback }: RouteSettings, { providers, tenants, hasNamedProviders }: NamedProviders
): ReadonlyArray<readonly [name: string, path: string]> {
  if (callback === undefined) return []
  return [...providers, ...tenants].map(({ name }) => [name, hasNamedProviders ? `${callback}/${name}` : callback])
}

/** @param scopePrefix prefix of the scope that the plugin was registered in */
export function createAddresses (
  publicUrl: PublicUrl, scopePrefix: string, routes: RouteSettings, named: NamedProviders
): Addresses {
  const address = (path: string): Address => addressOf(publicUrl, scopePrefix, routes.prefix + path)
  const optional = (path: string | undefined): Address | undefined => path === undefined ? undefined : address(path)
  return Object.freeze({
    login: address(routes.login),
    callbacks: new Map(callbackPaths(routes, named).map(([name, path]) => [name, address(path)])),
    deviceLogin: optional(routes.deviceLogin),
    logout: optional(routes.logout),
    loggedOut: optional(routes.loggedOut),
    backchannelLogout: optional(routes.backchannelLogout),
    frontchannelLogout: optional(routes.frontchannelLogout),
    authorize: optional(routes.authorize),
    token: optional(routes.token),
    device: optional(routes.device),
    revoke: optional(routes.revoke),
    introspect: optional(routes.introspect)
  })
}

/** The paths of a route that needs no `publicUrl`; none where it is switched off. */
export function pathsOf (
  path: string | undefined, { publicUrl, routes }: Pick<Settings, 'publicUrl' | 'routes'>, scopePrefix: string
): readonly string[] {
  if (path === undefined) return []
  if (publicUrl === undefined) return [routes.prefix + path]
  return routePaths(addressOf(publicUrl, scopePrefix, routes.prefix + path), scopePrefix)
}

/**
 * The paths to register for an address. A proxy that does not strip the path of `publicUrl` asks for the public path.
 */
export function routePaths ({ route, path }: Address, scopePrefix: string): readonly string[] {
  return scopePrefix === '' && path !== route ? [route, path] : [route]
}

/** All addresses of our own routes. */
export function ownAddresses ({ callbacks, ...others }: Addresses): readonly Address[] {
  return [...callbacks.values(), ...Object.values(others).filter(address => address !== undefined)]
}

/** All paths that the router has for our own routes. */
export function ownPaths (addresses: Addresses, scopePrefix: string): readonly string[] {
  return ownAddresses(addresses).flatMap(address => routePaths(address, scopePrefix)).map(path => scopePrefix + path)
}
