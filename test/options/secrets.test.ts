import { randomBytes } from 'node:crypto'
import { test } from 'tap'
import { resolveSecrets } from '../../lib/options/secrets.ts'
import { secret } from '../_app.ts'
import { refuses } from './_refusal.ts'

const cure = 'npx fastify-login secret'

test('a text of 32 bytes is a secret', async t => {
  const text = 'abcdefghijklmnopqrstuvwxyz012345'
  t.same(resolveSecrets(text).map(bytes => Buffer.from(bytes).toString()), [text])
})

test('32 bytes are a secret', async t => {
  const bytes = randomBytes(32)
  t.same(resolveSecrets(bytes).map(one => Buffer.from(one)), [bytes])
  t.same(resolveSecrets(new Uint8Array(bytes)).map(one => Buffer.from(one)), [bytes])
})

test('a list of secrets keeps its order', async t => {
  const texts = [secret(), secret(), secret()]
  t.same(resolveSecrets(texts).map(bytes => Buffer.from(bytes).toString()), texts)
})

test('a missing secret is refused with the way to make one', async t => {
  refuses(t, () => resolveSecrets(undefined), 'secret', cure)
})

test('a secret that is no text and no bytes is refused', async t => {
  for (const value of [null, 1, true, {}, () => secret(), Symbol('x')]) refuses(t, () => resolveSecrets(value), 'secret', 'must be a text or bytes')
})

test('a secret under 32 bytes is refused, and what counts are bytes', async t => {
  refuses(t, () => resolveSecrets('abcdefghijklmnopqrstuvwxyz01234'), 'secret', /is 31 bytes long, but must have at least 32\. Make one/)
  refuses(t, () => resolveSecrets(randomBytes(31)), 'secret', cure)
  refuses(t, () => resolveSecrets(''), 'secret', 'is 0 bytes long')
  resolveSecrets('äöüßabcdefghijklmnopqrstuvwx') // 28 letters, 32 bytes
})

test('a secret of fewer than ten different bytes is refused', async t => {
  refuses(t, () => resolveSecrets('123456789'.repeat(10)), 'secret', 'too few different bytes')
  refuses(t, () => resolveSecrets(Buffer.alloc(64)), 'secret', cure)
  resolveSecrets('1234567890'.repeat(4))
})

test('a secret that stands in documentation is refused, as text or as bytes', async t => {
  for (const text of [
    'replace-this-with-the-output-of-npx-fastify-login-secret', 'averylogphrasebiggerthanthirtytwochars',
    'a secret with minimum length of 32 characters'
  ]) {
    refuses(t, () => resolveSecrets(text), 'secret', 'everybody knows')
    refuses(t, () => resolveSecrets(Buffer.from(text)), 'secret', 'everybody knows')
  }
})

test('an empty list of secrets is refused', async t => {
  refuses(t, () => resolveSecrets([]), 'secret', 'is an empty list')
})

test('a weak secret is refused wherever it stands in the list', async t => {
  refuses(t, () => resolveSecrets(['short', secret()]), 'secret[0]', '5 bytes')
  refuses(t, () => resolveSecrets([secret(), undefined]), 'secret[1]', 'is missing')
  refuses(t, () => resolveSecrets([secret(), [secret()]]), 'secret[1]', 'must be a text or bytes')
})

test('what the caller does to the bytes later changes nothing', async t => {
  const bytes = randomBytes(32)
  const before = Buffer.from(bytes)
  const [kept] = resolveSecrets(bytes)
  bytes.fill(0)
  t.same(Buffer.from(kept), before)
})

test('no refusal shows the secret', async t => {
  for (const weak of ['tooshort-tooshort', '123456789'.repeat(10)]) {
    try {
      resolveSecrets(weak)
    } catch (error) {
      t.notMatch((error as Error).message, weak)
    }
  }
})
