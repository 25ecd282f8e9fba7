import { randomBytes } from 'node:crypto'
import { format, inspect } from 'node:util'
import { test } from 'tap'
import { resolveSettings } from '../lib/options/settings.ts'
import { SecretBytes, SecretText } from '../lib/secret-text.ts'

/** Every way in which a value comes into a log by mistake. */
function shown (value: object): readonly string[] {
  const holder = { value }
  return [
    JSON.stringify(value), JSON.stringify(holder), String(value), `${value as unknown as string}`, inspect(value), inspect(holder),
    inspect(holder, { depth: Infinity, showHidden: true, getters: true }), format('%s %j %o %O', value, value, value, value),
    new Error('failed', { cause: value }).cause?.toString() ?? '', JSON.stringify({ ...value }), JSON.stringify(Object.entries(value))
  ]
}

test('a secret text is given to who asks for it', async t => {
  t.equal(new SecretText('hush').reveal(), 'hush')
})

test('a secret text does not show itself', async t => {
  for (const text of shown(new SecretText('hush'))) t.notMatch(text, 'hush')
  t.equal(String(new SecretText('hush')), '[secret]')
  t.equal(JSON.stringify({ a: new SecretText('hush') }), '{"a":"[secret]"}')
})

test('secret bytes work wherever bytes do', async t => {
  const bytes = randomBytes(32)
  t.same(Buffer.from(new SecretBytes(bytes)), bytes)
})

test('secret bytes do not show themselves', async t => {
  t.equal(String(new SecretBytes(randomBytes(32))), '[secret]')
  t.equal(inspect([new SecretBytes(randomBytes(32))]), '[ [secret] ]')
  t.equal(JSON.stringify([new SecretBytes(randomBytes(32))]), '["[secret]"]')
  t.equal(format('%s %j %o', new SecretBytes(8), new SecretBytes(8), new SecretBytes(8)), '[secret] "[secret]" [secret]')
})

test('settings show neither the secret of the sessions nor that of the client', async t => {
  const secret = randomBytes(32).toString('base64url')
  const clientSecret = randomBytes(32).toString('base64url')
  const settings = resolveSettings({
    secret: [secret, Buffer.from(secret)],
    publicUrl: 'https://app.example',
    oidc: { issuer: 'https://id.example', clientId: 'c', clientSecret }
  })
  const hex = (text: string): string => (Buffer.from(text).toString('hex').match(/../g) ?? []).join(' ')
  for (const text of [JSON.stringify(settings), inspect(settings, { depth: Infinity, showHidden: true, maxArrayLength: null }), format('%j %O', settings, settings)]) {
    t.ok(text.includes('[secret]'))
    for (const hidden of [secret, clientSecret]) {
      const bytes = Buffer.from(hidden)
      for (const form of [hidden, bytes.toString('base64'), hex(hidden).slice(0, 20), bytes.subarray(0, 6).join(','), bytes.subarray(0, 6).join(', ')]) {
        t.notOk(text.includes(form), 'a secret is shown')
      }
    }
  }
})
