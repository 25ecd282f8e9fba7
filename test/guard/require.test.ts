import fastifyAuth from '@fastify/auth'
import Fastify, { type FastifyInstance, type FastifyReply, type FastifyRequest } from 'fastify'
import { test } from 'tap'
import { authPlugin, AuthUser, loginRequired, type LoginGuard, type LoginRequirements } from '../../lib/index.ts'
import { createClock } from '../../lib/testing/index.ts'
import { type AppOptions, createApp, Inside, secret, signedIn } from './_app.ts'

const positions = ['onRequest', 'preValidation', 'preHandler'] as const

const forms: Readonly<Record<string, (app: FastifyInstance) => LoginGuard>> = {
  'the decorator as a hook': app => app.loginRequired,
  'the decorator as a maker of hooks': app => app.loginRequired(),
  'the export as a hook': () => loginRequired,
  'the export as a maker of hooks': () => loginRequired({})
}

/** A guard as JavaScript calls it, whatever its type says. */
type Loose = (...args: readonly unknown[]) => unknown

for (const position of positions) {
  for (const [form, guardOf] of Object.entries(forms)) {
    test(`${form} in ${position} lets a signed-in person pass and nobody else`, async t => {
      const app = await createApp(t)
      const inside = new Inside()
      app.get('/', { [position]: [guardOf(app)] }, inside.handler)
      const ada = await signedIn(app, 'ada')

      t.match(await app.inject('/'), { statusCode: 401, headers: { 'www-authenticate': 'Cookie realm="login"' } })
      t.equal(inside.runs, 0)
      t.match(await app.inject({ url: '/', ...ada }), { statusCode: 200, body: 'inside' })
    })
  }
}

test('a hook of the whole scope guards every route in it, also one that was declared before', async t => {
  const app = await createApp(t)
  const inside = new Inside()
  app.get('/before', inside.handler)
  app.addHook('onRequest', loginRequired)
  app.get('/after', inside.handler)
  await app.register(async child => { child.get('/child', inside.handler) })

  for (const url of ['/before', '/after', '/child']) t.equal((await app.inject(url)).statusCode, 401, url)
  t.equal(inside.runs, 0)
})

test('the realm of the challenge is the origin of publicUrl', async t => {
  const app = await createApp(t, { publicUrl: 'https://app.example/below' })
  app.get('/', { onRequest: [app.loginRequired] }, new Inside().handler)

  t.equal((await app.inject('/')).headers['www-authenticate'], 'Cookie realm="https://app.example"')
})

test('two guards on one route both have to let pass', async t => {
  const app = await createApp(t)
  const inside = new Inside()
  app.get('/', { onRequest: [loginRequired, app.loginRequired({ fresh: true })], preHandler: [loginRequired] }, inside.handler)
  const fresh = await signedIn(app, 'ada')
  const stale = await signedIn(app, 'ada', { fresh: false })

  t.equal((await app.inject({ url: '/', ...fresh })).statusCode, 200)
  t.equal((await app.inject({ url: '/', ...stale })).statusCode, 401)
  t.equal(inside.runs, 1)
})

test('the guard is one of several ways in under @fastify/auth', async t => {
  const app = await createApp(t)
  await app.register(fastifyAuth)
  const isRobot = async (request: FastifyRequest): Promise<void> => {
    if (request.headers['x-robot'] === undefined) throw new Error('no robot')
  }
  app.get('/', { onRequest: app.auth([isRobot, app.loginRequired]) }, new Inside().handler)
  const ada = await signedIn(app, 'ada')

  t.equal((await app.inject({ url: '/', headers: { 'x-robot': '1' } })).statusCode, 200)
  t.equal((await app.inject({ url: '/', ...ada })).statusCode, 200)
  t.equal((await app.inject('/')).statusCode, 401)
})

for (const [position, parses] of [['onRequest', 0], ['preHandler', 1]] as const) {
  test(`with the guard in ${position} the body of a stranger is ${parses === 0 ? 'never parsed' : 'parsed before the guard looks'}`, async t => {
    const app = await createApp(t)
    let parsed = 0
    app.addContentTypeParser('text/csv', { parseAs: 'string' }, (_request, body, done) => {
      parsed++
      done(null, body)
    })
    app.post('/', { [position]: [app.loginRequired] }, new Inside().handler)
    const headers = { 'content-type': 'text/csv' }

    t.equal((await app.inject({ method: 'POST', url: '/', headers, payload: 'a,b' })).statusCode, 401)
    t.equal(parsed, parses)
  })
}

const exported = { 'the export': loginRequired, 'what the export makes': loginRequired({ fresh: true }) }

