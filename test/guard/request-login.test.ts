import Fastify, { type FastifyRequest } from 'fastify'
import { test } from 'tap'
import { AnonymousUser, authPlugin, AuthUser, type SessionIdentity } from '../../lib/index.ts'
import { createClock } from '../../lib/testing/index.ts'
import { Jar, setCookiesOf } from '../_jar.ts'
import { createApp, Inside, Log, navigation, secret, signedIn, withProvider } from './_app.ts'

const idOf = ({ currentUser }: FastifyRequest): string => currentUser.isAuthenticated ? currentUser.id : 'nobody'

test('request.currentUser of a stranger is an AnonymousUser, the same one at each look', async t => {
  const app = await createApp(t)
  app.get('/', async request => {
    const { currentUser } = request
    t.ok(currentUser instanceof AnonymousUser)
    t.equal(request.currentUser, currentUser)
    return currentUser
  })

  t.same((await app.inject('/')).json(), { isAuthenticated: false })
})

test('request.currentUser of a signed-in person is an AuthUser, the same one at each look', async t => {
  const app = await createApp(t)
  app.get('/', async request => {
    const { currentUser } = request
    t.ok(currentUser instanceof AuthUser)
    t.equal(request.currentUser, currentUser)
    return currentUser
  })
  const ada = await signedIn(app, new AuthUser('ada', { claims: { name: 'Ada' } }))

  t.same((await app.inject({ url: '/', ...ada })).json(), { id: 'ada', isAuthenticated: true, claims: { name: 'Ada' } })
})

test('what one request does to the anonymous user, no other one sees', async t => {
  const app = await createApp(t)
  app.get('/', async ({ currentUser }) => Object.isFrozen(currentUser))

  t.equal((await app.inject('/')).body, 'true')
})

test('whatever the cookie says, a stranger is a stranger and no error', async t => {
  const app = await createApp(t, { loadUser: async () => ({}) })
  app.get('/', async request => idOf(request))

  const texts = ['=', '=1', '=1a.b', '=%00', '', '=1x; __Host-login=1y', `=4${'a'.repeat(5000)}`]
  for (const cookie of [';;=;', ...texts.map(text => `__Host-login${text}`)]) {
    t.match(await app.inject({ url: '/', headers: { cookie } }), { statusCode: 200, body: 'nobody' }, cookie)
  }
})

test('a request is anonymous after its logout', async t => {
  const app = await createApp(t)
  app.get('/', async request => {
    const before = idOf(request)
    await request.logoutUser()
    return `${before}, ${idOf(request)}`
  })
  const ada = await signedIn(app, 'ada')

  t.equal((await app.inject({ url: '/', ...ada })).body, 'ada, nobody')
})

test('a request has its new user after its login', async t => {
  const app = await createApp(t)
  app.get('/', async request => {
    const before = idOf(request)
    await request.loginUser('bob')
    return `${before}, ${idOf(request)}`
  })
  const ada = await signedIn(app, 'ada')

  t.equal((await app.inject({ url: '/', ...ada })).body, 'ada, bob')
})

test('a logout of a stranger is no error and sets no cookie', async t => {
  const app = await createApp(t)
  app.get('/', async request => {
    await request.logoutUser()
    return idOf(request)
  })

  const response = await app.inject('/')
  t.equal(response.body, 'nobody')
  t.same(setCookiesOf(response), [])
})

test('renewLogin throws Unauthorized for a stranger', async t => {
  const app = await createApp(t)
  app.get('/', async request => { await request.renewLogin() })

  const response = await app.inject('/')
  t.equal(response.statusCode, 401)
  t.match(response.json(), { code: 'FST_LOGIN_UNAUTHORIZED' })
  t.ok(response.headers['www-authenticate'])
})

test('renewLogin throws Unauthorized after the logout of the same request', async t => {
  const app = await createApp(t)
  app.get('/', async request => {
    await request.logoutUser()
    await request.renewLogin()
  })
  const ada = await signedIn(app, 'ada')

  const response = await app.inject({ url: '/', ...ada })
  t.equal(response.statusCode, 401)
  t.same(new Jar().take(response).names, [])
})

