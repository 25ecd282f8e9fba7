import { setImmediate } from 'node:timers/promises'
import { test, type Test } from 'tap'
import type { BearerOptions } from '../../../lib/options/auth-options.ts'
import { connectionReset, htmlAnswer, json, ScriptedProvider, timeOut } from '../_scripted-provider.ts'
import { AUDIENCE, TokenBench } from './_bench.ts'

const unavailable = { code: 'FST_LOGIN_PROVIDER_UNAVAILABLE', statusCode: 503, headers: { 'retry-after': /\d/ } }
const OPAQUE = 'an-opaque-token'

/** An application whose provider is asked about tokens, and says this. */
async function askingBench (
  answer: (bench: TokenBench) => object, introspection: BearerOptions['introspection'] = true, more: object = {}
): Promise<TokenBench> {
  const provider = await ScriptedProvider.create()
  provider.metadata = { introspection_endpoint: `${provider.issuer}/introspect` }
  const bench = new TokenBench(provider, { bearer: { audience: AUDIENCE, introspection }, ...more })
  provider.answers.introspection = () => json(answer(bench))
  return bench
}

/** What RFC 7662 shows as an answer (section 2.2). */
function active (bench: TokenBench, more: object = {}): object {
  const { seconds } = bench
  return {
    active: true,
    client_id: 'program',
    username: 'al',
    scope: 'reports.read dolphin',
    sub: 'alice',
    aud: AUDIENCE,
    iss: bench.provider.issuer,
    exp: seconds + 300,
    iat: seconds,
    ...more
  }
}

async function assertUnavailable (t: Test, bench: TokenBench, text = OPAQUE): Promise<void> {
  await t.rejects(async () => await bench.tokens.verify(text), unavailable)
}

test('a token that is no JWT is what its issuer says of it (RFC 7662, section 2.2)', async t => {
  const bench = await askingBench(active)
  const token = await bench.accepted(OPAQUE)
  t.match({ ...token }, {
    userId: 'alice',
    identity: { issuer: bench.provider.issuer, subject: 'alice', provider: 'oidc' },
    clientId: 'program',
    scopes: ['reports.read', 'dolphin'],
    audience: [AUDIENCE],
    expiresAt: bench.seconds + 300,
    claims: { username: 'al' }
  })
  t.notOk('active' in token.claims)
  t.ok(Object.isFrozen(token.claims))
  const { method, form, headers } = bench.provider.last('introspection')
  t.equal(method, 'POST')
  t.same(Object.fromEntries(form), { token: OPAQUE, token_type_hint: 'access_token' })
  t.match(headers.get('authorization'), /^Basic /)
  t.equal(headers.get('accept'), 'application/json')
})

test('the application asks as a client of its own, where it has one for it', async t => {
  const bench = await askingBench(active, { clientId: 'api', clientSecret: 'of-the-api', clientAuthentication: 'client_secret_post' })
  await bench.accepted(OPAQUE)
  t.match(Object.fromEntries(bench.provider.last('introspection').form), { client_id: 'api', client_secret: 'of-the-api' })
})

test('an answer is believed for half a minute, at once and without a promise', async t => {
  const bench = await askingBench(active)
  await bench.accepted(OPAQUE)
  bench.advance(29)
  t.notOk(bench.tokens.verify(OPAQUE) instanceof Promise)
  t.equal(bench.provider.count('introspection'), 1)
  bench.advance(1)
  await bench.accepted(OPAQUE)
  t.equal(bench.provider.count('introspection'), 2)
})

test('two tokens that end alike are told apart', async t => {
  const bench = await askingBench(active)
  const [one, other] = ['alice', 'bob'].map(name => `${name}-${'x'.repeat(43)}`) as [string, string]
  bench.provider.answers.introspection = ({ form }) => json(active(bench, { sub: form.get('token') === one ? 'alice' : 'bob' }))
  for (let times = 0; times < 2; times += 1) {
    t.equal((await bench.accepted(one)).userId, 'alice')
    t.equal((await bench.accepted(other)).userId, 'bob')
  }
  t.equal(bench.provider.count('introspection'), 2)
})

test('what an issuer said is read once', async t => {
  const asked: unknown[] = []
  const provider = await ScriptedProvider.create()
  provider.metadata = { introspection_endpoint: `${provider.issuer}/introspect` }
  const userId = ({ subject }: { readonly subject: string }): string => { asked.push(subject); return subject }
  const bench = new TokenBench(provider, {
    bearer: { audience: AUDIENCE, introspection: true }, further: { oidc: provider.client, userId }
  })
  provider.answers.introspection = () => json(active(bench))
  const first = await bench.accepted(OPAQUE)
  t.equal(bench.tokens.verify(OPAQUE), first)
  t.same(asked, ['alice'])
})

