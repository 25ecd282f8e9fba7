import Fastify, { type FastifyInstance, type FastifyRequest } from 'fastify'
import { type Test, test } from 'tap'
import { type Authenticator, authPlugin, AuthUser, type Caller, loginRequired } from '../../lib/index.ts'
import { createClock } from '../../lib/testing/index.ts'
import { Jar, setCookiesOf } from '../_jar.ts'
import { withBasic } from './_caller.ts'
import { type AppOptions, createApp, Inside, Log, navigation, secret, signedIn, withProvider } from './_app.ts'

/** Knows a few keys, and counts how often it was asked. */
class Keys implements Authenticator {
  readonly name: string
  readonly #keys: Readonly<Record<string, Caller>>
  asked = 0

  constructor (name = 'api-key', keys: Readonly<Record<string, Caller>> = { k1: 'robot' }) {
    this.name = name
    this.#keys = keys
  }

  authenticate ({ headers }: FastifyRequest): Caller {
    this.asked++
    return this.#keys[String(headers[`x-${this.name}`])]
  }
}

const robot = { 'x-api-key': 'k1' }

/** `/` is guarded, `/cookie` and `/key` take one kind, `/public` says who it is. */
async function createKeyApp (t: Test, options: AppOptions = {}): Promise<FastifyInstance> {
  const app = await createApp(t, { authenticators: [new Keys()], ...options })
  app.all('/', { onRequest: [app.loginRequired] }, async request => request.currentUser)
  app.get('/cookie', { onRequest: [app.loginRequired({ via: ['cookie'] })] }, async request => request.currentUser)
  app.get('/key', { onRequest: [app.loginRequired({ via: ['api-key'] })] }, async request => request.currentUser)
  app.get('/public', async request => request.currentUser)
  return app
}

test('a guard lets pass whom an authenticator names, and everybody sees who it is', async t => {
  const app = await createKeyApp(t)
  for (const url of ['/', '/key', '/public']) {
    const response = await app.inject({ url, headers: robot })
    t.equal(response.json().id, 'robot', url)
    t.equal(response.headers['cache-control'], 'private, no-store')
  }
  for (const headers of [{}, { 'x-api-key': 'wrong' }]) {
    t.equal((await app.inject({ url: '/', headers })).statusCode, 401)
    t.same((await app.inject({ url: '/public', headers })).json(), { isAuthenticated: false })
  }
})

test('a hook of the application sees who it is already', async t => {
  const app = await createApp(t, { authenticators: [async () => 'robot'] })
  const seen: unknown[] = []
  app.addHook('onRequest', async ({ currentUser }) => { seen.push(currentUser.isAuthenticated && currentUser.id) })
  app.get('/', new Inside().handler)

  await app.inject('/')
  await app.inject('/nowhere')
  t.same(seen, ['robot', 'robot'])
})

test('the first that names somebody decides, before the cookie, and the others are not asked', async t => {
  const keys = [new Keys('first', {}), new Keys('second', { x: 'robot' }), new Keys('third', { x: 'other' })]
  const app = await createApp(t, { authenticators: keys })
  app.get('/', { onRequest: [app.loginRequired, loginRequired] }, async ({ currentUser }) => ({ ...currentUser }))
  const ada = await signedIn(app, 'ada')

  const headers = { ...ada.headers, 'x-second': 'x', 'x-third': 'x' }
  t.match((await app.inject({ url: '/', headers })).json(), { id: 'robot', authenticatedBy: 'second' })
  t.same(keys.map(({ asked }) => asked), [1, 1, 0])
  t.equal((await app.inject({ url: '/', ...ada })).json().id, 'ada', 'the cookie, where no key is')
  t.same(keys.map(({ asked }) => asked), [2, 2, 1])
})

test('nobody is asked on a route that says auth: false, nor on our own pages', async t => {
  const key = new Keys()
  const app = await createApp(t, { ...withProvider, authenticators: [key] })
  app.get('/alone', { config: { auth: false } }, new Inside().handler)

  t.equal((await app.inject({ url: '/alone', headers: robot })).statusCode, 200)
  t.equal((await app.inject({ url: '/auth/logged-out', headers: { ...navigation, ...robot } })).statusCode, 200)
  t.equal(key.asked, 0)
})

test('a key does not hinder a person from signing out on our own page', async t => {
  const app = await createApp(t, { ...withProvider, authenticators: [() => 'robot'] })
  const ada = await signedIn(app, 'ada')

  const response = await app.inject({ method: 'POST', url: '/auth/logout', ...ada })
  t.equal(response.statusCode, 303)
  t.match(setCookiesOf(response), [/Max-Age=0/])
})

