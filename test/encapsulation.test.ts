import fastifyCookie from '@fastify/cookie'
import fastifySecureSession from '@fastify/secure-session'
import fastifySession from '@fastify/session'
import Fastify, { type FastifyInstance, type FastifyReply, type FastifyRequest } from 'fastify'
import { randomBytes } from 'node:crypto'
import { test } from 'tap'
import { AnonymousUser, authPlugin, type AuthOptions, loginRequired } from '../lib/index.ts'
import { MemoryStore } from '../lib/stores/index.ts'
import { secret } from './_app.ts'
import { type Answer, Jar, setCookiesOf } from './_jar.ts'
import { withProvider } from './guard/_app.ts'

const idOf = ({ currentUser }: FastifyRequest): string => currentUser.isAuthenticated ? currentUser.id : 'nobody'

function named (name: string, options: Partial<AuthOptions> = {}): AuthOptions {
  return { secret: secret(), ...options, session: { cookie: { name } } }
}

/** A scope with the plugin, a door and a room. */
function scopeWith (options: AuthOptions, id: string): (scope: FastifyInstance) => Promise<void> {
  return async scope => {
    await scope.register(authPlugin, options)
    scope.get('/login', async request => { await request.loginUser(id) })
    scope.get('/logout', async request => { await request.logoutUser() })
    scope.get('/who', async request => idOf(request))
    scope.get('/room', { onRequest: [loginRequired] }, async request => idOf(request))
  }
}

test('registered in an inner scope, the plugin leaves the scope outside untouched', async t => {
  const app = Fastify()
  t.teardown(() => app.close())
  await app.register(scopeWith({ secret: secret() }, 'ada'), { prefix: '/inner' })
  app.post('/outside', async request => ({ currentUser: request.currentUser === undefined, loginUser: typeof request.loginUser }))
  await app.ready()

  t.equal(app.loginRequired, undefined)
  for (const name of ['currentUser', 'loginUser', 'logoutUser', 'renewLogin', 'commitLogin', 'loginUrl']) {
    t.notOk(app.hasRequestDecorator(name), name)
  }
  const jar = new Jar().take(await app.inject('/inner/login'))
  const response = await app.inject({
    method: 'POST', url: '/outside', headers: { ...jar.headers, 'sec-fetch-site': 'cross-site' }
  })
  t.equal(response.statusCode, 200, 'its hooks do not run there')
  t.same(response.json(), { currentUser: true, loginUser: 'undefined' })
  t.equal(response.headers['cache-control'], undefined)
})

test('our own routes stand beside the vault, not in its scope', async t => {
  const app = Fastify()
  t.teardown(() => app.close())
  const scopes: FastifyInstance[] = []
  app.addHook('onRoute', function () { scopes.push(this) })
  await app.register(authPlugin, { secret: secret(), ...withProvider, routes: { sessions: '/sessions' } })
  await app.ready()

  t.ok(scopes.length > 4)
  for (const scope of scopes) t.notOk(scope.hasDecorator('createSecureSession'), scope.pluginName)
})

test('the vault inside the plugin leaves no trace of @fastify/secure-session and @fastify/cookie on the application', async t => {
  const app = Fastify()
  t.teardown(() => app.close())
  await app.register(authPlugin, { secret: secret() })
  app.get('/', async (request, reply) => ({
    session: typeof (request as { session?: unknown }).session,
    cookies: typeof (request as { cookies?: unknown }).cookies,
    setCookie: typeof (reply as { setCookie?: unknown }).setCookie
  }))
  await app.ready()

  t.notOk(app.hasPlugin('@fastify/cookie'))
  t.notOk(app.hasPlugin('@fastify/secure-session'))
  for (const name of ['decodeSecureSession', 'createSecureSession', 'encodeSecureSession', 'parseCookie']) {
    t.notOk(app.hasDecorator(name), name)
  }
  t.same((await app.inject('/')).json(), { session: 'undefined', cookies: 'undefined', setCookie: 'undefined' })
})

test('scopes beside each other have people of their own', async t => {
  const app = Fastify()
  t.teardown(() => app.close())
  await app.register(scopeWith(named('staff'), 'boss'), { prefix: '/staff' })
  await app.register(scopeWith(named('guests'), 'guest'), { prefix: '/guests' })
  const jar = new Jar().take(await app.inject('/staff/login')).take(await app.inject('/guests/login'))

  t.equal((await app.inject({ url: '/staff/who', headers: jar.headers })).body, 'boss')
  t.equal((await app.inject({ url: '/guests/who', headers: jar.headers })).body, 'guest')
  jar.take(await app.inject({ url: '/staff/logout', headers: jar.headers }))
  t.same(jar.names, ['guests'])
  t.equal((await app.inject({ url: '/staff/room', headers: jar.headers })).statusCode, 401)
  t.equal((await app.inject({ url: '/guests/room', headers: jar.headers })).body, 'guest')
})