test('renewLogin throws Unauthorized where the session was ended by another request meanwhile', async t => {
  const app = await createApp(t)
  app.post('/logout', async request => { await request.logoutUser() })
  app.get('/', async request => {
    const before = idOf(request)
    const { cookie = '' } = request.headers
    await app.inject({ method: 'POST', url: '/logout', headers: { cookie } })
    await request.renewLogin()
    return before
  })
  const ada = await signedIn(app, 'ada')

  const response = await app.inject({ url: '/', ...ada })
  t.equal(response.statusCode, 401)
  t.same(setCookiesOf(response), [])
})

test('renewLogin after a login of the same request prolongs the new session', async t => {
  const app = await createApp(t)
  app.get('/', async request => {
    await request.loginUser('bob')
    await request.renewLogin()
    return idOf(request)
  })
  const ada = await signedIn(app, 'ada')

  const response = await app.inject({ url: '/', ...ada })
  t.equal(response.body, 'bob')
  t.equal(setCookiesOf(response).length, 1)
})

test('on a route that says auth: false nobody looks, so request.currentUser throws instead of saying anonymous', async t => {
  let calls = 0
  const app = await createApp(t, { loadUser: () => { calls++ } })
  app.get('/', { config: { auth: false } }, async request => idOf(request))
  const ada = await signedIn(app, 'ada')

  for (const headers of [{}, ada.headers]) {
    const response = await app.inject({ url: '/', headers })
    t.equal(response.statusCode, 500)
    t.match(response.json(), { code: 'FST_LOGIN_NOT_AUTHENTICATED' })
  }
  t.equal(calls, 0)
})

test('on a route that says auth: false loginUser works, and then there is a user', async t => {
  const app = await createApp(t)
  app.post('/login', { config: { auth: false } }, async request => {
    await request.loginUser('bob')
    return idOf(request)
  })
  app.get('/who', async request => idOf(request))
  const ada = await signedIn(app, 'ada')

  const response = await app.inject({ method: 'POST', url: '/login', ...ada })
  t.equal(response.body, 'bob')
  t.equal((await app.inject({ url: '/who', headers: new Jar().take(response).headers })).body, 'bob')
  t.equal((await app.inject({ url: '/who', ...ada })).body, 'nobody', 'the session before is dead')
})

test('on a route that says auth: true everything is as usual', async t => {
  const app = await createApp(t)
  app.get('/', { config: { auth: true }, onRequest: [app.loginRequired] }, async request => idOf(request))
  const ada = await signedIn(app, 'ada')

  t.equal((await app.inject('/')).statusCode, 401)
  t.equal((await app.inject({ url: '/', ...ada })).body, 'ada')
})

for (const [title, hasLoadUser, outcome] of [
  ['throws where loadUser has yet to be asked', true, 'FST_LOGIN_NOT_AUTHENTICATED'],
  ['tells the user where everything is local', false, 'ada']
] as const) {
  test(`in a hook before ours request.currentUser ${title}`, async t => {
    const app = Fastify()
    t.teardown(() => app.close())
    let early = ''
    app.addHook('onRequest', async request => {
      try {
        early = idOf(request)
      } catch (error) {
        early = (error as { code: string }).code
      }
    })
    let calls = 0
    const counted = hasLoadUser ? { loadUser: async () => ({ calls: ++calls }) } : {}
    await app.register(authPlugin, { secret: secret(), ...counted })
    app.get('/', async request => idOf(request))
    const ada = await signedIn(app, 'ada')

    t.equal((await app.inject({ url: '/', ...ada })).body, 'ada', 'and later it is there')
    t.equal(early, outcome)
    t.equal(calls, hasLoadUser ? 1 : 0)
  })
}

test('a failed look in a hook before ours, where nobody waits for it, is no unhandled rejection', async t => {
  const app = Fastify()
  t.teardown(() => app.close())
  app.addHook('onRequest', async request => { t.throws(() => idOf(request), { code: 'FST_LOGIN_NOT_AUTHENTICATED' }) })
  app.addHook('onRequest', async (_request, reply) => reply.send('early'))
  await app.register(authPlugin, { secret: secret(), loadUser: async () => { throw new Error('broken') } })
  app.get('/', async () => 'late')
  const ada = await signedIn(app, 'ada')

  t.equal((await app.inject({ url: '/', ...ada })).body, 'early')
  await new Promise(resolve => { setImmediate(resolve) })
})