test('a guard takes what it names, and turns to the next evidence where something else was found first', async t => {
  const app = await createKeyApp(t)
  const ada = await signedIn(app, 'ada')
  const both = { ...ada.headers, ...robot }

  t.equal((await app.inject({ url: '/cookie', headers: robot })).statusCode, 401)
  t.equal((await app.inject({ url: '/key', ...ada })).statusCode, 401)
  t.equal((await app.inject({ url: '/cookie', headers: both })).json().id, 'ada')
  t.equal((await app.inject({ url: '/key', headers: both })).json().id, 'robot')
  t.equal((await app.inject({ url: '/', headers: both })).json().id, 'robot')
})

test('a route for keys asks for a key, never for a sign-in', async t => {
  const app = await createApp(t, { ...withProvider, authenticators: [new Keys(), new Keys('hmac')] })
  app.get('/', { onRequest: [app.loginRequired({ via: ['api-key', 'hmac'] })] }, new Inside().handler)

  const response = await app.inject({ url: '/', headers: navigation })
  t.equal(response.statusCode, 401)
  const realm = 'realm="http://localhost:3000"'
  t.equal(response.headers['www-authenticate'], `api-key ${realm}, hmac ${realm}`)
})

test('basic credentials and keys live beside each other', async t => {
  const app = await createApp(t, { authenticators: [new Keys()], basic: { users: { ada: 'lovelace' } } })
  const guard = app.loginRequired({ via: ['basic', 'api-key'] })
  app.get('/', { onRequest: [guard] }, async request => request.currentUser)
  const ada = withBasic('ada', 'lovelace')

  t.equal((await app.inject({ url: '/', ...ada })).json().id, 'ada')
  t.equal((await app.inject({ url: '/', headers: robot })).json().id, 'robot')
  t.equal((await app.inject({ url: '/', headers: { ...robot, ...ada.headers } })).json().id, 'ada', 'the header decides')
  const wrong = { ...robot, ...withBasic('ada', 'wrong').headers }
  t.equal((await app.inject({ url: '/', headers: wrong })).statusCode, 401, 'alone')
})

test('such a request writes no cookie and prolongs none', async t => {
  const clock = createClock()
  const app = await createKeyApp(t, { now: clock.now })
  const ada = await signedIn(app, 'ada')
  clock.advance(86_400 / 2)

  for (const url of ['/', '/key', '/public']) {
    t.same(setCookiesOf(await app.inject({ url, headers: { ...ada.headers, ...robot } })), [], url)
  }
  t.equal(setCookiesOf(await app.inject({ url: '/cookie', headers: { ...ada.headers, ...robot } })).length, 1)
})

test('with a key a request has no session to end or to prolong, unless a guard took its cookie', async t => {
  const app = await createApp(t, { authenticators: [new Keys()] })
  app.post('/logout', async request => { await request.logoutUser() })
  app.post('/renew', async request => { await request.renewLogin() })
  app.post('/cookie', { onRequest: [app.loginRequired({ via: ['cookie'] })] }, async request => { await request.logoutUser() })
  const ada = await signedIn(app, 'ada')
  const headers = { ...ada.headers, ...robot }

  for (const url of ['/logout', '/renew']) {
    const response = await app.inject({ method: 'POST', url, headers })
    t.equal(response.statusCode, 400)
    t.match(response.json(), { code: 'FST_LOGIN_NO_SESSION' })
  }
  const response = await app.inject({ method: 'POST', url: '/cookie', headers })
  t.equal(response.statusCode, 200)
  t.match(setCookiesOf(response), [/Max-Age=0/])
})

test('an application may give a session for a key', async t => {
  const app = await createKeyApp(t)
  app.post('/session', { onRequest: [app.loginRequired({ via: ['api-key'] })] }, async request => {
    await request.loginUser('robot')
    return { ...request.currentUser }
  })

  const response = await app.inject({ method: 'POST', url: '/session', headers: robot })
  t.match(response.json(), { authenticatedBy: 'cookie' })
  t.equal((await app.inject({ url: '/cookie', headers: new Jar().take(response).headers })).json().id, 'robot')
  const foreign = { ...robot, 'sec-fetch-site': 'cross-site' }
  t.equal((await app.inject({ method: 'POST', url: '/session', headers: foreign })).statusCode, 403)
})

test('with our cookie a state-changing request of another site is refused, whatever key it has; a key alone passes', async t => {
  const key = new Keys()
  const app = await createKeyApp(t, { authenticators: [key] })
  const ada = await signedIn(app, 'ada')
  const foreign = { 'sec-fetch-site': 'cross-site', origin: 'https://evil.example' }

  const response = await app.inject({ method: 'POST', url: '/', headers: { ...ada.headers, ...robot, ...foreign } })
  t.match(response.json(), { statusCode: 403, code: 'FST_LOGIN_CROSS_SITE' })
  t.equal(key.asked, 0)
  t.equal((await app.inject({ method: 'POST', url: '/', headers: { ...robot, ...foreign } })).statusCode, 200)
})

