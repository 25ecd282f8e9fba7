import fastifyAuth from '@fastify/auth'
import fastifySwagger from '@fastify/swagger'
import Fastify, { type FastifyInstance, type FastifySchema, type RouteShorthandOptions } from 'fastify'
import { test } from 'tap'
import { authPlugin, loginRequired } from '../../../lib/index.ts'
import { ownRoute } from '../../../lib/guard/route-config.ts'
import { Inside, Log, secret, withProvider } from '../_app.ts'
import { createDocumented, documentOf, openapi, operationOf, type Wiring } from './_document.ts'

const handler = async (): Promise<string> => 'inside'
const cookieOnly = [{ cookie: [] }]

/** A route that takes a person, with whatever else it says. */
function guarded (app: FastifyInstance, options: RouteShorthandOptions = {}): RouteShorthandOptions {
  return { onRequest: [app.loginRequired], ...options }
}

const wirings: Readonly<Record<string, Wiring>> = {
  'OpenAPI 3.0, registered first': {},
  'OpenAPI 3.0, registered last': { isLast: true },
  'OpenAPI 3.1, registered first': { swagger: openapi('3.1.0') },
  'OpenAPI 3.1, registered last': { swagger: openapi('3.1.0'), isLast: true }
}

for (const [title, wiring] of Object.entries(wirings)) {
  test(`${title}: a guarded route says how to prove who one is, and how it refuses`, async t => {
    const app = await createDocumented(t, wiring)
    app.get('/', guarded(app), handler)
    app.get('/open', handler)

    const { paths, components } = await documentOf(t, app)
    const { security, responses } = paths['/']?.['get'] ?? {}
    t.same(security, cookieOnly)
    t.same(components?.securitySchemes, { cookie: { type: 'apiKey', in: 'cookie', name: '__Host-login' } })
    t.same(Object.keys(responses ?? {}), ['200', '401', '403'])
    t.same(responses?.['200'], { description: 'Default Response' }, 'as without a guard')
    t.match(responses?.['401'], {
      headers: { 'WWW-Authenticate': { schema: { type: 'string' } } },
      content: { 'application/json': { schema: { type: 'object', properties: { statusCode: {}, code: {}, error: {}, message: {} } } } }
    })
    t.equal(responses?.['403']?.headers, undefined, 'no scope could be missing')
    t.same(paths['/open']?.['get'], { responses: { 200: { description: 'Default Response' } } })
  })
}

test('Swagger 2 has the same, as far as it has words for it', async t => {
  const options = { basic: { users: { ada: 'lovelace' } }, bearer: { issued: true }, routes: { userinfo: false } } as const
  const app = await createDocumented(t, { options, swagger: { swagger: { info: { title: 'x', version: '1' } } } })
  app.get('/', guarded(app, { onRequest: [app.loginRequired({ via: ['cookie', 'basic'], scopes: ['a'] })] }), handler)

  const { securityDefinitions } = await documentOf(t, app)
  const { security, responses } = await operationOf(t, app)
  t.same(security, [{ cookie: [] }, { basic: [] }])
  t.same(securityDefinitions, { cookie: { type: 'apiKey', in: 'header', name: 'Cookie' }, basic: { type: 'basic' } })
  t.match(responses['401'], { headers: { 'WWW-Authenticate': { type: 'string' } }, schema: { type: 'object' } })
})

const positions = ['onRequest', 'preValidation', 'preHandler'] as const

for (const position of positions) {
  test(`a guard in ${position} is seen in each of its forms`, async t => {
    const app = await createDocumented(t)
    const guards = [app.loginRequired, app.loginRequired(), loginRequired, loginRequired({ fresh: true })]
    for (const [index, guard] of guards.entries()) {
      app.get(`/list${index}`, { [position]: [guard] }, handler)
      app.get(`/alone${index}`, { [position]: guard }, handler)
    }

    const { paths } = await documentOf(t, app)
    t.equal(Object.keys(paths).length, 8)
    for (const [path, { get }] of Object.entries(paths)) t.same(get?.security, cookieOnly, path)
  })
}