for (const [form, guard] of Object.entries(exported)) {
  test(`where no plugin is registered ${form} lets nobody pass`, async t => {
    const app = Fastify()
    t.teardown(() => app.close())
    const inside = new Inside()
    app.get('/', { onRequest: [guard] }, inside.handler)

    const response = await app.inject('/')
    t.match(response, { statusCode: 500 })
    t.match(response.json(), { code: 'FST_LOGIN_GUARD_UNWIRED' })
    t.equal(inside.runs, 0)
  })
}

test('the export lets nobody pass on a route outside the scope of the plugin', async t => {
  const app = Fastify()
  t.teardown(() => app.close())
  const inside = new Inside()
  app.get('/outside', { onRequest: [loginRequired] }, inside.handler)
  await app.register(async scope => {
    await scope.register(authPlugin, { secret: secret() })
    scope.get('/inside', { onRequest: [loginRequired] }, inside.handler)
  })

  t.match((await app.inject('/outside')).json(), { code: 'FST_LOGIN_GUARD_UNWIRED' })
  t.match((await app.inject('/inside')).json(), { code: 'FST_LOGIN_UNAUTHORIZED' })
  t.equal(inside.runs, 0)
})

test('the guard of one scope lets nobody pass on a route of another scope, where somebody else is signed in', async t => {
  const app = Fastify()
  t.teardown(() => app.close())
  const inside = new Inside()
  const staff: { guard?: LoginGuard } = {}
  await app.register(async scope => {
    await scope.register(authPlugin, { secret: secret(), session: { cookie: { name: 'staff' } } })
    staff.guard = scope.loginRequired
  })
  await app.register(async scope => {
    // With loadUser the login of the request is there before the guard asks.
    await scope.register(authPlugin, { secret: secret(), session: { cookie: { name: 'guests' } }, loadUser: ({ id }) => ({ id }) })
    scope.get('/login', async request => { await request.loginUser('guest') })
    scope.get('/', { onRequest: [staff.guard ?? []].flat() }, inside.handler)
  })
  const cookie = String((await app.inject('/login')).headers['set-cookie']).split(';', 1)[0]

  t.match((await app.inject({ url: '/', headers: { cookie } })).json(), { code: 'FST_LOGIN_GUARD_UNWIRED' })
  t.equal(inside.runs, 0)
})

const broken = (): never => { throw new Error('broken') }
/** What `Promise.reject()` does: Fastify takes an error that is none for no error. */
const nothing: unknown = undefined
const brokenWithoutReason = (): never => { throw nothing }

interface Breakage extends AppOptions {
  readonly title: string
  readonly isSignedIn?: boolean
  readonly status?: number
}

const breakages: readonly Breakage[] = [
  { title: 'loadUser throws', isSignedIn: true, loadUser: broken, status: 503 },
  { title: 'loadUser rejects', isSignedIn: true, loadUser: async () => broken(), status: 503 },
  { title: 'loadUser rejects without a reason', isSignedIn: true, loadUser: async () => brokenWithoutReason(), status: 503 },
  { title: 'onUnauthorized throws', onUnauthorized: broken },
  { title: 'onUnauthorized rejects', onUnauthorized: async () => broken() },
  { title: 'onUnauthorized rejects without a reason', onUnauthorized: async () => brokenWithoutReason() },
  { title: 'onUnauthorized throws an empty text', onUnauthorized: async () => { throw '' } } // eslint-disable-line no-throw-literal
]

for (const { title, isSignedIn = false, status = 500, ...options } of breakages) {
  test(`nobody passes when ${title}`, async t => {
    const app = await createApp(t, options)
    const inside = new Inside()
    for (const position of positions) app.get(`/${position}`, { [position]: [app.loginRequired] }, inside.handler)
    const ada = await signedIn(app, 'ada')

    for (const position of positions) {
      const { statusCode } = await app.inject({ url: `/${position}`, ...isSignedIn ? ada : {} })
      t.equal(statusCode, status, position)
    }
    t.equal(inside.runs, 0)
  })
}

for (const [title, reason] of [['with an error', new Error('broken')], ['without a reason', undefined]] as const) {
  for (const loadUser of [undefined, async () => ({})]) {
    test(`nobody passes when the clock throws ${title}, ${loadUser === undefined ? 'without' : 'with'} loadUser`, async t => {
      const clock = createClock()
      let isBroken = false
      function now (): number {
        if (isBroken) throw reason
        return clock.now()
      }
      const app = await createApp(t, { now, ...loadUser === undefined ? {} : { loadUser } })
      const inside = new Inside()
      app.get('/', { onRequest: [app.loginRequired] }, inside.handler)
      app.get('/recent', { onRequest: [app.loginRequired({ maxAge: 60 })] }, inside.handler)
      const ada = await signedIn(app, 'ada')
      isBroken = true

      for (const url of ['/', '/recent']) t.equal((await app.inject({ url, ...ada })).statusCode, 500, url)
      t.equal(inside.runs, 0)
    })
  }
}

