import { generateKeyPairSync } from 'node:crypto'
import { test } from 'tap'
import { hasPrivatePart } from '../../lib/options/public-key.ts'

test('the private part of a key of any kind is seen, and no public key has one', async t => {
  const pairs = [
    generateKeyPairSync('ec', { namedCurve: 'P-256' }), generateKeyPairSync('ed25519'), generateKeyPairSync('rsa', { modulusLength: 2048 })
  ]
  for (const { publicKey, privateKey } of pairs) {
    t.equal(hasPrivatePart(publicKey.export({ format: 'jwk' })), false)
    t.equal(hasPrivatePart(privateKey.export({ format: 'jwk' })), true)
  }
  for (const name of ['d', 'p', 'q', 'dp', 'dq', 'qi', 'oth', 'k', 'priv']) t.equal(hasPrivatePart({ [name]: undefined }), true, name)
})
