import fastifyAuth from '@fastify/auth'
import Fastify, { type FastifyInstance } from 'fastify'
import { type Test, test } from 'tap'
import { authPlugin, AuthUser, type AuthOptions, loginRequired, type VerifyBasic } from '../../lib/index.ts'
import { createClock } from '../../lib/testing/index.ts'
import { Jar, setCookiesOf } from '../_jar.ts'
import { withBasic } from './_caller.ts'
import { type AppOptions, createApp, Inside, Log, secret, signedIn } from './_app.ts'

const users = { ada: 'lovelace' }
const ada = withBasic('ada', 'lovelace')
const via = ['cookie', 'basic'] as const

/** `/basic` and `/either` say who it is; `/public` says it without a guard. */
async function createBasicApp (t: Test, options: AppOptions = {}): Promise<FastifyInstance> {
  const app = await createApp(t, { basic: { users }, ...options })
  const who = app.loginRequired({ via: ['basic'] })
  app.all('/basic', { onRequest: [who] }, async request => request.currentUser)
  app.all('/either', { onRequest: [app.loginRequired({ via })] }, async request => request.currentUser)
  app.get('/public', async request => request.currentUser)
  return app
}

function verifying (verify: VerifyBasic): Partial<AuthOptions> {
  return { basic: { verify } }
}

test('behind the guard the user is the caller of the credentials, whoever the cookie says it is', async t => {
  const clock = createClock()
  const app = await createApp(t, { basic: { users }, now: clock.now })
  app.get('/', { onRequest: [app.loginRequired({ via })] }, async ({ currentUser }) => ({ ...currentUser, all: currentUser.toJSON() }))
  const bob = await signedIn(app, 'bob')

  const response = await app.inject({ url: '/', headers: { ...bob.headers, ...ada.headers } })
  t.match(response.json(), {
    id: 'ada',
    isAuthenticated: true,
    authenticatedBy: 'basic',
    authenticatedAt: Math.floor(clock.now() / 1000),
    isFresh: true,
    isRemembered: false,
    scopes: [],
    all: { id: 'ada', isAuthenticated: true, claims: {} }
  })
  t.equal((await app.inject({ url: '/', ...bob })).json().id, 'bob')
})

test('without a guard that takes them credentials are nothing: the user is who the cookie says', async t => {
  const app = await createBasicApp(t)
  const bob = await signedIn(app, 'bob')

  t.same((await app.inject({ url: '/public', ...ada })).json(), { isAuthenticated: false })
  t.equal((await app.inject({ url: '/public', headers: { ...bob.headers, ...ada.headers } })).json().id, 'bob')
})

test('where the header decided against somebody, an error page sees nobody', async t => {
  for (const loadUser of [undefined, async () => ({})]) {
    const app = await createApp(t, { basic: { users }, ...loadUser === undefined ? {} : { loadUser } })
    app.setErrorHandler((_error, request, reply) => reply.code(401).send(request.currentUser))
    app.get('/', { onRequest: [app.loginRequired({ via })] }, new Inside().handler)
    const bob = await signedIn(app, 'bob')

    const headers = { ...bob.headers, ...withBasic('ada', 'wrong').headers }
    t.same((await app.inject({ url: '/', headers })).json(), { isAuthenticated: false })
  }
})

for (const loadUser of [undefined, async () => ({})]) {
  test(`such a request writes no cookie and prolongs none, ${loadUser === undefined ? 'without' : 'with'} loadUser`, async t => {
    const clock = createClock()
    const app = await createBasicApp(t, { now: clock.now, ...loadUser === undefined ? {} : { loadUser } })
    const bob = await signedIn(app, 'bob')
    clock.advance(86_400 / 2)

    for (const password of ['lovelace', 'wrong']) {
      const headers = { ...bob.headers, ...withBasic('ada', password).headers }
      for (const url of ['/basic', '/either']) t.same(setCookiesOf(await app.inject({ url, headers })), [], url)
    }
    t.equal(setCookiesOf(await app.inject({ url: '/either', ...bob })).length, 1, 'the cookie alone is prolonged')
  })
}

test('an answer to a caller stays out of shared caches', async t => {
  const app = await createBasicApp(t)
  for (const [password, statusCode] of [['lovelace', 200], ['wrong', 401]] as const) {
    const response = await app.inject({ url: '/basic', ...withBasic('ada', password) })
    t.match(response, { statusCode, headers: { 'cache-control': 'private, no-store' } })
  }
})

