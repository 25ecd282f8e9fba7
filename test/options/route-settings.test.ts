import { test } from 'tap'
import { resolveRouteSettings, resolveUserinfo } from '../../lib/options/route-settings.ts'
import { refuses } from './_refusal.ts'

const none = { hasProvider: false, hasBearer: false, hasBroker: false, hasPrograms: false }
const all = { hasProvider: true, hasBearer: true, hasBroker: false, hasPrograms: true }
const resolve = (value: unknown) => resolveRouteSettings(value, all)

test('the routes have their names where nothing is said', async t => {
  const settings = resolve({})
  t.same(settings, {
    prefix: '/auth',
    login: '/login',
    callback: '/callback',
    deviceLogin: undefined,
    logout: '/logout',
    loggedOut: '/logged-out',
    backchannelLogout: '/backchannel-logout',
    frontchannelLogout: undefined,
    sessions: undefined,
    authorize: '/authorize',
    token: '/token',
    device: '/device',
    revoke: '/revoke',
    introspect: '/introspect',
    jwks: undefined,
    userinfo: '/userinfo',
    resourceMetadata: true,
    authorizationServerMetadata: true
  })
  t.ok(Object.isFrozen(settings))
})

test('every route can have another path', async t => {
  const routes = {
    prefix: '/a.b/~c',
    login: '/in',
    callback: '',
    logout: '/out',
    loggedOut: '/gone',
    backchannelLogout: '/bcl',
    frontchannelLogout: '/fcl',
    sessions: '/mine',
    authorize: '/allow',
    token: '/tokens',
    device: '/code',
    revoke: '/give-back',
    introspect: '/ask',
    userinfo: '/me',
    resourceMetadata: false,
    authorizationServerMetadata: false
  }
  t.same(resolve(routes), { ...routes, deviceLogin: undefined, jwks: undefined })
  const device = { ...routes, callback: false, deviceLogin: '/device-code' }
  t.same(resolve(device), { ...device, callback: undefined, jwks: undefined })
  t.equal(resolve({ prefix: '' }).prefix, '')
})

test('the callback, the logout, its page, and the ways of a provider to say it can be switched off, and nothing else', async t => {
  t.equal(resolve({ sessions: false }).sessions, undefined)
  t.match(resolve({ callback: false }), { callback: undefined, deviceLogin: '/device-login' })
  t.match(resolve({ logout: false, loggedOut: false }), { logout: undefined, loggedOut: undefined })
  t.match(resolve({ backchannelLogout: false }), { backchannelLogout: undefined, frontchannelLogout: undefined })
  for (const route of ['prefix', 'login']) refuses(t, () => resolve({ [route]: false }), `routes.${route}`)
})

test('each address for programs can be switched off', async t => {
  for (const route of ['authorize', 'token', 'device', 'revoke', 'introspect', 'userinfo'] as const) {
    t.equal(resolve({ [route]: false })[route], undefined)
  }
})

test('an address for programs means nothing where there are none', async t => {
  const people = { hasProvider: true, hasBearer: false, hasBroker: false, hasPrograms: false }
  for (const route of ['authorize', 'token', 'device', 'revoke', 'introspect', 'userinfo']) {
    refuses(t, () => resolveRouteSettings({ [route]: '/x' }, people), `routes.${route}`, 'has no meaning without')
    t.equal(resolveRouteSettings({}, people)[route as 'token'], undefined)
  }
  refuses(t, () => resolveRouteSettings({ resourceMetadata: true }, people), 'routes.resourceMetadata', 'without "bearer"')
  const api = { hasProvider: false, hasBearer: true, hasBroker: false, hasPrograms: false }
  t.match(resolveRouteSettings({}, api), { userinfo: '/userinfo', resourceMetadata: true, token: undefined })
  refuses(t, () => resolve({ resourceMetadata: '/x' }), 'routes.resourceMetadata', 'true or false')
})

