import { test } from 'tap'
import { authPlugin, AuthUser } from '../../lib/index.ts'
import { buildApp, secret } from '../_app.ts'
import { resolveTokenWish, toAccessToken } from '../../lib/guard/access-token.ts'

test('a wish says each scope once, and nothing where nothing was asked', async t => {
  t.same(resolveTokenWish({ scopes: ['a', 'b', 'a'], resource: 'https://api.example/x' }), {
    scopes: ['a', 'b'], resource: 'https://api.example/x'
  })
  t.same(resolveTokenWish(), { scopes: [], resource: undefined })
})

for (const options of [
  null, 'mail.read', { scope: 'a' }, { scopes: 'a' }, { scopes: ['a b'] }, { scopes: [1] }, { resource: '/x' },
  { resource: 'https://api.example/#x' }, { resource: 5 }
]) {
  test(`${JSON.stringify(options)} is no wish for an access token`, async t => {
    t.throws(() => resolveTokenWish(options), { code: 'FST_LOGIN_ARGUMENT_INVALID' })
  })
}

test('an application gets the token, not what we note about it', async t => {
  const noted = { accessToken: 'x', tokenType: 'bearer', scopes: ['a'], issuedAt: 1, expiresAt: 2, fetch }
  const token = toAccessToken(noted)
  t.same(token, { accessToken: 'x', tokenType: 'bearer', scopes: ['a'], expiresAt: 2, fetch })
  t.ok(Object.isFrozen(token) && Object.isFrozen(token.scopes))
})

test('whoever proved by a key who they are needs the scopes of the key, and no sign-in brings them', async t => {
  const app = await buildApp({
    authenticators: [function key () { return new AuthUser('robot', { scopes: ['mail.read'] }) }]
  })
  t.teardown(() => app.close())
  app.get('/read', { onRequest: [app.loginRequired({ scopes: ['mail.read'] })] }, async () => 'inside')
  app.get('/send', { onRequest: [app.loginRequired({ scopes: ['mail.send'] })] }, async () => 'inside')
  app.setErrorHandler((error: Error & { loginUrl?: string }, _request, reply) => {
    reply.header('x-login-url', String(error.loginUrl))
    return reply.send(error)
  })
  t.equal((await app.inject('/read')).body, 'inside')
  const answer = await app.inject('/send')
  t.match(answer.json(), { code: 'FST_LOGIN_INSUFFICIENT_SCOPE', statusCode: 403 })
  t.equal(answer.headers['x-login-url'], 'undefined')
})

test('a registration with a name has access tokens of its own', async t => {
  const app = await buildApp()
  t.teardown(() => app.close())
  await app.register(authPlugin, { name: 'admin', secret: secret() })
  app.get('/token', async ({ logins }) => await logins['admin']?.getAccessToken())
  t.match((await app.inject('/token')).json(), { code: 'FST_LOGIN_NO_PROVIDER' })
})
