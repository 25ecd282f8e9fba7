import Fastify, { type FastifyInstance } from 'fastify'
import { type Test, test } from 'tap'
import { type AuthOptions, authPlugin, silentLogin } from '../../lib/index.ts'
import { createApp, navigation, secret, signedIn, withProvider } from './_app.ts'

const silently: Partial<AuthOptions> = { ...withProvider, oidc: { ...withProvider.oidc, silentLogin: true } }
const page = { ...navigation, 'sec-fetch-site': 'none' }

async function pageApp (t: Test, options = silently): Promise<FastifyInstance> {
  const app = await createApp(t, options)
  app.all('/', { onRequest: [silentLogin] }, async ({ currentUser }) => currentUser.isAuthenticated)
  return app
}

test('a stranger who opens a page is sent to a sign-in without a question, and nobody else is', async t => {
  const app = await pageApp(t)
  const answer = await app.inject({ url: '/', headers: page })
  t.equal(answer.statusCode, 302)
  t.match(answer.headers.location, /^http:\/\/localhost:3000\/auth\/login\?returnTo=/)
  t.match(answer.headers, { 'cache-control': /no-store/, vary: 'Cookie' })
  const person = await signedIn(app, 'ada')
  const others: ReadonlyArray<readonly [who: string, method: 'GET' | 'HEAD' | 'POST', headers: Record<string, string>]> = [
    ['a person', 'GET', { ...page, ...person.headers }],
    ['a program', 'GET', { accept: 'application/json' }],
    ['a fetch', 'GET', { 'sec-fetch-mode': 'cors', 'sec-fetch-dest': 'empty' }],
    ['a frame', 'GET', { ...page, 'sec-fetch-dest': 'iframe' }],
    ['a prefetch', 'GET', { ...page, 'sec-purpose': 'prefetch' }],
    ['HEAD', 'HEAD', page],
    ['a form', 'POST', { ...page, 'sec-fetch-site': 'same-origin' }],
    ['a browser that was sent already', 'GET', { ...page, cookie: 'login-3000-silent=t0' }],
    ['a browser whose mark nobody can read', 'GET', { ...page, cookie: 'login-3000-silent=x' }]
  ]
  for (const [who, method, headers] of others) {
    const passed = await app.inject({ method, url: '/', headers })
    t.equal(passed.statusCode, 200, who)
    t.match(passed.headers.vary, 'Cookie', who)
  }
  t.equal((await app.inject({ url: '/?a=b&silent-login=failed', headers: page })).statusCode, 200)
  t.equal((await app.inject({ url: '/?not-silent-login=failed', headers: page })).statusCode, 302)
})

test('a look-up that takes time is waited for, and one that fails keeps nobody from the page', async t => {
  let account: string | null | Error = 'ada'
  const app = Fastify()
  t.teardown(() => app.close())
  await app.register(authPlugin, {
    secret: secret(),
    ...silently,
    async loadUser () {
      if (account instanceof Error) throw account
      return account
    }
  })
  app.get('/', { onRequest: [silentLogin] }, async () => 'a page')
  const { headers } = await signedIn(app, 'ada')
  const ask = async (): Promise<number> => (await app.inject({ url: '/', headers: { ...page, ...headers } })).statusCode
  t.equal(await ask(), 200)
  account = new Error('down')
  t.equal(await ask(), 200)
  account = null
  t.equal(await ask(), 302)
})

test('a named registration has it too', async t => {
  const app = Fastify()
  t.teardown(() => app.close())
  await app.register(authPlugin, { secret: secret(), ...silently, name: 'admin', routes: { prefix: '/admin/auth' } })
  app.get('/admin', { onRequest: [silentLogin({ login: 'admin' })] }, async () => '')
  app.get('/', { onRequest: [silentLogin()] }, async () => '')
  t.match((await app.inject({ url: '/admin', headers: page })).headers.location, '/admin/auth/login?')
  t.match((await app.inject({ url: '/', headers: page })).json(), { code: 'FST_LOGIN_GUARD_UNWIRED' })
})

test('where it is not allowed, or nobody looks who asks, it says so', async t => {
  const app = await pageApp(t, withProvider)
  t.match((await app.inject({ url: '/', headers: page })).json(), { code: 'FST_LOGIN_ARGUMENT_INVALID', message: /silentLogin: true/ })
  const off = await createApp(t, silently)
  off.get('/', { onRequest: [silentLogin], config: { auth: false } }, async () => '')
  t.match((await off.inject({ url: '/', headers: page })).json(), { code: 'FST_LOGIN_GUARD_CONTRADICTED' })
  for (const options of [null, 'admin', { name: 'admin' }, { login: '' }, { login: 7 }]) {
    t.throws(() => silentLogin(options as object), { code: 'FST_LOGIN_CONFIGURATION' })
  }
})

test('on all routes of a scope it leaves our own alone', async t => {
  const app = await createApp(t, { ...silently, routes: { sessions: '/sessions' } })
  app.addHook('onRequest', silentLogin)
  t.equal((await app.inject({ url: '/auth/logged-out', headers: page })).statusCode, 200)
})

test('a program that shows an access token is sent nowhere, whatever becomes of the token', async t => {
  const app = await pageApp(t, { ...silently, bearer: { issued: true } })
  for (const scheme of ['Bearer', 'DPoP']) {
    const passed = await app.inject({ url: '/', headers: { ...page, authorization: `${scheme} made-up` } })
    t.equal(passed.statusCode, 200, scheme)
    t.equal(passed.body, 'false')
  }
  const without = await pageApp(t)
  t.equal((await without.inject({ url: '/', headers: { ...page, authorization: 'Bearer made-up' } })).statusCode, 302, 'where a token means nothing')
})
