import { generateKeyPairSync } from 'node:crypto'
import { test } from 'tap'
import type { BrokerSettings } from '../../lib/options/broker-settings.ts'
import { oidc, publicUrl, refuses, settingsOf } from './_refusal.ts'

const key = { kty: 'EC', crv: 'P-256', x: 'x', y: 'y' }

/** What becomes of `broker` in an application that signs people in. */
function brokerOf (broker: object = {}, further: object = { oidc }): BrokerSettings {
  const settings = settingsOf({ publicUrl, ...further, broker }).broker
  if (settings === undefined) throw new Error('no broker')
  return settings
}

test('a broker signs with ES256 for its own application, and trusts nobody, where nothing is said', async t => {
  t.same(brokerOf(), {
    issuer: publicUrl,
    audience: [publicUrl],
    store: undefined,
    signingAlg: 'ES256',
    accessTokenTtl: 600,
    refreshTokenTtl: 2_592_000,
    rotateKeys: 2_592_000,
    signer: undefined,
    peers: [],
    mapClaims: undefined,
    subjectIssuers: []
  })
  t.equal(settingsOf({ publicUrl, oidc }).broker, undefined)
  refuses(t, () => brokerOf({ trustedIssuers: { archive: `${publicUrl}/` } }), 'broker.trustedIssuers.archive', 'Each is trusted once')
})

test('a broker needs no provider: its application takes its own tokens and those of its peers', async t => {
  const settings = settingsOf({ publicUrl, broker: {} })
  t.match(settings.bearer, { issuers: [], issued: undefined, scopes: [] })
  t.equal(settings.broker?.issuer, publicUrl)
  t.match(settings.routes, { jwks: '/jwks', userinfo: '/userinfo', resourceMetadata: true, authorizationServerMetadata: true })
  const userId = (): string => 'somebody'
  t.equal(settingsOf({ publicUrl, broker: {}, userId }).bearer?.userId({ issuer: 'https://x.example', subject: 'a', provider: 'x' }, {}), 'somebody')
  refuses(t, () => settingsOf({ publicUrl, broker: {}, onLogin: () => {} }), 'onLogin', 'without "oidc"')
})

test('a broker has an address that tokens can name', async t => {
  refuses(t, () => settingsOf({ broker: {} }), 'publicUrl', 'who signs the tokens')
  for (const broker of [null, [], 'x', true, 1]) refuses(t, () => settingsOf({ publicUrl, broker }), 'broker', 'must be an object')
  for (const name of ['peers', 'jwks', 'ttl', '__proto__']) refuses(t, () => brokerOf({ [name]: 1 }), `broker.${name}`, 'is not an option')
})

test('the issuer is the application, or an address below it (RFC 8414, section 2)', async t => {
  const below = { publicUrl: `${publicUrl}/app` }
  t.equal(brokerOf({}, { publicUrl: `${publicUrl}/` }).issuer, publicUrl)
  t.equal(brokerOf({}, below).issuer, `${publicUrl}/app`)
  t.equal(brokerOf({ issuer: `${publicUrl}/app/broker` }, below).issuer, `${publicUrl}/app/broker`)
  t.equal(brokerOf({ issuer: `${publicUrl}/a/b.c` }).issuer, `${publicUrl}/a/b.c`)
  t.equal(brokerOf({ issuer: 'http://localhost:3000/x' }, { publicUrl: 'http://localhost:3000' }).issuer, 'http://localhost:3000/x')
  refuses(t, () => brokerOf({ issuer: publicUrl }, below), 'broker.issuer', `as ${publicUrl}/app/broker`)
  for (const end of [
    '/', '/a/', '//a', '/../a', '/./a', '/a/..', '/.', '?a', '/a?b', '#a', '/a#', '/a b', '/%61', '/ä', '.evil', ':443', '@evil', '\\a', ' ', '\n'
  ]) refuses(t, () => brokerOf({ issuer: publicUrl + end }), 'broker.issuer', 'below it')
  for (const issuer of ['', null, 1, {}, 'app.example', 'https://other.example', 'http://app.example', 'HTTPS://app.example', 'https://APP.example']) {
    refuses(t, () => brokerOf({ issuer }), 'broker.issuer', 'below it')
  }
})

