import { generateKeyPairSync } from 'node:crypto'
import { test, type Test } from 'tap'
import { PeerBench } from '../broker/_peers.ts'
import { bearer } from '../guard/_bearer.ts'
import { createApp, secret } from '../guard/_app.ts'
import { createKey, json, ScriptedProvider } from '../oidc/_scripted-provider.ts'
import { oidc, publicUrl } from '../options/_refusal.ts'
import { forge, privateKeyOf } from './_forge.ts'

const invalid = /^invalid: /
const shared = await createKey('shared', 'ES256')
const weak = await createKey('one', 'RS256')

/** What is no access token of a peer. */
const others: Readonly<Record<string, readonly [claims: object, header: object]>> = {
  'an ID token': [{ nonce: 'n', at_hash: 'h', client_id: undefined, jti: undefined }, { typ: 'JWT' }],
  'an ID token without a type': [{ auth_time: 1 }, { typ: undefined }],
  'an ID token that is for us by address': [{ azp: publicUrl, client_id: undefined }, { typ: 'JWT' }],
  'an access token of the days before RFC 9068': [{ scope: 'read' }, { typ: 'JWT' }],
  'a token that Keycloak would call Bearer': [{ typ: 'Bearer', scope: 'read' }, { typ: 'JWT' }],
  'a logout token': [{ events: { 'http://schemas.openid.net/event/backchannel-logout': {} }, sid: 's' }, { typ: 'logout+jwt' }],
  'a logout token in the clothes of an access token': [{ events: {} }, {}],
  'a refresh token': [{ typ: 'Refresh' }, {}],
  'a refresh token with a type of its own': [{}, { typ: 'rt+jwt' }],
  'a token for an introspection': [{ token_introspection: { active: true } }, { typ: 'token-introspection+jwt' }],
  'a client assertion': [{ iss: 'tool', sub: 'tool' }, { typ: 'client-authentication+jwt' }],
  'a proof': [{ htm: 'GET', htu: publicUrl }, { typ: 'dpop+jwt' }],
  'a token that says it is for signing in': [{ token_use: 'id' }, {}],
  'a token for another service': [{ aud: 'https://museum.example' }, {}],
  'a token for nobody': [{ aud: undefined }, {}],
  'a token without a client (RFC 9068, 2.2)': [{ client_id: undefined }, {}],
  'a token without a name (RFC 9068, 2.2)': [{ jti: undefined }, {}],
  'a token without an end': [{ exp: undefined }, {}],
  'a token that is about nobody': [{ sub: undefined }, {}],
  'a token that has begun for nobody yet': [{ nbf: 9_999_999_999 }, {}]
}

for (const [what, [claims, header]] of Object.entries(others)) {
  test(`of a peer ${what} opens nothing`, async t => {
    const bench = await PeerBench.create()
    const process = bench.start()
    t.equal(await bench.verdict(process, await bench.token(bench.archive)), 'archive:alice')
    t.match(await bench.verdict(process, await bench.token(bench.archive, claims, header)), invalid)
  })
}

test('the key of a peer signs for nobody else, whatever it is called', async t => {
  const bench = await PeerBench.create()
  const { archive, museum } = bench
  const process = bench.start()
  for (const [peer, name] of [[archive, 'archive'], [museum, 'museum']] as const) {
    t.equal(await bench.verdict(process, await bench.token(peer)), `${name}:alice`, 'both call their key the same')
  }
  for (const iss of [museum.issuer, publicUrl, oidc.issuer, `${archive.issuer}/`, archive.issuer.toUpperCase(), undefined]) {
    t.match(await bench.verdict(process, await bench.token(archive, { iss })), invalid, `as ${iss}`)
  }
  const asked = museum.count('keys')
  bench.now += 60_000
  const stolen = await bench.token(archive, { iss: museum.issuer }, { kid: 'unknown' })
  t.match(await bench.verdict(process, stolen), invalid)
  t.equal(museum.count('keys'), asked + 1, 'who is named is asked once')
  t.equal(archive.count('keys'), 1, 'and nobody else')
})

