import type { FastifyInstance } from 'fastify'
import { test, type Test } from 'tap'
import { BearerToken, type BearerTokenDetails, type TokenVerdict } from '../../lib/bearer-token.ts'
import { type TokenRealm, verifyToken } from '../../lib/guard/own-tokens.ts'
import { AnonymousUser, authPlugin, AuthUser, ProviderUnavailable } from '../../lib/index.ts'
import { MemoryStore } from '../../lib/stores/memory/memory-store.ts'
import { createClock, signedIn } from '../../lib/testing/index.ts'
import { buildApp, type BuildOptions, secret } from '../_app.ts'
import { startRedis } from '../_redis.ts'
import { needsRedis } from '../_services.ts'
import { NotedStore } from '../session/_noted-store.ts'
import { issuingRealm, loginOf } from './_own-tokens.ts'

const NOW = 1_800_000_000
const YEAR = 365 * 86_400
const identity = { issuer: 'https://id.example', subject: 'ada', provider: 'work' }

async function anApp (t: Test, options: BuildOptions = {}): Promise<FastifyInstance> {
  const app = await buildApp({ bearer: { issued: true }, now: () => NOW * 1000, ...options })
  t.teardown(() => app.close())
  await app.ready()
  return app
}

/** Whether a token of one application is taken by another, or the same. */
async function verdictOf (app: FastifyInstance, token: string): Promise<string> {
  const verified = await loginOf(app).verifyToken(token)
  return verified.isValid ? 'valid' : verified.reason
}

test('a token for an id names the person, and nothing else is known of them', async t => {
  const login = loginOf(await anApp(t))
  const issued = await login.issueToken('ada')
  t.match(issued, { accessToken: /^[\w.-]+$/, tokenType: 'Bearer', expiresAt: NOW + 3600, scopes: [], handle: /^[\w-]{65}$/ })
  t.ok(Object.isFrozen(issued))
  const verified = await login.verifyToken(issued.accessToken)
  if (!verified.isValid) throw new Error(verified.reason)
  t.equal(verified.token.reveal(), issued.accessToken)
  t.equal(verified.token.id, issued.handle)
  t.ok(verified.user instanceof AuthUser)
  t.match(verified.user, {
    id: 'ada',
    identity: undefined,
    claims: {},
    scopes: [],
    account: undefined,
    isFresh: false,
    authenticatedAt: 0,
    sessionHandle: undefined,
    authenticatedBy: 'bearer'
  })
})

test('a person comes with identity, claims and the time of the login, and never with the account', async t => {
  const login = loginOf(await anApp(t))
  const { accessToken } = await login.issueToken(new AuthUser('ada', {
    identity,
    claims: { name: 'Ada' },
    userinfo: { phone: '1' },
    account: { iban: '2' },
    scopes: ['of the provider'],
    authenticatedAt: NOW - 60.5,
    sessionHandle: 'x',
    isRemembered: true
  }), { scopes: ['mail', 'mail'] })
  const verified = await login.verifyToken(accessToken)
  t.match(verified, {
    isValid: true,
    user: {
      id: 'ada',
      identity,
      claims: { name: 'Ada' },
      userinfo: undefined,
      account: undefined,
      scopes: ['mail'],
      authenticatedAt: NOW - 61,
      isFresh: true,
      isRemembered: false,
      sessionHandle: undefined
    }
  })
})

test('a token makes nobody fresh who was not, and knows no time that nobody knew', async t => {
  const login = loginOf(await anApp(t))
  for (const details of [{ isFresh: false, authenticatedAt: NOW }, { authenticatedAt: 0 }, {}]) {
    const { accessToken } = await login.issueToken(new AuthUser('ada', details))
    t.match(await login.verifyToken(accessToken), { user: { isFresh: false, authenticatedAt: 0 } })
  }
})

test('a token lives as long as the option says, or as its call', async t => {
  const login = loginOf(await anApp(t, { bearer: { issued: { expiresIn: 7 } } }))
  t.equal((await login.issueToken('ada')).expiresAt, NOW + 7)
  t.equal((await login.issueToken('ada', { expiresIn: YEAR })).expiresAt, NOW + YEAR)
})

