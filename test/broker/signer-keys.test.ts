import { generateKeyPairSync } from 'node:crypto'
import { calculateJwkThumbprint, createLocalJWKSet, type JWK, jwtVerify } from 'jose'
import { test } from 'tap'
import { SignerKeys } from '../../lib/broker/signer-keys.ts'
import type { BrokerAlg, SignerOptions } from '../../lib/options/broker-options.ts'
import { createClock } from '../../lib/testing/index.ts'
import { aStart, taken } from '../session/_issued.ts'
import { NOON } from '../session/_session.ts'
import { aBroker } from './_broker.ts'
import { aSigner, signWith } from './_signer.ts'

const INVALID = { code: 'FST_LOGIN_SIGNER_INVALID', statusCode: 500 }
const AWAY = { code: 'FST_LOGIN_SIGNER_UNAVAILABLE', statusCode: 503, headers: { 'retry-after': '5' } }

interface KeysOptions {
  readonly signingAlg?: BrokerAlg
  readonly sign?: SignerOptions['sign']
  readonly publicKeys: () => unknown
}

function keysOf ({ signingAlg = 'ES256', sign = aSigner().sign, publicKeys }: KeysOptions) {
  const clock = createClock(NOON * 1000)
  const signer = { sign, publicKeys: async () => await publicKeys() as readonly JWK[] }
  return { clock, keys: new SignerKeys({ settings: { signingAlg, signer }, now: clock.now }) }
}

for (const alg of ['EdDSA', 'ES256', 'RS256'] as const) {
  test(`a key of ${alg} that lives elsewhere signs tokens that everybody can verify`, async t => {
    const signer = aSigner(alg)
    const { tokens, keys, clock } = await aBroker({
      signingAlg: alg, signer: { sign: signer.sign, publicKeys: async () => [signer.publicKey] }
    })
    const { text } = await tokens.issue(aStart())
    t.equal(taken(await tokens.verify(text)).userId, 'ada')
    const { keys: published } = await keys.jwks()
    const currentDate = new Date(clock.now())
    await jwtVerify(text, createLocalJWKSet({ keys: [...published] }), { algorithms: [alg], currentDate })
    const kid = await calculateJwkThumbprint(signer.publicKey)
    t.match(published, [{ kid, alg, use: 'sig' }])
    t.match(signer.inputs, [{ kid, alg, data: Buffer.from(text.slice(0, text.lastIndexOf('.'))) }])
  })
}

test('the first public key signs, and all of them verify, also those of another algorithm', async t => {
  const [young, old] = [aSigner(), aSigner('RS256')]
  const before = await aBroker({
    signingAlg: 'RS256', signer: { sign: old.sign, publicKeys: async () => [old.publicKey] }
  })
  const after = await aBroker({
    signer: {
      sign: young.sign, publicKeys: async () => [{ ...young.publicKey, kid: 'young', alg: 'ES256' }, old.publicKey]
    }
  })
  const { text } = await before.tokens.issue(aStart())
  taken(await after.tokens.verify(text))
  t.equal((await after.keys.signer()).kid, 'young')
  t.equal((await after.keys.jwks()).keys.length, 2)
})

test('what is not public is refused and never published, and nothing but what a public key needs is', async t => {
  const { privateKey, publicKey } = aSigner()
  const jwk = privateKey.export({ format: 'jwk' })
  const others: readonly JWK[] = [
    jwk, { ...publicKey, d: 'x' }, { ...publicKey, k: 'x' }, { ...publicKey, priv: 'x' }, { kty: 'oct', k: 'c2VjcmV0' },
    generateKeyPairSync('rsa', { modulusLength: 2048 }).privateKey.export({ format: 'jwk' })
  ]
  for (const other of others) {
    const { keys } = keysOf({ publicKeys: () => [publicKey, other] })
    await t.rejects(keys.jwks(), { ...INVALID, message: /number 2.*private/ })
  }
  const { keys } = keysOf({ publicKeys: () => [{ ...publicKey, password: 'x', key_ops: ['verify'], x5c: ['x'] }] })
  const { keys: [published = {}] } = await keys.jwks()
  t.same(Object.keys(published).toSorted(), ['alg', 'crv', 'kid', 'kty', 'use', 'x', 'y'])
})

test('public keys that are none, or none that can be used, are refused by a word about which and why', async t => {
  const { publicKey } = aSigner()
  const weak = generateKeyPairSync('rsa', { modulusLength: 1024 }).publicKey.export({ format: 'jwk' })
  const lists: ReadonlyArray<readonly [given: unknown, says: RegExp]> = [
    [undefined, /no list/], [{}, /no list/], [[], /empty list/], [[null], /number 1\) that is no JWK/], [['x'], /no JWK/],
    [[{}], /none of EdDSA/], [[{ ...publicKey, crv: 'P-384' }], /none of/], [[{ ...publicKey, alg: 'ES384' }], /none of/],
    [[{ ...publicKey, alg: null }], /none of/], [[{ ...publicKey, use: 'enc' }], /none of/],
    [[{ ...publicKey, kid: '' }], /"kid"/], [[{ ...publicKey, kid: 7 }], /"kid"/],
    [[{ ...publicKey, kid: 'x'.repeat(257) }], /"kid"/],
    [[{ ...publicKey, x: 'AAAA' }], /cannot be read/], [[{ kty: 'EC', crv: 'P-256' }], /cannot be read/],
    [[publicKey, weak], /number 2\) with fewer than 2048 bits/],
    [[publicKey, publicKey], /two public keys of one name/],
    [[{ ...publicKey, kid: 'a' }, { ...aSigner('RS256').publicKey, kid: 'a' }], /two public keys of one name/],
    [[aSigner('RS256').publicKey, publicKey], /first public key for RS256, but "broker.signingAlg" is ES256/]
  ]
  for (const [given, says] of lists) {
    const { keys } = keysOf({ publicKeys: () => given })
    for (const work of [() => keys.jwks(), () => keys.signer(), async () => await keys.find('a')]) {
      await t.rejects(work() as Promise<unknown>, { ...INVALID, message: says })
    }
  }
})