test('nobody passes when the clock breaks between two looks at it', async t => {
  const clock = createClock()
  let looksLeft = Infinity
  function now (): number {
    if (looksLeft-- <= 0) brokenWithoutReason()
    return clock.now()
  }
  const app = await createApp(t, { now, loadUser: async () => ({}) })
  const inside = new Inside()
  app.get('/', { onRequest: [app.loginRequired({ maxAge: 60 })] }, inside.handler)
  const ada = await signedIn(app, 'ada')

  for (const looks of [0, 1, 2]) {
    looksLeft = looks
    t.equal((await app.inject({ url: '/', ...ada })).statusCode, 500, `${looks} looks`)
  }
  t.equal(inside.runs, 0)
})

test('a look that failed has failed for the guard too, whatever the clock says by then', async t => {
  const clock = createClock()
  let looksLeft = Infinity
  function now (): number {
    if (looksLeft-- === 0) throw new Error('broken')
    return clock.now()
  }
  const app = await createApp(t, { now })
  const inside = new Inside()
  app.addHook('onRequest', async request => { t.throws(() => request.currentUser, { message: 'broken' }) })
  app.get('/', { onRequest: [app.loginRequired] }, inside.handler)
  const ada = await signedIn(app, 'ada')
  looksLeft = 0

  t.equal((await app.inject({ url: '/', ...ada })).statusCode, 500)
  t.equal(inside.runs, 0)
})

test('a guard on a route that says auth: false lets nobody pass', async t => {
  const app = await createApp(t)
  const inside = new Inside()
  app.get('/', { config: { auth: false }, onRequest: [app.loginRequired] }, inside.handler)
  const ada = await signedIn(app, 'ada')

  for (const headers of [{}, ada.headers]) {
    const response = await app.inject({ url: '/', headers })
    t.equal(response.statusCode, 500)
    t.match(response.json(), { code: 'FST_LOGIN_GUARD_CONTRADICTED' })
  }
  t.equal(inside.runs, 0)
})

const calls: Readonly<Record<string, (guard: Loose) => Loose>> = {
  'without done': guard => async (request, reply) => { await guard(request, reply) },
  'with the request only': guard => async request => { await guard(request) }
}

for (const [title, call] of Object.entries(calls)) {
  test(`an async hook that calls the guard ${title} lets nobody pass`, async t => {
    // Everything here takes time: the hook would be through before the guard could refuse.
    const app = await createApp(t, { loadUser: async () => ({}), onUnauthorized: async () => undefined })
    const inside = new Inside()
    const hook = call(app.loginRequired as unknown as Loose)
    app.get('/', { onRequest: [hook as (request: FastifyRequest, reply: FastifyReply) => Promise<void>] }, inside.handler)
    const ada = await signedIn(app, 'ada')

    t.equal((await app.inject('/')).statusCode, 500)
    t.equal((await app.inject({ url: '/', ...ada })).statusCode, 500)
    t.equal(inside.runs, 0)
  })
}

test('in a hook that hands over a payload the guard lets nobody pass', async t => {
  const app = await createApp(t, { loadUser: async () => ({}) })
  const inside = new Inside()
  app.get('/', { preParsing: [app.loginRequired as unknown as () => void] }, inside.handler)
  const ada = await signedIn(app, 'ada')

  t.equal((await app.inject('/')).statusCode, 500)
  t.equal((await app.inject({ url: '/', ...ada })).statusCode, 500)
  t.equal(inside.runs, 0)
})

test('the decorator in a list is refused by Fastify where the plugin has not loaded yet', async t => {
  const app = Fastify()
  t.teardown(() => app.close())
  app.register(authPlugin, { secret: secret() })

  t.throws(() => app.get('/', { onRequest: [app.loginRequired] }, new Inside().handler), { code: 'FST_ERR_HOOK_INVALID_HANDLER' })
})

const wrongRequirements: ReadonlyArray<readonly [unknown, RegExp]> = [
  [{ scope: ['mail.read'] }, /"loginRequired.scope" is not an option/],
  [{ scopes: 'mail.read' }, /"loginRequired.scopes" must be a list/],
  [{ scopes: [] }, /"loginRequired.scopes" is an empty list/],
  [{ scopes: ['mail.read mail.write'] }, /"loginRequired.scopes" has an entry that is not one word/],
  [{ acr: '' }, /"loginRequired.acr\[0\]" must be a text/],
  [{ acr: ['a"b'] }, /"loginRequired.acr" has an entry that is not one word/],
  [{ fresh: 'yes' }, /"loginRequired.fresh" must be true or false/],
  [{ maxAge: -1 }, /"loginRequired.maxAge" must be a whole number/],
  [{ maxAge: 1.5 }, /"loginRequired.maxAge" must be a whole number/],
  [{ maxAge: '60' }, /"loginRequired.maxAge" must be a whole number/],
  [null, /"loginRequired" must be an object/],
  [['fresh'], /"loginRequired" must be an object/],
  ['fresh', /"loginRequired" must be an object/]
]

