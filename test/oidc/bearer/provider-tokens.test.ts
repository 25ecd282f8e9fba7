import type { JWTPayload } from 'jose'
import { test } from 'tap'
import { BearerToken } from '../../../lib/bearer-token.ts'
import { StoreUnavailable } from '../../../lib/errors.ts'
import { entra } from '../../../lib/index.ts'
import { connectionReset, createKey, htmlAnswer, json, ScriptedProvider } from '../_scripted-provider.ts'
import { AUDIENCE, TokenBench } from './_bench.ts'

const MINUTE = 60
const HOUR = 3600
const second = await createKey('two')
const unavailable = { code: 'FST_LOGIN_PROVIDER_UNAVAILABLE', statusCode: 503, headers: { 'retry-after': /\d/ } }
const misused = { code: 'FST_LOGIN_ARGUMENT_INVALID' }

test('a token of RFC 9068 is taken, and what it says is known (section 2.2)', async t => {
  const bench = await TokenBench.create()
  const text = await bench.token({ auth_time: bench.seconds - 5, roles: ['admin'] })
  const token = await bench.accepted(text)
  t.match({ ...token }, {
    userId: 'alice',
    identity: { issuer: bench.provider.issuer, subject: 'alice', provider: 'oidc' },
    subject: 'alice',
    clientId: 'program',
    audience: [AUDIENCE],
    scopes: ['reports.read'],
    id: 'a-token',
    issuedAt: bench.seconds,
    expiresAt: bench.seconds + 300,
    authenticatedAt: bench.seconds - 5,
    confirmation: undefined
  })
  t.equal(token.reveal(), text)
  t.same(token.claims, { ...bench.claims({ auth_time: bench.seconds - 5, roles: ['admin'] }) })
})

test('the claims of a token cannot be changed, however deep', async t => {
  const bench = await TokenBench.create()
  const { claims, identity, scopes, audience } = await bench.accepted(await bench.token({ a: { b: [{ c: 1 }] } }))
  const { a } = claims as { a: { b: object[] } }
  for (const value of [claims, a, a.b, a.b[0], identity, scopes, audience]) t.ok(Object.isFrozen(value))
})

test('a token that was seen before costs no cryptography, no request, and no promise', async t => {
  const bench = await TokenBench.create()
  const text = await bench.token()
  const first = await bench.accepted(text)
  const requests = bench.provider.requests.length
  let verified = 0
  t.intercept(crypto.subtle, 'verify', { value: async () => { verified += 1; return false } })
  for (let times = 0; times < 3; times += 1) t.equal(bench.tokens.verify(text), first)
  t.equal(verified, 0)
  t.equal(bench.provider.requests.length, requests)
  t.match(await bench.refused(await bench.token({ jti: 'b' })), /^invalid: it does not verify/, 'another one is verified')
  t.equal(verified, 1)
})

test('a token that was seen before is known by its whole text', async t => {
  const bench = await TokenBench.create()
  const text = await bench.token()
  await bench.accepted(text)
  const [header = '', , signature = ''] = text.split('.')
  const payload = Buffer.from(JSON.stringify(bench.claims({ sub: 'admin' }))).toString('base64url')
  const forged = `${header}.${payload}.${signature}`
  t.equal(bench.tokens.lookAgain(forged), undefined)
  t.match(await bench.refused(forged), /signature verification failed/)
  t.equal(bench.tokens.lookAgain(forged), undefined, 'nor is it known from then on')
  t.equal(bench.tokens.lookAgain(text), await bench.accepted(text))
})

test('a token that was seen before ends when it says so', async t => {
  const bench = await TokenBench.create()
  const text = await bench.token({ exp: bench.seconds + 60 })
  await bench.accepted(text)
  bench.advance(89)
  await bench.accepted(text)
  bench.advance(1)
  t.equal(await bench.refused(text), 'expired: it has ended')
  bench.advance(6 * MINUTE)
  t.match(await bench.refused(text), /^expired: it does not verify/)
})

test('a token that was seen before is looked at by a clock that went back', async t => {
  const bench = await TokenBench.create()
  const text = await bench.token({ nbf: bench.seconds, iat: bench.seconds - 100 })
  await bench.accepted(text)
  bench.advance(-30)
  await bench.accepted(text)
  bench.advance(-1)
  t.equal(await bench.refused(text), 'invalid: it has not begun')
})