test('what issueToken does not take is refused by name', async t => {
  const login = loginOf(await anApp(t))
  const people = ['', 7, null, undefined, {}, new AnonymousUser(), new AuthUser(''), new AuthUser(7 as never)]
  const times = ['now', NaN, -1, NOW * 1000, Infinity].map(authenticatedAt => new AuthUser('ada', { authenticatedAt } as never))
  const claims = ['x', [], 7].map(one => new AuthUser('ada', { claims: one } as never))
  for (const who of [...people, ...times, ...claims]) {
    await t.rejects(login.issueToken(who as never), { code: 'FST_LOGIN_ARGUMENT_INVALID', message: /issueToken takes/ })
  }
  const options = [
    null, 'x', [], { expires: 1 }, { expiresIn: 0 }, { expiresIn: 1.5 }, { expiresIn: '60' }, { expiresIn: 400 * 86_400 + 1 },
    { scopes: 'a' }, { scopes: ['a b'] }, { scopes: [''] }, { scopes: [7] }, { scopes: ['ä'] }
  ]
  for (const one of options) {
    await t.rejects(login.issueToken('ada', one as never), { code: 'FST_LOGIN_ARGUMENT_INVALID', message: /issueToken/ })
  }
})

test('a person of a tenant gets no token, which would hold for all tenants', async t => {
  const login = loginOf(await anApp(t, { publicUrl: 'https://app.example', providers: { customer: () => undefined } }))
  const ada = new AuthUser('customer:ada', { identity: { ...identity, provider: 'customer' } })
  await t.rejects(login.issueToken(ada), { code: 'FST_LOGIN_ARGUMENT_INVALID', message: /tenant/ })
  t.match(await login.issueToken(new AuthUser('work:ada', { identity })), { tokenType: 'Bearer' })
  t.match(await login.issueToken('customer:ada'), { tokenType: 'Bearer' })
})

test('where the application issues no tokens, or takes none, the error says what to write', async t => {
  const app = await buildApp()
  t.teardown(() => app.close())
  const unset = { code: 'FST_LOGIN_BEARER_UNSET', statusCode: 500 }
  await t.rejects(app.login.issueToken('ada'), { ...unset, message: /"bearer: \{ issued: true \}"/ })
  await t.rejects(app.login.revokeToken('x'), { ...unset, message: /"bearer: \{ issued: true \}"/ })
  await t.rejects(app.login.verifyToken('x'), { ...unset, message: /option "bearer"/ })
})

test('a token that is not taken says why: expired, revoked or invalid', async t => {
  const clock = createClock(NOW * 1000)
  const app = await anApp(t, { now: clock.now })
  const login = loginOf(app)
  const [one, other] = [await login.issueToken('ada', { expiresIn: 60 }), await login.issueToken('ada', { expiresIn: 60 })]
  await login.revokeToken(other.accessToken)
  t.same(await login.verifyToken(other.accessToken), { isValid: false, reason: 'revoked' })
  clock.advance(60)
  t.same(await login.verifyToken(one.accessToken), { isValid: false, reason: 'expired' })
  for (const text of ['', 'x', one.handle, `${one.accessToken}=`, undefined, ['a'], 7]) {
    t.same(await login.verifyToken(text as never), { isValid: false, reason: 'invalid' })
  }
})

test('neither the cookie of a session is a token, nor a token a cookie', async t => {
  for (const store of [undefined, 'memory:']) {
    const app = await anApp(t, { session: store === undefined ? {} : { store } })
    const cookie = (await signedIn(app, 'ada')).headers.cookie
    const text = cookie.slice(cookie.indexOf('=') + 1)
    for (const one of [text, text.slice(1), cookie]) t.equal(await verdictOf(app, one), 'invalid')
    const { accessToken } = await loginOf(app).issueToken('ada')
    for (const one of [accessToken, `1${accessToken}`]) {
      const answer = await app.inject({ url: '/who', headers: { cookie: `__Host-login=${one}` } })
      t.same(answer.json(), { isAuthenticated: false })
    }
  }
})

test('registrations that share a secret take no tokens of one another', async t => {
  const options = { secret: secret(), bearer: { issued: true }, now: () => NOW * 1000 } as const
  const app = await buildApp(options)
  t.teardown(() => app.close())
  await app.register(authPlugin, { ...options, name: 'admin', routes: { prefix: '/admin' } })
  await app.ready()
  const { accessToken, handle } = await loginOf(app).issueToken('ada')
  t.match(await loginOf(app, 'admin').verifyToken(accessToken), { reason: 'invalid' })
  await t.rejects(loginOf(app, 'admin').revokeToken(accessToken), { code: 'FST_LOGIN_ARGUMENT_INVALID' })
  await loginOf(app, 'admin').revokeToken(handle)
  await loginOf(app, 'admin').sessions.endAll('ada')
  t.match(await loginOf(app).verifyToken(accessToken), { isValid: true })
})

