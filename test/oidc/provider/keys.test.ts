import { generateKeyPairSync } from 'node:crypto'
import { test } from 'tap'
import { cacheKeys, createKeys } from '../../../lib/oidc/provider/keys.ts'
import { assertAccepted, assertRefused } from '../_refusal.ts'
import { connectionReset, createKey, htmlAnswer, json, ScriptedProvider, timeOut } from '../_scripted-provider.ts'
import { buildSite } from '../_site.ts'

const HOUR = 3600
const second = await createKey('two')
const third = await createKey('three')

function rotate (provider: ScriptedProvider, key = second): void {
  provider.keys = [key]
  provider.signer = key
}

test('keys are loaded with the first login and serve for five minutes', async t => {
  const site = await buildSite(t)
  t.equal(site.provider.count('keys'), 0)
  await assertAccepted(t, site)
  site.clock.advance(299)
  await assertAccepted(t, site)
  t.equal(site.provider.count('keys'), 1)
  site.clock.advance(1)
  await assertAccepted(t, site)
  t.equal(site.provider.count('keys'), 2)
})

test('a key that the provider began to use after the last login is loaded at once', async t => {
  const site = await buildSite(t)
  await assertAccepted(t, site)
  rotate(site.provider)
  await assertAccepted(t, site)
  t.equal(site.provider.count('keys'), 2)
})

test('a key that the provider begins to use while it answers the token request is loaded at once', async t => {
  const site = await buildSite(t)
  await assertAccepted(t, site)
  site.provider.answers.token = request => {
    rotate(site.provider)
    return site.provider.redeem(request)
  }
  await assertAccepted(t, site)
})

test('two rotations within half a minute are followed, because both reloads bring a key', async t => {
  const site = await buildSite(t)
  await assertAccepted(t, site)
  rotate(site.provider, second)
  await assertAccepted(t, site)
  rotate(site.provider, third)
  await assertAccepted(t, site)
  t.equal(site.provider.count('keys'), 3)
})

test('logins that finish at once after a rotation share one reload, and all of them succeed', async t => {
  const provider = await ScriptedProvider.create()
  const cached = cacheKeys('https://id.example.com/keys', async address => await provider.fetch(address), Date.now)
  const getKey = createKeys(cached, Date.now)
  const token = { payload: '', signature: '' }
  await getKey({ alg: 'RS256', kid: 'one' }, token)
  rotate(provider)
  const found = await Promise.all([1, 2, 3, 4, 5].map(async () => await getKey({ alg: 'RS256', kid: 'two' }, token)))
  t.equal(found.length, 5)
  t.equal(provider.count('keys'), 2)
})

test('a flood of made-up key ids costs one request in 30 seconds, one after another', async t => {
  const site = await buildSite(t)
  await assertAccepted(t, site)
  for (let n = 0; n < 100; n++) {
    site.provider.header = { kid: `made-up-${n}` }
    t.equal((await site.visitor().signIn()).statusCode, 502)
  }
  t.equal(site.provider.count('keys'), 2)
  site.clock.advance(29)
  t.equal((await site.visitor().signIn()).statusCode, 502)
  t.equal(site.provider.count('keys'), 2)
  site.clock.advance(1)
  t.equal((await site.visitor().signIn()).statusCode, 502)
  t.equal(site.provider.count('keys'), 3)
})

test('a flood of made-up key ids costs one request in 30 seconds, all at once', async t => {
  const site = await buildSite(t)
  await assertAccepted(t, site)
  site.provider.header = { kid: 'made-up' }
  const answers = await Promise.all(Array.from({ length: 100 }, () => site.visitor().signIn()))
  t.same(new Set(answers.map(({ statusCode }) => statusCode)), new Set([502]))
  t.equal(site.provider.count('keys'), 2)
})

test('a closed gate leaves logins with known keys alone', async t => {
  const site = await buildSite(t)
  await assertAccepted(t, site)
  site.provider.header = { kid: 'made-up' }
  await site.visitor().signIn()
  site.provider.header = {}
  await assertAccepted(t, site)
})

test('a key that comes while the gate is closed is found when it opens', async t => {
  const site = await buildSite(t)
  await assertAccepted(t, site)
  site.provider.header = { kid: 'made-up' }
  await site.visitor().signIn()
  site.provider.header = {}
  rotate(site.provider)
  t.equal((await site.visitor().signIn()).statusCode, 502)
  site.clock.advance(30)
  await assertAccepted(t, site)
})

