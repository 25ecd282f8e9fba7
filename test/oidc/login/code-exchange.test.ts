import { calculateJwkThumbprint, decodeJwt, decodeProtectedHeader, type JWK } from 'jose'
import { test } from 'tap'
import { assertAccepted, assertRefused, type Refusal } from '../_refusal.ts'
import { type Answer, connectionReset, htmlAnswer, json, ScriptedProvider, timeOut } from '../_scripted-provider.ts'
import { buildSite } from '../_site.ts'

const invalid = { status: 502, code: 'FST_LOGIN_PROVIDER_ANSWER_INVALID' } as const
const unavailable = { status: 503, code: 'FST_LOGIN_PROVIDER_UNAVAILABLE' } as const

/** A token endpoint that answers so. */
function answering (token: Answer): Pick<Refusal, 'misbehave'> {
  return { misbehave (provider) { provider.answers.token = token } }
}

test('a code is exchanged with its redirect address and the verifier of the challenge (RFC 7636, section 4.5)', async t => {
  const site = await buildSite(t)
  await assertAccepted(t, site)
  const { method, form, redirect } = site.provider.last('token')
  t.equal(method, 'POST')
  t.equal(redirect, 'manual')
  t.match(Object.fromEntries(form), {
    grant_type: 'authorization_code',
    redirect_uri: 'https://app.example.com/auth/callback',
    code_verifier: /^[A-Za-z0-9_-]{43}$/
  })
})

test('a code that the provider no longer accepts is refused (RFC 6749, section 5.2, invalid_grant)', async t => {
  await assertRefused(t, {
    status: 400, code: 'FST_LOGIN_CODE_REFUSED', ...answering(() => json({ error: 'invalid_grant' }, 400))
  })
})

test('any other error of the token endpoint is a fault of the set-up (RFC 6749, section 5.2)', async t => {
  for (const error of ['invalid_client', 'invalid_request', 'unauthorized_client', 'something_else']) {
    await assertRefused(t, { ...invalid, ...answering(() => json({ error, error_description: 'No.' }, 400)) })
  }
  await assertRefused(t, { ...invalid, ...answering(() => json({ error: 'invalid_client' }, 401)) })
  await assertRefused(t, { ...invalid, ...answering(() => json({}, 401, { 'www-authenticate': 'Basic realm="id"' })) })
})

const lies: Record<string, Answer> = {
  'is HTML': () => htmlAnswer(),
  'is HTML with status 400': () => htmlAnswer(400),
  'breaks off': () => new Response('{"access_token": "se', { headers: { 'content-type': 'application/json' } }),
  'is null': () => json(null),
  'is a list': () => json([]),
  'is empty': () => new Response('', { headers: { 'content-type': 'application/json' } }),
  'has no content': () => new Response(null, { status: 204 }),
  'has an error of another shape': () => json({ error: { code: 7 } }, 400),
  'has the wrong success status': () => json({}, 201)
}

for (const [name, lie] of Object.entries(lies)) {
  test(`a token answer that ${name} is refused`, async t => {
    await assertRefused(t, { ...invalid, ...answering(lie) })
  })
}

const outages: Record<string, Answer> = {
  'status 500': () => json({ error: 'server_error' }, 500),
  'status 502 in HTML': () => htmlAnswer(502),
  'status 503 with a challenge': () => json({}, 503, { 'www-authenticate': 'Basic realm="proxy"' }),
  'status 429': () => json({ error: 'slow_down' }, 429),
  'status 429 in HTML': () => htmlAnswer(429),
  'a body of 10 MB': () => new Response(`{"access_token":"${'x'.repeat(10_000_000)}"}`, { headers: { 'content-type': 'application/json' } }),
  'a broken connection': connectionReset,
  'no answer in time': timeOut
}

for (const [name, outage] of Object.entries(outages)) {
  test(`a token endpoint with ${name} is an outage`, async t => {
    await assertRefused(t, { ...unavailable, ...answering(outage) })
  })
}

test('a token answer may have 1 MB, and not a byte more', async t => {
  const provider = await ScriptedProvider.create()
  const site = await buildSite(t, { provider })
  const padded = (bytes: number): Answer => async request => {
    const text = await (await provider.redeem(request)).text()
    return new Response(text.padEnd(bytes), { headers: { 'content-type': 'application/json' } })
  }
  provider.answers.token = padded(1_048_576)
  await assertAccepted(t, site)
  provider.answers.token = padded(1_048_577)
  t.equal((await site.visitor().signIn()).statusCode, 503)
})