test('a state-changing request needs the same-site proof, because browsers send credentials along by themselves', async t => {
  const app = await createBasicApp(t, { publicUrl: 'https://app.example', allowedOrigins: ['https://a.example'] })
  for (const [proof, statusCode] of [
    [{ 'sec-fetch-site': 'cross-site' }, 403], [{ 'sec-fetch-site': 'same-site' }, 403], [{ origin: 'https://evil.example' }, 403],
    [{ origin: 'null' }, 403], [{ 'sec-fetch-site': 'cross-site', origin: 'https://a.example' }, 200],
    [{ 'sec-fetch-site': 'same-origin' }, 200], [{ 'sec-fetch-site': 'none' }, 200], [{ origin: 'https://app.example' }, 200], [{}, 200]
  ] as const) {
    for (const url of ['/basic', '/either']) {
      const response = await app.inject({ method: 'POST', url, headers: { ...ada.headers, ...proof } })
      t.equal(response.statusCode, statusCode, JSON.stringify(proof))
      const wrong = await app.inject({ method: 'POST', url, headers: { ...withBasic('ada', 'x').headers, ...proof } })
      t.equal(wrong.statusCode, statusCode === 200 ? 401 : 403, 'right and wrong credentials are told apart by nobody else')
    }
  }
  t.equal((await app.inject({ url: '/basic', headers: { ...ada.headers, 'sec-fetch-site': 'cross-site' } })).statusCode, 200, 'a GET')
})

test('the user name is the id, or what "verify" says', async t => {
  for (const [answer, id] of [
    [true, 'ada'], ['7', '7'], [new AuthUser('8', { claims: { role: 'robot' } }), '8'], [Promise.resolve(true), 'ada']
  ] as const) {
    const app = await createBasicApp(t, verifying(() => answer))
    t.match((await app.inject({ url: '/basic', ...ada })).json(), { id })
  }
})

test('"verify" is called once for a request, with the name, the password and the request', async t => {
  const calls: unknown[] = []
  const app = await createApp(t, verifying((name, password, request) => calls.push([name, password, request.url]) > 0))
  const guard = app.loginRequired({ via })
  app.get('/', { onRequest: [guard, loginRequired({ via })], preHandler: [guard] }, new Inside().handler)

  t.equal((await app.inject({ url: '/', ...ada })).statusCode, 200)
  t.same(calls, [['ada', 'lovelace', '/']])
  await app.inject({ url: '/', headers: { authorization: 'Basic nonsense' } })
  await app.inject('/')
  t.equal(calls.length, 1, 'there was nothing to verify')
})

for (const answer of [false, null, undefined]) {
  test(`whoever "verify" answers with ${String(answer)} is a stranger`, async t => {
    for (const verify of [() => answer, async () => answer]) {
      const app = await createBasicApp(t, verifying(verify))
      t.equal((await app.inject({ url: '/basic', ...ada })).statusCode, 401)
    }
  })
}

for (const answer of ['', 1, 0, {}, { id: 'ada' }, ['ada']]) {
  test(`what "verify" may not answer lets nobody pass: ${JSON.stringify(answer)}`, async t => {
    const app = await createBasicApp(t, verifying(() => answer as unknown as true))
    const response = await app.inject({ url: '/basic', ...ada })
    t.equal(response.statusCode, 500)
    t.match(response.json(), { code: 'FST_LOGIN_ARGUMENT_INVALID', message: /basic\.verify/ })
  })
}

/** Whatever can be thrown. */
const outages: ReadonlyArray<readonly [string, unknown]> = [
  ['an error', new Error('the table is locked')], ['an error of its own with 500', Object.assign(new Error('x'), { statusCode: 500 })],
  ['undefined', undefined], ['null', null], ['a text', 'x'], ['no error, with a status', { statusCode: 401 }]
]

for (const [what, thrown] of outages) {
  test(`where "verify" throws ${what}, nobody passes: 503, and the log says why`, async t => {
    for (const verify of [() => { throw thrown }, async () => { throw thrown }]) {
      const log = new Log()
      const app = await createBasicApp(t, { ...verifying(verify), server: { logger: log.logger } })
      const response = await app.inject({ url: '/basic', ...ada })
      t.match(response, { statusCode: 503, headers: { 'retry-after': '5' } })
      t.match(response.json(), { code: 'FST_LOGIN_STORE_UNAVAILABLE' })
      t.match(log.messages, ['fastify-login: "basic.verify" failed'])
      t.equal((await app.inject({ url: '/public', ...ada })).statusCode, 200)
    }
  })
}

