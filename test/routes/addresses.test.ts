import Fastify from 'fastify'
import { test } from 'tap'
import { authPlugin } from '../../lib/index.ts'
import { resolvePublicUrl } from '../../lib/options/public-url.ts'
import { resolveRouteSettings } from '../../lib/options/route-settings.ts'
import { createAddresses, routePaths } from '../../lib/routes/addresses.ts'
import { secret } from '../_app.ts'
import { ScriptedProvider } from '../oidc/_scripted-provider.ts'
import { NAVIGATION } from '../oidc/_site.ts'

const needs = { hasProvider: true, hasBearer: false, hasBroker: false, hasPrograms: false }
const routes = resolveRouteSettings({}, needs)
const none = { providers: [], tenants: [], hasNamedProviders: false }

function loginAt (publicUrl: string, scopePrefix: string): { url: string, routes: readonly string[] } {
  const { login } = createAddresses(resolvePublicUrl(publicUrl, false), scopePrefix, routes, none)
  return { url: login.url, routes: routePaths(login, scopePrefix) }
}

test('without a path the public address is the route', async t => {
  t.same(loginAt('https://app.example.com', ''), {
    url: 'https://app.example.com/auth/login', routes: ['/auth/login']
  })
})

test('behind a path both a stripping and a non-stripping proxy find the route', async t => {
  t.same(loginAt('https://example.com/app', ''), {
    url: 'https://example.com/app/auth/login', routes: ['/auth/login', '/app/auth/login']
  })
})

test('a path that is called like the prefix of the routes is a path all the same', async t => {
  t.same(loginAt('https://example.com/auth', ''), {
    url: 'https://example.com/auth/auth/login', routes: ['/auth/login', '/auth/auth/login']
  })
})

test('a scope whose prefix has the public path in it does not get it twice', async t => {
  t.same(loginAt('https://example.com/app', '/app/admin'), {
    url: 'https://example.com/app/admin/auth/login', routes: ['/auth/login']
  })
})

test('a scope with another prefix is found below the public path', async t => {
  t.equal(loginAt('https://example.com/app', '/admin').url, 'https://example.com/app/admin/auth/login')
})

test('a path that only begins like the public path is another one', async t => {
  t.equal(loginAt('https://example.com/shop', '/shopping').url, 'https://example.com/shop/shopping/auth/login')
})

test('a page that is switched off has no address', async t => {
  const some = resolveRouteSettings({ logout: false, loggedOut: false }, needs)
  t.match(createAddresses(resolvePublicUrl('https://example.com', false), '', some, none), { logout: undefined, loggedOut: undefined })
})

test('two scopes of one application sign in side by side', async t => {
  const app = Fastify()
  t.teardown(() => app.close())
  const provider = await ScriptedProvider.create()
  for (const name of ['one', 'two']) {
    await app.register(async scope => {
      await scope.register(authPlugin, {
        secret: secret(), publicUrl: 'https://app.example.com', oidc: provider.client, session: { cookie: { name } }
      })
    }, { prefix: `/${name}` })
  }
  for (const name of ['one', 'two']) {
    const { headers } = await app.inject({ url: `/${name}/auth/login`, headers: NAVIGATION })
    const redirectUri = new URL(String(headers.location)).searchParams.get('redirect_uri')
    t.equal(redirectUri, `https://app.example.com/${name}/auth/callback`)
    t.match(headers['set-cookie'], new RegExp(`^__Host-${name}-binding=`))
  }
})
