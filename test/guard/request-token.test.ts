import type { FastifyInstance } from 'fastify'
import { test, type Test } from 'tap'
import type { Awaitable } from '../../lib/awaitable.ts'
import type { ProofFault, TokenVerdict } from '../../lib/bearer-token.ts'
import { ProviderUnavailable } from '../../lib/errors.ts'
import type { AccessTokenJudge } from '../../lib/guard/access-proof.ts'
import type { Realm } from '../../lib/guard/realm.ts'
import { type AuthOptions, loginRequired } from '../../lib/index.ts'
import { withBasic } from './_caller.ts'
import { ask, Inside, Log, navigation, signedIn } from './_app.ts'
import { aToken, bearer, createJudgedApp } from './_bearer.ts'

const metadata = 'resource_metadata="https://app.example/.well-known/oauth-protected-resource"'

/** Knows the token `good`, and counts how often it was asked. */
class Judge implements AccessTokenJudge {
  asked = 0
  /** Whether it has seen every token before. */
  hasSeen = false
  proof: ProofFault | undefined
  verdict: (text: string) => Awaitable<TokenVerdict> = text =>
    text === 'good' ? aToken({ scopes: ['mail.read'], claims: { acr: 'gold' }, authenticatedAt: 1000 }) : { refusal: 'invalid' }

  lookAgain (text: string): Awaitable<TokenVerdict> | undefined {
    return this.hasSeen ? this.verify(text) : undefined
  }

  verify (text: string): Awaitable<TokenVerdict> {
    this.asked++
    return this.verdict(text)
  }

  prove (): ProofFault | undefined {
    return this.proof
  }
}

interface Api {
  readonly app: FastifyInstance
  readonly realm: Realm
  readonly judge: Judge
  readonly inside: Inside
}

/** `/` is guarded, `/cookie` and `/token` take one kind, `/public` says who it is. */
async function createApi (t: Test, options: Partial<AuthOptions> = {}, log = new Log()): Promise<Api> {
  const judge = new Judge()
  const inside = new Inside()
  const { app, realm } = await createJudgedApp(t, judge, options, log)
  app.all('/', { onRequest: [loginRequired] }, async request => {
    await inside.handler()
    return { id: request.currentUser.isAuthenticated && request.currentUser.id, token: request.token }
  })
  app.all('/cookie', { onRequest: [loginRequired({ via: ['cookie'] })] }, async ({ currentUser, token }) => ({ currentUser, token }))
  app.get('/token', { onRequest: [loginRequired({ via: ['bearer'] })] }, async ({ currentUser }) => currentUser)
  app.get('/public', async ({ currentUser, token }) => ({ currentUser, hasToken: token !== undefined }))
  return { app, realm, judge, inside }
}

const ways = [['at once', false, false], ['later', true, false], ['from before', false, true], ['from before, later', true, true]] as const
for (const [title, far, hasSeen] of ways) {
  test(`a token that is known ${title} is who the request comes from, with and without a guard`, async t => {
    const { app, judge } = await createApi(t)
    judge.hasSeen = hasSeen
    const verdict = judge.verdict
    if (far) judge.verdict = async text => await verdict(text)
    for (const url of ['/', '/token', '/public']) {
      const response = await app.inject({ url, headers: bearer('good') })
      t.equal(response.statusCode, 200, url)
      t.match(response.body, 'alice')
      t.notMatch(response.body, 'good')
      t.equal(response.headers['set-cookie'], undefined)
      t.equal(response.headers['cache-control'], 'private, no-store')
    }
    t.equal(judge.asked, 3)
    t.match((await app.inject({ url: '/', headers: bearer('good') })).json(), { id: 'alice', token: { scopes: ['mail.read'] } })
  })

  test(`a token that is refused ${title} is a stranger without a guard, and 401 with one`, async t => {
    const { app, judge, inside } = await createApi(t)
    judge.hasSeen = hasSeen
    for (const refusal of ['invalid', 'revoked', 'expired'] as const) {
      const verdict = { refusal, cause: new Error('inner text') }
      judge.verdict = far ? async () => verdict : () => verdict
      t.same((await app.inject({ url: '/public', headers: bearer('bad') })).json(), { currentUser: { isAuthenticated: false }, hasToken: false })
      const response = await app.inject({ url: '/', headers: bearer('bad') })
      const description = refusal === 'expired' ? 'The access token has expired' : 'The access token is not valid here'
      t.equal(response.statusCode, 401)
      t.equal(response.headers['www-authenticate'],
        `Bearer realm="login", error="invalid_token", error_description="${description}", ${metadata}`)
      t.equal(response.json().code, 'FST_LOGIN_TOKEN_INVALID')
      t.notMatch(response.body, 'inner text')
    }
    t.equal(inside.runs, 0)
  })

  test(`a judge who cannot tell ${title} is 503 for who asks, and harms nobody else`, async t => {
    const { app, judge } = await createApi(t)
    judge.hasSeen = hasSeen
    app.get('/free', async () => 'free')
    judge.verdict = far
      ? async () => { throw new ProviderUnavailable() }
      : () => { throw new ProviderUnavailable() }
    t.equal((await app.inject({ url: '/free', headers: bearer('good') })).statusCode, 200)
    for (const url of ['/', '/token', '/public']) {
      const response = await app.inject({ url, headers: bearer('good') })
      t.equal(response.statusCode, 503, url)
      t.ok(response.headers['retry-after'], url)
    }
  })
}