for (const [requirements, message] of wrongRequirements) {
  test(`loginRequired(${JSON.stringify(requirements)}) is refused at once`, async t => {
    const app = await createApp(t)
    for (const guard of [loginRequired, app.loginRequired]) {
      t.throws(() => guard(requirements as LoginRequirements), { code: 'FST_LOGIN_CONFIGURATION', message })
    }
  })
}

test('what a guard demands does not change with the object that it was made of', async t => {
  const app = await createApp(t)
  const requirements = { fresh: true }
  app.get('/', { onRequest: [app.loginRequired(requirements)] }, new Inside().handler)
  requirements.fresh = false
  const ada = await signedIn(app, 'ada', { fresh: false })

  t.equal((await app.inject({ url: '/', ...ada })).statusCode, 401)
})

test('with fresh a remembered login that came back is not enough', async t => {
  const clock = createClock()
  const app = await createApp(t, { now: clock.now, session: { idle: 600 } })
  app.get('/', { onRequest: [app.loginRequired] }, new Inside().handler)
  app.get('/password', { onRequest: [app.loginRequired({ fresh: true })] }, new Inside().handler)
  const ada = await signedIn(app, 'ada', { remember: true })
  t.equal((await app.inject({ url: '/password', ...ada })).statusCode, 200)
  clock.advance(600)

  t.equal((await app.inject({ url: '/', ...ada })).statusCode, 200)
  const response = await app.inject({ url: '/password', ...ada })
  t.equal(response.statusCode, 401)
  t.match(response.json(), { code: 'FST_LOGIN_STALE' })
  t.equal(response.headers['www-authenticate'], 'Cookie realm="login", error="insufficient_user_authentication"')
})

test('with maxAge a login that is older is not enough (RFC 9470, section 3)', async t => {
  const clock = createClock()
  const app = await createApp(t, { now: clock.now })
  app.get('/', { onRequest: [app.loginRequired({ maxAge: 300 })] }, new Inside().handler)
  const ada = await signedIn(app, 'ada')
  clock.advance(300)
  t.equal((await app.inject({ url: '/', ...ada })).statusCode, 200)
  clock.advance(1)

  const response = await app.inject({ url: '/', ...ada })
  t.equal(response.statusCode, 401)
  t.match(response.json(), { code: 'FST_LOGIN_STALE' })
  t.equal(response.headers['www-authenticate'],
    'Cookie realm="login", error="insufficient_user_authentication", max_age="300"')
})

test('using a login or prolonging it does not make it younger for maxAge', async t => {
  const clock = createClock()
  const app = await createApp(t, { now: clock.now })
  app.get('/renew', async request => { await request.renewLogin() })
  app.get('/', { onRequest: [app.loginRequired({ maxAge: 300 })] }, new Inside().handler)
  const ada = await signedIn(app, 'ada')
  clock.advance(301)
  const cookie = String((await app.inject({ url: '/renew', ...ada })).headers['set-cookie']).split(';', 1)[0]

  t.match((await app.inject({ url: '/', headers: { cookie } })).json(), { code: 'FST_LOGIN_STALE' })
})

test('with fresh and maxAge a stranger is told to sign in, not that the login is stale', async t => {
  const app = await createApp(t)
  app.get('/', { onRequest: [app.loginRequired({ fresh: true, maxAge: 0 })] }, new Inside().handler)

  const response = await app.inject('/')
  t.match(response.json(), { code: 'FST_LOGIN_UNAUTHORIZED' })
  t.equal(response.headers['www-authenticate'], 'Cookie realm="login"')
})

test('a login in an earlier hook opens the guard of the same request', async t => {
  const app = await createApp(t)
  app.addHook('onRequest', async request => { await request.loginUser(new AuthUser('robot')) })
  app.get('/', { onRequest: [app.loginRequired({ fresh: true, maxAge: 0 })] }, new Inside().handler)

  t.equal((await app.inject('/')).statusCode, 200)
})

test('a logout in an earlier hook closes the guard of the same request', async t => {
  const app = await createApp(t)
  const inside = new Inside()
  app.addHook('onRequest', async request => { await request.logoutUser() })
  app.get('/', { onRequest: [app.loginRequired] }, inside.handler)
  const ada = await signedIn(app, 'ada')

  t.equal((await app.inject({ url: '/', ...ada })).statusCode, 401)
  t.equal(inside.runs, 0)
})