test('loadUser is asked once for a request, whoever wants to know', async t => {
  let calls = 0
  const app = await createApp(t, { loadUser: async () => ({ calls: ++calls }) })
  const guards = { onRequest: [app.loginRequired], preHandler: [app.loginRequired({ maxAge: 60 })] }
  app.get('/', guards, async request => `${idOf(request)} ${idOf(request)}`)
  const ada = await signedIn(app, 'ada')

  t.equal((await app.inject({ url: '/', ...ada })).body, 'ada ada')
  t.equal(calls, 1)
  await app.inject({ url: '/', ...ada })
  t.equal(calls, 2)
})

test('loadUser is not asked about a stranger', async t => {
  let calls = 0
  const app = await createApp(t, { loadUser: () => { calls++ } })
  app.get('/', async request => idOf(request))

  for (const headers of [{}, { cookie: 'a=b' }, { cookie: '__Host-login=1nonsense' }]) {
    t.equal((await app.inject({ url: '/', headers })).body, 'nobody')
  }
  t.equal(calls, 0)
})

test('loadUser is told who it is and for which request', async t => {
  const seen: Array<[SessionIdentity, string]> = []
  const app = await createApp(t, { loadUser: (identity, request) => seen.push([identity, request.url]) })
  app.get('/who', async request => idOf(request))
  const identity = { issuer: 'https://id.example', subject: 's', provider: 'main' }
  const ada = await signedIn(app, new AuthUser('ada', { identity, claims: { name: 'Ada' } }))
  const bob = await signedIn(app, 'bob')

  await app.inject({ url: '/who', ...ada })
  await app.inject({ url: '/who', ...bob })
  t.same(seen, [
    [{ id: 'ada', ...identity, claims: { name: 'Ada' }, authenticatedBy: 'cookie' }, '/who'],
    [{ id: 'bob', claims: {}, authenticatedBy: 'cookie' }, '/who']
  ])
})

test('what loadUser returned is the account of the user, and never in its JSON', async t => {
  const app = await createApp(t, { loadUser: ({ id }) => ({ passwordHash: `hash of ${id}` }) })
  app.get('/', async ({ currentUser }) => {
    t.match(currentUser, { account: { passwordHash: 'hash of ada' } })
    return { currentUser, text: JSON.stringify(currentUser) }
  })
  const ada = await signedIn(app, 'ada')

  const response = await app.inject({ url: '/', ...ada })
  t.match(response.json(), { currentUser: { id: 'ada' } })
  t.notMatch(response.body, /hash|account/)
})

test('the account is there after a login and after renewLogin of the same request', async t => {
  const app = await createApp(t, { loadUser: ({ id }) => ({ name: id.toUpperCase() }) })
  const account = ({ currentUser }: FastifyRequest): unknown => currentUser.isAuthenticated && currentUser.account
  app.get('/login', async request => {
    await request.loginUser('bob')
    return account(request)
  })
  app.get('/renew', async request => {
    await request.renewLogin()
    return account(request)
  })
  const ada = await signedIn(app, 'ada')

  t.same((await app.inject('/login')).json(), { name: 'BOB' })
  t.same((await app.inject({ url: '/renew', ...ada })).json(), { name: 'ADA' })
})

const nobodies: ReadonlyArray<readonly [string, () => unknown]> = [
  ['null', () => null],
  ['undefined', () => undefined],
  ['a promise of null', async () => null],
  ['a promise of undefined', async () => undefined]
]

for (const [title, nobody] of nobodies) {
  test(`where loadUser gives ${title} the session has ended for good, also for a copy of the cookie`, async t => {
    let calls = 0
    const app = await createApp(t, { loadUser: () => calls++ === 0 ? nobody() : {} })
    app.get('/', { onRequest: [app.loginRequired] }, new Inside().handler)
    app.get('/who', async request => idOf(request))
    const ada = await signedIn(app, 'ada')

    const response = await app.inject({ url: '/', ...ada })
    t.equal(response.statusCode, 401)
    t.match(setCookiesOf(response), [/^__Host-login=; Max-Age=0;/])
    t.match(response.headers, { 'cache-control': 'private, no-store', vary: 'Cookie' })
    t.equal((await app.inject({ url: '/who', ...ada })).body, 'nobody')
    t.equal(calls, 1)
  })
}