test('a key is fresh only where it says when somebody proved who they are', async t => {
  const now = Math.floor(Date.now() / 1000)
  const app = await createApp(t, {
    authenticators: [new Keys('api-key', {
      text: 'robot',
      silent: new AuthUser('robot'),
      now: new AuthUser('robot', { authenticatedAt: now }),
      old: new AuthUser('robot', { authenticatedAt: now - 600 }),
      stale: new AuthUser('robot', { authenticatedAt: now, isFresh: false })
    })]
  })
  app.get('/fresh', { onRequest: [app.loginRequired({ fresh: true })] }, new Inside().handler)
  app.get('/recent', { onRequest: [app.loginRequired({ maxAge: 300 })] }, new Inside().handler)

  for (const [key, fresh, recent] of [
    ['text', 401, 401], ['silent', 401, 401], ['now', 200, 200], ['old', 200, 401], ['stale', 401, 200]
  ] as const) {
    const headers = { 'x-api-key': key }
    t.equal((await app.inject({ url: '/fresh', headers })).statusCode, fresh, key)
    t.equal((await app.inject({ url: '/recent', headers })).statusCode, recent, key)
  }
})

test('what an AuthUser says of itself is kept, but not how it came', async t => {
  const identity = { issuer: 'https://id.example', subject: 's', provider: 'x' }
  const details = { identity, claims: { role: 'x' }, userinfo: { a: 1 }, scopes: ['read'], isRemembered: true, authenticatedBy: 'cookie' }
  const app = await createApp(t, { authenticators: [async () => new AuthUser('robot', details)] })
  app.get('/', async ({ currentUser }) => ({ ...currentUser }))

  t.same((await app.inject('/')).json(), {
    isAuthenticated: true,
    id: 'robot',
    identity,
    claims: { role: 'x' },
    userinfo: { a: 1 },
    scopes: ['read'],
    isFresh: false,
    isRemembered: false,
    authenticatedBy: 'authenticator'
  })
})

test('loadUser is asked for callers too, and a caller whom it refuses is nobody, whoever the cookie says it is', async t => {
  const seen: unknown[] = []
  const app = await createKeyApp(t, {
    loadUser: ({ id, authenticatedBy }) => {
      seen.push([id, authenticatedBy])
      return id === 'robot' ? null : {}
    }
  })
  const ada = await signedIn(app, 'ada')
  const both = { ...ada.headers, ...robot }

  t.equal((await app.inject({ url: '/', headers: both })).statusCode, 401)
  t.same((await app.inject({ url: '/public', headers: both })).json(), { isAuthenticated: false })
  t.same(seen, [['robot', 'api-key'], ['robot', 'api-key']])
  t.equal((await app.inject({ url: '/cookie', ...ada })).json().id, 'ada', 'the session lives')
})

test('where an authenticator fails nobody passes: 503 for who asks, and for nobody else', async t => {
  for (const authenticate of [() => { throw new Error('down') }, async () => { throw undefined }]) { // eslint-disable-line no-throw-literal
    const log = new Log()
    const app = await createApp(t, { authenticators: [{ name: 'api-key', authenticate }], server: { logger: log.logger } })
    app.get('/guarded', { onRequest: [loginRequired] }, new Inside().handler)
    app.get('/asks', async request => request.currentUser)
    app.get('/cookie', { onRequest: [loginRequired({ via: ['cookie'] })] }, async request => request.currentUser)
    app.get('/public', new Inside().handler)
    const ada = await signedIn(app, 'ada')

    for (const url of ['/guarded', '/asks']) {
      const response = await app.inject({ url, ...ada })
      t.equal(response.statusCode, 503, url)
      t.match(response.json(), { code: 'FST_LOGIN_STORE_UNAVAILABLE' })
    }
    t.equal((await app.inject({ url: '/public', ...ada })).statusCode, 200)
    t.equal((await app.inject({ url: '/cookie', ...ada })).json().id, 'ada', 'who does not need it is not hindered')
    t.match(log.messages[0], 'fastify-login: "authenticators[0]" failed')
  }
})

test('a refusal of the application itself is passed on to who asks', async t => {
  const app = await createKeyApp(t, {
    authenticators: [{ name: 'api-key', authenticate () { throw Object.assign(new Error('expired key'), { statusCode: 401, code: 'KEY_EXPIRED' }) } }]
  })
  app.get('/silent', new Inside().handler)
  for (const url of ['/', '/public', '/key']) t.match((await app.inject(url)).json(), { statusCode: 401, code: 'KEY_EXPIRED' })
  t.equal((await app.inject('/silent')).statusCode, 200)
})