test('a session of one scope is nobody in another one, even with the same secret and under the other name', async t => {
  const app = Fastify()
  t.teardown(() => app.close())
  const shared = { secret: secret() }
  await app.register(scopeWith(named('staff', shared), 'boss'), { prefix: '/staff' })
  await app.register(scopeWith(named('guests', shared), 'guest'), { prefix: '/guests' })
  const guest = new Jar().take(await app.inject('/guests/login'))
  const forged = new Jar().set('staff', String(guest.get('guests')))

  t.equal((await app.inject({ url: '/guests/room', headers: guest.headers })).body, 'guest')
  for (const jar of [guest, forged]) t.equal((await app.inject({ url: '/staff/room', headers: jar.headers })).statusCode, 401)
})

test('scopes inside of the one with the plugin share its people', async t => {
  const app = Fastify()
  t.teardown(() => app.close())
  await scopeWith({ secret: secret() }, 'ada')(app)
  await app.register(async scope => {
    await scope.register(async deeper => {
      deeper.get('/deep', { onRequest: [deeper.loginRequired] }, async request => idOf(request))
    })
  })
  const { headers } = new Jar().take(await app.inject('/login'))

  t.equal((await app.inject('/deep')).statusCode, 401)
  t.equal((await app.inject({ url: '/deep', headers })).body, 'ada')
})

test('a scope that was there before the plugin is covered by it all the same', async t => {
  const app = Fastify()
  t.teardown(() => app.close())
  await app.register(async scope => {
    scope.get('/deep', { onRequest: [loginRequired] }, async request => idOf(request))
    scope.post('/deep', async request => idOf(request))
    scope.get('/deep/login', async request => { await request.loginUser('bob') })
  })
  await scopeWith({ secret: secret() }, 'ada')(app)
  const response = await app.inject('/deep/login')
  const { headers } = new Jar().take(response)

  t.equal(response.headers['cache-control'], 'private, no-store')
  t.equal((await app.inject('/deep')).statusCode, 401)
  t.equal((await app.inject({ url: '/deep', headers })).body, 'bob')
  const foreign = { ...headers, 'sec-fetch-site': 'cross-site' }
  t.equal((await app.inject({ method: 'POST', url: '/deep', headers: foreign })).statusCode, 403)
})

/** Registers things that must not meet. The process has to survive it, so nothing may be thrown past the promise. */
const meetings: Readonly<Record<string, (app: FastifyInstance) => unknown>> = {
  'twice in one scope': app => app.register(authPlugin, named('a')).register(authPlugin, named('b')),
  'twice in one scope, with the same options': app => {
    const options = { secret: secret() }
    return app.register(authPlugin, options).register(authPlugin, options)
  },
  'in a scope inside of one that has it': app => {
    app.register(authPlugin, named('a'))
    return app.register(async scope => { await scope.register(authPlugin, named('b')) })
  },
  'in a scope around one that has it': app => {
    app.register(async scope => { await scope.register(authPlugin, named('a')) })
    return app.register(authPlugin, named('b'))
  },
  'in a scope far around one that has it': app => {
    app.register(async scope => {
      await scope.register(async deeper => { await deeper.register(authPlugin, named('a')) })
    })
    return app.register(authPlugin, named('b'))
  },
  'with one cookie name in two scopes': app => {
    app.register(async scope => { await scope.register(authPlugin, { secret: secret() }) })
    return app.register(async scope => { await scope.register(authPlugin, { secret: secret() }) })
  },
  'twice with one name in one scope': app => {
    app.register(authPlugin, { secret: secret(), name: 'admin' })
    return app.register(authPlugin, { ...named('b'), name: 'admin' })
  },
  'with one name in a scope inside': app => {
    app.register(authPlugin, { secret: secret(), name: 'admin' })
    return app.register(async scope => { await scope.register(authPlugin, { ...named('b'), name: 'admin' }) })
  },
  'with one name in a scope around': app => {
    app.register(async scope => { await scope.register(authPlugin, { secret: secret(), name: 'admin' }) })
    return app.register(authPlugin, { ...named('b'), name: 'admin' })
  },
  'with one name and one cookie in scopes beside each other': app => {
    app.register(async scope => { await scope.register(authPlugin, { secret: secret(), name: 'admin' }) })
    return app.register(async scope => { await scope.register(authPlugin, { secret: secret(), name: 'admin' }) })
  },
  'with two names and one cookie': app => {
    app.register(authPlugin, { ...named('sid'), name: 'admin' })
    return app.register(authPlugin, { ...named('sid'), name: 'staff' })
  },
  'with a name whose cookie is that of a sign-in': app => {
    app.register(authPlugin, { secret: secret() })
    return app.register(authPlugin, { secret: secret(), name: 'binding' })
  },
  'with a name beside "logins" of somebody else': app => {
    app.decorate('logins', { getter: () => ({}) })
    return app.register(authPlugin, { secret: secret(), name: 'admin' })
  },
  'with a name beside "request.logins" of somebody else': app => {
    app.decorateRequest('logins', { getter: () => ({}) })
    return app.register(authPlugin, { secret: secret(), name: 'admin' })
  },
  'beside a request.currentUser of somebody else': app => {
    app.decorateRequest('currentUser', { getter: () => new AnonymousUser() })
    return app.register(authPlugin, { secret: secret() })
  }
}