test('where loadUser gives null the cookie is also cleared by a route that never asked', async t => {
  const app = await createApp(t, { loadUser: () => null })
  app.get('/', async () => 'public')
  const ada = await signedIn(app, 'ada')

  const response = await app.inject({ url: '/', ...ada })
  t.equal(response.body, 'public')
  t.match(setCookiesOf(response), [/^__Host-login=; Max-Age=0;/])
})

test('an account that is false or empty is an account', async t => {
  const accounts: readonly unknown[] = [false, 0, '']
  let calls = 0
  const app = await createApp(t, { loadUser: () => accounts[calls++] })
  app.get('/', { onRequest: [app.loginRequired] }, new Inside().handler)
  const ada = await signedIn(app, 'ada')

  for (const account of accounts) t.equal((await app.inject({ url: '/', ...ada })).statusCode, 200, String(account))
})

const failures: ReadonlyArray<readonly [string, () => unknown]> = [
  ['throws', () => { throw new Error('database at 10.0.0.7 is down') }],
  ['rejects', async () => { throw new Error('database at 10.0.0.7 is down') }]
]

for (const [title, loadUser] of failures) {
  test(`where loadUser ${title} the guard answers 503 with Retry-After, and keeps the reason to the log`, async t => {
    const log = new Log()
    const app = await createApp(t, { loadUser, server: { logger: log.logger } })
    const inside = new Inside()
    app.get('/', { onRequest: [app.loginRequired] }, inside.handler)
    const ada = await signedIn(app, 'ada')

    const response = await app.inject({ url: '/', ...ada })
    t.equal(response.statusCode, 503)
    t.equal(response.headers['retry-after'], '5')
    t.match(response.json(), { code: 'FST_LOGIN_STORE_UNAVAILABLE' })
    t.notMatch(response.body, /10\.0\.0\.7/)
    t.match(log.lines, [{ level: 50, msg: /loadUser failed/ }, { level: 50 }])
    t.equal(inside.runs, 0)
  })

  test(`where loadUser ${title} the getter throws 503 too, each time, and nobody is signed out`, async t => {
    const app = await createApp(t, { loadUser })
    app.get('/', async request => {
      t.throws(() => idOf(request), { code: 'FST_LOGIN_STORE_UNAVAILABLE' })
      return idOf(request)
    })
    const ada = await signedIn(app, 'ada')

    const response = await app.inject({ url: '/', ...ada })
    t.equal(response.statusCode, 503)
    t.equal(response.headers['retry-after'], '5')
    t.same(setCookiesOf(response), [])
  })

  test(`where loadUser ${title} a route that never asks is unharmed`, async t => {
    const app = await createApp(t, { loadUser })
    app.get('/', async () => 'public')
    const ada = await signedIn(app, 'ada')

    const response = await app.inject({ url: '/', ...ada })
    t.equal(response.body, 'public')
    t.same(setCookiesOf(response), [])
    t.equal(response.headers['cache-control'], undefined)
  })

  test(`where loadUser ${title} at a login nothing has changed`, async t => {
    const app = await createApp(t, { loadUser: ({ id }) => id === 'bob' ? loadUser() : {} })
    app.get('/', async request => {
      await t.rejects(request.loginUser('bob'), { code: 'FST_LOGIN_STORE_UNAVAILABLE' })
      return idOf(request)
    })
    const ada = await signedIn(app, 'ada')

    const response = await app.inject({ url: '/', ...ada })
    t.equal(response.body, 'ada')
    t.same(setCookiesOf(response), [])
  })
}