test('a stranger learns that tokens are taken, and where programs get them', async t => {
  const { app } = await createApi(t)
  const challengeAt = async (url: string): Promise<unknown> => (await app.inject(url)).headers['www-authenticate']
  t.equal(await challengeAt('/'), `Bearer realm="login", ${metadata}, Cookie realm="login"`)
  t.equal(await challengeAt('/token'), `Bearer realm="login", ${metadata}`)
  t.equal(await challengeAt('/cookie'), 'Cookie realm="login"')
})

test('two Authorization headers are 400 where a token is taken, whatever their schemes are and whoever has a cookie', async t => {
  const { app, judge, inside } = await createApi(t)
  judge.hasSeen = true
  const { headers: { cookie } } = await signedIn(app, 'alice')
  for (const authorization of [['Basic YTpi', 'Bearer good'], ['Bearer good', 'Basic YTpi'], ['Negotiate x', 'Digest y'], ['', 'Bearer good']]) {
    for (const path of ['/', '/token']) {
      const answer = await ask(app, { path, headers: { authorization, cookie } as Record<string, string | string[]> })
      t.equal(answer.statusCode, 400, `${path} ${authorization}`)
    }
    const headers = { authorization, cookie } as Record<string, string | string[]>
    t.match((await ask(app, { path: '/public', headers })).body, '"hasToken":false', `${authorization}`)
  }
  t.equal(inside.runs, 0)
})

test('a header that is malformed is 400 in a guard, and a stranger without one', async t => {
  const { app, judge } = await createApi(t)
  for (const authorization of ['Bearer', 'Bearer a b', 'DPoP ', `Bearer ${'x'.repeat(100_000)}`, 'Bearer ä']) {
    const response = await app.inject({ url: '/', headers: { authorization } })
    t.equal(response.statusCode, 400, authorization.slice(0, 20))
    t.match(response.headers['www-authenticate'], /^(Bearer|DPoP) realm="login", error="invalid_request"/)
    t.equal(response.json().code, 'FST_LOGIN_TOKEN_MALFORMED')
    t.match((await app.inject({ url: '/public', headers: { authorization } })).json(), { currentUser: { isAuthenticated: false } })
  }
  t.equal(judge.asked, 0)
})

test('a token in the query is 400 where tokens are taken, also beside one in the header', async t => {
  const { app, judge } = await createApi(t)
  const ada = await signedIn(app, 'ada')
  for (const headers of [{}, bearer('good'), ada.headers]) {
    t.equal((await app.inject({ url: '/?access_token=good', headers })).statusCode, 400)
  }
  t.equal((await app.inject({ url: '/cookie?access_token=good', ...ada })).statusCode, 200)
  t.equal((await app.inject({ url: '/public?access_token=good' })).json().currentUser.isAuthenticated, false)
  t.equal(judge.asked, 1, 'the one in the header')
})

test('a header with a token decides alone: a session beside it counts for nothing', async t => {
  const { app, inside } = await createApi(t)
  const { headers } = await signedIn(app, 'ada')
  t.match((await app.inject({ url: '/', headers: { ...headers, ...bearer('good') } })).json(), { id: 'alice' })
  for (const authorization of ['Bearer bad', 'DPoP bad']) {
    t.equal((await app.inject({ url: '/', headers: { ...headers, authorization } })).statusCode, 401)
    const seen = await app.inject({ url: '/public', headers: { ...headers, authorization } })
    t.equal(seen.json().currentUser.isAuthenticated, false)
  }
  t.equal((await app.inject({ url: '/', headers: { ...headers, authorization: 'Bearer' } })).statusCode, 400)
  t.equal(inside.runs, 1)
})