test('a guard of a scope is seen on every route in it, also on one that was declared before', async t => {
  const app = await createDocumented(t)
  await app.register(async scope => {
    scope.get('/before', handler)
    scope.addHook('onRequest', scope.loginRequired)
    scope.addHook('preHandler', loginRequired({ scopes: ['a'] }))
    scope.get('/after', handler)
    await scope.register(async child => { child.get('/child', handler) })
  }, { prefix: '/in' })
  app.get('/out', handler)

  const { paths } = await documentOf(t, app)
  for (const path of ['/in/before', '/in/after', '/in/child']) {
    t.same(paths[path]?.['get']?.security, cookieOnly, path)
    t.match(paths[path]?.['get']?.responses['403']?.description, /scopes: a$/, path)
  }
  t.equal(paths['/out']?.['get']?.security, undefined)
})

test('a guard that lets nobody pass on a route says nothing of it', async t => {
  const app = Fastify()
  t.teardown(() => app.close())
  await app.register(fastifySwagger, openapi())
  const guards: RouteShorthandOptions[] = []
  await app.register(async scope => {
    await scope.register(authPlugin, { secret: secret(), session: { cookie: { name: 'a' } } })
    guards.push({ onRequest: [scope.loginRequired] })
  })
  await app.register(async scope => {
    await scope.register(authPlugin, { secret: secret(), session: { cookie: { name: 'b' } } })
    scope.get('/foreign', guards[0] ?? {}, handler)
    scope.get('/own', { onRequest: [loginRequired] }, handler)
  })

  const { paths, components } = await documentOf(t, app)
  t.equal(paths['/foreign']?.['get']?.security, undefined)
  t.same(paths['/own']?.['get']?.security, cookieOnly)
  t.match(components?.securitySchemes, { cookie: { name: 'b' } })
})

test('what a guard is wrapped in hides it', async t => {
  const app = await createDocumented(t)
  await app.register(fastifyAuth)
  app.get('/', { onRequest: app.auth([app.loginRequired, async () => {}]) }, handler)

  t.equal((await operationOf(t, app)).security, undefined)
})

test('several registrations have schemes by their names, and what two guards demand is demanded together', async t => {
  const app = await createDocumented(t)
  await app.register(authPlugin, { secret: secret(), name: 'admin' })
  const admin = app.logins['admin']?.loginRequired ?? loginRequired
  app.get('/', guarded(app), handler)
  app.get('/admin', { onRequest: [admin] }, handler)
  app.get('/export', { onRequest: [loginRequired({ login: 'admin' })] }, handler)
  app.get('/both', { onRequest: [app.loginRequired, admin({ scopes: ['a'] })] }, handler)

  const { paths, components } = await documentOf(t, app)
  t.same(paths['/']?.['get']?.security, cookieOnly)
  for (const path of ['/admin', '/export']) t.same(paths[path]?.['get']?.security, [{ 'admin.cookie': [] }], path)
  t.same(paths['/both']?.['get']?.security, [{ cookie: [], 'admin.cookie': [] }])
  t.match(components?.securitySchemes, { cookie: { name: '__Host-login' }, 'admin.cookie': { name: '__Host-login-admin' } })
})

const written: Readonly<Record<string, readonly [schema: object, statuses: readonly string[]]>> = {
  'a status': [{ 401: { description: 'mine', type: 'null' } }, ['401', '403']],
  'the class of a status': [{ 200: { type: 'string' }, '4xx': { description: 'mine', type: 'null' } }, ['200', '4XX']],
  'all that is left': [{ default: { description: 'mine', type: 'null' } }, ['default']]
}

for (const [title, [response, statuses]] of Object.entries(written)) {
  test(`what the author wrote of answers is kept: ${title}`, async t => {
    const app = await createDocumented(t)
    app.get('/', guarded(app, { schema: { response } }), handler)

    const { responses } = await operationOf(t, app)
    t.same(Object.keys(responses), statuses)
    t.ok(Object.values(responses).some(({ description }) => description === 'mine'))
  })
}