test('a redirect of the token endpoint is not followed: the code would go elsewhere', async t => {
  const elsewhere: string[] = []
  const provider = await ScriptedProvider.create()
  await assertRefused(t, {
    ...invalid,
    ...answering(({ url }) => {
      elsewhere.push(url.href)
      return new Response(null, { status: 307, headers: { location: 'https://elsewhere.example/token' } })
    }),
    options: { provider }
  })
  t.same(new Set(elsewhere), new Set(['https://id.example.com/token']))
})

test('an answer without access_token or token_type, or with an odd one, is refused (RFC 6749, section 5.1)', async t => {
  const oddities = [
    { access_token: undefined }, { access_token: '' }, { access_token: 7 }, { token_type: undefined }, { token_type: 'mac' }, { token_type: 'DPoP' },
    { token_type: 7 }, { expires_in: 'soon' }, { refresh_token: 7 }, { scope: 7 }
  ]
  for (const tokenAnswer of oddities) {
    await assertRefused(t, { ...invalid, misbehave (provider) { provider.tokenAnswer = tokenAnswer } })
  }
})

test('the scopes of the answer are the scopes of the user (RFC 6749, section 5.1)', async t => {
  const provider = await ScriptedProvider.create()
  const site = await buildSite(t, { provider })
  const scopes = async (): Promise<unknown> => (await (await site.signedIn()).get('/who')).json().scopes
  t.same(await scopes(), ['openid', 'profile', 'email'], 'without any, what was asked for is granted')
  provider.tokenAnswer = { scope: 'openid  mail.read ' }
  t.same(await scopes(), ['openid', 'mail.read'])
})

test('the session ends with refresh_expires_in', async t => {
  const provider = await ScriptedProvider.create()
  const site = await buildSite(t, { provider })
  provider.tokenAnswer = { refresh_expires_in: 1800 }
  const visitor = await site.signedIn()
  site.clock.advance(1799)
  t.equal(await visitor.who(), 'alice')
  site.clock.advance(1)
  t.equal(await visitor.who(), undefined)
})

test('a session is not prolonged beyond refresh_expires_in by being used', async t => {
  const provider = await ScriptedProvider.create()
  const site = await buildSite(t, { provider })
  provider.tokenAnswer = { refresh_expires_in: 90_000 }
  const visitor = await site.signedIn()
  site.clock.advance(80_000)
  t.equal(await visitor.who(), 'alice')
  site.clock.advance(10_000)
  t.equal(await visitor.who(), undefined)
})

test('refresh_expires_in 0, or none, or nonsense states no end', async t => {
  const provider = await ScriptedProvider.create()
  const site = await buildSite(t, { provider })
  for (const seconds of [0, undefined, null, -1, 'soon']) {
    provider.tokenAnswer = { refresh_expires_in: seconds }
    const visitor = await site.signedIn()
    site.clock.advance(80_000)
    t.equal(await visitor.who(), 'alice', String(seconds))
  }
})

test('a session outlives the ID token that began it', async t => {
  const site = await buildSite(t)
  const visitor = await site.signedIn()
  site.clock.advance(7200)
  t.equal(await visitor.who(), 'alice')
})

test('the token of a sign-in is for the first of the services that it asks for (RFC 8707, section 2.2)', async t => {
  const site = await buildSite(t, { oidc: { resource: ['https://files.example.com', 'https://mail.example.com'] } })
  site.app.get('/token', async request => await request.getAccessToken())
  const visitor = await site.signedIn()
  t.same(site.provider.last('token').form.getAll('resource'), ['https://files.example.com'])
  t.match((await visitor.get('/token')).json(), { accessToken: String })
  t.equal(site.provider.count('token'), 1)
})

const dpop = {
  options: { oidc: { dpop: true } },
  before (provider: ScriptedProvider) { provider.tokenAnswer = { token_type: 'DPoP' } }
}
const wantsNonce: Answer = () => json({ error: 'use_dpop_nonce' }, 400, { 'dpop-nonce': 'given' })

