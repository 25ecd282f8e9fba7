import fastifyView from '@fastify/view'
import { Eta } from 'eta'
import Fastify, { type FastifyInstance, type FastifyReply } from 'fastify'
import { type Test, test } from 'tap'
import { authPlugin, type AuthOptions, AuthUser } from '../../lib/index.ts'
import { createClock } from '../../lib/testing/index.ts'
import { setCookiesOf } from '../_jar.ts'
import { secret, signedIn } from './_app.ts'

type Order = 'before' | 'after' | 'inside'
const orders = ['before', 'after', 'inside'] as const

const page = '<%= it.currentUser.isAuthenticated ? it.currentUser.id : "stranger" %> <%= it.text ?? "" %>'

/** Sends a template that is given as text. */
function render (reply: FastifyReply, raw: string, data?: object): unknown {
  return (reply as unknown as { view (page: object, data?: object): unknown }).view({ raw }, data)
}

/** An application whose templates are registered before or after the plugin, or in a scope inside; routes come last. */
async function createViews (
  t: Test, order: Order, options: Partial<AuthOptions>, routes: (scope: FastifyInstance) => void
): Promise<FastifyInstance> {
  const app = Fastify()
  t.teardown(() => app.close())
  const addViews = async (scope: FastifyInstance): Promise<void> => {
    await scope.register(fastifyView, { engine: { eta: new Eta() } })
  }
  if (order === 'before') await addViews(app)
  await app.register(authPlugin, { secret: secret(), ...options })
  if (order === 'after') await addViews(app)
  if (order !== 'inside') routes(app)
  else {
    await app.register(async scope => {
      await addViews(scope)
      routes(scope)
    }, { prefix: '/' })
  }
  return app
}

for (const order of orders) {
  test(`a template knows the user, with @fastify/view registered ${order}`, async t => {
    const app = await createViews(t, order, {}, scope => {
      scope.get('/page', (_request, reply) => render(reply, page, { text: 'hello' }))
      scope.get('/async', async (_request, reply) => await render(reply, page))
    })
    const ada = await signedIn(app, 'ada')

    for (const url of ['/page', '/async']) {
      t.match(await app.inject({ url, ...ada }), { body: /^ada /, headers: { 'cache-control': 'private, no-store', vary: 'Cookie' } })
      t.match((await app.inject(url)).body, /^stranger /)
    }
  })

  test(`an error page and a page that is not there know the user, with @fastify/view ${order}`, async t => {
    const app = await createViews(t, order, {}, scope => {
      scope.setErrorHandler((_error, _request, reply) => render(reply.code(500), page))
      scope.setNotFoundHandler((_request, reply) => render(reply.code(404), page))
      scope.get('/error', async () => { throw new Error('x') })
      scope.get('/refused', { onRequest: [scope.loginRequired({ fresh: true })] }, async () => 'inside')
      scope.get('/early', { onRequest: async () => { throw new Error('x') } }, async () => 'inside')
    })
    const ada = await signedIn(app, 'ada', { fresh: false })

    for (const url of ['/error', '/refused', '/early', '/nowhere']) {
      t.match((await app.inject({ url, ...ada })).body, /^ada /, url)
      t.match((await app.inject(url)).body, /^stranger /, url)
    }
  })

  test(`a page that shows nothing of the user depends on nobody, with @fastify/view ${order}`, async t => {
    const clock = createClock()
    const app = await createViews(t, order, { now: clock.now }, scope => {
      scope.get('/page', (_request, reply) => render(reply, 'the same for <%= it.text %>', { text: 'all' }))
      scope.get('/json', async () => ({ hello: 'world' }))
    })
    const ada = await signedIn(app, 'ada')
    clock.advance(86_400 / 2)

    for (const url of ['/page', '/json']) {
      const response = await app.inject({ url, ...ada })
      t.equal(response.statusCode, 200)
      t.equal(response.headers['cache-control'], undefined)
      t.equal(response.headers.vary, undefined)
      t.same(setCookiesOf(response), [])
    }
  })

  test(`where nobody can find out who it is an error page is rendered all the same, with @fastify/view ${order}`, async t => {
    const known = '<%= String(it.currentUser.isAuthenticated) %> <%= String(it.currentUser.id) %> <%~ JSON.stringify(it.currentUser) %>'
    const loadUser = (): never => { throw new Error('the database is down') }
    const app = await createViews(t, order, { loadUser }, scope => {
      scope.setErrorHandler(({ statusCode = 500 }: { statusCode?: number }, _request, reply) =>
        render(reply.code(statusCode), known))
      scope.get('/guarded', { onRequest: [scope.loginRequired] }, async () => 'inside')
      scope.get('/alone', { config: { auth: false } }, (_request, reply) => render(reply, known))
    })
    const ada = await signedIn(app, 'ada')

    t.match(await app.inject({ url: '/guarded', ...ada }), { statusCode: 503, body: 'undefined undefined {}' })
    t.match(await app.inject({ url: '/alone', ...ada }), { statusCode: 200, body: 'undefined undefined {}' }, 'not "false": nobody looked')
    t.match(await app.inject('/guarded'), { statusCode: 401, body: 'false undefined {"isAuthenticated":false}' })
  })
}

