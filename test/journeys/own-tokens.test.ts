import type { FastifyInstance, LightMyRequestResponse } from 'fastify'
import { test, type Test } from 'tap'
import { AuthUser, type AuthOptions } from '../../lib/index.ts'
import { createLogin, type InstanceLogin } from '../../lib/login.ts'
import { createClock, signedIn, type TestClock } from '../../lib/testing/index.ts'
import { bearer, createJudgedApp } from '../guard/_bearer.ts'
import { ownJudge } from '../guard/_own-tokens.ts'

interface Site {
  readonly app: FastifyInstance
  readonly login: InstanceLogin
  readonly clock: TestClock
  get (url: string, headers?: Readonly<Record<string, string>>): Promise<LightMyRequestResponse>
}

/** One application for people and for their scripts. */
async function aSite (t: Test, options: Partial<AuthOptions> = {}): Promise<Site> {
  const clock = createClock()
  const { app, realm } = await createJudgedApp(t, ownJudge, { bearer: { issued: true }, now: clock.now, ...options })
  const login = createLogin(realm)
  const { loginRequired } = login
  app.get('/me', { onRequest: [loginRequired] }, async request => ({
    ...request.currentUser.toJSON(), by: request.currentUser.isAuthenticated && request.currentUser.authenticatedBy
  }))
  app.get('/people', { onRequest: [loginRequired({ via: ['cookie'] })] }, async () => 'people')
  app.get('/scripts', { onRequest: [loginRequired({ via: ['bearer'] })] }, async () => 'scripts')
  app.get('/reports', { onRequest: [loginRequired({ scopes: ['reports.read'] })] }, async () => 'reports')
  app.get('/fresh', { onRequest: [loginRequired({ fresh: true })] }, async () => 'fresh')
  app.get('/recent', { onRequest: [loginRequired({ maxAge: 60 })] }, async () => 'recent')
  app.get('/who', async request => request.currentUser)
  return { app, login, clock, get: (url, headers = {}) => app.inject({ url, headers }) }
}

test('one route serves people with a cookie and scripts with a token', async t => {
  const { app, get } = await aSite(t)
  const [person, script] = [await signedIn(app, 'ada'), await signedIn(app, 'robot', { via: 'bearer' })]
  t.match((await get('/me', { ...person.headers })).json(), { id: 'ada', by: 'cookie' })
  t.match((await get('/me', { ...script.headers })).json(), { id: 'robot', by: 'bearer' })
  t.match((await get('/me', { ...person.headers, ...script.headers })).json(), { id: 'robot', by: 'bearer' }, 'the token decides')
  t.same((await get('/who')).json(), { isAuthenticated: false })

  for (const [url, headers, status] of [
    ['/people', person.headers, 200], ['/people', script.headers, 401],
    ['/scripts', script.headers, 200], ['/scripts', person.headers, 401]
  ] as const) t.equal((await get(url, { ...headers })).statusCode, status, url)
})

test('a token allows what its scopes say, and no more', async t => {
  const { app, get } = await aSite(t)
  const reader = await signedIn(app, 'ada', { via: 'bearer', scopes: ['reports.read'] })
  t.equal((await get('/reports', { ...reader.headers })).statusCode, 200)
  for (const scopes of [[], ['reports'], ['reports.read.all'], ['reports.write']]) {
    const other = await signedIn(app, new AuthUser('ada', { scopes: ['reports.read'] }), { via: 'bearer', scopes })
    const answer = await get('/reports', { ...other.headers })
    t.equal(answer.statusCode, 403)
    t.match(answer.headers['www-authenticate'], /error="insufficient_scope"/)
  }
})

