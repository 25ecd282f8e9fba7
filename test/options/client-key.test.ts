import { generateKeyPairSync, webcrypto } from 'node:crypto'
import { inspect } from 'node:util'
import { type Test, test } from 'tap'
import { selfSigned } from '../_certificate.ts'
import type { ClientKey } from '../../lib/options/client-key.ts'
import { oidcSettingsOf, refuses } from './_refusal.ts'

const rsa = generateKeyPairSync('rsa', { modulusLength: 2048 })
const ed25519 = generateKeyPairSync('ed25519')
const ec = (namedCurve: string) => generateKeyPairSync('ec', { namedCurve })
const pem = String(rsa.privateKey.export({ type: 'pkcs8', format: 'pem' }))
const jwk = rsa.privateKey.export({ format: 'jwk' })
const OPTION = 'oidc.clientAuthentication'

function keyOf (clientAuthentication: object): ClientKey {
  const { clientProof } = oidcSettingsOf({ clientAuthentication })
  if (clientProof.method !== 'private_key_jwt') throw new Error('no key')
  return clientProof.key
}

function refusesKey (t: Test, privateKey: unknown, says: string | RegExp, further: object = {}): void {
  refuses(t, () => keyOf({ privateKey, ...further }), `${OPTION}.privateKey`, says)
}

async function cryptoKey (
  algorithm: webcrypto.RsaHashedKeyGenParams | webcrypto.EcKeyGenParams, half: 'privateKey' | 'publicKey' = 'privateKey'
): Promise<webcrypto.CryptoKey> {
  return (await webcrypto.subtle.generateKey(algorithm, false, ['sign', 'verify']))[half]
}

const rsaHashed = (name: string, hash: string, modulusLength = 2048) =>
  ({ name, hash, modulusLength, publicExponent: new Uint8Array([1, 0, 1]) })

test('a key may be PEM text in any of its forms, a JWK or a KeyObject', async t => {
  for (const privateKey of [
    pem, ` \n${pem}\n`, String(rsa.privateKey.export({ type: 'pkcs1', format: 'pem' })), jwk, rsa.privateKey
  ]) {
    const key = keyOf({ privateKey })
    t.equal(key.alg, 'RS256')
    t.match(await key.toCryptoKey(), { type: 'private', extractable: false, algorithm: { name: 'RSASSA-PKCS1-v1_5' } })
  }
})

test('a key that is encrypted is opened by its passphrase', async t => {
  const encrypted = String(rsa.privateKey.export({ type: 'pkcs8', format: 'pem', cipher: 'aes-256-cbc', passphrase: 'open' }))
  t.equal(keyOf({ privateKey: encrypted, passphrase: 'open' }).alg, 'RS256')
  refuses(t, () => keyOf({ privateKey: encrypted }), `${OPTION}.passphrase`, 'is missing')
  for (const passphrase of ['shut', 'x'.repeat(2000)]) {
    refuses(t, () => keyOf({ privateKey: encrypted, passphrase }), `${OPTION}.passphrase`, 'does not open')
  }
  for (const passphrase of ['', 5]) refuses(t, () => keyOf({ privateKey: encrypted, passphrase }), `${OPTION}.passphrase`)
})

test('the algorithm is the one that fits the key, or one that is chosen and fits', async t => {
  const kinds = [
    [rsa, ['RS256', 'RS384', 'RS512', 'PS256', 'PS384', 'PS512'], 'ES256'],
    [ec('P-256'), ['ES256'], 'ES384'],
    [ec('P-384'), ['ES384'], 'ES256'],
    [ec('P-521'), ['ES512'], 'RS256'],
    [ed25519, ['EdDSA', 'Ed25519'], 'ES256']
  ] as const
  for (const [{ privateKey }, algs, other] of kinds) {
    t.equal(keyOf({ privateKey }).alg, algs[0])
    for (const alg of algs) {
      const key = keyOf({ privateKey, alg })
      t.equal(key.alg, alg)
      t.same((await key.toCryptoKey()).usages, ['sign'])
    }
    for (const alg of [other, 'none', 'HS256', '', 5, null, 'constructor']) {
      refuses(t, () => keyOf({ privateKey, alg: alg ?? {} }), `${OPTION}.alg`, algs.join(', '))
    }
  }
})

test('a JWK says its algorithm and its name, and the options can say another', async t => {
  const privateKey = { ...jwk, alg: 'PS512', kid: 'one', use: 'sig', key_ops: ['sign'] }
  t.match(oidcSettingsOf({ clientAuthentication: { privateKey } }).clientProof, { key: { alg: 'PS512' }, header: { kid: 'one' } })
  t.match(oidcSettingsOf({ clientAuthentication: { privateKey, alg: 'PS256', kid: 'two' } }).clientProof, {
    key: { alg: 'PS256' }, header: { kid: 'two' }
  })
  refuses(t, () => keyOf({ privateKey: { ...jwk, alg: 'RSA-OAEP' } }), `${OPTION}.alg`, 'does not fit')
  for (const kid of ['', 5]) refuses(t, () => keyOf({ privateKey, kid }), `${OPTION}.kid`)
})