test('everything that a user has is there, and JSON has no more of it than elsewhere', async t => {
  const names = ['identity', 'claims', 'userinfo', 'scopes', 'account', 'isFresh', 'isRemembered', 'authenticatedAt', 'authenticatedBy']
  const app = await createViews(t, 'after', { loadUser: () => ({ secret: 'account' }) }, scope => {
    for (const name of names) {
      scope.get(`/${name}`, (_request, reply) => render(reply, `<%~ JSON.stringify(it.currentUser.${name}) %>`))
    }
    scope.get('/json', (_request, reply) => render(reply, '<%~ JSON.stringify(it.currentUser) %>'))
  })
  const identity = { issuer: 'https://id.example', subject: 's', provider: 'x' }
  const details = { identity, claims: { a: 1 }, userinfo: { b: 2 }, scopes: ['c'], authenticatedAt: 1 }
  const ada = await signedIn(app, new AuthUser('ada', details))

  const expected = { ...details, account: { secret: 'account' }, isFresh: true, isRemembered: false, authenticatedBy: 'cookie' }
  for (const name of names) {
    t.same(JSON.parse((await app.inject({ url: `/${name}`, ...ada })).body), expected[name as keyof typeof expected], name)
  }
  t.same(JSON.parse((await app.inject({ url: '/json', ...ada })).body), { id: 'ada', isAuthenticated: true, claims: { a: 1 } })
})

for (const order of ['after', 'inside'] as const) {
  test(`an application that replaces reply.locals keeps the user, with @fastify/view ${order}`, async t => {
    const app = await createViews(t, order, {}, scope => {
      scope.addHook('preHandler', async (request, reply) => {
        const { url } = request;
        (reply as unknown as { locals: unknown }).locals = url === '/nothing' ? undefined : { text: 'mine', ...url === '/own' ? { currentUser: { id: 'own', isAuthenticated: true } } : {} }
      })
      for (const url of ['/', '/own', '/nothing']) scope.get(url, (_request, reply) => render(reply, page))
    })
    const ada = await signedIn(app, 'ada')

    t.equal((await app.inject({ url: '/', ...ada })).body, 'ada mine')
    t.equal((await app.inject({ url: '/own', ...ada })).body, 'own mine')
    t.equal((await app.inject({ url: '/nothing', ...ada })).body, 'ada ')
  })
}

test('an application that gives one object to all requests shows nobody the user of another', async t => {
  for (const order of orders) {
    const shared = { text: 'mine' }
    const share = async (_request: unknown, reply: unknown): Promise<void> => {
      (reply as { locals: unknown }).locals = shared
    }
    const app = await createViews(t, order, {}, scope => {
      scope.addHook('onRequest', share)
      scope.get('/', (_request, reply) => render(reply, order === 'before' ? '<%= it.text %>' : page))
    })
    const [ada, bob] = [await signedIn(app, 'ada'), await signedIn(app, 'bob')]

    const who = order === 'before' ? ['', '', ''] : ['ada ', 'bob ', 'stranger ']
    for (const [index, headers] of [ada, bob, {}].entries()) {
      t.equal((await app.inject({ url: '/', ...headers })).body, `${String(who[index])}mine`, order)
    }
    t.same(Object.getOwnPropertyNames(shared), ['text'], order)
  }
})

test('nor does one that does so before the plugin looks', async t => {
  const app = Fastify()
  t.teardown(() => app.close())
  const shared = { text: 'mine' }
  app.decorateReply('locals', null)
  app.addHook('onRequest', async (_request, reply) => { (reply as unknown as { locals: unknown }).locals = shared })
  await app.register(authPlugin, { secret: secret() })
  await app.register(fastifyView, { engine: { eta: new Eta() } })
  app.get('/', (_request, reply) => render(reply, page))

  for (const id of ['ada', 'bob']) t.equal((await app.inject({ url: '/', ...await signedIn(app, id) })).body, `${id} mine`)
  t.equal((await app.inject('/')).body, 'stranger mine')
  t.same(Object.getOwnPropertyNames(shared), ['text'])
})

test('what the application has among the locals already stays as it is', async t => {
  const app = Fastify()
  t.teardown(() => app.close())
  app.decorateReply('locals', null)
  const own: Readonly<Record<string, unknown>> = { '/frozen': Object.freeze({ a: 1 }), '/own': { currentUser: 'mine' }, '/none': null }
  app.addHook('onRequest', async (request, reply) => { (reply as unknown as { locals: unknown }).locals = own[request.url] })
  await app.register(authPlugin, { secret: secret() })
  for (const url of Object.keys(own)) {
    app.get(url, async (_request, reply) => ({ locals: (reply as unknown as { locals: unknown }).locals }))
  }

  for (const [url, locals] of Object.entries(own)) t.same((await app.inject(url)).json(), { locals })
})

test('templates: false declares nothing, and so does a registration with a name', async t => {
  for (const options of [{ templates: false }, { name: 'admin' }]) {
    const app = Fastify()
    t.teardown(() => app.close())
    await app.register(authPlugin, { secret: secret(), ...options })
    t.equal(app.hasReplyDecorator('locals'), false)
  }
})
