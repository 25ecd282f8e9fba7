import Fastify from 'fastify'
import { test } from 'tap'
import { AnonymousUser, AuthUser, loginRequired } from '../../lib/index.ts'
import { createClock } from '../../lib/testing/index.ts'
import { setCookiesOf } from '../_jar.ts'
import { createApp, Inside, signedIn } from './_app.ts'

for (const position of ['onRequest', 'preValidation', 'preHandler'] as const) {
  test(`a guard in ${position} is not fooled by a request.currentUser that somebody put there`, async t => {
    const app = await createApp(t)
    const inside = new Inside()
    app.addHook('onRequest', async request => {
      Object.defineProperty(request, 'currentUser', { value: new AuthUser('admin') })
    })
    app.get('/', { [position]: [app.loginRequired] }, inside.handler)
    app.get('/export', { [position]: [loginRequired] }, inside.handler)

    for (const url of ['/', '/export']) t.equal((await app.inject(url)).statusCode, 401, url)
    t.equal(inside.runs, 0)
  })

  test(`a guard in ${position} lets a person pass whom an inner scope has hidden`, async t => {
    const app = await createApp(t)
    await app.register(async scope => {
      scope.addHook('onRequest', async request => {
        Object.defineProperty(request, 'currentUser', { value: new AnonymousUser() })
      })
      scope.get('/', { [position]: [scope.loginRequired] }, new Inside().handler)
    })
    const ada = await signedIn(app, 'ada')

    t.equal((await app.inject({ url: '/', ...ada })).statusCode, 200)
  })
}

test('a guard is not fooled by a request.currentUser that throws', async t => {
  const app = await createApp(t)
  app.addHook('onRequest', async request => {
    Object.defineProperty(request, 'currentUser', { get () { throw new Error('read') } })
  })
  app.get('/', { onRequest: [app.loginRequired] }, new Inside().handler)
  const ada = await signedIn(app, 'ada')

  t.equal((await app.inject('/')).statusCode, 401)
  t.equal((await app.inject({ url: '/', ...ada })).statusCode, 200)
})

test('the writer is not fooled by a request.currentUser that somebody put there', async t => {
  const clock = createClock()
  const app = await createApp(t, { now: clock.now })
  app.addHook('onRequest', async request => {
    Object.defineProperty(request, 'currentUser', { value: new AuthUser('admin') })
  })
  app.get('/public', async () => 'public')
  app.get('/guarded', { onRequest: [app.loginRequired] }, new Inside().handler)
  const ada = await signedIn(app, 'ada')
  clock.advance(86_400 / 2)

  t.same(setCookiesOf(await app.inject('/public')), [])
  t.same(setCookiesOf(await app.inject({ url: '/public', ...ada })), [])
  t.equal(setCookiesOf(await app.inject({ url: '/guarded', ...ada })).length, 1, 'the session of the cookie is prolonged')
})

test('request.currentUser cannot be assigned', async t => {
  const app = await createApp(t)
  app.get('/', async request => {
    t.throws(() => { (request as { currentUser: unknown }).currentUser = new AuthUser('admin') }, TypeError)
    return request.currentUser
  })

  t.same((await app.inject('/')).json(), { isAuthenticated: false })
})

test('a guard is not fooled by an inner scope that decorates requests with a currentUser of its own', async t => {
  const app = await createApp(t)
  const inside = new Inside()
  await app.register(async scope => {
    scope.decorateRequest('currentUser', { getter: () => new AuthUser('admin') })
    scope.get('/', { onRequest: [app.loginRequired] }, inside.handler)
    scope.get('/export', { preHandler: [loginRequired] }, inside.handler)
  })
  const ada = await signedIn(app, 'ada')

  for (const url of ['/', '/export']) {
    t.equal((await app.inject(url)).statusCode, 401, url)
    t.equal((await app.inject({ url, ...ada })).statusCode, 200, url)
  }
  t.equal(inside.runs, 2)
})

test('signedIn throws where the plugin is not registered', async t => {
  const app = Fastify()
  t.teardown(() => app.close())

  await t.rejects(signedIn(app, 'ada'), { code: 'FST_LOGIN_GUARD_UNWIRED' })
})
