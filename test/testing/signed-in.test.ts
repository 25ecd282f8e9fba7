import Fastify, { type FastifyInstance } from 'fastify'
import { randomBytes } from 'node:crypto'
import { test } from 'tap'
import { authPlugin, AuthUser } from '../../lib/index.ts'
import { createClock, signedIn } from '../../lib/testing/index.ts'
import { buildApp, secret } from '../_app.ts'
import { loginOf } from '../guard/_own-tokens.ts'

test('a person is signed in without a login page', async t => {
  const app = await buildApp()
  t.teardown(() => app.close())
  const ada = await signedIn(app, 'ada')
  t.match((await app.inject({ url: '/me', ...ada })).json(), { id: 'ada', isFresh: true, isRemembered: false })
})

test('a person comes with what the application knows of them', async t => {
  const app = await buildApp()
  t.teardown(() => app.close())
  const ada = await signedIn(app, new AuthUser('ada', { claims: { name: 'Ada' }, scopes: ['mail'] }), { fresh: false, remember: true })
  t.match((await app.inject({ url: '/me', ...ada })).json(), { id: 'ada', claims: { name: 'Ada' }, isFresh: false, isRemembered: true })
})

test('the length of a login can be said', async t => {
  const clock = createClock()
  const app = await buildApp({ now: clock.now })
  t.teardown(() => app.close())
  const ada = await signedIn(app, 'ada', { ttl: 10 })
  clock.advance(10)
  t.equal((await app.inject({ url: '/me', ...ada })).statusCode, 401)
})

test('a large session comes in all of its chunks', async t => {
  const app = await buildApp()
  t.teardown(() => app.close())
  const claims = { ballast: randomBytes(3700).toString('base64') }
  const ada = await signedIn(app, new AuthUser('ada', { claims }))
  t.match(ada.headers.cookie, /^__Host-login=2[^;]+; __Host-login\.1=[^;]+$/)
  t.match((await app.inject({ url: '/who', ...ada })).json(), { claims })
})

test('everyone who is signed in has a session of their own', async t => {
  const app = await buildApp()
  t.teardown(() => app.close())
  const [one, other] = [await signedIn(app, 'ada'), await signedIn(app, 'ada')]
  await app.inject({ method: 'POST', url: '/logout', ...one })
  t.equal((await app.inject({ url: '/me', ...one })).statusCode, 401)
  t.equal((await app.inject({ url: '/me', ...other })).statusCode, 200)
})

for (const [when, isUp] of [['before the application is up', false], ['after it', true]] as const) {
  test(`the scope that the plugin is registered in is the one to sign in to, ${when}`, async t => {
    const app = Fastify()
    t.teardown(() => app.close())
    const scopes: FastifyInstance[] = []
    await app.register(async scope => {
      await scope.register(authPlugin, { secret: secret() })
      scope.get('/me', { onRequest: [scope.loginRequired] }, async request => request.currentUser)
      scopes.push(scope)
    })
    if (isUp) await app.ready()
    const ada = await signedIn(scopes[0] ?? app, 'ada')
    t.match((await app.inject({ url: '/me', ...ada })).json(), { id: 'ada' })
  })
}

test('an application that does not come up signs nobody in', async t => {
  const app = Fastify()
  app.register(async () => { throw new Error('no database') })
  await t.rejects(signedIn(app, 'ada'), { message: 'no database' })
})

test('where the plugin is not registered nobody can be signed in', async t => {
  const app = Fastify()
  t.teardown(() => app.close())
  await t.rejects(signedIn(app, 'ada'), { code: 'FST_LOGIN_GUARD_UNWIRED' })
})

test('somebody without an id cannot be signed in', async t => {
  const app = await buildApp()
  t.teardown(() => app.close())
  await t.rejects(signedIn(app, ''), { code: 'FST_LOGIN_ARGUMENT_INVALID' })
})

test('a person comes with an access token instead, and with the scopes that it allows', async t => {
  const clock = createClock()
  const app = await buildApp({ bearer: { issued: true }, now: clock.now })
  t.teardown(() => app.close())
  const ada = await signedIn(app, new AuthUser('ada', { claims: { name: 'Ada' } }), { via: 'bearer', scopes: ['mail'], expiresIn: 5 })
  const [scheme, text = ''] = ada.headers.authorization.split(' ')
  t.equal(scheme, 'Bearer')
  const verified = await loginOf(app).verifyToken(text)
  t.match(verified, { isValid: true, user: { id: 'ada', claims: { name: 'Ada' }, scopes: ['mail'] } })
  clock.advance(5)
  t.match(await loginOf(app).verifyToken(text), { reason: 'expired' })
})

test('where the application issues no tokens nobody comes with one', async t => {
  const app = await buildApp()
  t.teardown(() => app.close())
  await t.rejects(signedIn(app, 'ada', { via: 'bearer' }), { code: 'FST_LOGIN_BEARER_UNSET' })
  t.match((await app.inject({ url: '/me', ...await signedIn(app, 'ada', { via: 'cookie' }) })).json(), { id: 'ada' })
})
