import { test } from 'tap'
import { assertAccepted, assertNotBegun, type Refusal } from '../_refusal.ts'
import { connectionReset, htmlAnswer, json, ScriptedProvider, timeOut } from '../_scripted-provider.ts'
import { buildSite } from '../_site.ts'

const HOUR = 3600
const invalid = { status: 502, code: 'FST_LOGIN_PROVIDER_ANSWER_INVALID' } as const
const unavailable = { status: 503, code: 'FST_LOGIN_PROVIDER_UNAVAILABLE' } as const

/** A provider whose metadata has these members. */
function withMetadata (metadata: Record<string, unknown>): Pick<Refusal, 'misbehave'> {
  return { misbehave (provider) { provider.metadata = metadata } }
}

test('the application starts without asking the provider anything', async t => {
  const site = await buildSite(t)
  t.equal((await site.visitor().get('/')).body, 'the root')
  t.same(site.provider.requests, [])
})

test('metadata come from the well-known address below the issuer (OpenID Connect Discovery, section 4)', async t => {
  const provider = await ScriptedProvider.create('https://id.example.com/realms/one')
  const site = await buildSite(t, { provider })
  await assertAccepted(t, site)
  const { url, redirect } = provider.last('discovery')
  t.equal(url.href, 'https://id.example.com/realms/one/.well-known/openid-configuration')
  t.equal(redirect, 'manual')
})

test('metadata of another issuer are refused (OpenID Connect Discovery, section 4.3)', async t => {
  await assertNotBegun(t, { ...invalid, ...withMetadata({ issuer: 'https://evil.example' }) })
})

test('metadata whose issuer differs by a slash at its end are refused before anybody is sent away (section 4.3)', async t => {
  await assertNotBegun(t, { ...invalid, ...withMetadata({ issuer: 'https://id.example.com/' }) })
})

test('metadata without an issuer, or with one that is no address, are refused', async t => {
  for (const issuer of [undefined, 7, null, '', 'id.example.com']) {
    await assertNotBegun(t, { ...invalid, ...withMetadata({ issuer }) })
  }
})

for (const name of ['authorization_endpoint', 'token_endpoint', 'jwks_uri']) {
  test(`metadata without a usable ${name} are refused`, async t => {
    for (const address of [undefined, null, '', 7, '/relative', 'javascript:alert(1)', 'ftp://id.example.com/']) {
      await assertNotBegun(t, { ...invalid, ...withMetadata({ [name]: address }) })
    }
  })

  test(`metadata with a ${name} on plain http are refused where the issuer has https`, async t => {
    await assertNotBegun(t, { ...invalid, ...withMetadata({ [name]: 'http://id.example.com/endpoint' }) })
    await assertNotBegun(t, { ...invalid, ...withMetadata({ [name]: 'http://127.0.0.1/endpoint' }) })
  })
}

test('an issuer on loopback may have endpoints on plain http', async t => {
  const provider = await ScriptedProvider.create('http://127.0.0.1:4000')
  await assertAccepted(t, await buildSite(t, { provider }))
})

const lies = {
  'status 404': () => htmlAnswer(404),
  'status 403 in JSON': () => json({ error: 'no' }, 403),
  HTML: () => htmlAnswer(),
  'JSON that breaks off': () => new Response('{"issuer": "https', { headers: { 'content-type': 'application/json' } }),
  null: () => json(null),
  'a list': () => json([]),
  'a text': () => json('https://id.example.com'),
  nothing: () => new Response(null, { status: 204 }),
  'a redirect': () => new Response(null, { status: 302, headers: { location: 'https://elsewhere.example/' } })
}

for (const [name, lie] of Object.entries(lies)) {
  test(`metadata that are ${name} are refused, and are asked for again by the next login`, async t => {
    await assertNotBegun(t, { ...invalid, misbehave (provider) { provider.answers.discovery = lie } })
    const site = await buildSite(t)
    site.provider.answers.discovery = lie
    t.equal((await site.visitor().get('/auth/login')).statusCode, 502)
    delete site.provider.answers.discovery
    await assertAccepted(t, site)
  })
}

const outages = {
  'no connection': connectionReset,
  'no answer in time': timeOut,
  'status 500': () => json({}, 500),
  'status 503 in HTML': () => htmlAnswer(503),
  'status 429': () => json({}, 429),
  '10 MB': () => new Response('x'.repeat(10_000_000), { headers: { 'content-type': 'application/json' } })
}