test('a token that was seen before is refused once its key is gone, five minutes later at the latest look', async t => {
  const bench = await TokenBench.create()
  const text = await bench.token({ exp: bench.seconds + HOUR })
  await bench.accepted(text)
  bench.provider.keys = [second]
  bench.advance(5 * MINUTE - 1)
  await bench.accepted(text)
  bench.advance(1)
  t.match(await bench.refused(text), /^invalid: it does not verify/)
})

test('whoever has logged out at the provider is refused, each time it is asked, now or later', async t => {
  let isOver: boolean | Promise<boolean> = false
  const asked: unknown[] = []
  let named = 0
  const bench = await TokenBench.create({
    logoutOf (claims, { settings }) {
      named += 1
      const whose = [claims.iss, claims.sub, claims['sid'], settings.name]
      return () => { asked.push(whose); return isOver }
    }
  })
  const text = await bench.token({ sid: 's' })
  await bench.accepted(text)
  isOver = true
  t.equal(await bench.refused(text), 'revoked: its person has logged out')
  isOver = Promise.resolve(true)
  t.equal(await bench.refused(text), 'revoked: its person has logged out')
  isOver = Promise.resolve(false)
  await bench.accepted(text)
  t.same(asked, Array(4).fill([bench.provider.issuer, 'alice', 's', 'oidc']))
  t.equal(named, 1, 'what that is called is found out once')
})

test('an outage where logouts are noted is none of the token', async t => {
  const bench = await TokenBench.create({ logoutOf: () => async () => { throw new StoreUnavailable() } })
  await t.rejects(async () => await bench.tokens.verify(await bench.token()), { code: 'FST_LOGIN_STORE_UNAVAILABLE' })
})

test('a text that is no token is refused at once, and nobody is asked', async t => {
  const bench = await TokenBench.create({ bearer: { audience: AUDIENCE, introspection: true } })
  const odd = ['', ' ', 'a b', 'a\nb', 'ä', 'a,b', '"a"', '=', 'a=b', 'a\u0000', '💥', 'x'.repeat(16_385)]
  for (const text of odd) t.equal(await bench.refused(text), 'invalid: it is spelled like no token', text.slice(0, 9))
  t.same(bench.provider.requests, [])
})

test('a text that is no JWT is refused where nobody is asked about others', async t => {
  const bench = await TokenBench.create()
  for (const text of ['opaque', 'a.b', 'a.b.c', 'a.b.c.d', `${'a'.repeat(43)}==`, 'x'.repeat(16_384)]) {
    t.match(await bench.refused(text), /^invalid: it is no JWT/)
  }
  t.same(bench.provider.requests, [])
})

test('a JWT of an issuer that nobody trusts is refused, and nobody is asked for keys', async t => {
  const bench = await TokenBench.create()
  for (const iss of ['https://evil.example', `${bench.provider.issuer}/`, undefined, 7, null, [bench.provider.issuer]]) {
    t.equal(await bench.refused(await bench.token({ iss } as JWTPayload)), 'invalid: nobody trusts its issuer')
  }
  const [header = ''] = (await bench.token()).split('.')
  t.equal(await bench.refused(`${header}.e.e`), 'invalid: nobody trusts its issuer')
  t.same(bench.provider.requests, [])
})

test('of several issuers each verifies its own tokens, and none those of another', async t => {
  const partner = new ScriptedProvider(second, 'https://partner.example')
  const { issuer, fetch } = partner
  const bench = await TokenBench.create({
    bearer: { audience: AUDIENCE, providers: { oidc: true, partner: { issuer, fetch } } }
  })
  partner.now = () => bench.now
  t.equal((await bench.accepted(await bench.token())).userId, 'alice')
  partner.header = { typ: 'at+jwt' }
  const claims = bench.claims({ iss: issuer })
  t.equal((await bench.accepted(await partner.signJwt(claims))).userId, 'partner:alice')
  t.match(await bench.refused(await bench.provider.signJwt(claims)), /^invalid: it does not verify/)
  t.match(await bench.refused(await partner.signJwt(bench.claims())), /^invalid: it does not verify/)
})