for (const [what, verify] of [['are wrong', () => false], ['cannot be verified', () => { throw new Error('down') }]] as const) {
  test(`credentials that ${what} are not made up for by the cookie, where either guard would do`, async t => {
    const app = await createApp(t, verifying(verify))
    await app.register(fastifyAuth)
    const guards = [app.loginRequired({ via: ['basic'] }), app.loginRequired({ via: ['cookie'] })]
    app.get('/', { onRequest: app.auth(guards) }, new Inside().handler)
    app.get('/plain', { onRequest: app.auth([guards[0], app.loginRequired] as typeof guards) }, new Inside().handler)
    const bob = await signedIn(app, 'bob')

    for (const url of ['/', '/plain']) {
      t.equal((await app.inject({ url, ...bob })).statusCode, 200, url)
      t.equal((await app.inject({ url, headers: { ...bob.headers, ...ada.headers } })).statusCode, 401, url)
    }
  })
}

test('nor does a key make up for them, and an error page does not say that nobody is there', async t => {
  const authenticators = [{ name: 'key', authenticate: () => 'robot' }]
  const app = await createApp(t, { ...verifying(() => { throw new Error('down') }), authenticators })
  await app.register(fastifyAuth)
  const guards = [app.loginRequired({ via: ['basic'] }), app.loginRequired({ via: ['key'] }), app.loginRequired]
  app.get('/', { onRequest: app.auth(guards as never) }, new Inside().handler)
  app.get('/failed', { onRequest: [app.loginRequired({ via: ['basic'] })] }, new Inside().handler)
  app.setErrorHandler((error, request, reply) => {
    if (request.url === '/failed') t.throws(() => request.currentUser, { code: 'FST_LOGIN_STORE_UNAVAILABLE' })
    return reply.send(error)
  })

  t.equal((await app.inject({ url: '/' })).statusCode, 200)
  t.equal((await app.inject({ url: '/', ...ada })).statusCode, 401)
  t.equal((await app.inject({ url: '/failed', ...ada })).statusCode, 503)
})

test('a refusal of the application itself is passed on', async t => {
  const app = await createBasicApp(t, verifying(() => {
    throw Object.assign(new Error('too many attempts'), { statusCode: 429, headers: { 'retry-after': '60' } })
  }))
  t.match(await app.inject({ url: '/basic', ...ada }), { statusCode: 429, headers: { 'retry-after': '60' } })
})

test('the account of a caller comes from loadUser, which is told how they came', async t => {
  const seen: unknown[] = []
  const app = await createApp(t, {
    basic: { users },
    loadUser: async identity => {
      seen.push(identity)
      return { name: `the account of ${identity.id}` }
    }
  })
  app.get('/', { onRequest: [app.loginRequired({ via: ['basic'] })] }, async ({ currentUser }) =>
    currentUser.isAuthenticated ? currentUser.account : 'nobody')

  t.same((await app.inject({ url: '/', ...ada })).json(), { name: 'the account of ada' })
  t.same(seen, [{ id: 'ada', claims: {}, authenticatedBy: 'basic' }])
})

test('a caller who brings the account is not looked up again', async t => {
  const app = await createApp(t, {
    ...verifying(() => new AuthUser('ada', { account: 'brought' })),
    loadUser: () => { throw new Error('not this') }
  })
  app.get('/', { onRequest: [app.loginRequired({ via: ['basic'] })] }, async ({ currentUser }) =>
    currentUser.isAuthenticated ? { account: currentUser.account } : 'nobody')

  t.same((await app.inject({ url: '/', ...ada })).json(), { account: 'brought' })
})

test('a caller whom loadUser does not accept is refused, and one whom it cannot look up gets 503', async t => {
  let loadUser: () => unknown = () => null
  const app = await createBasicApp(t, { loadUser: () => loadUser() })
  t.equal((await app.inject({ url: '/basic', ...ada })).statusCode, 401)
  loadUser = () => { throw new Error('the database is down') }
  t.equal((await app.inject({ url: '/basic', ...ada })).statusCode, 503)
})