test('what the author wrote of security is kept: of a route, of the document, and of a scheme', async t => {
  const scheme = { type: 'http', scheme: 'bearer', description: 'mine' } as const
  const components = { securitySchemes: { cookie: scheme } }
  const app = await createDocumented(t, { swagger: { openapi: { components } } })
  app.get('/open', guarded(app, { schema: { security: [] } }), handler)
  app.get('/', guarded(app), handler)
  const document = await documentOf(t, app)
  t.same(document.paths['/open']?.['get']?.security, [])
  t.same(document.components?.securitySchemes, { cookie: scheme })
  t.same(components, { securitySchemes: { cookie: scheme } }, 'and is not changed')

  const whole = await createDocumented(t, { swagger: { openapi: { components, security: [{ cookie: [] }] } } })
  whole.get('/', guarded(whole), handler)
  const { security, responses } = await operationOf(t, whole)
  t.equal(security, undefined, 'what holds for all holds here')
  t.ok(responses['401'])
})

test('what the author hides stays hidden', async t => {
  const app = await createDocumented(t, { swagger: { ...openapi(), hideUntagged: true } })
  app.get('/tag', guarded(app, { schema: { tags: ['a'] } }), handler)
  app.get('/hide', guarded(app, { schema: { tags: ['a'], hide: true } }), handler)
  app.get('/untagged', guarded(app), handler)
  app.get('/hidden', guarded(app, { schema: { tags: ['X-HIDDEN'] } }), handler)

  t.same(Object.keys((await documentOf(t, app)).paths), ['/tag'])
})

test('a hidden route brings no scheme into the document', async t => {
  const app = await createDocumented(t)
  app.get('/', guarded(app, { schema: { hide: true } }), handler)

  t.equal((await documentOf(t, app)).components?.securitySchemes, undefined)
})

test('a transform of the route runs first, and what it makes is gone on from', async t => {
  const app = await createDocumented(t)
  const hide = { hide: true } satisfies FastifySchema
  app.get('/', guarded(app, { config: { swaggerTransform: ({ url }) => ({ url: `/v1${url}`, schema: { summary: 'mine' } }) } }), handler)
  app.get('/false', guarded(app, { schema: { summary: 'plain' }, config: { swaggerTransform: false } }), handler)
  app.get('/gone', guarded(app, { config: { swaggerTransform: ({ url }) => ({ url, schema: hide }) } }), handler)
  app.get('/open', { config: { swaggerTransform: ({ url }) => ({ url, schema: { summary: 'open' } }) } }, handler)

  const { paths } = await documentOf(t, app)
  t.same(Object.keys(paths), ['/v1/', '/false', '/open'])
  t.match(paths['/v1/']?.['get'], { summary: 'mine', security: cookieOnly })
  t.match(paths['/false']?.['get'], { summary: 'plain', security: cookieOnly })
  t.same(paths['/open']?.['get']?.security, undefined)
  t.match(paths['/open'], { get: { summary: 'open' } })
})

test('other hooks that come upon a route may look at its config, and change it', async t => {
  const app = await createDocumented(t)
  const swaggerTransform = ({ url }: { url: string }): object => ({ url, schema: { summary: 'set' } })
  app.addHook('onRoute', route => {
    if (route.url === '/set') Object.assign(route.config ?? {}, { swaggerTransform })
    else route.config = { ...route.config }
  })
  const config = {}
  app.get('/set', guarded(app, { config }), handler)
  app.get('/spread', guarded(app, { config }), handler)

  const { paths } = await documentOf(t, app)
  t.match(paths['/set'], { get: { summary: 'set', security: cookieOnly } })
  t.same(paths['/spread']?.['get']?.security, cookieOnly)
  t.same(config, {}, 'what the author wrote is not changed')
})

test('the transform of the whole document runs on guarded routes where the plugin knows it', async t => {
  const transform = ({ url, schema }: { url: string, schema: FastifySchema }): { url: string, schema: FastifySchema } =>
    ({ url: `/v1${url}`, schema: { ...schema, summary: 'all', hide: url === '/hidden' } })
  const app = await createDocumented(t, { options: { openapi: { transform } }, swagger: { ...openapi(), transform } })
  for (const url of ['/a', '/hidden']) app.get(url, guarded(app), handler)
  app.get('/open', handler)

  const { paths } = await documentOf(t, app)
  t.same(Object.keys(paths), ['/v1/a', '/v1/open'])
  t.match(paths['/v1/a'], { get: { summary: 'all', security: cookieOnly } })
})