test('where a route takes the cookie alone, a header with a token means nothing', async t => {
  const { app, judge } = await createApi(t)
  const { headers } = await signedIn(app, 'ada')
  for (const text of ['good', 'bad']) {
    const response = await app.inject({ url: '/cookie', headers: { ...headers, ...bearer(text) } })
    t.same(response.json(), { currentUser: { id: 'ada', isAuthenticated: true, claims: {} } })
    const stranger = await app.inject({ url: '/cookie', headers: bearer(text) })
    t.equal(stranger.statusCode, 401)
    t.equal(stranger.json().code, 'FST_LOGIN_UNAUTHORIZED')
  }
  judge.verdict = () => { throw new ProviderUnavailable() }
  t.equal((await app.inject({ url: '/cookie', headers: { ...headers, ...bearer('good') } })).statusCode, 200)
})

test('two guards never mix a token and a cookie', async t => {
  const { app } = await createApi(t)
  const cookie = loginRequired({ via: ['cookie'] })
  const token = loginRequired({ via: ['bearer'] })
  const guards = {
    a: [loginRequired, cookie], b: [token, cookie], c: [cookie, token], d: [cookie, loginRequired, cookie]
  }
  for (const [name, onRequest] of Object.entries(guards)) {
    app.get(`/${name}`, { onRequest }, async ({ currentUser }) => currentUser)
  }
  const { headers } = await signedIn(app, 'ada')
  const both = { ...headers, ...bearer('good') }
  for (const name of ['a', 'b', 'c']) t.equal((await app.inject({ url: `/${name}`, headers: both })).statusCode, 401, name)
  t.equal((await app.inject({ url: '/d', headers: both })).json().id, 'ada')
})

test('a request with a token needs no proof of its site, and one that turns to the cookie does', async t => {
  const { app } = await createApi(t)
  const { headers } = await signedIn(app, 'ada')
  const elsewhere = { 'sec-fetch-site': 'cross-site', origin: 'https://evil.example' }
  const post = (url: string, more: object) =>
    app.inject({ method: 'POST', url, headers: { ...headers, ...elsewhere, ...more } })
  t.equal((await post('/', bearer('good'))).statusCode, 200)
  t.equal((await post('/', {})).json().code, 'FST_LOGIN_CROSS_SITE')
  t.equal((await post('/cookie', bearer('good'))).json().code, 'FST_LOGIN_CROSS_SITE')
  t.equal((await post('/cookie', bearer('good'))).statusCode, 403)
})