for (const [name, outage] of Object.entries(outages)) {
  test(`a provider with ${name} is unavailable, and the next login succeeds as soon as it answers`, async t => {
    await assertNotBegun(t, { ...unavailable, misbehave (provider) { provider.answers.discovery = outage } })
    const site = await buildSite(t)
    site.provider.answers.discovery = outage
    t.equal((await site.visitor().get('/auth/login')).statusCode, 503)
    t.equal((await site.visitor().get('/auth/login')).statusCode, 503)
    t.equal(site.provider.count('discovery'), 2, 'each login asks')
    delete site.provider.answers.discovery
    await assertAccepted(t, site)
  })

  test(`where the provider has ${name}, metadata serve for 24 hours after they came, and not longer`, async t => {
    const site = await buildSite(t)
    await assertAccepted(t, site)
    site.provider.answers.discovery = outage
    site.clock.advance(24 * HOUR - 1)
    await assertAccepted(t, site)
    site.clock.advance(1)
    t.equal((await site.visitor().get('/auth/login')).statusCode, 503)
  })
}

test('metadata serve for 10 minutes before they are asked for again', async t => {
  const site = await buildSite(t)
  await site.visitor().begin()
  site.clock.advance(599)
  await site.visitor().begin()
  t.equal(site.provider.count('discovery'), 1)
  site.clock.advance(1)
  await site.visitor().begin()
  t.equal(site.provider.count('discovery'), 2)
})

test('while old metadata serve, the provider is asked again once in 30 seconds', async t => {
  const site = await buildSite(t)
  await assertAccepted(t, site)
  site.provider.answers.discovery = connectionReset
  site.clock.advance(HOUR)
  await assertAccepted(t, site)
  site.clock.advance(29)
  await assertAccepted(t, site)
  t.equal(site.provider.count('discovery'), 2)
  site.clock.advance(1)
  await assertAccepted(t, site)
  t.equal(site.provider.count('discovery'), 3)
})

test('logins that begin at once share one request for metadata, also where it fails', async t => {
  const site = await buildSite(t)
  const begin = async (): Promise<number> => (await site.visitor().get('/auth/login')).statusCode
  const atOnce = async (): Promise<Set<number>> => new Set(await Promise.all(Array.from({ length: 10 }, begin)))
  site.provider.answers.discovery = connectionReset
  t.same(await atOnce(), new Set([503]))
  t.equal(site.provider.count('discovery'), 1)
  delete site.provider.answers.discovery
  t.same(await atOnce(), new Set([302]))
  t.equal(site.provider.count('discovery'), 2)
})

test('the option metadata takes the place of discovery', async t => {
  const provider = await ScriptedProvider.create()
  provider.answers.discovery = connectionReset
  const site = await buildSite(t, { provider, oidc: { metadata: { ...provider.document, issuer: provider.issuer } } })
  await assertAccepted(t, site)
  t.equal(provider.count('discovery'), 0)
})

test('a login page that the provider cannot serve leads back to the same place when it is tried again', async t => {
  const site = await buildSite(t)
  const visitor = site.visitor()
  site.provider.answers.discovery = connectionReset
  const login = new URL(String((await visitor.get('/deep/link?a=1')).headers.location))
  const page = await visitor.get(login.pathname + login.search)
  t.equal(page.statusCode, 503)
  const again = new URL(/href="([^"]*)">Sign in again/.exec(page.body)?.[1] ?? '')
  delete site.provider.answers.discovery
  const answer = await visitor.signIn(again.pathname + again.search)
  t.equal(answer.headers.location, 'https://app.example.com/deep/link?a=1')
})

test('requests to the provider go through the option fetch, with a bound in time and without following redirects', async t => {
  const provider = await ScriptedProvider.create()
  const signals: unknown[] = []
  const fetch: typeof globalThis.fetch = async (input, init) => {
    signals.push(init?.signal)
    return await provider.fetch(input, init)
  }
  await assertAccepted(t, await buildSite(t, { provider, oidc: { fetch, userinfo: true } }))
  t.equal(signals.length, 4)
  t.ok(signals.every(signal => signal instanceof AbortSignal))
  t.ok(provider.requests.every(({ redirect }) => redirect === 'manual'))
})