test('a peer that publishes the key of another one takes nobody over', async t => {
  const bench = await PeerBench.create()
  const { archive, museum } = bench
  archive.keys = [...archive.keys, ...museum.keys, shared]
  museum.keys = [shared]
  const process = bench.start()
  archive.signer = shared
  t.equal(await bench.verdict(process, await bench.token(archive)), 'archive:alice')
  t.equal(await bench.verdict(process, await bench.token(archive, { sub: 'museum:alice' })), 'archive:museum:alice')
  museum.signer = archive.keys[1] ?? shared
  t.match(await bench.verdict(process, await bench.token(museum)), invalid, 'a key that the museum has not')
})

/** Makes of the key of a peer what it publishes. */
const sets: Readonly<Record<string, (peer: ScriptedProvider) => unknown>> = {
  'private keys': ({ keys }) => keys.map(key => ({ ...key.jwk, ...privateKeyOf(key).export({ format: 'jwk' }) })),
  'two keys of one name': ({ keys }) => [...keys, shared].map(({ jwk }) => ({ ...jwk, kid: 'one' })),
  'a secret': () => [{ kty: 'oct', k: 'c2VjcmV0', kid: 'one', alg: 'ES256' }],
  'a key for encryption': ({ keys }) => keys.map(({ jwk }) => ({ ...jwk, use: 'enc' })),
  'a key of another kind': () => [weak.jwk],
  'a point that is not on the curve': ({ keys }) => keys.map(({ jwk }) => ({ ...jwk, y: jwk.x })),
  'what is no key': () => [null, 7],
  'four thousand keys of others': () => Array.from({ length: 4_000 }, (_, index) => ({ ...shared.jwk, kid: `k${index}` }))
}

for (const [what, make] of Object.entries(sets)) {
  test(`a peer that publishes ${what} opens nothing, and harms no other`, async t => {
    const bench = await PeerBench.create()
    const { archive, museum } = bench
    archive.answers.keys = () => json({ keys: make(archive) })
    const process = bench.start()
    const text = await bench.token(archive)
    const verdict = await bench.verdict(process, text).catch((error: { readonly code?: string }) => error.code)
    t.match(verdict, /^invalid: |^FST_LOGIN_PROVIDER_UNAVAILABLE$/)
    t.equal(await bench.verdict(process, await bench.token(museum)), 'museum:alice')
  })
}

test('a weak key of a peer is none (RFC 7518, section 3.3)', async t => {
  const bench = await PeerBench.create()
  const trustedIssuers = { archive: { ...bench.trusted.archive, algorithms: ['RS256'] } }
  const [, payload = ''] = (await bench.token(bench.archive)).split('.')
  const claims: unknown = JSON.parse(Buffer.from(payload, 'base64url').toString())
  for (const [modulusLength, expected] of [[1024, invalid], [2048, /^archive:alice$/]] as const) {
    const { privateKey, publicKey } = generateKeyPairSync('rsa', { modulusLength })
    bench.archive.answers.keys = () => json({ keys: [{ ...publicKey.export({ format: 'jwk' }), kid: 'one' }] })
    const text = forge(privateKey, { alg: 'RS256', typ: 'at+jwt', kid: 'one' }, claims)
    t.match(await bench.verdict(bench.start({ trustedIssuers }), text), expected)
  }
})

test('a flood of made-up keys is one request in 30 seconds, to whom the tokens name', async t => {
  const bench = await PeerBench.create()
  const { archive, museum } = bench
  const process = bench.start()
  for (const peer of [archive, museum]) await bench.verdict(process, await bench.token(peer))
  for (let round = 1; round <= 3; round += 1) {
    bench.now += 30_000
    const kids = Array.from({ length: 100 }, (_, index) => `${round}-${index}`)
    const texts = await Promise.all(kids.map(kid => bench.token(archive, {}, { kid })))
    const verdicts = await Promise.all(texts.map(text => bench.verdict(process, text)))
    for (const verdict of verdicts) t.match(verdict, invalid)
    t.equal(archive.count('keys'), 1 + round)
    t.equal(museum.count('keys'), 1)
    t.equal(archive.count('discovery'), 1)
  }
})