test('a path that is none is refused', async t => {
  for (const route of ['prefix', 'login', 'callback', 'logout', 'loggedOut', 'backchannelLogout', 'frontchannelLogout', 'sessions', 'token']) {
    for (const path of [
      null, true, 1, 'login', '/', '/a/', '//a', '/../a', '/./a', '/:id', '/*', '/a?b', '/a#b', '/a b', '/%2e', '/ä', '/a\\b', 'https://a.example', []
    ]) refuses(t, () => resolve({ [route]: path }), `routes.${route}`, 'must be a path as "/auth"')
  }
})

test('the page of device codes is there in place of the callback, and always at a path', async t => {
  for (const callback of [undefined, '/callback']) {
    const routes = callback === undefined ? {} : { callback }
    refuses(t, () => resolve({ ...routes, deviceLogin: '/code' }), 'routes.deviceLogin', 'callback: false')
  }
  refuses(t, () => resolve({ callback: false, deviceLogin: false }), 'routes.deviceLogin', 'must be a path')
  refuses(t, () => resolve({ callback: false, deviceLogin: '/login' }), 'routes.deviceLogin', 'must be another path than "routes.login"')
})

test('two routes at one path are refused', async t => {
  refuses(t, () => resolve({ callback: '/login' }), 'routes.callback', 'must be another path than "routes.login"')
  refuses(t, () => resolve({ logout: '/x', loggedOut: '/x' }), 'routes.loggedOut', '"routes.logout"')
})

test('an unknown route is refused', async t => {
  refuses(t, () => resolve({ signout: '/x' }), 'routes.signout', 'prefix, login, callback, deviceLogin, logout, loggedOut, sessions')
  refuses(t, () => resolve('x'), 'routes', 'must be an object')
})

test('without a provider only the page of sessions and its prefix have a meaning', async t => {
  t.match(resolveRouteSettings({ prefix: '/me', sessions: '/sessions' }, none), { prefix: '/me', sessions: '/sessions' })
  for (const route of ['login', 'callback', 'logout', 'loggedOut', 'backchannelLogout', 'frontchannelLogout']) {
    refuses(t, () => resolveRouteSettings({ [route]: '/x' }, none), `routes.${route}`, 'has no meaning without "oidc"')
  }
})

test('what userinfo answer means nothing without their route', async t => {
  const userinfo = (): object => ({})
  t.equal(resolveUserinfo(userinfo, resolve({})), userinfo)
  t.equal(resolveUserinfo(undefined, resolve({})), undefined)
  refuses(t, () => resolveUserinfo(userinfo, resolve({ userinfo: false })), 'userinfo', 'has no meaning')
  refuses(t, () => resolveUserinfo({}, resolve({})), 'userinfo', 'a function')
})

test('keys are published where tokens are signed, and always', async t => {
  const broker = { ...none, hasBearer: true, hasBroker: true }
  t.match(resolveRouteSettings({}, broker), { jwks: '/jwks', token: undefined, revoke: undefined, introspect: undefined, authorizationServerMetadata: true })
  t.equal(resolveRouteSettings({ jwks: '/keys' }, broker).jwks, '/keys')
  for (const jwks of [false, null, 'jwks', '/']) refuses(t, () => resolveRouteSettings({ jwks }, broker), 'routes.jwks', 'must be a path')
  refuses(t, () => resolve({ jwks: '/keys' }), 'routes.jwks', 'without "broker"')
  refuses(t, () => resolveRouteSettings({ jwks: '/userinfo' }, broker), 'routes.userinfo', 'must be another path than "routes.jwks"')
})

test('metadata of who gives tokens are there with a broker or with programs', async t => {
  t.equal(resolveRouteSettings({}, none).authorizationServerMetadata, false)
  for (const needs of [{ ...none, hasBroker: true }, { ...none, hasProvider: true, hasPrograms: true }]) {
    t.equal(resolveRouteSettings({}, needs).authorizationServerMetadata, true)
    t.equal(resolveRouteSettings({ authorizationServerMetadata: false }, needs).authorizationServerMetadata, false)
  }
  for (const value of [true, false]) {
    refuses(t, () => resolveRouteSettings({ authorizationServerMetadata: value }, none), 'routes.authorizationServerMetadata', 'without "broker" or "programs"')
  }
  refuses(t, () => resolve({ authorizationServerMetadata: '/x' }), 'routes.authorizationServerMetadata', 'true or false')
})