test('a signature that does not verify leaves with no token: for ES256 the message names the trap of DER', async t => {
  const [signer, other] = [aSigner(), aSigner()]
  const signs: ReadonlyArray<readonly [sign: SignerOptions['sign'], says: RegExp]> = [
    [({ data }) => signWith(signer.privateKey, 'ES256', data, 'der'), /64 bytes of r and s.*DER/],
    [({ data }) => signWith(other.privateKey, 'ES256', data), /does not verify with its first public key/],
    [() => new Uint8Array(64), /does not verify/],
    [() => new Uint8Array(), /does not verify/],
    [() => 'signature' as never, /no Uint8Array/],
    [() => undefined as never, /no Uint8Array/]
  ]
  for (const [sign, says] of signs) {
    const { tokens, told } = await aBroker({ signer: { sign, publicKeys: async () => [signer.publicKey] } })
    await t.rejects(tokens.issue(aStart()), { ...INVALID, message: says })
    t.same(told, [])
  }
  const rsa = aSigner('RS256')
  const { tokens } = await aBroker({
    signingAlg: 'RS256', signer: { sign: () => new Uint8Array(256), publicKeys: async () => [rsa.publicKey] }
  })
  await t.rejects(tokens.issue(aStart()), { ...INVALID, message: /not a digest of them/ })
})

test('a service that fails or throws gives no token, and is away', async t => {
  const { publicKey } = aSigner()
  const cause = new Error('no route to the service')
  const failing: ReadonlyArray<SignerOptions['sign']> = [() => { throw cause }, async () => { throw cause }]
  for (const sign of failing) {
    const { tokens } = await aBroker({ signer: { sign, publicKeys: async () => [publicKey] } })
    await t.rejects(tokens.issue(aStart()), { ...AWAY, cause })
  }
  const { keys } = keysOf({ publicKeys: () => { throw cause } })
  await t.rejects(keys.jwks(), { ...AWAY, cause })
  await t.rejects(async () => await keys.find('a'), AWAY)
})

test('a service that does not answer is waited for no longer than five seconds', async t => {
  const alive = setInterval(() => {}, 1000) // as a server that listens
  t.teardown(() => { clearInterval(alive) })
  const { publicKey } = aSigner()
  const { tokens } = await aBroker({
    signer: { sign: async () => await new Promise(() => {}), publicKeys: async () => [publicKey] }
  })
  const { keys } = keysOf({ publicKeys: async () => await new Promise(() => {}) })
  await Promise.all([t.rejects(tokens.issue(aStart()), AWAY), t.rejects(keys.jwks(), AWAY)])
})

test('public keys are asked for again after five minutes, and for a key that nobody knows', async t => {
  const [one, two, three] = [aSigner(), aSigner(), aSigner()]
  let given = [one.publicKey]
  let asked = 0
  const { keys, clock } = keysOf({ publicKeys: () => { asked++; return given } })
  const nameOf = async ({ publicKey }: typeof one): Promise<string> => await calculateJwkThumbprint(publicKey)
  t.equal((await keys.signer()).kid, await nameOf(one))
  given = [two.publicKey, one.publicKey]
  clock.advance(299)
  t.equal((await keys.signer()).kid, await nameOf(one))
  clock.advance(1)
  t.equal((await keys.signer()).kid, await nameOf(two))
  t.equal(asked, 2)
  given = [three.publicKey]
  t.equal((await keys.find(await nameOf(three)))?.kid, await nameOf(three))
  t.equal(await keys.find(await nameOf(one)), undefined, 'which is there no longer')
})

test('while public keys cannot be had, nobody waits for them but once in half a minute', async t => {
  const { publicKey } = aSigner()
  let asked = 0
  let isAway = false
  const { keys, clock } = keysOf({
    publicKeys: () => {
      asked++
      if (isAway) throw new Error('no route to the service')
      return [publicKey]
    }
  })
  const { kid } = await keys.signer()
  isAway = true
  clock.advance(300)
  for (let second = 0; second < 30; second++) {
    t.equal((await keys.find(kid))?.kid, kid)
    clock.advance(1)
  }
  t.equal(asked, 2)
  t.equal((await keys.find(kid))?.kid, kid)
  t.equal(asked, 3)
})

test('a key that took the name of another one verifies nothing that the other one signed', async t => {
  const [one, two] = [aSigner(), aSigner()]
  let signer = one
  const { tokens, clock } = await aBroker({
    signer: { sign: async input => await signer.sign(input), publicKeys: async () => [{ ...signer.publicKey, kid: 'same' }] }
  })
  const { text } = await tokens.issue(aStart({ expiresIn: 3600 }))
  taken(await tokens.verify(text))
  signer = two
  clock.advance(300)
  t.match(await tokens.verify(text), { refusal: 'invalid' }, 'also where it was seen before')
  taken(await tokens.verify((await tokens.issue(aStart())).text))
})

test('keys that live elsewhere are rotated there', async t => {
  const { keys } = keysOf({ publicKeys: () => [] })
  await t.rejects(keys.rotate(), { code: 'FST_LOGIN_BROKER_UNSET' })
})