test('a token is as fresh and as recent as the login that it tells of', async t => {
  const { app, login, clock, get } = await aSite(t)
  const now = Math.floor(clock.now() / 1000)
  const unknown = await signedIn(app, 'ada', { via: 'bearer' })
  for (const url of ['/fresh', '/recent']) t.equal((await get(url, { ...unknown.headers })).statusCode, 401)

  const ada = new AuthUser('ada', { authenticatedAt: now })
  const { accessToken } = await login.issueToken(ada, { expiresIn: 400 * 86_400 })
  for (const url of ['/fresh', '/recent']) t.equal((await get(url, bearer(accessToken))).statusCode, 200)
  clock.advance(61)
  t.equal((await get('/fresh', bearer(accessToken))).statusCode, 200)
  t.equal((await get('/recent', bearer(accessToken))).statusCode, 401)
  clock.advance(86_400)
  t.equal((await get('/fresh', bearer(accessToken))).statusCode, 401)
  t.equal((await get('/me', bearer(accessToken))).statusCode, 200)
})

test('neither a session in the header nor a token in the cookie opens anything', async t => {
  for (const session of [{}, { store: 'memory:' }]) {
    const { app, login, get } = await aSite(t, { session })
    const { cookie } = (await signedIn(app, 'ada')).headers
    const sealed = cookie.slice(cookie.indexOf('=') + 1)
    for (const text of [sealed, sealed.slice(1)]) {
      t.equal((await get('/me', bearer(text))).statusCode, 401)
      t.equal((await get('/me', { cookie, ...bearer(text) })).statusCode, 401, 'and the cookie does not help')
    }
    const { accessToken } = await login.issueToken('ada')
    for (const text of [accessToken, `1${accessToken}`, `Bearer ${accessToken}`]) {
      t.equal((await get('/me', { cookie: `__Host-login=${text}` })).statusCode, 401)
    }
  }
})

test('a token that was ended, or has run out, opens nothing, and the answer says that it is the token', async t => {
  const { login, clock, get } = await aSite(t)
  const [revoked, ended, expired] = await Promise.all([1, 2, 3].map(() => login.issueToken('ada', { expiresIn: 60 })))
  if (revoked === undefined || ended === undefined || expired === undefined) throw new Error('three were issued')
  const isRefused = async ({ accessToken }: typeof revoked): Promise<void> => {
    const answer = await get('/me', bearer(accessToken))
    t.equal(answer.statusCode, 401)
    t.match(answer.headers['www-authenticate'], /^Bearer .*error="invalid_token"/)
    t.same((await get('/who', bearer(accessToken))).json(), { isAuthenticated: false })
  }
  t.equal((await get('/me', bearer(revoked.accessToken))).statusCode, 200)
  await login.revokeToken(revoked.handle)
  await isRefused(revoked)
  t.equal((await get('/me', bearer(ended.accessToken))).statusCode, 200)
  await login.sessions.endAll('ada')
  await isRefused(ended)
  clock.advance(60)
  await isRefused(expired)
})

test('whom loadUser refuses has a token that opens nothing, and their tokens can all be ended', async t => {
  const refused = new Set<string>()
  const { login, get } = await aSite(t, { loadUser: ({ id }) => refused.has(id) ? null : { name: id } })
  const { accessToken } = await login.issueToken('ada')
  t.equal((await get('/me', bearer(accessToken))).statusCode, 200)
  refused.add('ada')
  t.equal((await get('/me', bearer(accessToken))).statusCode, 401)
  await login.sessions.endAll('ada')
  refused.delete('ada')
  t.equal((await get('/me', bearer(accessToken))).statusCode, 401)
})

test('no token is bound to a key, so none is taken with the scheme of those that are (RFC 9449, section 7.1)', async t => {
  const { login, get } = await aSite(t)
  const { accessToken } = await login.issueToken('ada')
  t.equal((await get('/me', { authorization: `DPoP ${accessToken}` })).statusCode, 401)
})

test('a forged token is a 401 wherever it was changed', async t => {
  const { login, get } = await aSite(t)
  const { accessToken } = await login.issueToken('ada')
  for (let index = 0; index < accessToken.length; index += 7) {
    const forged = accessToken.slice(0, index) + (accessToken[index] === 'A' ? 'B' : 'A') + accessToken.slice(index + 1)
    t.equal((await get('/me', bearer(forged))).statusCode, 401)
  }
})
