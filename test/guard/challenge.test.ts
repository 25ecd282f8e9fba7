import type { FastifyInstance } from 'fastify'
import { type Test, test } from 'tap'
import type { Evidence } from '../../lib/index.ts'
import { basic } from './_caller.ts'
import { type AppOptions, createApp, Inside, navigation, signedIn, withProvider } from './_app.ts'

const basicChallenge = 'Basic realm="login", charset="UTF-8"'
const cookieChallenge = 'Cookie realm="login"'

async function createGuarded (t: Test, via: readonly Evidence[], options: AppOptions = {}): Promise<FastifyInstance> {
  const app = await createApp(t, { basic: { users: { ada: 'lovelace' } }, ...options })
  app.get('/', { onRequest: [app.loginRequired({ via })] }, new Inside().handler)
  return app
}

test('a route that takes basic credentials asks for them', async t => {
  const app = await createGuarded(t, ['basic'])
  for (const headers of [{}, navigation, { 'sec-fetch-site': 'same-origin' }]) {
    t.equal((await app.inject({ url: '/', headers })).headers['www-authenticate'], basicChallenge)
  }
})

test('a route that takes either asks a program for either, and a browser for a sign-in: no dialog opens', async t => {
  const app = await createGuarded(t, ['cookie', 'basic'])

  t.equal((await app.inject('/')).headers['www-authenticate'], `${basicChallenge}, ${cookieChallenge}`)
  t.equal((await app.inject({ url: '/', headers: navigation })).headers['www-authenticate'], cookieChallenge)
})

test('credentials that are wrong are asked for again, alone', async t => {
  const app = await createGuarded(t, ['cookie', 'basic'])
  const headers = { ...navigation, authorization: basic('ada', 'wrong') }

  t.equal((await app.inject({ url: '/', headers })).headers['www-authenticate'], basicChallenge)
})

for (const onUnauthorized of ['auto', (_request, reply) => reply.redirect('/login')] as const satisfies ReadonlyArray<AppOptions['onUnauthorized']>) {
  test(`a person on a page of basic credentials is never sent to sign in, with ${typeof onUnauthorized} for strangers`, async t => {
    const app = await createGuarded(t, ['basic'], { ...withProvider, onUnauthorized })
    const ada = await signedIn(app, 'ada')

    for (const { headers } of [{ headers: {} }, ada]) {
      const response = await app.inject({ url: '/', headers: { ...navigation, ...headers } })
      t.equal(response.statusCode, 401)
      t.equal(response.headers['www-authenticate'], 'Basic realm="http://localhost:3000", charset="UTF-8"')
    }
  })

  test(`on a route that takes either a person is sent to sign in, but not from wrong credentials, with ${typeof onUnauthorized}`, async t => {
    const app = await createGuarded(t, ['cookie', 'basic'], { ...withProvider, onUnauthorized })
    const wrong = { ...navigation, authorization: basic('ada', 'wrong') }

    t.equal((await app.inject({ url: '/', headers: navigation })).statusCode, 302)
    t.equal((await app.inject({ url: '/', headers: wrong })).statusCode, 401)
  })
}

test('an error handler is told which evidence would help, and whether a sign-in does', async t => {
  const app = await createApp(t, { ...withProvider, onUnauthorized: 'throw', basic: { users: { ada: 'lovelace' } } })
  app.setErrorHandler((error: { via?: unknown, loginUrl?: unknown }, _request, reply) =>
    reply.code(401).send({ via: error.via, canSignIn: error.loginUrl !== undefined }))
  app.get('/plain', { onRequest: [app.loginRequired] }, new Inside().handler)
  app.get('/either', { onRequest: [app.loginRequired({ via: ['basic', 'cookie'] })] }, new Inside().handler)
  app.get('/basic', { onRequest: [app.loginRequired({ via: ['basic'] })] }, new Inside().handler)
  const headers = { authorization: basic('ada', 'wrong') }

  t.same((await app.inject('/plain')).json(), { via: ['cookie'], canSignIn: true })
  t.same((await app.inject({ url: '/plain', headers })).json(), { via: ['cookie'], canSignIn: true })
  t.same((await app.inject('/either')).json(), { via: ['basic', 'cookie'], canSignIn: true })
  t.same((await app.inject({ url: '/either', headers })).json(), { via: ['basic'], canSignIn: false })
  t.same((await app.inject('/basic')).json(), { via: ['basic'], canSignIn: false })
})

test('a login that is too old is asked for in the terms of the route', async t => {
  const app = await createApp(t, { basic: { users: { ada: 'lovelace' } } })
  app.get('/', { onRequest: [app.loginRequired({ via: ['cookie', 'basic'], fresh: true, maxAge: 60 })] }, new Inside().handler)
  const stale = await signedIn(app, 'ada', { fresh: false })

  const response = await app.inject({ url: '/', ...stale })
  t.match(response.json(), { code: 'FST_LOGIN_STALE' })
  t.equal(response.headers['www-authenticate'],
    `${basicChallenge}, ${cookieChallenge}, error="insufficient_user_authentication", max_age="60"`)
  t.equal((await app.inject({ url: '/', headers: { authorization: basic('ada', 'lovelace') } })).statusCode, 200,
    'a password that was just sent is fresh')
})