for (const [title, register] of Object.entries(meetings)) {
  test(`registered ${title}, the plugin is refused with FST_LOGIN_CONFIGURATION, and the process survives`, async t => {
    const app = Fastify()
    t.teardown(() => app.close())
    register(app)

    await t.rejects(async () => { await app.ready() }, { code: 'FST_LOGIN_CONFIGURATION' })
    const next = Fastify()
    t.teardown(() => next.close())
    await next.register(scopeWith({ secret: secret() }, 'ada'))
    t.equal((await next.inject('/who')).body, 'nobody')
  })
}

const withBroker = { publicUrl: 'https://app.example.com', broker: {}, routes: { resourceMetadata: false } } as const

test('a clash names the option that cures it', async t => {
  for (const [first, second, option] of [
    [{ name: 'admin' }, { name: 'admin' }, 'name'],
    [named('sid'), { ...named('sid'), name: 'admin' }, 'session.cookie.name'],
    [withProvider, { ...withProvider, name: 'admin' }, 'routes.prefix'],
    [
      { ...withProvider, routes: { login: '/admin/login' } },
      { ...withProvider, name: 'admin', routes: { prefix: '/auth/admin' } },
      'routes.prefix'
    ],
    [withBroker, { ...withBroker, name: 'admin', routes: { prefix: '/admin', authorizationServerMetadata: false } }, 'broker.issuer'],
    [{ ...withBroker, name: 'admin' }, { ...withBroker, routes: { prefix: '/else', authorizationServerMetadata: false } }, 'broker.issuer']
  ] as const) {
    const app = Fastify()
    t.teardown(() => app.close())
    await app.register(authPlugin, { secret: secret(), ...first })
    await t.rejects(async () => { await app.register(authPlugin, { secret: secret(), ...second }) }, { message: new RegExp(`^"${option}" `) })
  }
})

test('two brokers in one store are two issuers, and each signs with its own keys', async t => {
  const app = Fastify()
  t.teardown(() => app.close())
  const options = { secret: secret(), publicUrl: 'https://app.example.com' }
  const store = new MemoryStore()
  await app.register(authPlugin, { ...options, broker: { store } })
  await app.register(authPlugin, {
    ...options,
    name: 'admin',
    broker: { store, issuer: 'https://app.example.com/admin' },
    routes: { prefix: '/admin/auth', resourceMetadata: false }
  })
  const logins = [app.login, ...Object.values(app.logins)]
  t.equal(logins.length, 2)
  for (const own of logins) {
    const { accessToken } = await own.issueToken('ada')
    for (const login of logins) t.equal((await login.verifyToken(accessToken)).isValid, login === own)
  }
})

test('two registrations that sign tokens are two issuers: by the name of one, each would drop the keys of the other', async t => {
  const register = async (issuer?: string): Promise<unknown> => {
    const app = Fastify()
    t.teardown(() => app.close())
    const options = { secret: secret(), publicUrl: 'https://app.example' }
    await app.register(authPlugin, { ...options, broker: {} })
    const routes = { prefix: '/admin/auth', resourceMetadata: false, authorizationServerMetadata: false } as const
    return await app.register(authPlugin, { ...options, name: 'admin', broker: issuer === undefined ? {} : { issuer }, routes })
  }
  await t.rejects(register(), { code: 'FST_LOGIN_CONFIGURATION', message: /^"broker\.issuer" .*https:\/\/app\.example\/admin/ })
  await t.resolves(register('https://app.example/admin'))
})

test('one name may be used in scopes beside each other, with other cookies and prefixes', async t => {
  const app = Fastify()
  t.teardown(() => app.close())
  for (const [place, id] of [['north', 'nora'], ['south', 'sue']] as const) {
    await app.register(async scope => {
      await scope.register(authPlugin, { ...named(place), ...withProvider, name: 'admin' })
      scope.get('/login', async request => { await request.logins['admin']?.loginUser(id) })
      scope.get('/room', { onRequest: [loginRequired({ login: 'admin' })] }, async () => id)
    }, { prefix: `/${place}` })
  }
  const nora = new Jar().take(await app.inject('/north/login'))

  t.equal((await app.inject({ url: '/north/room', headers: nora.headers })).body, 'nora')
  t.equal((await app.inject({ url: '/south/room', headers: nora.headers })).statusCode, 401)
})

