import type { FastifyInstance } from 'fastify'
import { test } from 'tap'
import { loginRequired } from '../../lib/index.ts'
import { createApp, Inside, signedIn } from './_app.ts'

interface Spelling {
  readonly title: string
  readonly route?: string
  /** Fastify's types do not know all of them. */
  readonly routerOptions?: object
  readonly urls: readonly string[]
}

const spellings: readonly Spelling[] = [
  { title: 'another case', routerOptions: { caseSensitive: false }, urls: ['/secret', '/SECRET', '/SeCrEt?a'] },
  { title: 'a slash at the end', routerOptions: { ignoreTrailingSlash: true }, urls: ['/secret', '/secret/', '/secret/?a'] },
  { title: 'two slashes', routerOptions: { ignoreDuplicateSlashes: true }, urls: ['//secret', '///secret', '//secret?a'] },
  { title: 'a semicolon', routerOptions: { useSemicolonDelimiter: true }, urls: ['/secret;a=b', '/secret;a?b'] },
  { title: 'percent signs', urls: ['/secre%74', '/%73ecret', '/secret?x=%2F'] },
  { title: 'an encoded slash in a parameter', route: '/files/:name', urls: ['/files/a%2Fb', '/files/a%2fb'] },
  { title: 'anything below a wildcard', route: '/files/*', urls: ['/files/a/b', '/files/a%2Fb', '/files//a'] },
  {
    title: 'all of these at once',
    routerOptions: { caseSensitive: false, ignoreTrailingSlash: true, ignoreDuplicateSlashes: true },
    urls: ['//SECRET//', '/Secre%54/', '///secret///?a']
  }
]

for (const { title, route = '/secret', routerOptions = {}, urls } of spellings) {
  test(`the guard is bound to the route, so ${title} in an address leads to it and not around it`, async t => {
    const app = await createApp(t, { server: { routerOptions } })
    const inside = new Inside()
    app.get(route, { onRequest: [app.loginRequired] }, inside.handler)
    const ada = await signedIn(app, 'ada')

    for (const url of urls) t.equal((await app.inject(url)).statusCode, 401, url)
    t.equal(inside.runs, 0)
    for (const url of urls) t.equal((await app.inject({ url, ...ada })).statusCode, 200, url)
  })
}

test('the guard covers a route below a prefix, with and without a slash', async t => {
  const app = await createApp(t)
  const inside = new Inside()
  await app.register(async scope => {
    scope.addHook('onRequest', loginRequired)
    scope.get('/', inside.handler)
    scope.get('/users', inside.handler)
  }, { prefix: '/admin' })
  app.get('/users', async () => 'public')
  const ada = await signedIn(app, 'ada')

  for (const url of ['/admin', '/admin/', '/admin/users']) {
    t.equal((await app.inject(url)).statusCode, 401, url)
    t.equal((await app.inject({ url, ...ada })).statusCode, 200, url)
  }
  t.equal(inside.runs, 3)
  t.equal((await app.inject('/users')).body, 'public')
})

test('the guard covers the constrained route that it stands on, and no other of that address', async t => {
  const app = await createApp(t)
  app.get('/', { constraints: { host: 'admin.example' }, onRequest: [app.loginRequired] }, async () => 'admin')
  app.get('/', { constraints: { version: '2.0.0' }, onRequest: [app.loginRequired] }, async () => 'second')
  app.get('/', async () => 'public')

  t.equal((await app.inject({ url: '/', headers: { host: 'admin.example' } })).statusCode, 401)
  t.equal((await app.inject({ url: '/', headers: { 'accept-version': '2.x' } })).statusCode, 401)
  t.equal((await app.inject('/')).body, 'public')
})

test('the guard covers HEAD', async t => {
  const app = await createApp(t)
  const inside = new Inside()
  app.get('/', { onRequest: [app.loginRequired] }, inside.handler)
  const ada = await signedIn(app, 'ada')

  t.equal((await app.inject({ method: 'HEAD', url: '/' })).statusCode, 401)
  t.equal(inside.runs, 0)
  t.equal((await app.inject({ method: 'HEAD', url: '/', ...ada })).statusCode, 200)
})

test('the guard covers every method', async t => {
  const app = await createApp(t)
  const inside = new Inside()
  app.addHttpMethod('PROPFIND')
  app.all('/', { onRequest: [app.loginRequired] }, inside.handler)

  for (const method of ['GET', 'POST', 'PUT', 'PATCH', 'DELETE', 'OPTIONS', 'PROPFIND'] as const) {
    // light-my-request takes every method, but its types know the usual ones only.
    t.equal((await app.inject({ method: method as 'GET', url: '/' })).statusCode, 401, method)
  }
  t.equal(inside.runs, 0)
})

const preflight = { origin: 'https://other.example', 'access-control-request-method': 'PUT' }

test('a CORS preflight passes the guard, because browsers send no cookie with it', async t => {
  const app = await createApp(t)
  app.options('/', { onRequest: [app.loginRequired] }, async (_request, reply) => reply.code(204).send())

  t.equal((await app.inject({ method: 'OPTIONS', url: '/', headers: preflight })).statusCode, 204)
})

test('a CORS preflight reaches the route that answers all of them, behind a guard of the scope', async t => {
  const app = await createApp(t)
  app.addHook('onRequest', loginRequired)
  app.options('*', async (_request, reply) => reply.code(204).send())
  app.put('/', new Inside().handler)

  t.equal((await app.inject({ method: 'OPTIONS', url: '/', headers: preflight })).statusCode, 204)
})