test('a broker is no other issuer that is known here', async t => {
  const own = { oidc: { ...oidc, issuer: publicUrl } }
  refuses(t, () => brokerOf({}, own), 'broker.issuer', `Write an address below "publicUrl", as ${publicUrl}/broker`)
  refuses(t, () => brokerOf({}, { oidc: { ...oidc, issuer: `${publicUrl}/` } }), 'broker.issuer', 'that of a provider')
  t.equal(brokerOf({ issuer: `${publicUrl}/broker` }, own).issuer, `${publicUrl}/broker`)
  const bearer = { issuer: publicUrl, audience: 'api' }
  refuses(t, () => brokerOf({}, { bearer }), 'broker.issuer', 'that of a provider')
})

test('what tokens are for is a list whose first is this application', async t => {
  t.same(brokerOf({ audience: 'https://api.example' }).audience, ['https://api.example'])
  t.same(brokerOf({ audience: ['a', 'b', 'a'] }).audience, ['a', 'b'])
  t.same(brokerOf({ issuer: `${publicUrl}/b` }).audience, [`${publicUrl}/b`])
  for (const audience of ['', [], null, {}, 1]) refuses(t, () => brokerOf({ audience }), 'broker.audience')
  for (const audience of [['a', ''], ['a', 1], ['a', null]]) refuses(t, () => brokerOf({ audience }), 'broker.audience[1]')
  const many = (count: number): readonly string[] => Array.from({ length: count }, (_, index) => `a${index}`)
  t.equal(brokerOf({ audience: many(16) }).audience.length, 16)
  refuses(t, () => brokerOf({ audience: many(17) }), 'broker.audience', 'more than 16')
})

test('keys and tokens are in a store of their own where one is named', async t => {
  const store = {}
  t.equal(brokerOf({ store }).store, store)
  t.equal(brokerOf({ store: 'memory:' }).store, 'memory:')
  for (const store of [null, 1, true, () => {}]) refuses(t, () => brokerOf({ store }), 'broker.store', 'must be a store')
})

test('the list of ended sessions is in the store of the broker where sessions have none', async t => {
  const sessionOf = (options: object): unknown => settingsOf({ publicUrl, oidc, ...options }).session
  t.match(sessionOf({ broker: { store: 'memory:' } }), { store: 'memory:', mode: 'cookie' })
  t.match(sessionOf({ broker: { store: 'memory:' }, session: { store: 'sqlite:a' } }), { store: 'sqlite:a', mode: 'store' })
})

test('numbers are whole seconds in their bounds', async t => {
  for (const [name, least, most] of [
    ['accessTokenTtl', 1, 86_400], ['refreshTokenTtl', 1, 34_560_000], ['rotateKeys', 3600, 34_560_000]
  ] as const) {
    for (const value of [least, most]) t.equal(brokerOf({ [name]: value })[name], value)
    for (const value of [least - 1, most + 1, 0.5, NaN, Infinity, '600', null, true]) {
      refuses(t, () => brokerOf({ [name]: value }), `broker.${name}`, 'whole number')
    }
  }
  t.equal(brokerOf({ rotateKeys: false }).rotateKeys, undefined)
})

test('an algorithm is one of three, and functions are functions', async t => {
  for (const signingAlg of ['EdDSA', 'ES256', 'RS256']) t.equal(brokerOf({ signingAlg }).signingAlg, signingAlg)
  for (const signingAlg of ['none', 'HS256', 'es256', 'PS256', '', null, ['ES256']]) {
    refuses(t, () => brokerOf({ signingAlg }), 'broker.signingAlg', 'must be one of')
  }
  const mapClaims = (): object => ({})
  t.equal(brokerOf({ mapClaims }).mapClaims, mapClaims)
  for (const value of [null, {}, 'x']) refuses(t, () => brokerOf({ mapClaims: value }), 'broker.mapClaims', 'must be a function')
})

