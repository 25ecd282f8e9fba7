import { test } from 'tap'
import { resolveRouteSettings } from '../../lib/options/route-settings.ts'
import { refuses } from './_refusal.ts'

test('the routes have their names where nothing is said', async t => {
  const settings = resolveRouteSettings({})
  t.same(settings, { prefix: '/auth', login: '/login', callback: '/callback', logout: '/logout', loggedOut: '/logged-out' })
  t.ok(Object.isFrozen(settings))
})

test('every route can have another path', async t => {
  const routes = { prefix: '/a.b/~c', login: '/in', callback: '', logout: '/out', loggedOut: '/gone' }
  t.same(resolveRouteSettings(routes), routes)
  t.equal(resolveRouteSettings({ prefix: '' }).prefix, '')
})

test('the logout and its page can be switched off, and nothing else', async t => {
  t.match(resolveRouteSettings({ logout: false, loggedOut: false }), { logout: undefined, loggedOut: undefined })
  for (const route of ['prefix', 'login', 'callback']) refuses(t, () => resolveRouteSettings({ [route]: false }), `routes.${route}`)
})

test('a path that is none is refused', async t => {
  for (const route of ['prefix', 'login', 'callback', 'logout', 'loggedOut']) {
    for (const path of [
      null, true, 1, 'login', '/', '/a/', '//a', '/../a', '/./a', '/:id', '/*', '/a?b', '/a#b', '/a b', '/%2e', '/ä', '/a\\b', 'https://a.example', []
    ]) refuses(t, () => resolveRouteSettings({ [route]: path }), `routes.${route}`, 'must be a path as "/auth"')
  }
})

test('two routes at one path are refused', async t => {
  refuses(t, () => resolveRouteSettings({ callback: '/login' }), 'routes.callback', 'must be another path than "routes.login"')
  refuses(t, () => resolveRouteSettings({ logout: '/x', loggedOut: '/x' }), 'routes.loggedOut', '"routes.logout"')
})

test('an unknown route is refused', async t => {
  refuses(t, () => resolveRouteSettings({ signout: '/x' }), 'routes.signout', 'prefix, login, callback, logout, loggedOut')
  refuses(t, () => resolveRouteSettings('x'), 'routes', 'must be an object')
})