for (const [title, nobody] of nobodies) {
  test(`where loadUser gives ${title} at a login it is refused with 403, and nothing has changed`, async t => {
    const app = await createApp(t, { loadUser: ({ id }) => id === 'bob' ? nobody() : {} })
    app.get('/who', async request => idOf(request))
    app.post('/login', async request => { await request.loginUser('bob') })
    const ada = await signedIn(app, 'ada')

    const response = await app.inject({ method: 'POST', url: '/login', ...ada })
    t.equal(response.statusCode, 403)
    t.match(response.json(), { code: 'FST_LOGIN_USER_REFUSED' })
    t.same(setCookiesOf(response), [])
    t.equal((await app.inject({ url: '/who', ...ada })).body, 'ada')
  })
}

test('a login works in a request whose loadUser failed, and then there is a user', async t => {
  const app = await createApp(t, { loadUser: ({ id }) => id === 'ada' ? Promise.reject(new Error('broken')) : {} })
  app.get('/', async request => {
    t.throws(() => idOf(request), { code: 'FST_LOGIN_STORE_UNAVAILABLE' })
    await request.loginUser('bob')
    return idOf(request)
  })
  const ada = await signedIn(app, 'ada')

  t.equal((await app.inject({ url: '/', ...ada })).body, 'bob')
})

for (const [title, options] of [['without', {}], ['with', { loadUser: async () => ({}) }]] as const) {
  test(`${title} loadUser a clock that fails harms no route that never asks, and does so at each look`, async t => {
    const clock = createClock()
    let isBroken = false
    function now (): number {
      if (isBroken) throw new Error('broken clock')
      return clock.now()
    }
    const app = await createApp(t, { now, ...options })
    app.get('/public', async () => 'public')
    app.get('/', async request => {
      for (const look of [1, 2]) t.throws(() => idOf(request), { message: 'broken clock' }, `look ${look}`)
      return 'seen'
    })
    const ada = await signedIn(app, 'ada')
    isBroken = true

    t.equal((await app.inject({ url: '/', ...ada })).body, 'seen')
    t.equal((await app.inject({ url: '/public', ...ada })).body, 'public')
  })
}

test('a logout in a hook before ours holds, and loadUser is not asked any more', async t => {
  const app = Fastify()
  t.teardown(() => app.close())
  let calls = 0
  app.addHook('onRequest', async request => { await request.logoutUser() })
  await app.register(authPlugin, { secret: secret(), loadUser: () => ({ calls: ++calls }) })
  app.get('/', async request => idOf(request))
  const ada = await signedIn(app, 'ada')

  t.equal((await app.inject({ url: '/', ...ada })).body, 'nobody')
  t.equal(calls, 0)
})

/** A provider of which everything is known beforehand, so that a sign-in can begin without asking it. */
const metadata = {
  issuer: 'http://localhost:1',
  authorization_endpoint: 'http://localhost:1/authorize',
  token_endpoint: 'http://localhost:1/token',
  jwks_uri: 'http://localhost:1/keys'
}
const knownProvider = { ...withProvider, oidc: { ...withProvider.oidc, metadata } }

test('a sign-in that begins sets the binding cookie, and its answer is for one person only', async t => {
  const app = await createApp(t, knownProvider)

  const response = await app.inject({ url: '/auth/login', headers: navigation })
  t.equal(response.statusCode, 302)
  t.same(new Jar().take(response).names, ['login-3000-binding'])
  t.match(response.headers, { 'cache-control': 'private, no-store', vary: 'Cookie' })
})

test('a sign-in that begins leaves the session that is', async t => {
  const app = await createApp(t, knownProvider)
  app.get('/who', async request => idOf(request))
  const ada = await signedIn(app, 'ada')

  const response = await app.inject({ url: '/auth/login', headers: { ...ada.headers, ...navigation } })
  t.same(new Jar().take(response).names, ['login-3000-binding'])
  t.equal((await app.inject({ url: '/who', ...ada })).body, 'ada')
})

test('logoutUser ends the sign-ins that are under way too: it clears the binding cookie', async t => {
  const app = await createApp(t, knownProvider)
  app.get('/logout', async request => { await request.logoutUser() })
  const jar = new Jar().take(await app.inject({ url: '/auth/login', headers: navigation }))

  jar.take(await app.inject({ url: '/logout', headers: jar.headers }))
  t.same(jar.names, [])
})
