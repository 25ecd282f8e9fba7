import { assertBoolean, assertFunction, assertKnownKeys, assertObject, isPlainPath, refuse } from './check.ts'
import type { MapUserinfo } from './login-functions.ts'
import type { RouteOptions } from './route-options.ts'

/** Paths of our own routes inside the scope of the plugin; undefined where a route is switched off. */
export interface RouteSettings {
  readonly prefix: string
  readonly login: string
  /** Undefined where people sign in by device code. */
  readonly callback: string | undefined
  /** The page that waits for a sign-in by device code; undefined where there is a callback. */
  readonly deviceLogin: string | undefined
  readonly logout: string | undefined
  readonly loggedOut: string | undefined
  readonly backchannelLogout: string | undefined
  readonly frontchannelLogout: string | undefined
  readonly sessions: string | undefined
  /** Those for programs; undefined also where there are none to serve. */
  readonly authorize: string | undefined
  readonly token: string | undefined
  readonly device: string | undefined
  readonly revoke: string | undefined
  readonly introspect: string | undefined
  /** Undefined where no tokens are signed. */
  readonly jwks: string | undefined
  readonly userinfo: string | undefined
  /** Whether this service publishes metadata of itself. */
  readonly resourceMetadata: boolean
  /** Whether this application publishes metadata of itself as who gives tokens. */
  readonly authorizationServerMetadata: boolean
}

/** What the other options give routes to do. */
export interface RouteNeeds {
  readonly hasProvider: boolean
  /** Whether access tokens are taken. */
  readonly hasBearer: boolean
  readonly hasBroker: boolean
  readonly hasPrograms: boolean
}

const KNOWN = [
  'prefix', 'login', 'callback', 'deviceLogin', 'logout', 'loggedOut', 'sessions', 'backchannelLogout',
  'frontchannelLogout', 'authorize', 'token', 'device', 'revoke', 'introspect', 'jwks', 'userinfo', 'resourceMetadata',
  'authorizationServerMetadata'
]
/** What has a meaning without a provider. */
const KNOWN_ALONE = ['prefix', 'sessions', 'jwks', 'userinfo', 'resourceMetadata', 'authorizationServerMetadata']
const FOR_PROGRAMS = ['authorize', 'token', 'device', 'revoke', 'introspect']

function resolvePath (path: unknown, option: string): string {
  if (!isPlainPath(path)) refuse(option, 'must be a path as "/auth", of letters, digits and - . _ ~ only, without a slash at its end.')
  return path
}

function resolveOptionalPath (path: unknown, option: string): string | undefined {
  return path === false ? undefined : resolvePath(path, option)
}

function assertDistinct (paths: Readonly<Record<string, string | undefined>>): void {
  const entries = Object.entries(paths)
  for (const [index, [name, path]] of entries.entries()) {
    const twin = entries.slice(0, index).find(([, other]) => path !== undefined && other === path)
    if (twin !== undefined) refuse(`routes.${name}`, `must be another path than "routes.${twin[0]}".`)
  }
}

/** An option never does nothing in silence. */
function assertNeeded (
  names: readonly string[], { hasProvider, hasBearer, hasBroker, hasPrograms }: RouteNeeds
): void {
  for (const name of names) {
    if (!hasProvider && !KNOWN_ALONE.includes(name)) refuse(`routes.${name}`, 'has no meaning without "oidc".')
    if (!hasPrograms && FOR_PROGRAMS.includes(name)) refuse(`routes.${name}`, 'has no meaning without "programs".')
    if (!hasBroker && name === 'jwks') refuse('routes.jwks', 'has no meaning without "broker".')
    if (!hasBearer && name === 'resourceMetadata') refuse('routes.resourceMetadata', 'has no meaning without "bearer" or "broker".')
    if (!hasBearer && !hasPrograms && name === 'userinfo') refuse('routes.userinfo', 'has no meaning without "bearer", "broker" or "programs".')
    if (!hasBroker && !hasPrograms && name === 'authorizationServerMetadata') {
      refuse('routes.authorizationServerMetadata', 'has no meaning without "broker" or "programs".')
    }
  }
}

export function resolveRouteSettings (value: unknown, needs: RouteNeeds): RouteSettings {
  assertObject(value, 'routes')
  assertKnownKeys(value, KNOWN, 'routes')
  assertNeeded(Object.keys(value), needs)
  const {
    prefix = '/auth', login = '/login', callback = '/callback', deviceLogin, logout = '/logout',
    loggedOut = '/logged-out', backchannelLogout = '/backchannel-logout', frontchannelLogout = false, sessions = false
  } = value as RouteOptions
  const { hasBearer, hasBroker, hasPrograms } = needs
  const { authorize = hasPrograms && '/authorize', token = hasPrograms && '/token' } = value as RouteOptions
  const { device = hasPrograms && '/device', userinfo = (hasBearer || hasPrograms) && '/userinfo' } = value as RouteOptions
  const { revoke = hasPrograms && '/revoke', introspect = hasPrograms && '/introspect' } = value as RouteOptions
  const { jwks = hasBroker && '/jwks', resourceMetadata = hasBearer } = value as RouteOptions
  const { authorizationServerMetadata = hasBroker || hasPrograms } = value as RouteOptions
  assertBoolean(resourceMetadata, 'routes.resourceMetadata')
  assertBoolean(authorizationServerMetadata, 'routes.authorizationServerMetadata')
  if (deviceLogin !== undefined && callback !== false) {
    refuse('routes.deviceLogin', 'has no meaning where people come back to a callback. Write "callback: false" beside it to sign people in by device code.')
  }
  const paths = {
    login: resolvePath(login, 'routes.login'),
    callback: resolveOptionalPath(callback, 'routes.callback'),
    deviceLogin: callback === false ? resolvePath(deviceLogin ?? '/device-login', 'routes.deviceLogin') : undefined,
    logout: resolveOptionalPath(logout, 'routes.logout'),
    loggedOut: resolveOptionalPath(loggedOut, 'routes.loggedOut'),
    backchannelLogout: resolveOptionalPath(backchannelLogout, 'routes.backchannelLogout'),
    frontchannelLogout: resolveOptionalPath(frontchannelLogout, 'routes.frontchannelLogout'),
    sessions: resolveOptionalPath(sessions, 'routes.sessions'),
    authorize: resolveOptionalPath(authorize, 'routes.authorize'),
    token: resolveOptionalPath(token, 'routes.token'),
    device: resolveOptionalPath(device, 'routes.device'),
    revoke: resolveOptionalPath(revoke, 'routes.revoke'),
    introspect: resolveOptionalPath(introspect, 'routes.introspect'),
    jwks: hasBroker ? resolvePath(jwks, 'routes.jwks') : undefined,
    userinfo: resolveOptionalPath(userinfo, 'routes.userinfo')
  }
  assertDistinct(paths)
  return Object.freeze({ prefix: resolvePath(prefix, 'routes.prefix'), ...paths, resourceMetadata, authorizationServerMetadata })
}

/** @throws ConfigurationError */
export function resolveUserinfo (value: unknown, { userinfo }: RouteSettings): MapUserinfo | undefined {
  if (value === undefined) return undefined
  assertFunction(value, 'userinfo')
  if (userinfo === undefined) refuse('userinfo', 'has no meaning without the route of this name, which "bearer" and "programs" bring.')
  return value as MapUserinfo
}
