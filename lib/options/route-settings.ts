import { parseReturnPath } from '../return-path.ts'
import type { RouteOptions } from './auth-options.ts'
import { assertKnownKeys, assertObject, refuse } from './check.ts'

/** Paths of our own routes inside the scope of the plugin; undefined where a route is switched off. */
export interface RouteSettings {
  readonly prefix: string
  readonly login: string
  readonly callback: string
  readonly logout: string | undefined
  readonly loggedOut: string | undefined
}

const KNOWN = ['prefix', 'login', 'callback', 'logout', 'loggedOut']
const plainPath = /^(\/[A-Za-z0-9._~-]+)*$/

function resolvePath (path: unknown, option: string): string {
  if (typeof path === 'string' && plainPath.test(path) && parseReturnPath(`${path}/`) === `${path}/`) return path
  return refuse(option, 'must be a path as "/auth", of letters, digits and - . _ ~ only, without a slash at its end.')
}

function resolveOptionalPath (path: unknown, option: string): string | undefined {
  return path === false ? undefined : resolvePath(path, option)
}

export function resolveRouteSettings (value: unknown): RouteSettings {
  assertObject(value, 'routes')
  assertKnownKeys(value, KNOWN, 'routes')
  const { prefix = '/auth', login = '/login', callback = '/callback', logout = '/logout', loggedOut = '/logged-out' } =
    value as RouteOptions
  return Object.freeze({
    prefix: resolvePath(prefix, 'routes.prefix'),
    login: resolvePath(login, 'routes.login'),
    callback: resolvePath(callback, 'routes.callback'),
    logout: resolveOptionalPath(logout, 'routes.logout'),
    loggedOut: resolveOptionalPath(loggedOut, 'routes.loggedOut')
  })
}