test('a code is exchanged with a proof of the key that it is bound to (RFC 9449, sections 5 and 10)', async t => {
  const provider = await ScriptedProvider.create()
  provider.tokenAnswer = { token_type: 'dPoP' }
  const site = await buildSite(t, { ...dpop.options, provider })
  const visitor = site.visitor()
  const location = await visitor.begin()
  await visitor.deliver(location)
  t.equal(await visitor.who(), 'alice')
  const proof = String(provider.last('token').headers.get('dpop'))
  const { jwk } = decodeProtectedHeader(proof)
  t.equal(await calculateJwkThumbprint(jwk as JWK), new URL(location).searchParams.get('dpop_jkt'))
  t.match(decodeJwt(proof), { htm: 'POST', htu: 'https://id.example.com/token' })
  t.notOk('ath' in decodeJwt(proof))
})

test('a provider that wants a nonce gets the same code once more, with the nonce (RFC 9449, section 8)', async t => {
  const provider = await ScriptedProvider.create()
  dpop.before(provider)
  let count = 0
  provider.answers.token = request => count++ === 0 ? wantsNonce(request) : provider.redeem(request)
  await assertAccepted(t, await buildSite(t, { ...dpop.options, provider }))
  const [first, second] = provider.requests.filter(({ url }) => url.pathname === '/token')
  t.equal(second?.form.get('code'), first?.form.get('code'))
  t.same([first, second].map(request => decodeJwt(String(request?.headers.get('dpop')))['nonce']), [undefined, 'given'])
})

test('a provider that wants a nonce each time is refused after the second', async t => {
  let count = 0
  const misbehave = (provider: ScriptedProvider): void => {
    provider.answers.token = request => {
      count++
      return wantsNonce(request)
    }
  }
  await assertRefused(t, { ...invalid, ...dpop, misbehave })
  t.equal(count, 4, 'two logins')
  await assertRefused(t, { ...invalid, ...answering(wantsNonce) })
})

test('people who sign in at the same time share no code, no key and no nonce', async t => {
  const provider = await ScriptedProvider.create()
  dpop.before(provider)
  const nonces = new Map<string, string>()
  const thumbprints = new Map<string, string>()
  provider.answers.token = async request => {
    const code = String(request.form.get('code'))
    const proof = String(request.headers.get('dpop'))
    const thumbprint = await calculateJwkThumbprint(decodeProtectedHeader(proof).jwk as JWK)
    const { nonce } = decodeJwt(proof)
    if (nonces.has(code)) {
      t.equal(nonce, nonces.get(code))
      t.equal(thumbprint, thumbprints.get(code))
      return await provider.redeem(request)
    }
    t.equal(nonce, undefined)
    nonces.set(code, `nonce of ${nonces.size}`)
    thumbprints.set(code, thumbprint)
    return json({ error: 'use_dpop_nonce' }, 400, { 'dpop-nonce': String(nonces.get(code)) })
  }
  const site = await buildSite(t, { ...dpop.options, provider })
  const visitors = Array.from({ length: 5 }, () => site.visitor())
  const locations = await Promise.all(visitors.map(visitor => visitor.begin()))
  await Promise.all(visitors.map((visitor, at) => visitor.deliver(String(locations[at]))))
  for (const visitor of visitors) t.equal(await visitor.who(), 'alice')
  t.equal(new Set(thumbprints.values()).size, 5)
})

test('a bearer token is refused where a bound one was asked for, and a bound one where none was (RFC 6749, 7.1)', async t => {
  for (const type of ['Bearer', 'N_A', 'mac']) {
    const misbehave = (provider: ScriptedProvider): void => { provider.tokenAnswer = { token_type: type } }
    await assertRefused(t, { ...invalid, ...dpop, misbehave })
  }
  await assertRefused(t, { ...invalid, misbehave (provider) { provider.tokenAnswer = { token_type: 'DPoP' } } })
})

test('userinfo are asked for with the bound token and a proof of its own, and a nonce where one is wanted', async t => {
  const provider = await ScriptedProvider.create()
  dpop.before(provider)
  provider.answers.userinfo = ({ headers }) => decodeJwt(String(headers.get('dpop')))['nonce'] === 'given'
    ? json(provider.userinfo)
    : json({}, 401, { 'www-authenticate': 'DPoP error="use_dpop_nonce"', 'dpop-nonce': 'given' })
  await assertAccepted(t, await buildSite(t, { oidc: { dpop: true, userinfo: true }, provider }))
  const { headers } = provider.last('userinfo')
  t.match(headers.get('authorization'), /^DPoP /)
  t.match(decodeJwt(String(headers.get('dpop'))), { htm: 'GET', ath: String })
  t.equal(provider.count('userinfo'), 2)
})