test('a token ends by its text or its handle, also one that is over, and nothing else is ended', async t => {
  const clock = createClock(NOW * 1000)
  const login = loginOf(await anApp(t, { now: clock.now }))
  const [one, other, third] = await Promise.all([1, 2, 3].map(() => login.issueToken('ada', { expiresIn: YEAR })))
  if (one === undefined || other === undefined || third === undefined) throw new Error('three were issued')
  await login.revokeToken(one.accessToken)
  await login.revokeToken(other.handle)
  await login.revokeToken(other.handle)
  clock.advance(YEAR - 1)
  for (const { accessToken } of [one, other]) t.match(await login.verifyToken(accessToken), { reason: 'revoked' })
  t.match(await login.verifyToken(third.accessToken), { isValid: true })
  clock.advance(1)
  await login.revokeToken(third.accessToken)

  for (const text of ['', 'x', one.handle.slice(1), `${one.accessToken}A`, one.accessToken.slice(1), undefined, {}, 7]) {
    await t.rejects(login.revokeToken(text as never), { code: 'FST_LOGIN_ARGUMENT_INVALID' })
  }
})

test('the events tell of tokens, and nothing that would open anything', async t => {
  const told: unknown[] = []
  const tell = (name: string) => (event: unknown) => told.push([name, event])
  const login = loginOf(await anApp(t, { events: { tokenIssued: tell('issued'), tokenRevoked: tell('revoked') } }))
  const { handle, expiresAt, accessToken } = await login.issueToken('ada')
  await login.revokeToken(accessToken)
  await login.revokeToken(handle)
  t.same(told, [['issued', { userId: 'ada', handle, clientId: undefined, expiresAt }], ['revoked', { handle }]])
})

test('a text of the outside ends nothing that is not a token: the cookie of a session goes on', async t => {
  const app = await anApp(t)
  const ada = await signedIn(app, 'ada')
  const text = ada.headers.cookie.slice(ada.headers.cookie.indexOf('=') + 2)
  await t.rejects(loginOf(app).revokeToken(text), { code: 'FST_LOGIN_ARGUMENT_INVALID' })
  t.match((await app.inject({ url: '/who', ...ada })).json(), { id: 'ada' })
})

for (const [where, session] of [
  ['in cookie mode', {}],
  ['in cookie mode with a store', { store: 'memory:', mode: 'cookie' }],
  ['in store mode', { store: 'memory:' }]
] as const) {
  test(`all tokens of a person end with all of their sessions, ${where}`, async t => {
    const app = await anApp(t, { session })
    const login = loginOf(app)
    const [adas, bobs] = [await login.issueToken('ada'), await login.issueToken('bob')]
    const cookie = await signedIn(app, 'ada')
    const [spared] = await login.sessions.list('ada')
    await login.sessions.endAll('ada', { except: spared })
    t.equal(await verdictOf(app, adas.accessToken), 'revoked')
    t.equal(await verdictOf(app, bobs.accessToken), 'valid')
    t.match((await app.inject({ url: '/who', ...cookie })).json(), { id: 'ada' }, 'the session that was excepted goes on')
    t.equal(await verdictOf(app, (await login.issueToken('ada')).accessToken), 'valid')
  })

  test(`whom loadUser refuses keeps no token when all of theirs are ended, ${where}`, async t => {
    const app = await anApp(t, { session, loadUser: () => null })
    const { accessToken } = await loginOf(app).issueToken('ada')
    const cookie = await signedIn(app, 'ada')
    t.same((await app.inject({ url: '/who', ...cookie })).json(), { isAuthenticated: false })
    t.equal(await verdictOf(app, accessToken), 'valid', 'loadUser is not asked without a request')
    await loginOf(app).sessions.endAll('ada')
    t.equal(await verdictOf(app, accessToken), 'revoked')
  })
}

for (const mode of ['cookie', 'store'] as const) {
  test(`tokens end in every application with the same secret and store, in ${mode} mode`, async t => {
    const options = { secret: secret(), session: { store: new MemoryStore({ now: () => NOW * 1000 }), mode } } as const
    const [one, other] = [await anApp(t, options), await anApp(t, options)]
    const [first, second, third] = await Promise.all([1, 2, 3].map(() => loginOf(one).issueToken('ada')))
    if (first === undefined || second === undefined || third === undefined) throw new Error('three were issued')
    for (const app of [one, other]) t.equal(await verdictOf(app, first.accessToken), 'valid')
    await loginOf(other).revokeToken(first.accessToken)
    await loginOf(other).revokeToken(second.handle)
    for (const { accessToken } of [first, second]) t.equal(await verdictOf(one, accessToken), 'revoked')
    t.equal(await verdictOf(one, third.accessToken), 'valid')
    await loginOf(other).sessions.endAll('ada')
    t.equal(await verdictOf(one, third.accessToken), 'revoked')
  })
}

