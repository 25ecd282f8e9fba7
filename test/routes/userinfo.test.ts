import Fastify, { type FastifyInstance } from 'fastify'
import { test, type Test } from 'tap'
import { type AuthOptions, authPlugin, AuthUser, loginRequired } from '../../lib/index.ts'
import { signedIn } from '../../lib/testing/index.ts'
import { userinfoRoutes } from '../../lib/routes/index.ts'
import { secret } from '../_app.ts'
import { createApp, withProvider } from '../guard/_app.ts'
import { aToken, bearer, createJudgedApp } from '../guard/_bearer.ts'

const ada = new AuthUser('ada', { claims: { name: 'Ada', email: 'ada@example.com', roles: ['admin'] } })
const issued = { bearer: { issued: true } } as const

async function build (t: Test, options: Partial<AuthOptions> = {}): Promise<FastifyInstance> {
  return await createApp(t, { ...issued, ...options })
}

test('a session asks who it is', async t => {
  const app = await build(t)
  const { headers } = await signedIn(app, ada)
  for (const method of ['GET', 'POST'] as const) {
    const answer = await app.inject({ method, url: '/auth/userinfo', headers })
    t.equal(answer.statusCode, 200, method)
    t.match(answer.headers, { 'content-type': /^application\/json/, 'cache-control': 'private, no-store' })
    t.same(answer.json(), { sub: 'ada', name: 'Ada', email: 'ada@example.com' })
  }
  t.equal((await app.inject({ method: 'HEAD', url: '/auth/userinfo', headers })).statusCode, 200)
})

test('a stranger gets a 401 with a challenge', async t => {
  const app = await build(t)
  for (const method of ['GET', 'POST'] as const) {
    const answer = await app.inject({ method, url: '/auth/userinfo' })
    t.match(answer, { statusCode: 401, headers: { 'www-authenticate': /realm="login"/ } })
  }
})

test('the body of a POST is not looked at, whatever it is', async t => {
  const app = await build(t)
  const { headers } = await signedIn(app, ada)
  for (const type of ['application/json', 'application/x-www-form-urlencoded', 'text/x', undefined]) {
    const sent = { ...headers, ...type === undefined ? {} : { 'content-type': type } }
    t.equal((await app.inject({ method: 'POST', url: '/auth/userinfo', headers: sent, payload: '{' })).statusCode, 200)
  }
  const large = { method: 'POST', url: '/auth/userinfo', headers, payload: 'x'.repeat(70_000) } as const
  t.equal((await app.inject(large)).statusCode, 413)
})

test('another site can make a browser ask, but not send a POST', async t => {
  const app = await build(t)
  const { headers } = await signedIn(app, ada)
  const answer = await app.inject({ method: 'POST', url: '/auth/userinfo', headers: { ...headers, 'sec-fetch-site': 'cross-site' } })
  t.equal(answer.statusCode, 403)
})

test('whoever an authenticator names is told too', async t => {
  const app = await build(t, { authenticators: [({ headers }) => headers['x-key'] === '1' ? ada : undefined] })
  const answer = await app.inject({ url: '/auth/userinfo', headers: { 'x-key': '1' } })
  t.match(answer.json(), { sub: 'ada' })
  t.equal((await app.inject({ url: '/auth/userinfo', headers: { 'x-key': '2' } })).statusCode, 401)
})

test('the application says what is answered, but not about whom', async t => {
  for (const userinfo of [() => ({ sub: 'eve', nick: 'a', name: null }), async () => ({ nick: 'a', name: null })]) {
    const app = await build(t, { userinfo })
    const { headers } = await signedIn(app, ada)
    t.same((await app.inject({ url: '/auth/userinfo', headers })).json(), { sub: 'ada', nick: 'a', name: null })
  }
})

test('an application that answers with no object, or fails, gives nothing away', async t => {
  const failing = (): never => { throw new Error('no database') }
  for (const userinfo of [() => undefined, () => null, () => ['a'], async () => 'a', failing]) {
    const app = await build(t, { userinfo: userinfo as unknown as () => object })
    const { headers } = await signedIn(app, ada)
    const answer = await app.inject({ url: '/auth/userinfo', headers })
    t.equal(answer.statusCode, 500)
    t.notMatch(answer.body, 'Ada')
  }
})

test('the address is the configured one, below the path of publicUrl too, or none', async t => {
  const app = await build(t, { publicUrl: 'https://app.example.com/shop', routes: { userinfo: '/me' } })
  const { headers } = await signedIn(app, ada)
  for (const url of ['/auth/me', '/shop/auth/me']) t.match((await app.inject({ url, headers })).json(), { sub: 'ada' })
  t.equal((await app.inject({ url: '/auth/userinfo', headers })).statusCode, 404)
  const without = await build(t, { routes: { userinfo: false } })
  t.equal((await without.inject('/auth/userinfo')).statusCode, 404)
  const plain = await createApp(t)
  t.equal((await plain.inject('/auth/userinfo')).statusCode, 404)
})

test('compilers of the application have no part in it', async t => {
  const app = Fastify()
  t.teardown(() => app.close())
  app.setSerializerCompiler(() => () => { throw new Error('another kind of schema') })
  app.setValidatorCompiler(() => { throw new Error('another kind of schema') })
  await app.register(authPlugin, { secret: secret(), ...issued })
  const { headers } = await signedIn(app, ada)
  t.match((await app.inject({ url: '/auth/userinfo', headers })).json(), { sub: 'ada' })
})

test('a token says who it is about; a program sees what the person let it see', async t => {
  const claims = { name: 'Ada', email: 'ada@example.com' }
  const tokens = new Map([
    ['plain', aToken({ claims, scopes: ['x'], clientId: 'somebody' })],
    ['nothing', aToken({ claims, scopes: ['mail.read'], clientId: 'cli' })],
    ['profile', aToken({ claims, scopes: ['profile'], clientId: 'cli' })],
    ['email', aToken({ claims, scopes: ['email'], clientId: 'cli' })]
  ])
  const judge = {
    lookAgain: (text: string) => tokens.get(text),
    verify: () => ({ refusal: 'invalid' as const }),
    prove: () => undefined
  }
  const programs = { cli: { scopes: ['mail.read'] } }
  const { app, realm } = await createJudgedApp(t, judge, { ...withProvider, ...issued, programs })
  await app.register(userinfoRoutes, { realm, paths: ['/auth/userinfo'], guard: loginRequired })
  for (const [text, seen] of [
    ['plain', claims], ['nothing', {}], ['profile', { name: 'Ada' }], ['email', { email: 'ada@example.com' }]
  ] as const) {
    t.same((await app.inject({ url: '/auth/userinfo', headers: bearer(text) })).json(), { sub: 'alice', ...seen }, text)
  }
  t.match(await app.inject({ url: '/auth/userinfo', headers: bearer('bad') }), {
    statusCode: 401, headers: { 'www-authenticate': /invalid_token/ }
  })
})
