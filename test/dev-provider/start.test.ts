import { once } from 'node:events'
import { createServer } from 'node:http'
import { connect } from 'node:net'
import t from 'tap'
import { startDevProvider, type TokensGiven } from '../../lib/dev-provider/index.ts'
import { freePort } from '../_free-port.ts'
import { Browser } from './_browser.ts'
import { discover, refresh, signIn, userInfo } from './_client.ts'
import { startFor } from './_start.ts'

t.test('a whole life of a provider prints nothing', async t => {
  const lines: string[] = []
  for (const method of ['log', 'info', 'warn', 'error'] as const) {
    t.intercept(console, method, { value: (line: unknown) => lines.push(String(line)) })
  }
  const provider = await startDevProvider()
  const application = await discover(provider)
  const browser = new Browser(provider.issuer)
  const { tokens } = await signIn(application, browser, 'alice', { scope: 'openid offline_access' })
  await refresh(application, tokens.refresh_token ?? '')
  await browser.submit(await browser.open('/session/end'), '/session/end/confirm', { logout: 'yes' })
  await provider.close()
  // This line cannot be configured away: oidc-provider wants Node 22 or later, with long-term support.
  t.strictSame(lines.filter(line => !line.includes('Unsupported runtime')), [])
})

t.test('a person signs in with one click, and the ID token says who it is', async t => {
  const provider = await startFor(t)
  const application = await discover(provider)
  const login = await signIn(application, new Browser(provider.issuer), 'carol')
  t.match(login.claims, {
    iss: provider.issuer,
    aud: 'dev-client',
    sub: 'carol',
    name: 'Çârôl Müller-Øzgür',
    email: 'carol@example.com',
    email_verified: true,
    roles: []
  })
  t.match(await userInfo(application, login), { sub: 'carol', name: 'Çârôl Müller-Øzgür', locale: 'fr-CA' })
})

t.test('each answer that brings tokens is told, and no other', async t => {
  const told: TokensGiven[] = []
  const provider = await startFor(t, { onTokens: given => told.push(given) })
  const application = await discover(provider)
  const { tokens: { refresh_token: token = '' } } = await signIn(
    application, new Browser(provider.issuer), 'alice', { scope: 'openid offline_access' })
  await refresh(application, token)
  await t.rejects(refresh(application, token))
  t.strictSame(told, [
    { clientId: 'dev-client', grantType: 'authorization_code' }, { clientId: 'dev-client', grantType: 'refresh_token' }
  ])
})

t.test('the issuer is an address of this machine, and a given port is used', async t => {
  t.match((await startFor(t)).issuer, /^http:\/\/127\.0\.0\.1:\d+$/)
  const port = await freePort()
  t.equal((await startFor(t, { port })).issuer, `http://127.0.0.1:${port}`)
})

t.test('two providers in one process share neither people, sessions, keys nor tokens', async t => {
  const [one, other] = await Promise.all([startFor(t), startFor(t, { people: [{ sub: 'dora' }] })])
  const [first, second] = await Promise.all([discover(one), discover(other)])
  t.not(one.clientSecret, other.clientSecret)
  const browser = new Browser(one.issuer)
  const login = await signIn(first, browser, 'alice')
  t.equal((await signIn(second, new Browser(other.issuer), 'dora')).claims.sub, 'dora')
  t.notSame(await keysOf(one.issuer), await keysOf(other.issuer))
  t.ok(browser.cookieNames.every(name => name.includes(new URL(one.issuer).port)), 'cookies do not meet in one browser')
  await t.rejects(userInfo(second, login), 'the token of one is nothing to the other')
  t.equal((await userInfo(first, login)).sub, 'alice')
})

async function keysOf (issuer: string): Promise<unknown> {
  return (await fetch(new URL('/jwks', issuer))).json()
}

t.test('signing keys are new at every start, and the private part stays inside', async t => {
  const { issuer } = await startFor(t)
  const { keys: [key] } = await keysOf(issuer) as { keys: Record<string, string>[] }
  t.match(key, { kty: 'RSA', alg: 'RS256', use: 'sig' })
  t.equal(key?.['d'], undefined)
})

t.test('close ends open connections and may be called twice', async t => {
  const { issuer, close } = await startDevProvider()
  const socket = connect(Number(new URL(issuer).port), '127.0.0.1')
  await once(socket, 'connect')
  socket.write('GET /jwks HTTP/1.1\r\nHost: a\r\n\r\n')
  await once(socket, 'data')
  await Promise.all([once(socket, 'close'), close()])
  await close()
  await t.rejects(fetch(issuer))
})

t.test('a port that is taken is an error', async t => {
  const server = createServer()
  server.listen(0, '127.0.0.1')
  await once(server, 'listening')
  t.teardown(() => server.close())
  const address = server.address()
  const port = typeof address === 'object' ? address?.port ?? 0 : 0
  await t.rejects(startDevProvider({ port }), { code: 'EADDRINUSE' })
})

t.test('a configuration that oidc-provider refuses leaves no server behind', async t => {
  const port = await freePort()
  await t.rejects(startDevProvider({ port, configuration: { subjectTypes: [] } }), { message: /subjectTypes/ })
  const { close: closeAgain } = await startDevProvider({ port })
  await closeAgain()
})