test('there is no session to end or to prolong, and nothing is done in silence', async t => {
  const app = await createApp(t, { basic: { users } })
  app.post('/logout', { onRequest: [app.loginRequired({ via })] }, async request => { await request.logoutUser() })
  app.post('/renew', { onRequest: [app.loginRequired({ via })] }, async request => { await request.renewLogin() })
  const bob = await signedIn(app, 'bob')

  for (const url of ['/logout', '/renew']) {
    const response = await app.inject({ method: 'POST', url, headers: { ...bob.headers, ...ada.headers } })
    t.equal(response.statusCode, 400)
    t.match(response.json(), { code: 'FST_LOGIN_NO_SESSION' })
    t.same(setCookiesOf(response), [])
  }
  t.equal((await app.inject({ method: 'POST', url: '/renew', ...bob })).statusCode, 200, 'the session of the cookie lives')
})

test('an application may give a session for credentials: then the request is that of its person', async t => {
  const app = await createApp(t, { basic: { users } })
  app.post('/session', { onRequest: [app.loginRequired({ via: ['basic'] })] }, async request => {
    const { currentUser } = request
    if (currentUser.isAuthenticated) await request.loginUser(currentUser)
    await request.renewLogin()
    return { ...request.currentUser }
  })
  app.get('/', { onRequest: [app.loginRequired] }, async request => request.currentUser)

  const response = await app.inject({ method: 'POST', url: '/session', ...ada })
  t.match(response.json(), { id: 'ada', authenticatedBy: 'cookie' })
  const jar = new Jar().take(response)
  t.equal((await app.inject({ url: '/', headers: jar.headers })).json().id, 'ada')
  t.equal((await app.inject({ method: 'POST', url: '/session', headers: jar.headers })).statusCode, 401)
})

test('the guard covers HEAD, pages that do not exist, and inner scopes; a preflight passes', async t => {
  const app = await createApp(t, { basic: { users } })
  app.addHook('onRequest', app.loginRequired({ via: ['basic'] }))
  app.get('/', new Inside().handler)
  app.options('/', new Inside().handler)
  await app.register(async scope => { scope.get('/deep', new Inside().handler) })

  for (const [method, url, statusCode] of [
    ['GET', '/', 200], ['HEAD', '/', 200], ['GET', '/deep', 200], ['GET', '/nowhere', 404], ['OPTIONS', '/', 200]
  ] as const) {
    t.equal((await app.inject({ method, url })).statusCode, 401, `${method} ${url}`)
    t.equal((await app.inject({ method, url, ...ada })).statusCode, statusCode, `${method} ${url}`)
  }
  const preflight = { origin: 'https://a.example', 'access-control-request-method': 'GET' }
  t.equal((await app.inject({ method: 'OPTIONS', url: '/', headers: preflight })).statusCode, 200)
})

test('a route that says auth: false lets nobody pass, credentials or not', async t => {
  const app = await createApp(t, { basic: { users } })
  app.get('/', { config: { auth: false }, onRequest: [app.loginRequired({ via: ['basic'] })] }, new Inside().handler)
  t.equal((await app.inject({ url: '/', ...ada })).statusCode, 500)
})

test('credentials of one scope are nothing in the scope beside it', async t => {
  const app = Fastify()
  t.teardown(() => app.close())
  for (const [name, password] of [['staff', 'x'], ['guests', 'y']] as const) {
    await app.register(async scope => {
      const cookie = { name }
      await scope.register(authPlugin, { secret: secret(), session: { cookie }, basic: { users: { ada: password } } })
      scope.get('/', { onRequest: [loginRequired({ via: ['basic'] })] }, new Inside().handler)
    }, { prefix: `/${name}` })
  }

  t.equal((await app.inject({ url: '/staff', ...withBasic('ada', 'x') })).statusCode, 200)
  t.equal((await app.inject({ url: '/guests', ...withBasic('ada', 'x') })).statusCode, 401)
})

test('passwords reach neither the log nor an answer', async t => {
  const log: string[] = []
  const server = { logger: { level: 'trace', stream: { write: (line: string) => { log.push(line) } } } } as const
  const app = await createBasicApp(t, { server, basic: { verify: () => { throw new Error('down') } } })

  const { body } = await app.inject({ url: '/basic', ...ada })
  for (const text of [...log, body]) t.notMatch(text, /lovelace|YWRhOmxvdmVsYWNl/)
})