test('what an authenticator may not answer lets nobody pass', async t => {
  for (const answer of [true, '', 7, {}]) {
    const app = await createKeyApp(t, { authenticators: [{ name: 'api-key', authenticate: () => answer as unknown as string }] })
    t.match((await app.inject('/')).json(), { code: 'FST_LOGIN_ARGUMENT_INVALID', message: /authenticators\[0\]/ })
  }
})

test('in a hook before ours nobody has looked yet, and nothing goes unhandled', async t => {
  const app = Fastify()
  t.teardown(() => app.close())
  app.addHook('onRequest', async request => {
    t.throws(() => request.currentUser, { code: 'FST_LOGIN_NOT_AUTHENTICATED' })
  })
  await app.register(authPlugin, { secret: secret(), authenticators: [async () => { throw new Error('down') }, async () => 'robot'] })
  app.get('/', new Inside().handler)

  t.equal((await app.inject('/')).statusCode, 200)
})

test('two guards that take different evidence both have to be content', async t => {
  const key = new Keys()
  const app = await createApp(t, { authenticators: [key] })
  app.get('/', {
    onRequest: [app.loginRequired({ via: ['api-key'] }), app.loginRequired({ via: ['cookie'] })]
  }, async request => request.currentUser)
  const ada = await signedIn(app, 'ada')

  for (const headers of [robot, ada.headers]) t.equal((await app.inject({ url: '/', headers })).statusCode, 401)
  key.asked = 0
  t.equal((await app.inject({ url: '/', headers: { ...robot, ...ada.headers } })).json().id, 'ada')
  t.equal(key.asked, 1)
})

test('whom a guard took by the cookie nobody turns into the caller of a key', async t => {
  const app = await createApp(t, { authenticators: [new Keys()] })
  const cookie = app.loginRequired({ via: ['cookie'] })
  const key = app.loginRequired({ via: ['api-key'] })
  app.get('/plain', { onRequest: [cookie], preHandler: [app.loginRequired] }, async request => request.currentUser)
  app.get('/key', { onRequest: [cookie, key, app.loginRequired] }, async request => request.currentUser)
  app.post('/renew', { onRequest: [cookie] }, async request => {
    await request.renewLogin()
    return request.currentUser
  })
  const ada = await signedIn(app, 'ada')
  const headers = { ...ada.headers, ...robot }

  t.equal((await app.inject({ url: '/plain', headers })).json().id, 'ada')
  t.equal((await app.inject({ method: 'POST', url: '/renew', headers })).json().id, 'ada')
  t.equal((await app.inject({ url: '/key', headers })).json().id, 'robot', 'unless a guard asks for one')
})

test('an AuthUser without an id, or with a time that is none, lets nobody pass', async t => {
  const app = await createApp(t, {
    authenticators: [new Keys('api-key', {
      nobody: new AuthUser(undefined as unknown as string),
      empty: new AuthUser(''),
      number: new AuthUser(7 as unknown as string),
      nan: new AuthUser('robot', { authenticatedAt: NaN }),
      text: new AuthUser('robot', { authenticatedAt: '2026' as unknown as number }),
      negative: new AuthUser('robot', { authenticatedAt: -1 }),
      milliseconds: new AuthUser('robot', { authenticatedAt: Date.now() })
    })]
  })
  app.get('/', { onRequest: [app.loginRequired] }, new Inside().handler)
  app.get('/recent', { onRequest: [app.loginRequired({ maxAge: 300 })] }, new Inside().handler)

  for (const key of ['nobody', 'empty', 'number', 'nan', 'text', 'negative', 'milliseconds']) {
    for (const url of ['/', '/recent']) {
      const response = await app.inject({ url, headers: { 'x-api-key': key } })
      t.match(response.json(), { statusCode: 500, code: 'FST_LOGIN_ARGUMENT_INVALID', message: /"authenticators\[0\]"/ }, `${key} ${url}`)
    }
  }
})

test('nobody has proved in the future who they are', async t => {
  const clock = createClock()
  const now = Math.floor(clock.now() / 1000)
  const app = await createApp(t, {
    now: clock.now, authenticators: [new Keys('api-key', { k: new AuthUser('robot', { authenticatedAt: now + 60 }) })]
  })
  app.get('/', async ({ currentUser }) => ({ ...currentUser }))
  t.equal((await app.inject({ url: '/', headers: { 'x-api-key': 'k' } })).json().authenticatedAt, now)
})