test('an answer is believed no longer than the token lives, and no longer than is configured', async t => {
  const bench = await askingBench(bench => active(bench, { exp: 1_800_000_010 }), { cache: 3600 })
  await bench.accepted(OPAQUE)
  bench.advance(10)
  await bench.accepted(OPAQUE)
  t.equal(bench.provider.count('introspection'), 2)
  bench.advance(30)
  t.equal(await bench.refused(OPAQUE), 'expired: it has ended')
  const never = await askingBench(active, { cache: 0 })
  await never.accepted(OPAQUE)
  await never.accepted(OPAQUE)
  t.equal(never.provider.count('introspection'), 2)
})

test('a token that does not say when it ends is believed as long as the answer', async t => {
  const bench = await askingBench(bench => active(bench, { exp: undefined }))
  t.equal((await bench.accepted(OPAQUE)).expiresAt, bench.seconds + 31)
  t.equal((await (await askingBench(bench => active(bench, { exp: undefined }), { cache: 0 })).accepted(OPAQUE)).userId, 'alice')
})

test('who asks about the same token at the same time shares one request', async t => {
  const bench = await askingBench(active)
  const verdicts = await Promise.all(Array.from({ length: 10 }, () => bench.accepted(OPAQUE)))
  t.equal(verdicts.length, 10)
  t.equal(bench.provider.count('introspection'), 1)
})

test('a token that is not active is asked about once, and made-up ones push no good one out', async t => {
  const bench = await askingBench(active)
  await bench.accepted(OPAQUE)
  bench.provider.answers.introspection = () => json({ active: false, sub: 'alice', aud: AUDIENCE })
  for (let index = 0; index < 1_001; index += 1) await bench.refused(`made-up-${index}`)
  t.equal(await bench.refused('made-up-1000'), 'invalid: its issuer says that it is not active')
  t.equal(bench.provider.count('introspection'), 1_002)
  await bench.accepted(OPAQUE)
  await bench.refused('made-up-0')
  t.equal(bench.provider.count('introspection'), 1_003, 'the oldest was forgotten')
})

test('a token that was taken back is known to be when the answer is no longer believed', async t => {
  const bench = await askingBench(active)
  await bench.accepted(OPAQUE)
  bench.provider.answers.introspection = () => json({ active: false })
  bench.advance(30)
  t.match(await bench.refused(OPAQUE), /^invalid/)
  bench.provider.answers.introspection = () => json(active(bench))
  t.match(await bench.refused(OPAQUE), /^invalid/)
})

test('of a client that acts for nobody the subject is the client', async t => {
  const bench = await askingBench(bench => active(bench, { sub: undefined }))
  t.match(await bench.accepted(OPAQUE), { subject: 'program', userId: 'program', clientId: 'program' })
})

test('an answer that does not name the issuer is that of the one that was asked', async t => {
  const bench = await askingBench(bench => active(bench, { iss: undefined }))
  t.match(await bench.accepted(OPAQUE), { identity: { issuer: bench.provider.issuer } })
})

const print = 'a'.repeat(43)

test('a token is bound to what its issuer says (RFC 9449, section 6.2; RFC 8705, section 3.2)', async t => {
  const key = await askingBench(bench => active(bench, { token_type: 'DPoP', cnf: { jkt: print } }))
  t.match((await key.accepted(OPAQUE)).confirmation, { keyThumbprint: print })
  const certificate = await askingBench(bench => active(bench, { token_type: 'bearer', cnf: { 'x5t#S256': print } }))
  t.match((await certificate.accepted(OPAQUE)).confirmation, { certificateThumbprint: print })
})

const faults: Readonly<Record<string, object>> = {
  'of another issuer': { iss: 'https://evil.example' },
  'of an issuer that is no text': { iss: 7 },
  'for another service': { aud: 'https://other.example' },
  'for nobody in particular': { aud: undefined },
  'whose subject is no text': { sub: 7 },
  'whose subject is empty': { sub: '' },
  'of nobody at all': { sub: undefined, client_id: undefined },
  'whose end is a text': { exp: '1800000300' },
  'whose end is null': { exp: null },
  'whose begin is a text': { nbf: '0' },
  'whose time is a text': { iat: '0' },
  'that is to come': { nbf: 1_800_000_031 },
  'that was made in the future': { iat: 1_800_000_031 },
  'of a type that nobody knows': { token_type: 'N_A' },
  'of a type that is no text': { token_type: 7 },
  'of the type DPoP without a key': { token_type: 'DPoP' },
  'of the type DPoP with a certificate alone': { token_type: 'DPoP', cnf: { 'x5t#S256': print } },
  'bound in a way that nobody knows': { cnf: { jwk: {} } },
  'that is a refresh token of Keycloak': { typ: 'Refresh' },
  'that is a refresh token of Hydra': { token_use: 'refresh_token' }
}