test('a schema that only a transform can read is left to it, and the log says so once', async t => {
  const log = new Log()
  const foreign = { '~standard': { vendor: 'x' } }
  const swagger = { ...openapi(), transform: ({ url }: { url: string }) => ({ url, schema: { summary: 'read' } }) }
  const app = await createDocumented(t, { log, swagger })
  const compilers = { validatorCompiler: () => () => true, serializerCompiler: () => String } as const
  app.get('/body', guarded(app, { ...compilers, schema: { querystring: foreign } }), handler)
  app.get('/answer', guarded(app, { ...compilers, schema: { response: { 200: foreign } } }), handler)

  const { paths } = await documentOf(t, app)
  for (const path of ['/body', '/answer']) t.same(paths[path]?.['get'], { summary: 'read', responses: { 200: { description: 'Default Response' } } }, path)
  t.match(log.messages, [/openapi\.transform/])
  t.equal(log.messages.length, 1)
})

test('with openapi: false a document says nothing of guards', async t => {
  const app = await createDocumented(t, { options: { openapi: false } })
  app.get('/', guarded(app), handler)

  t.same(await operationOf(t, app), { responses: { 200: { description: 'Default Response' } } })
})

for (const off of [false, true]) {
  test(`our own pages are in no document, but what says with a schema what it is${off ? ', whatever the option says' : ''}`, async t => {
    const options = { ...withProvider, routes: { sessions: '/sessions', frontchannelLogout: '/fc' }, ...off ? { openapi: false } as const : {} }
    const app = await createDocumented(t, { options })
    app.addHook('onRequest', app.loginRequired)
    app.get('/guarded', { config: { [ownRoute]: 'guarded' }, schema: { summary: 'a' }, onRequest: [app.loginRequired] } as RouteShorthandOptions, handler)
    app.get('/token', { config: { [ownRoute]: 'callback' }, schema: { summary: 'b' } } as RouteShorthandOptions, handler)

    const { paths } = await documentOf(t, app)
    t.same(Object.keys(paths), ['/guarded', '/token'])
    t.same(paths['/guarded']?.['get']?.security, off ? undefined : cookieOnly)
    t.same(paths['/token'], { get: { summary: 'b', responses: { 200: { description: 'Default Response' } } } })
  })
}

test('answers and bodies are what they are without a document', async t => {
  const app = await createDocumented(t)
  const inside = new Inside()
  const body = { statusCode: 403, code: 'MINE', error: 'x', message: 'y', more: { of: 'it' } }
  app.get('/', { onRequest: [app.loginRequired] }, inside.handler)
  app.get('/mine', { preHandler: [async (_request, reply) => { await reply.code(403).send(body) }, app.loginRequired] }, inside.handler)
  await documentOf(t, app)

  t.match((await app.inject('/')).json(), { statusCode: 401, code: 'FST_LOGIN_UNAUTHORIZED' })
  t.same((await app.inject('/mine')).json(), body)
  t.equal(inside.runs, 0)
})

test('the HEAD of a page is guarded as its GET is', async t => {
  const app = await createDocumented(t, { swagger: { ...openapi(), exposeHeadRoutes: true } })
  app.get('/', guarded(app), handler)

  const { paths } = await documentOf(t, app)
  t.same(Object.keys(paths['/'] ?? {}).sort(), ['get', 'head'])
  t.same(paths['/']?.['head']?.security, cookieOnly)
})

test('without @fastify/swagger the config of a route is untouched', async t => {
  const app = Fastify()
  t.teardown(() => app.close())
  await app.register(authPlugin, { secret: secret() })
  const config = {}
  const seen: unknown[] = []
  app.addHook('onRoute', route => { seen.push(route.config) })
  app.get('/', { ...guarded(app), exposeHeadRoute: false, config }, handler)

  t.equal(seen.length, 1)
  t.equal(seen[0], config)
})