test('an ID token without kid is verified with the one key that there is', async t => {
  const site = await buildSite(t)
  site.provider.header = { kid: undefined }
  await assertAccepted(t, site)
})

test('an ID token without kid is refused where several keys fit (OpenID Connect Core, 10.1)', async t => {
  await assertRefused(t, {
    status: 502,
    code: 'FST_LOGIN_PROVIDER_ANSWER_INVALID',
    before (provider) { provider.keys = [provider.signer, second] },
    misbehave (provider) { provider.header = { kid: undefined } }
  })
})

const outages = {
  'no connection': connectionReset,
  'no answer in time': timeOut,
  'status 500': () => json({}, 500),
  'status 404': () => htmlAnswer(404),
  HTML: () => htmlAnswer(),
  'a redirect': () => new Response(null, { status: 302, headers: { location: 'https://elsewhere.example/keys' } }),
  'an answer that is no key set': () => json({ keys: 'none' }),
  null: () => json(null),
  '10 MB': () => new Response('x'.repeat(10_000_000))
}

for (const [name, outage] of Object.entries(outages)) {
  test(`where the keys cannot be reloaded (${name}), the last good ones serve for 24 hours and not longer`, async t => {
    const site = await buildSite(t)
    await assertAccepted(t, site)
    site.provider.answers.keys = outage
    site.clock.advance(24 * HOUR - 1)
    await assertAccepted(t, site)
    site.clock.advance(1)
    const answer = await site.visitor().signIn()
    t.ok([502, 503].includes(answer.statusCode), String(answer.statusCode))
    delete site.provider.answers.keys
    await assertAccepted(t, site)
  })
}

test('while the provider has no keys to give, it is asked again once in 30 seconds', async t => {
  const site = await buildSite(t)
  await assertAccepted(t, site)
  site.provider.answers.keys = connectionReset
  site.clock.advance(HOUR)
  await assertAccepted(t, site)
  await assertAccepted(t, site)
  t.equal(site.provider.count('keys'), 2)
  site.clock.advance(30)
  await assertAccepted(t, site)
  t.equal(site.provider.count('keys'), 3)
})

test('an unknown key id while the provider has no keys to give is an outage, and the known keys stay', async t => {
  await assertRefused(t, {
    status: 503,
    code: 'FST_LOGIN_PROVIDER_UNAVAILABLE',
    misbehave (provider) {
      provider.answers.keys = connectionReset
      rotate(provider)
    }
  })
  const site = await buildSite(t)
  await assertAccepted(t, site)
  site.provider.answers.keys = connectionReset
  site.provider.header = { kid: 'made-up' }
  await site.visitor().signIn()
  site.provider.header = {}
  await assertAccepted(t, site)
})

test('where the keys never came, the login fails, and the next one succeeds as soon as they do', async t => {
  const site = await buildSite(t)
  site.provider.answers.keys = connectionReset
  const answer = await site.visitor().signIn()
  t.equal(answer.statusCode, 503)
  t.equal(answer.headers['retry-after'], '5')
  delete site.provider.answers.keys
  await assertAccepted(t, site)
})

test('keys at a new jwks_uri are loaded from there', async t => {
  const site = await buildSite(t)
  await assertAccepted(t, site)
  site.provider.metadata = { jwks_uri: 'https://id.example.com/new/keys' }
  site.clock.advance(600)
  await assertAccepted(t, site)
  t.equal(site.provider.last('keys').url.pathname, '/new/keys')
})

test('a key that is too weak, or cannot be read, is no outage, and the right one is found as soon as it is there', async t => {
  const weak = generateKeyPairSync('rsa', { modulusLength: 1024 }).publicKey.export({ format: 'jwk' })
  for (const jwk of [weak, { kty: 'RSA', n: 'AQAB', e: 7 }]) {
    const site = await buildSite(t)
    site.provider.answers.keys = () => json({ keys: [{ ...jwk, kid: 'one' }] })
    t.equal((await site.visitor().signIn()).statusCode, 502)
    delete site.provider.answers.keys
    site.clock.advance(30)
    await assertAccepted(t, site)
  }
})

test('keys that cannot verify are passed over', async t => {
  const provider = await ScriptedProvider.create()
  const site = await buildSite(t, { provider })
  provider.answers.keys = () => json({
    keys: [{ kty: 'oct', k: 'AAAA', kid: 'one' }, { kty: 'XX' }, { ...second.jwk, use: 'enc', kid: 'one' }, ...provider.keys.map(({ jwk }) => jwk)]
  })
  await assertAccepted(t, site)
})
