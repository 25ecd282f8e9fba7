import { test } from 'tap'
import { digestOf } from '../lib/digest.ts'

test('a digest is SHA-256 as base64url, of a text as of its bytes', async t => {
  const digest = 'ungWv48Bz-pBQUDeXa4iI7ADYaOWF3qctBD_YfIAFa0'
  t.equal(digestOf('abc'), digest)
  t.equal(digestOf(Buffer.from('abc')), digest)
})