test('of many tenants each has an issuer of its own, which is that of its claim and of its key', async t => {
  const tenant = '8eaef023-2b34-4da1-9baa-8bc8c9d6a490'
  const other = '00000000-2b34-4da1-9baa-8bc8c9d6a490'
  const issuer = (tid: string): string => `https://login.microsoftonline.com/${tid}/v2.0`
  const provider = new ScriptedProvider(await createKey('one'), issuer('{tenantid}'))
  provider.metadata = {
    jwks_uri: 'https://login.microsoftonline.com/keys',
    authorization_endpoint: 'https://login.microsoftonline.com/authorize',
    token_endpoint: 'https://login.microsoftonline.com/token'
  }
  const preset = entra({ tenant: 'organizations', tenants: [tenant], clientId: 'web', clientSecret: 's', fetch: provider.fetch })
  const bench = await TokenBench.create({ provider, further: { oidc: preset }, bearer: { audience: 'web' } })
  const claims = { iss: issuer(tenant), tid: tenant, aud: 'web', scp: 'access', scope: undefined, client_id: undefined, azpacr: '1' }
  const token = await bench.accepted(await bench.token(claims, { typ: 'JWT' }))
  t.equal(token.userId, `${issuer(tenant)}#alice`)
  t.equal(token.identity?.issuer, issuer(tenant))
  t.match(await bench.refused(await bench.token({ ...claims, tid: other }, {})), /^invalid: it does not verify/)
  t.match(await bench.refused(await bench.token({ ...claims, iss: issuer(other), tid: other }, {})), /sign-in demands/)
  t.match(await bench.refused(await bench.token({ ...claims, tid: undefined }, {})), /sign-in demands/)
  t.match(await bench.refused(await bench.token({ ...claims, iss: issuer('{tenantid}') }, {})), /^invalid/)
  const jwk = Object.assign({}, provider.signer.jwk, { issuer: issuer(other) })
  provider.keys = [{ ...provider.signer, jwk }]
  bench.advance(10 * MINUTE)
  t.match(await bench.refused(await bench.token(claims, {})), /^invalid: it does not verify/)
})

test('who may be told apart by an exact issuer is not taken for a tenant of many', async t => {
  const many = 'https://login.example/{tenantid}/v2.0'
  const one = new ScriptedProvider(second, 'https://login.example/one/v2.0')
  const metadata = { issuer: many, jwks_uri: 'https://login.example/keys' }
  const bench = await TokenBench.create({
    bearer: {
      audience: AUDIENCE,
      providers: { many: { issuer: many, tenantClaim: 'tid', metadata }, one: { issuer: one.issuer, fetch: one.fetch } }
    }
  })
  one.header = { typ: 'at+jwt' }
  t.equal((await bench.accepted(await one.signJwt(bench.claims({ iss: one.issuer })))).userId, 'one:alice')
})

test('what a sign-in demands of people, their tokens must say too; an issuer that signs nobody in demands nothing', async t => {
  const bench = await TokenBench.create({ oidc: { claims: { hd: ['example.com'] } } })
  await bench.accepted(await bench.token({ hd: 'example.com' }))
  for (const hd of ['other.example', undefined, ['x']]) {
    t.match(await bench.refused(await bench.token({ hd })), 'invalid: a claim is another one than a sign-in demands')
  }
})

test('currentUser.id is what the application makes of it, and it must be a text', async t => {
  let make = (): unknown => 'a-user'
  const said: unknown[] = []
  const provider = await ScriptedProvider.create()
  const userId = (...all: unknown[]): unknown => { said.push(all); return make() }
  const bench = await TokenBench.create({ provider, further: { oidc: provider.client, userId } })
  t.equal((await bench.accepted(await bench.token({ oid: 'o' }))).userId, 'a-user')
  t.match(said, [[{ issuer: provider.issuer, subject: 'alice', provider: 'oidc' }, { sub: 'alice', oid: 'o' }]])
  for (make of [() => '', () => 7, () => undefined, () => Promise.reject(new Error('late'))]) {
    const text = await bench.token({ jti: String(said.length) })
    await t.rejects(async () => await bench.tokens.verify(text), misused)
  }
})

test('metadata and keys are loaded once for sign-in and tokens', async t => {
  const bench = await TokenBench.create()
  await bench.accepted(await bench.token())
  const { signIn } = bench
  if (signIn === undefined) throw new Error('nobody signs in')
  await signIn.server()
  t.same([bench.provider.count('discovery'), bench.provider.count('keys')], [1, 1])
})