test('a second registration that is awaited rejects', async t => {
  const app = Fastify()
  t.teardown(() => app.close())
  await app.register(authPlugin, { secret: secret() })

  await t.rejects(async () => { await app.register(authPlugin, { secret: secret() }) }, { code: 'FST_LOGIN_CONFIGURATION' })
})

test('two applications in one process may use one cookie name', async t => {
  const options = { secret: secret() }
  for (const id of ['ada', 'bob']) {
    const app = Fastify()
    t.teardown(() => app.close())
    await app.register(scopeWith(options, id))
    const { headers } = new Jar().take(await app.inject('/login'))
    t.equal((await app.inject({ url: '/who', headers })).body, id)
  }
})

interface Cart {
  items?: unknown
}

/** What the application keeps for itself: the types of the two session packages exclude each other. */
interface Shop {
  readonly session: Cart
  readonly cookies: Readonly<Record<string, string | undefined>>
}

type Step = (app: FastifyInstance) => Promise<unknown>

const ours: Step = async app => await app.register(authPlugin, { secret: secret() })
const cookie: Step = async app => await app.register(fastifyCookie)
const secureSession: Step = async app => await app.register(fastifySecureSession, { key: randomBytes(32), cookie: { path: '/' } })
const session: Step = async app => await app.register(fastifySession, { secret: secret(), cookie: { secure: false } })

const orders: Readonly<Record<string, readonly Step[]>> = {
  'after @fastify/cookie and @fastify/secure-session': [cookie, secureSession, ours],
  'before @fastify/cookie and @fastify/secure-session': [ours, cookie, secureSession],
  'between @fastify/cookie and @fastify/secure-session': [cookie, ours, secureSession],
  'after @fastify/secure-session, which brings its own cookies': [secureSession, ours],
  'before @fastify/secure-session, which brings its own cookies': [ours, secureSession],
  'after @fastify/cookie and @fastify/session': [cookie, session, ours],
  'before @fastify/cookie and @fastify/session': [ours, cookie, session],
  'between @fastify/cookie and @fastify/session': [cookie, ours, session]
}

for (const [title, steps] of Object.entries(orders)) {
  test(`registered ${title}, both work on the same routes`, async t => {
    const app = Fastify()
    t.teardown(() => app.close())
    for (const step of steps) await step(app)
    app.get('/fill', async (request, reply) => {
      const shop = request as unknown as Shop
      shop.session.items = [1, 2]
      reply.setCookie('theme', 'dark', { path: '/' })
      await request.loginUser('ada')
      return idOf(request)
    })
    app.get('/look', { onRequest: [app.loginRequired] }, async request => {
      const { session, cookies } = request as unknown as Shop
      return { items: session.items, theme: cookies.theme, id: idOf(request) }
    })
    app.get('/logout', async request => {
      await request.logoutUser()
      return (request as unknown as Shop).session.items
    })

    const filled = await app.inject('/fill')
    const jar = new Jar().take(filled)
    t.equal(setCookiesOf(filled).length, 3)
    t.equal(jar.names.length, 3)
    const looked = await app.inject({ url: '/look', headers: jar.headers })
    t.same(looked.json(), { items: [1, 2], theme: 'dark', id: 'ada' })
    const left = await app.inject({ url: '/logout', headers: jar.headers })
    t.same(left.json(), [1, 2], 'the cart outlives the login')
    jar.take(left)
    t.equal((await app.inject({ url: '/look', headers: jar.headers })).statusCode, 401)
    t.same((await app.inject({ url: '/logout', headers: jar.headers })).json(), [1, 2])
  })
}

for (const [title, steps] of Object.entries({ after: [cookie, ours], before: [ours, cookie] })) {
  test(`registered ${title} @fastify/cookie, both work on the same routes`, async t => {
    const app = Fastify()
    t.teardown(() => app.close())
    for (const step of steps) await step(app)
    app.get('/', async (request: FastifyRequest, reply: FastifyReply) => {
      reply.setCookie('theme', 'dark')
      await request.loginUser('ada')
      return { theme: (request as unknown as Shop).cookies.theme, id: idOf(request) }
    })

    const answer: Answer = await app.inject('/')
    const jar = new Jar().take(answer)
    t.same([...jar.names].sort(), ['__Host-login', 'theme'])
    t.same((await app.inject({ url: '/', headers: jar.headers })).json(), { theme: 'dark', id: 'ada' })
  })
}