test('a token that needs a proof is not taken without it', async t => {
  const { app, judge } = await createApi(t)
  judge.verdict = () => aToken({ confirmation: { keyThumbprint: 'abc' } })
  for (const hasSeen of [false, true]) {
    judge.hasSeen = hasSeen
    judge.proof = { fault: 'missing' }
    const shown = (scheme: string) => app.inject({ url: '/', headers: { authorization: `${scheme} good` } })
    const plain = await shown('Bearer')
    t.equal(plain.statusCode, 401)
    t.equal(plain.json().code, 'FST_LOGIN_PROOF_INVALID')
    t.match(plain.headers['www-authenticate'], 'Bearer realm="login", error="invalid_token"')
    const proven = await shown('DPoP')
    t.equal(proven.json().code, 'FST_LOGIN_PROOF_INVALID')
    t.match(proven.headers['www-authenticate'], /^DPoP realm="login", error="invalid_dpop_proof", .*algs="RS256 /)
    judge.proof = undefined
    t.equal((await shown('DPoP')).statusCode, 200)
  }
})

test('loadUser says what the application knows about the person of a token, and can refuse them', async t => {
  const asked: unknown[] = []
  const { app } = await createApi(t, {
    async loadUser (identity) {
      asked.push(identity)
      return identity.id === 'alice' && asked.length === 1 ? { name: 'Alice' } : null
    }
  })
  app.get('/account', { onRequest: [loginRequired] }, async ({ currentUser }) => {
    return currentUser.isAuthenticated && currentUser.account
  })
  t.same((await app.inject({ url: '/account', headers: bearer('good') })).json(), { name: 'Alice' })
  t.match(asked, [{ id: 'alice', authenticatedBy: 'bearer', claims: { acr: 'gold' } }])
  const refused = await app.inject({ url: '/account', headers: bearer('good') })
  t.equal(refused.json().code, 'FST_LOGIN_TOKEN_INVALID')
})

test('a program hears which login would be strong enough, and is sent to none', async t => {
  const { app } = await createApi(t, { now: () => 2_000_000 })
  app.get('/strong', { onRequest: [loginRequired({ acr: 'platinum', maxAge: 60 })] }, new Inside().handler)
  app.get('/old', { onRequest: [loginRequired({ maxAge: 999 })] }, new Inside().handler)
  app.get('/fresh', { onRequest: [loginRequired({ fresh: true, acr: 'gold', maxAge: 1000 })] }, new Inside().handler)
  const response = await app.inject({ url: '/strong', headers: { ...bearer('good'), ...navigation } })
  t.equal(response.statusCode, 401)
  t.equal(response.headers['www-authenticate'],
    `Bearer realm="login", ${metadata}, error="insufficient_user_authentication", acr_values="platinum", max_age="60"`)
  t.equal((await app.inject({ url: '/old', headers: bearer('good') })).statusCode, 401)
  t.equal((await app.inject({ url: '/fresh', headers: bearer('good') })).statusCode, 200)
})

test('a token must hold the scopes of a route, each of them as a whole word', async t => {
  const { app } = await createApi(t)
  const scopes = ['mail.read', 'mail', 'Mail.read', 'mail.send']
  for (const scope of scopes) app.get(`/${scope}`, { onRequest: [loginRequired({ scopes: [scope] })] }, async () => 'in')
  for (const scope of scopes) {
    const response = await app.inject({ url: `/${scope}`, headers: bearer('good') })
    if (scope === 'mail.read') {
      t.equal(response.statusCode, 200)
      continue
    }
    t.equal(response.statusCode, 403, scope)
    t.equal(response.headers['www-authenticate'],
      `Bearer realm="login", ${metadata}, error="insufficient_scope", scope="${scope}"`)
  }
})

test('a request with a token neither begins, prolongs nor ends a session', async t => {
  const { app, realm } = await createApi(t)
  const tries: Readonly<Record<string, (request: Parameters<Realm['of']>[0]) => Promise<unknown>>> = {
    login: request => realm.of(request).login({ userId: 'eve' }),
    logout: request => realm.of(request).logout(),
    renew: request => realm.of(request).renew()
  }
  for (const [name, attempt] of Object.entries(tries)) app.get(`/${name}`, async request => await attempt(request))
  const { headers } = await signedIn(app, 'ada')
  for (const name of Object.keys(tries)) {
    for (const text of ['good', 'bad']) {
      const response = await app.inject({ url: `/${name}`, headers: { ...headers, ...bearer(text) } })
      t.equal(response.json().code, 'FST_LOGIN_NO_SESSION', `${name} with a ${text} token`)
      t.equal(response.headers['set-cookie'], undefined)
    }
  }
})

test('what is wrong with a token is for the log, at a level that nobody need read', async t => {
  const log = new Log()
  log.logger.level = 'debug'
  const { app, judge } = await createApi(t, {}, log)
  judge.verdict = () => ({ refusal: 'invalid', cause: new Error('inner text') })
  await app.inject({ url: '/', headers: bearer('the-secret-token') })
  t.match(log.lines.filter(({ msg }) => msg === 'fastify-login: an access token was refused'), [{ level: 20, err: { message: 'inner text' } }])
  t.notMatch(JSON.stringify(log.lines), 'the-secret-token')
})

test('basic credentials and tokens are told apart by their scheme', async t => {
  const { app } = await createApi(t, { basic: { users: { robot: 'pass' } } })
  app.get('/both', { onRequest: [loginRequired({ via: ['basic', 'bearer'] })] }, async ({ currentUser }) => currentUser)
  t.equal((await app.inject({ url: '/both', headers: bearer('good') })).json().id, 'alice')
  t.equal((await app.inject({ url: '/both', ...withBasic('robot', 'pass') })).json().id, 'robot')
  t.match((await app.inject('/both')).headers['www-authenticate'], /^Bearer .*, Basic /)
})