test('a signer elsewhere has a function and public keys', async t => {
  const sign = (): Uint8Array => new Uint8Array()
  const keys = [{ ...key }]
  const signer = brokerOf({ signer: { sign, publicKeys: keys } }).signer
  t.equal(signer?.sign, sign)
  keys.push({ ...key })
  const [first] = keys
  if (first !== undefined) first.x = 'another'
  const given = await signer?.publicKeys()
  t.same(given, [key], 'what the caller does with the list later changes nothing')
  t.ok(Object.isFrozen(given) && Object.isFrozen(given?.[0]))
  for (const publicKeys of [() => [key], async () => [key]]) {
    t.same(await brokerOf({ signer: { sign, publicKeys } }).signer?.publicKeys(), [key])
  }
  const broken = brokerOf({ signer: { sign, publicKeys: () => { throw new Error('away') } } })
  await t.rejects(async () => await broken.signer?.publicKeys(), { message: 'away' })
  t.equal(brokerOf({ signer: { sign, publicKeys: [key] } }).rotateKeys, undefined)
})

test('a signer that is none is refused', async t => {
  const sign = (): Uint8Array => new Uint8Array()
  for (const signer of [null, [], 'kms', sign]) refuses(t, () => brokerOf({ signer }), 'broker.signer', 'must be an object')
  refuses(t, () => brokerOf({ signer: { publicKeys: [key] } }), 'broker.signer.sign', 'must be a function')
  refuses(t, () => brokerOf({ signer: { sign, publicKeys: [key], kid: 'a' } }), 'broker.signer.kid', 'is not an option')
  for (const publicKeys of [undefined, [], {}, 'x', null]) {
    refuses(t, () => brokerOf({ signer: { sign, publicKeys } }), 'broker.signer.publicKeys', 'a list of public keys')
  }
  for (const other of [null, 'pem', []]) {
    refuses(t, () => brokerOf({ signer: { sign, publicKeys: [key, other] } }), 'broker.signer.publicKeys[1]', 'must be an object')
  }
  const { privateKey } = generateKeyPairSync('ec', { namedCurve: 'P-256' })
  const published = privateKey.export({ format: 'jwk' })
  refuses(t, () => brokerOf({ signer: { sign, publicKeys: [published] } }), 'broker.signer.publicKeys[0]', 'private')
  for (const rotateKeys of [3600, false]) {
    refuses(t, () => brokerOf({ rotateKeys, signer: { sign, publicKeys: [key] } }), 'broker.rotateKeys', 'beside "broker.signer"')
  }
})

test('tokens of the providers that people sign in with can be exchanged where it is said what they are for', async t => {
  const providers = { a: oidc, b: { issuer: 'https://b.example', clientId: 'b', idTokenSigningAlg: 'ES256' }, c: () => oidc }
  const { subjectIssuers } = brokerOf({ subjectAudiences: ['api'] }, { providers })
  t.match(subjectIssuers, [
    { provider: { name: 'a' }, isSignIn: true, audience: ['api'], algorithms: ['RS256'], introspection: undefined, mapClaims: undefined },
    { provider: { name: 'b' }, isSignIn: true, audience: ['api'], algorithms: ['ES256'] }
  ])
  t.equal(subjectIssuers.length, 2)
  refuses(t, () => brokerOf({ subjectAudiences: 'api' }), 'broker.subjectAudiences', 'list of texts')
  refuses(t, () => brokerOf({ subjectAudiences: [] }), 'broker.subjectAudiences', 'empty list')
  refuses(t, () => brokerOf({ subjectAudiences: [1] }), 'broker.subjectAudiences[0]')
  for (const further of [{}, { providers: { c: () => oidc } }]) {
    refuses(t, () => brokerOf({ subjectAudiences: ['api'] }, further), 'broker.subjectAudiences', 'without "oidc"')
  }
})

test('what is made of the options cannot be changed', async t => {
  const sign = (): Uint8Array => new Uint8Array()
  const broker = brokerOf({
    signer: { sign, publicKeys: [key] }, audience: ['a', 'b'], subjectAudiences: ['api'], trustedIssuers: { archive: 'https://archive.example' }
  })
  const [peer] = broker.peers
  const [subject] = broker.subjectIssuers
  const parts = [broker.signer, broker.audience, broker.peers, broker.subjectIssuers, subject, subject?.audience]
  const all = [broker, ...parts, peer, peer?.provider, peer?.audience, peer?.algorithms]
  for (const value of all) t.ok(typeof value === 'object' && Object.isFrozen(value))
})