for (const [fault, members] of Object.entries(faults)) {
  test(`a token ${fault} is refused, although it is active`, async t => {
    const bench = await askingBench(bench => active(bench, members))
    t.match(await bench.refused(OPAQUE), /^invalid: ("|the claim|it has not)/)
    t.match(await bench.refused(OPAQUE), /^invalid/)
    t.equal(bench.provider.count('introspection'), 1)
  })
}

test('an active token that has ended is refused', async t => {
  const bench = await askingBench(bench => active(bench, { exp: 1_700_000_000 }))
  t.equal(await bench.refused(OPAQUE), 'expired: it has ended')
})

test('what a sign-in demands of people, an answer must say', async t => {
  const oidc = { claims: { hd: 'example.com' } }
  const bench = await askingBench(active, true, { oidc })
  t.match(await bench.refused(OPAQUE), /sign-in demands/)
  await (await askingBench(bench => active(bench, { hd: 'example.com' }), true, { oidc })).accepted(OPAQUE)
})

test('of many tenants the answer names the issuer, which is that of the claim', async t => {
  const issuer = 'https://id.example.com/{tenantid}'
  const metadata = { issuer, jwks_uri: 'https://id.example.com/keys', introspection_endpoint: 'https://id.example.com/introspect' }
  const answers: Array<readonly [object, RegExp]> = [
    [{ iss: 'https://id.example.com/one', tid: 'one' }, /^accepted/],
    [{ iss: 'https://id.example.com/one' }, /^accepted/],
    [{ iss: 'https://id.example.com/one', tid: 'two' }, /issuer of the tenant/],
    [{ iss: undefined, tid: 'one' }, /another issuer/],
    [{ iss: issuer, tid: 'one' }, /another issuer/]
  ]
  for (const [members, says] of answers) {
    const provider = await ScriptedProvider.create()
    const { fetch } = provider
    const introspection = { clientId: 'api', clientSecret: 's' }
    const bearer = { audience: AUDIENCE, issuer, tenantClaim: 'tid', metadata, fetch, introspection }
    const bench = new TokenBench(provider, { further: {}, bearer })
    provider.answers.introspection = () => json(active(bench, members))
    t.match(await bench.refused(OPAQUE), says)
  }
})

const outages = {
  'breaks off': connectionReset,
  'takes too long': timeOut,
  'says 503': () => htmlAnswer(503),
  'says 429': () => json({ error: 'slow_down' }, 429),
  'does not know our client': () => json({ error: 'invalid_client' }, 401),
  'asks for a password': () => json({}, 401, { 'www-authenticate': 'Basic realm="x"' }),
  'is somewhere else': () => new Response(null, { status: 302, headers: { location: 'https://elsewhere.example' } })
}

for (const [name, outage] of Object.entries(outages)) {
  test(`an issuer that ${name} makes no token invalid, and is asked once in a second`, async t => {
    const bench = await askingBench(active)
    bench.provider.answers.introspection = outage
    await assertUnavailable(t, bench)
    await assertUnavailable(t, bench, 'another')
    t.equal(bench.provider.count('introspection'), 1)
    bench.provider.answers.introspection = () => json(active(bench))
    bench.advance(1)
    await bench.accepted(OPAQUE)
  })
}

const oddities = {
  'says 500': () => htmlAnswer(500),
  'says HTML': () => htmlAnswer(),
  'says nothing of active': () => json({ sub: 'alice' }),
  'says active as a text': () => json({ active: 'true' }),
  'says a list': () => json([]),
  'says null': () => json(null),
  'says that our client may not': () => json({ error: 'unauthorized_client' }, 400)
}

for (const [name, oddity] of Object.entries(oddities)) {
  test(`an issuer that ${name} about one token is asked about the next`, async t => {
    const bench = await askingBench(active)
    bench.provider.answers.introspection = request => request.form.get('token') === 'odd' ? oddity() : json(active(bench))
    await assertUnavailable(t, bench, 'odd')
    await bench.accepted(OPAQUE)
  })
}

test('a text that the issuer cannot read is no token, and no outage', async t => {
  for (const error of ['invalid_request', 'unsupported_token_type', 'invalid_token']) {
    const bench = await askingBench(active)
    bench.provider.answers.introspection = () => json({ error }, 400)
    t.match(await bench.refused('eyJhbGciOiJkaXIiLCJlbmMiOiJBMTI4R0NNIn0..a.b.c'), /^invalid/)
  }
})

test('an issuer without an address to ask at is an outage', async t => {
  const bench = await askingBench(active)
  for (const address of [undefined, 'http://id.example.com/introspect', 7]) {
    bench.provider.metadata = { introspection_endpoint: address }
    bench.advance(24 * 3600)
    await assertUnavailable(t, bench)
  }
  t.equal(bench.provider.count('introspection'), 0)
})

test('an issuer is asked about 200 tokens at once, and not about more', async t => {
  const bench = await askingBench(active)
  let letGo = (): void => {}
  const gate = new Promise<void>(resolve => { letGo = resolve })
  bench.provider.answers.introspection = async () => {
    await gate
    return json(active(bench))
  }
  const asked = Array.from({ length: 200 }, (_, index) => bench.accepted(`token-${index}`))
  while (bench.provider.count('introspection') < 200) await setImmediate()
  await assertUnavailable(t, bench, 'one-more')
  letGo()
  t.equal((await Promise.all(asked)).length, 200)
  await bench.accepted('one-more')
})

test('a JWT is not shown to anybody where only opaque tokens are asked about', async t => {
  const bench = await askingBench(active)
  await bench.accepted(await bench.token())
  t.match(await bench.refused(await bench.token({ iss: 'https://evil.example' })), /nobody trusts/)
  t.match(await bench.refused(await bench.token({ exp: 1 })), /^expired/)
  t.equal(bench.provider.count('introspection'), 0)
})

test('where all tokens are asked about, a JWT that was taken back is refused', async t => {
  const bench = await askingBench(() => ({ active: true }), { tokens: 'all' })
  const text = await bench.token()
  await bench.accepted(text)
  t.notOk(bench.tokens.verify(text) instanceof Promise)
  t.equal(bench.provider.count('introspection'), 1)
  bench.provider.answers.introspection = () => json({ active: false })
  bench.advance(30)
  t.equal(await bench.refused(text), 'revoked: its issuer has taken it back')
  bench.advance(300)
  t.match(await bench.refused(text), /^expired/)
  t.equal(bench.provider.count('introspection'), 2, 'nobody asks about one that has ended')
})

test('where all tokens are asked about, a forged JWT is shown to nobody', async t => {
  const bench = await askingBench(active, { tokens: 'all' })
  const [header = '', payload = ''] = (await bench.token()).split('.')
  t.match(await bench.refused(`${header}.${payload}.AAAA`), /^invalid/)
  t.equal(bench.provider.count('introspection'), 0)
})

test('where all tokens are asked about, the answer must be about the same token', async t => {
  const claims = { cnf: { jkt: print } }
  const same = await askingBench(bench => active(bench, { ...claims, token_type: 'DPoP' }), { tokens: 'all' })
  await same.accepted(await same.token(claims))
  const others = [
    { sub: 'bob' }, { iss: 'https://evil.example' }, { cnf: { jkt: 'b'.repeat(43) } }, { cnf: { 'x5t#S256': print } },
    { cnf: { x: 1 } }, { token_type: 'N_A' }
  ]
  for (const members of others) {
    const bench = await askingBench(bench => active(bench, members), { tokens: 'all' })
    t.match(await bench.refused(await bench.token(claims)), /^invalid: ("|the issuer tells)/)
  }
  const unbound = await askingBench(bench => active(bench, claims), { tokens: 'all' })
  t.match(await unbound.refused(await unbound.token()), /another proof/)
})

test('whoever has logged out is refused also with an opaque token', async t => {
  let isOver = false
  const bench = await askingBench(active, true, { logoutOf: () => () => isOver })
  await bench.accepted(OPAQUE)
  isOver = true
  t.match(await bench.refused(OPAQUE), /^revoked/)
})

test('an opaque token of somebody for whom userId has no text is a fault of the application', async t => {
  const provider = await ScriptedProvider.create()
  provider.metadata = { introspection_endpoint: `${provider.issuer}/introspect` }
  const bearer = { audience: AUDIENCE, introspection: true }
  const bench = new TokenBench(provider, { bearer, further: { oidc: provider.client, userId: () => '' } })
  provider.answers.introspection = () => json(active(bench))
  await t.rejects(async () => await bench.tokens.verify(OPAQUE), { code: 'FST_LOGIN_ARGUMENT_INVALID' })
})

test('nobody is asked about a JWT that has ended since it was seen', async t => {
  const bench = await askingBench(() => ({ active: true }), { tokens: 'all' })
  const text = await bench.token({ exp: bench.seconds + 100 })
  await bench.accepted(text)
  bench.advance(200)
  t.match(await bench.refused(text), /^expired/)
  t.equal(bench.provider.count('introspection'), 1)
})