test('a flood of made-up key ids costs one request for keys in half a minute, also at the start', async t => {
  const bench = await TokenBench.create()
  const flood = async (): Promise<void> => {
    const texts = await Promise.all(Array.from({ length: 40 }, (_, index) => bench.token({}, { kid: `made-up-${index}` })))
    for (const answer of await Promise.all(texts.map(text => bench.refused(text)))) t.match(answer, /^invalid/)
    for (const text of texts.slice(0, 5)) t.match(await bench.refused(text), /^invalid/)
  }
  await flood()
  t.equal(bench.provider.count('keys'), 1)
  bench.advance(29)
  await flood()
  t.equal(bench.provider.count('keys'), 1)
  bench.advance(1)
  await flood()
  t.equal(bench.provider.count('keys'), 2)
  await bench.accepted(await bench.token())
})

test('a key that the issuer begins to use is loaded at once, for all who come with it', async t => {
  const bench = await TokenBench.create()
  await bench.accepted(await bench.token())
  bench.provider.keys = [second]
  bench.provider.signer = second
  const texts = await Promise.all(['a', 'b', 'c', 'd'].map(jti => bench.token({ jti })))
  await Promise.all(texts.map(text => bench.accepted(text)))
  t.equal(bench.provider.count('keys'), 2)
})

test('made-up key ids in tokens keep neither a sign-in nor a logout token from following a rotation', async t => {
  const bench = await TokenBench.create()
  await bench.accepted(await bench.token())
  t.match(await bench.refused(await bench.token({}, { kid: 'made-up' })), /^invalid/)
  bench.provider.keys = [second]
  bench.provider.signer = second
  const text = await bench.token({ jti: 'b' })
  t.match(await bench.refused(text), /^invalid/, 'the gate of access tokens is closed')
  const { signIn } = bench
  if (signIn === undefined) throw new Error('nobody signs in')
  const server = await signIn.server()
  await signIn.keys(server)({ alg: 'RS256', kid: 'two' }, { payload: '', signature: '' })
  await signIn.publicKeys(server)({ alg: 'RS256', kid: 'two' }, { payload: '', signature: '' })
  await bench.accepted(text)
})

const outages = {
  'breaks off': connectionReset,
  'is busy': () => htmlAnswer(503),
  'is no key set': () => json({}),
  'is HTML': () => htmlAnswer()
}

for (const [name, outage] of Object.entries(outages)) {
  test(`an issuer whose answer ${name} makes no token invalid: 503 with Retry-After, and one request in a second`, async t => {
    const bench = await TokenBench.create()
    bench.provider.answers.keys = outage
    const text = await bench.token()
    for (let times = 0; times < 3; times += 1) {
      await t.rejects(async () => await bench.tokens.verify(text), unavailable)
    }
    t.equal(bench.provider.count('keys'), 1)
    delete bench.provider.answers.keys
    bench.advance(1)
    await bench.accepted(text)
  })
}

test('an issuer that cannot be found, or tells nonsense of itself, makes no token invalid', async t => {
  for (const discovery of [connectionReset, () => json({ issuer: 'https://evil.example' })]) {
    const bench = await TokenBench.create()
    bench.provider.answers.discovery = discovery
    const text = await bench.token()
    await t.rejects(async () => await bench.tokens.verify(text), unavailable)
    await t.rejects(async () => await bench.tokens.verify(text), unavailable)
    t.equal(bench.provider.count('discovery'), 1)
    delete bench.provider.answers.discovery
    bench.advance(1)
    await bench.accepted(text)
  }
})

test('the last good keys serve for a day while the issuer does not answer, and then tokens are neither good nor bad', async t => {
  const bench = await TokenBench.create()
  await bench.accepted(await bench.token())
  bench.provider.answers.discovery = connectionReset
  bench.provider.answers.keys = connectionReset
  bench.advance(23 * HOUR)
  await bench.accepted(await bench.token())
  const unknown = await bench.token({}, { kid: 'made-up' })
  for (let times = 0; times < 2; times += 1) {
    await t.rejects(async () => await bench.tokens.verify(unknown), unavailable, 'it may be one of a rotation')
    await bench.accepted(await bench.token({ jti: String(times) }))
  }
  bench.advance(HOUR)
  await t.rejects(async () => await bench.tokens.verify(await bench.token()), unavailable)
})

test('a provider that signs people in and that nobody has made yet is made here', async t => {
  const provider = await ScriptedProvider.create()
  const { issuer, fetch } = provider
  const bench = new TokenBench(provider, { further: {}, bearer: { audience: AUDIENCE, issuer, fetch } })
  const verdict = await bench.tokens.verify(await bench.token())
  t.type(verdict, BearerToken)
  t.match(verdict, { userId: 'alice', identity: { provider: 'bearer' } })
})