test('a JWK that is not for signing, not private or not whole is refused', async t => {
  const { d, ...publicJwk } = jwk
  t.type(d, 'string')
  for (const wrong of [{ use: 'enc' }, { key_ops: ['verify'] }, { key_ops: 'sign' }]) refusesKey(t, { ...jwk, ...wrong }, 'not for signing')
  for (const wrong of [publicJwk, { kty: 'oct', k: 'c2VjcmV0' }, {}, { ...jwk, n: 5 }, { ...jwk, p: undefined }]) {
    refusesKey(t, wrong, 'cannot be read as a JWK')
  }
})

test('a CryptoKey that may sign is used as it is, with the algorithm that it is for', async t => {
  for (const [algorithm, alg] of [
    [rsaHashed('RSASSA-PKCS1-v1_5', 'SHA-256'), 'RS256'],
    [rsaHashed('RSASSA-PKCS1-v1_5', 'SHA-384'), 'RS384'],
    [rsaHashed('RSASSA-PKCS1-v1_5', 'SHA-512'), 'RS512'],
    [rsaHashed('RSA-PSS', 'SHA-256'), 'PS256'],
    [rsaHashed('RSA-PSS', 'SHA-384'), 'PS384'],
    [rsaHashed('RSA-PSS', 'SHA-512'), 'PS512'],
    [{ name: 'ECDSA', namedCurve: 'P-256' }, 'ES256'],
    [{ name: 'ECDSA', namedCurve: 'P-384' }, 'ES384'],
    [{ name: 'ECDSA', namedCurve: 'P-521' }, 'ES512']
  ] as const) {
    const privateKey = await cryptoKey(algorithm)
    t.equal(keyOf({ privateKey }).alg, alg)
    t.equal(await keyOf({ privateKey }).toCryptoKey(), privateKey)
    refuses(t, () => keyOf({ privateKey, alg: 'RS1' }), `${OPTION}.alg`, alg)
  }
  const der = ed25519.privateKey.export({ type: 'pkcs8', format: 'der' })
  const privateKey = await webcrypto.subtle.importKey('pkcs8', der, 'Ed25519', false, ['sign'])
  t.equal(keyOf({ privateKey }).alg, 'EdDSA')
})

test('a CryptoKey that is public, secret, for something else or too weak is refused', async t => {
  refusesKey(t, await cryptoKey({ name: 'ECDSA', namedCurve: 'P-256' }, 'publicKey'), 'public key')
  refusesKey(t, await webcrypto.subtle.generateKey({ name: 'HMAC', hash: 'SHA-256' }, false, ['sign']), 'secret key')
  const oaep = { ...rsaHashed('RSA-OAEP', 'SHA-256') }
  refusesKey(t, (await webcrypto.subtle.generateKey(oaep, false, ['encrypt', 'decrypt'])).privateKey, 'may not sign')
  refusesKey(t, await cryptoKey(rsaHashed('RSASSA-PKCS1-v1_5', 'SHA-1')), 'RSASSA-PKCS1-v1_5 SHA-1')
  refusesKey(t, await cryptoKey(rsaHashed('RSA-PSS', 'SHA-256', 1024)), '1024 bits')
})

test('a key that nobody could sign with is refused with what to write instead', async t => {
  const { cert } = selfSigned('client')
  refusesKey(t, undefined, 'is missing')
  refusesKey(t, '', 'is missing')
  refusesKey(t, String(rsa.publicKey.export({ type: 'spki', format: 'pem' })), 'public key')
  refusesKey(t, String(rsa.publicKey.export({ type: 'pkcs1', format: 'pem' })), 'public key')
  refusesKey(t, cert, 'under "certificate"')
  refusesKey(t, pem.replaceAll('\n', '\\n'), '.replaceAll(')
  refusesKey(t, '/etc/ssl/private/client.key', 'readFileSync')
  refusesKey(t, pem.replaceAll('M', 'N'), 'begins with -----BEGIN PRIVATE KEY-----')
  for (const wrong of [null, 5, true, [pem]]) refusesKey(t, wrong, 'must be an object')
  refusesKey(t, rsa.publicKey, 'public key')
  refusesKey(t, generateKeyPairSync('rsa', { modulusLength: 1024 }).privateKey, '1024 bits')
  refusesKey(t, generateKeyPairSync('rsa-pss', { modulusLength: 2048 }).privateKey, 'rsa-pss')
  refusesKey(t, ec('secp256k1').privateKey, 'secp256k1')
  refusesKey(t, generateKeyPairSync('x25519').privateKey, 'x25519')
  refusesKey(t, generateKeyPairSync('ed448').privateKey, 'ed448')
})

test('no refusal and no look into the settings shows a key or its passphrase', async t => {
  const encrypted = String(rsa.privateKey.export({ type: 'pkcs8', format: 'pem', cipher: 'aes-256-cbc', passphrase: 'the opener' }))
  const settings = oidcSettingsOf({ clientAuthentication: { privateKey: encrypted, passphrase: 'the opener' } })
  const shown = inspect(settings, { depth: 9, showHidden: true }) + JSON.stringify(settings)
  for (const secret of ['the opener', jwk.d, jwk.p, pem.split('\n')[5]]) t.notOk(shown.includes(String(secret)))
  try {
    keyOf({ privateKey: pem.replaceAll('M', 'N') })
    t.fail('was not refused')
  } catch (error) {
    t.notMatch(inspect(error, { depth: 9, showHidden: true }), pem.split('\n')[5])
    t.equal((error as Error).cause, undefined)
  }
})

test('a key is imported once, however often it is used', async t => {
  const key = keyOf({ privateKey: pem })
  t.equal(await key.toCryptoKey(), await key.toCryptoKey())
})