test('tokens end at once in every application with the same Redis', needsRedis(), async t => {
  const redis = await startRedis()
  t.teardown(() => redis.stop())
  const options = { secret: secret(), session: { store: redis.url }, now: Date.now } as const
  const [one, other] = [await anApp(t, options), await anApp(t, options)]
  const [first, second] = [await loginOf(one).issueToken('ada'), await loginOf(one).issueToken('ada')]
  for (const { accessToken } of [first, second]) t.equal(await verdictOf(other, accessToken), 'valid')
  await loginOf(one).revokeToken(first.handle)
  t.equal(await verdictOf(other, first.accessToken), 'revoked')
  await loginOf(one).sessions.endAll('ada')
  t.equal(await verdictOf(other, second.accessToken), 'revoked')
})

test('a secret is changed without ending tokens, until it is taken away', async t => {
  const [old, next] = [secret(), secret()]
  const { accessToken } = await loginOf(await anApp(t, { secret: old })).issueToken('ada')
  t.equal(await verdictOf(await anApp(t, { secret: [next, old] }), accessToken), 'valid')
  t.equal(await verdictOf(await anApp(t, { secret: next }), accessToken), 'invalid')
})

test('a person without claims that fit gets no token', async t => {
  const login = loginOf(await anApp(t))
  const ada = new AuthUser('ada', { claims: { groups: Array.from({ length: 500 }, (_, index) => `group-${index}`) } })
  await t.rejects(login.issueToken(ada), { code: 'FST_LOGIN_TOKEN_TOO_LARGE', statusCode: 400 })
})

/** A realm whose judge says what it is told to. */
async function judging (t: Test, verdict: TokenVerdict | Error): Promise<TokenRealm> {
  const realm = issuingRealm(await anApp(t))
  const verify = async (): Promise<TokenVerdict> => {
    if (verdict instanceof Error) throw verdict
    return verdict
  }
  return { ...realm, bearer: { lookAgain: () => undefined, verify, prove: () => undefined } }
}

const ofProvider: BearerTokenDetails = {
  userId: 'work:ada',
  identity,
  subject: 'ada',
  clientId: 'cli',
  audience: ['api'],
  scopes: ['mail'],
  claims: { sub: 'ada' },
  id: 'j',
  issuedAt: NOW,
  expiresAt: NOW + 60,
  authenticatedAt: NOW,
  confirmation: undefined
}

test('tokens of providers are verified too', async t => {
  const token = new BearerToken('text', ofProvider)
  const verified = await verifyToken(await judging(t, token), 'text')
  t.match(verified, { isValid: true, user: { id: 'work:ada', identity, scopes: ['mail'], isFresh: true, authenticatedBy: 'bearer' } })
  t.equal(verified.isValid && verified.token, token)
})

test('a token that is bound to a key or a certificate is invalid without a request that proves it', async t => {
  for (const confirmation of [{ keyThumbprint: 'x' }, { certificateThumbprint: 'x' }, {}]) {
    const realm = await judging(t, new BearerToken('text', { ...ofProvider, confirmation }))
    t.same(await verifyToken(realm, 'text'), { isValid: false, reason: 'invalid' })
  }
})

test('why a token is refused stays inside, and who cannot be asked is no verdict', async t => {
  const realm = await judging(t, { refusal: 'invalid', cause: new Error('secret reason') })
  t.same(await verifyToken(realm, 'text'), { isValid: false, reason: 'invalid' })
  await t.rejects(verifyToken(await judging(t, new ProviderUnavailable()), 'text'), { code: 'FST_LOGIN_PROVIDER_UNAVAILABLE' })
})

test('a store that is away issues, verifies and ends nothing', async t => {
  const store = new NotedStore(() => NOW * 1000)
  const login = loginOf(await anApp(t, { session: { store } }))
  const { accessToken, handle } = await login.issueToken('ada')
  for (const call of ['get', 'getMany', 'add', 'set']) {
    store.before.set(call, async () => { throw new Error('the store is away') })
  }
  const away = { code: 'FST_LOGIN_STORE_UNAVAILABLE', statusCode: 503 }
  await t.rejects(login.issueToken('ada'), away)
  await t.rejects(login.verifyToken(accessToken), away)
  await t.rejects(login.revokeToken(accessToken), away)
  await t.rejects(login.revokeToken(handle), away)
})
