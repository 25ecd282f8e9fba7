import Fastify, { type FastifyInstance } from 'fastify'
import { test } from 'tap'
import authDefault, { authPlugin, type AuthOptions, AuthUser, loginRequired } from '../lib/index.ts'
import { buildApp, secret } from './_app.ts'
import { Jar } from './_jar.ts'
import { Log, withProvider } from './guard/_app.ts'

const ways: Readonly<Record<string, (app: FastifyInstance, options: AuthOptions) => unknown>> = {
  'and awaited': async (app, options) => await app.register(authPlugin, options),
  'and not awaited': (app, options) => { app.register(authPlugin, options) },
  'as the default export': (app, options) => { app.register(authDefault, options) },
  'as a promise of the module': (app, options) => { app.register(import('../lib/index.ts'), options) },
  'with a function that makes its options': (app, options) => { app.register(authPlugin, () => options) },
  'in a chain': (app, options) => { app.register(authPlugin, options).after(() => {}) }
}

for (const [way, register] of Object.entries(ways)) {
  test(`the plugin may be registered ${way}, before the routes are declared`, async t => {
    const app = Fastify()
    t.teardown(() => app.close())
    await register(app, { secret: secret() })
    app.get('/login', async request => { await request.loginUser(new AuthUser('ada')) })
    app.get('/', { onRequest: [loginRequired] }, async request => request.currentUser)

    t.equal((await app.inject('/')).statusCode, 401)
    const { headers } = new Jar().take(await app.inject('/login'))
    t.match((await app.inject({ url: '/', headers })).json(), { id: 'ada' })
  })

  test(`the plugin may be registered ${way}, after the routes were declared`, async t => {
    const app = Fastify()
    t.teardown(() => app.close())
    app.get('/login', async request => { await request.loginUser(new AuthUser('ada')) })
    app.get('/', { onRequest: [loginRequired] }, async request => request.currentUser)
    app.post('/', async request => request.currentUser)
    await register(app, { secret: secret() })

    t.equal((await app.inject('/')).statusCode, 401)
    const { headers } = new Jar().take(await app.inject('/login'))
    t.match((await app.inject({ url: '/', headers })).json(), { id: 'ada' })
    const foreign = { ...headers, 'sec-fetch-site': 'cross-site' }
    t.equal((await app.inject({ method: 'POST', url: '/', headers: foreign })).statusCode, 403)
  })
}

test('the plugin tells Fastify its name', async t => {
  const app = Fastify()
  t.teardown(() => app.close())
  await app.register(authPlugin, { secret: secret() })

  t.ok(app.hasPlugin('fastify-login'))
})

test('an application with the plugin starts and answers without a word in its log', async t => {
  const log = new Log()
  const app = await buildApp({ logger: { ...log.logger, level: 'warn' }, publicUrl: 'https://app.example' })
  t.teardown(() => app.close())

  const { headers } = new Jar().take(await app.inject({ method: 'POST', url: '/login' }))
  t.equal((await app.inject({ url: '/me', headers })).statusCode, 200)
  t.same(log.messages, [])
})

test('options may be frozen, and are not changed', async t => {
  const options = { secret: secret(), publicUrl: 'https://app.example', session: { idle: 600, cookie: { path: '/' } }, allowedOrigins: ['https://a.example'] }
  const before = structuredClone(options)
  Object.freeze(options)
  Object.freeze(options.session)
  Object.freeze(options.session.cookie)
  const app = Fastify()
  t.teardown(() => app.close())
  await app.register(authPlugin, options)

  t.same(options, before)
})

test('options that are changed afterwards change nothing', async t => {
  const options = { secret: secret(), allowedOrigins: ['https://a.example'], session: { cookie: { name: 'mine' } } }
  const app = Fastify()
  t.teardown(() => app.close())
  await app.register(authPlugin, options)
  app.get('/login', async request => { await request.loginUser('ada') })
  app.post('/', async () => 'done')
  options.allowedOrigins.push('https://evil.example')
  options.session.cookie.name = 'other'

  const jar = new Jar().take(await app.inject('/login'))
  t.same(jar.names, ['mine'])
  const headers = { ...jar.headers, origin: 'https://evil.example' }
  t.equal((await app.inject({ method: 'POST', url: '/', headers })).statusCode, 403)
})

const wrong: ReadonlyArray<readonly [title: string, options: unknown, message: RegExp]> = [
  ['no secret', {}, /"secret" is missing/],
  ['an unknown option', { secret: secret(), sessions: {} }, /"sessions" is not an option/],
  ['a provider and no publicUrl', { secret: secret(), oidc: withProvider.oidc }, /"publicUrl" is missing/]
]

for (const [title, options, message] of wrong) {
  test(`registered with ${title}, the plugin is refused and says why`, async t => {
    const app = Fastify()
    t.teardown(() => app.close())
    app.register(authPlugin, options as AuthOptions)

    await t.rejects(async () => { await app.ready() }, { code: 'FST_LOGIN_CONFIGURATION', message })
  })
}

const pages = ['/auth/login', '/auth/callback', '/auth/logout', '/auth/logged-out']

test('without a provider the plugin adds no routes', async t => {
  const app = Fastify()
  t.teardown(() => app.close())
  await app.register(authPlugin, { secret: secret() })
  await app.ready()

  for (const url of pages) t.notOk(app.hasRoute({ method: 'GET', url }), url)
})

test('with a provider the plugin adds its routes, and asks the provider nothing', async t => {
  const app = Fastify()
  t.teardown(() => app.close())
  const fetch = async (): Promise<Response> => { throw new Error('asked') }
  await app.register(authPlugin, { ...withProvider, secret: secret(), oidc: { ...withProvider.oidc, fetch } })
  app.get('/', async request => request.currentUser)
  await app.ready()

  for (const url of pages) t.ok(app.hasRoute({ method: 'GET', url }), url)
  t.same((await app.inject('/')).json(), { isAuthenticated: false })
})

test('with a provider the routes are below the prefix of the scope', async t => {
  const app = Fastify()
  t.teardown(() => app.close())
  await app.register(async scope => {
    await scope.register(authPlugin, { ...withProvider, secret: secret() })
    scope.get('/url', async request => request.loginUrl())
  }, { prefix: '/shop' })

  t.ok(app.hasRoute({ method: 'GET', url: '/shop/auth/login' }))
  t.equal((await app.inject('/shop/url')).body, 'http://localhost:3000/shop/auth/login')
})

test('the parsers and error pages of our own routes are nobody else\'s', async t => {
  const app = Fastify()
  t.teardown(() => app.close())
  await app.register(authPlugin, { ...withProvider, secret: secret() })
  app.post('/', async request => ({ body: request.body }))
  app.get('/broken', async () => { throw new Error('broken') })

  t.same((await app.inject({ method: 'POST', url: '/', payload: { a: 1 } })).json(), { body: { a: 1 } })
  t.equal((await app.inject({ method: 'POST', url: '/', headers: { 'content-type': 'text/csv' }, payload: 'a' })).statusCode, 415)
  t.match((await app.inject({ url: '/broken', headers: { accept: 'text/html' } })).headers, { 'content-type': /json/ })
})

test('an application closes with the plugin in it', async t => {
  const app = await buildApp(withProvider)
  await app.listen({ port: 0, host: '127.0.0.1' })

  await app.close()
  t.notOk(app.server.listening)
})