test('the headers of a preflight open no route that is there for other methods too, and no page that is missing', async t => {
  const app = await createApp(t)
  const inside = new Inside()
  app.addHook('onRequest', loginRequired)
  app.all('/all', inside.handler)
  app.route({ method: ['GET', 'OPTIONS'], url: '/two', handler: inside.handler })
  app.setNotFoundHandler(inside.handler)

  for (const url of ['/all', '/two', '/missing']) {
    t.equal((await app.inject({ method: 'OPTIONS', url, headers: preflight })).statusCode, 401, url)
  }
  t.equal(inside.runs, 0)
})

test('an OPTIONS request that is no preflight does not pass the guard', async t => {
  const app = await createApp(t)
  const inside = new Inside()
  app.options('/', { onRequest: [app.loginRequired] }, inside.handler)

  t.equal((await app.inject({ method: 'OPTIONS', url: '/' })).statusCode, 401)
  t.equal((await app.inject({ method: 'OPTIONS', url: '/', headers: { origin: 'https://other.example' } })).statusCode, 401)
  t.equal(inside.runs, 0)
})

test('the headers of a preflight open nothing for another method', async t => {
  const app = await createApp(t)
  const inside = new Inside()
  app.all('/', { onRequest: [app.loginRequired] }, inside.handler)

  for (const method of ['GET', 'HEAD', 'POST', 'PUT', 'DELETE'] as const) {
    t.equal((await app.inject({ method, url: '/', headers: preflight })).statusCode, 401, method)
  }
  t.equal(inside.runs, 0)
})

const notFound: Readonly<Record<string, (app: FastifyInstance, inside: Inside) => void>> = {
  'a preHandler of the 404 handler': (app, { handler }) => {
    app.setNotFoundHandler({ preHandler: app.loginRequired }, handler)
  },
  'a list of preHandlers of the 404 handler': (app, { handler }) => {
    app.setNotFoundHandler({ preHandler: [loginRequired] }, handler)
  },
  'a preValidation of the 404 handler': (app, { handler }) => {
    app.setNotFoundHandler({ preValidation: app.loginRequired() }, handler)
  },
  'a hook of the scope': (app, { handler }) => {
    app.addHook('onRequest', loginRequired)
    app.setNotFoundHandler(handler)
  },
  'a hook of the scope that was added after the 404 handler': (app, { handler }) => {
    app.setNotFoundHandler(handler)
    app.addHook('preHandler', app.loginRequired)
  }
}

for (const [title, install] of Object.entries(notFound)) {
  test(`the guard covers the 404 handler as ${title}`, async t => {
    const app = await createApp(t)
    const inside = new Inside()
    install(app, inside)
    const ada = await signedIn(app, 'ada')

    for (const method of ['GET', 'HEAD', 'POST'] as const) {
      t.equal((await app.inject({ method, url: '/nowhere' })).statusCode, 401, method)
    }
    t.equal(inside.runs, 0)
    t.equal((await app.inject({ url: '/nowhere', ...ada })).statusCode, 200)
  })
}

test('a hook of the scope covers the 404 handler that Fastify brings along', async t => {
  const app = await createApp(t)
  app.addHook('onRequest', app.loginRequired)
  const ada = await signedIn(app, 'ada')

  t.equal((await app.inject('/nowhere')).statusCode, 401)
  t.equal((await app.inject({ url: '/nowhere', ...ada })).statusCode, 404)
})

test('a hook of an inner scope covers its own 404 handler and not the one outside', async t => {
  const app = await createApp(t)
  const inside = new Inside()
  await app.register(async scope => {
    scope.addHook('onRequest', scope.loginRequired)
    scope.setNotFoundHandler(inside.handler)
  }, { prefix: '/admin' })
  const ada = await signedIn(app, 'ada')

  t.equal((await app.inject('/admin/nowhere')).statusCode, 401)
  t.equal(inside.runs, 0)
  t.equal((await app.inject({ url: '/admin/nowhere', ...ada })).statusCode, 200)
  t.equal((await app.inject('/nowhere')).statusCode, 404)
})

test('reply.callNotFound() behind a guard is still behind the guard', async t => {
  const app = await createApp(t)
  const inside = new Inside()
  app.setNotFoundHandler({ preHandler: app.loginRequired }, inside.handler)
  app.get('/', async (_request, reply) => { reply.callNotFound() })

  t.equal((await app.inject('/')).statusCode, 401)
  t.equal(inside.runs, 0)
})

test('a route that rewriteUrl leads to is guarded like any other', async t => {
  const app = await createApp(t, { server: { rewriteUrl: ({ url = '/' }) => url.replace('/old', '/secret') } })
  const inside = new Inside()
  app.get('/secret', { onRequest: [app.loginRequired] }, inside.handler)

  t.equal((await app.inject('/old')).statusCode, 401)
  t.equal(inside.runs, 0)
})

test('an address that is no address reaches no handler', async t => {
  const app = await createApp(t)
  const inside = new Inside()
  app.get('/:name', { onRequest: [app.loginRequired] }, inside.handler)

  for (const url of ['/%', '/%ff', '/%E0%A4%A']) t.equal((await app.inject(url)).statusCode, 400, url)
  t.equal(inside.runs, 0)
})