/** An application that trusts the archive, with routes that demand something. */
async function startSite (t: Test, options: object = {}) {
  const archive = new ScriptedProvider(shared, 'https://archive.example')
  const peer = { issuer: archive.issuer, fetch: archive.fetch, roles: { editor: 'guest-editor' } }
  const broker = { trustedIssuers: { archive: peer } }
  const app = await createApp(t, { secret: secret(), publicUrl, broker, ...options })
  app.get('/', { onRequest: [app.loginRequired] }, async ({ currentUser, token }) => ({
    user: currentUser, token, identity: currentUser.isAuthenticated ? currentUser.identity : undefined
  }))
  app.get('/admin', { onRequest: [app.loginRequired({ claims: { roles: 'admin' } })] }, async () => 'in')
  app.get('/flag', { onRequest: [app.loginRequired({ claims: { isAdmin: true } })] }, async () => 'in')
  app.get('/deep', { onRequest: [app.loginRequired({ claims: { 'realm_access.roles': 'admin' } })] }, async () => 'in')
  const guests = app.loginRequired({ claims: { roles: 'guest-editor' }, scopes: ['read'] })
  app.get('/guest', { onRequest: [guests] }, async () => 'in')
  const tokenOf = async (claims: object = {}): Promise<string> => {
    const now = Math.floor(Date.now() / 1000)
    archive.header = { typ: 'at+jwt' }
    return await archive.signJwt({
      iss: archive.issuer, sub: 'alice', aud: publicUrl, client_id: 'tool', jti: 'one', iat: now, exp: now + 300, ...claims
    })
  }
  const ask = async (url: string, text: string) => await app.inject({ url, headers: bearer(text) })
  return { archive, tokenOf, ask }
}

const powers = {
  roles: ['admin', 'editor'], isAdmin: true, realm_access: { roles: ['admin'] }, groups: ['admin'], 'https://x.example/admin': true
}

test('nobody becomes an administrator because another instance says so', async t => {
  const { tokenOf, ask } = await startSite(t)
  const text = await tokenOf({ ...powers, name: 'Alice', scope: 'read write' })
  const { user, token, identity } = (await ask('/', text)).json()
  t.equal(user.id, 'archive:alice')
  t.same(identity, { issuer: 'https://archive.example', subject: 'alice', provider: 'archive' })
  t.same(token.scopes, ['read', 'write'], 'scopes stay')
  for (const { claims } of [user, token]) {
    t.match(claims, { name: 'Alice', sub: 'alice', roles: ['guest-editor'] })
    for (const name of Object.keys(powers)) if (name !== 'roles') t.notOk(Object.hasOwn(claims, name), name)
  }
  t.equal((await ask('/guest', text)).statusCode, 200)
  for (const url of ['/admin', '/flag', '/deep']) t.equal((await ask(url, text)).statusCode, 403, url)
})

test('the application that names people sees no more of a peer than anybody else, and decides', async t => {
  const seen: unknown[] = []
  const userId = ({ subject }: { readonly subject: string }, claims: object): string => {
    seen.push(claims)
    return `person-${subject}`
  }
  const { tokenOf, ask } = await startSite(t, { userId })
  const answer = await ask('/', await tokenOf({ ...powers, idp_iss: oidc.issuer, idp_sub: 'a' }))
  t.equal(answer.json().user.id, 'person-alice')
  t.match(seen, [{ sub: 'alice', roles: ['guest-editor'], idp_iss: oidc.issuer, idp_sub: 'a' }])
  for (const name of ['isAdmin', 'groups', 'realm_access']) t.notOk(Object.hasOwn(Object(seen[0]), name))
})

test('what counts of a token of a peer cannot be changed', async t => {
  const bench = await PeerBench.create()
  const text = await bench.token(bench.archive, { roles: ['editor'], address: { country: 'x' } })
  const verdict = await bench.start().tokens.verify(text)
  if (!('claims' in verdict)) throw new Error('refused')
  const { claims } = verdict
  for (const value of [claims, claims['roles'], claims['address']]) t.ok(Object.isFrozen(value))
})

test('a token of a peer says 401 where it is none, and 503 where nobody can know', async t => {
  const { archive, tokenOf, ask } = await startSite(t)
  const text = await tokenOf()
  archive.answers.keys = () => json({}, 500)
  t.match(await ask('/', text), { statusCode: 503, headers: { 'retry-after': /\d/ } })
  archive.repair()
  const later = await startSite(t)
  t.equal((await later.ask('/', await later.tokenOf({ aud: 'https://x.example' }))).statusCode, 401)
})
