import { test } from 'tap'
import { fieldOf, grantTypeOf, readForm, scopesIn } from '../../lib/programs/token-form.ts'
import { refusalOf } from './_bench.ts'

test('py-oidc-auth spells fields with hyphens, and they are the same fields', async t => {
  t.same([...readForm('refresh-token=r&device-code=d&code=c')], [['refresh_token', 'r'], ['device_code', 'd'], ['code', 'c']])
})

test('a field that is there twice is refused, however it is spelt (RFC 6749, section 3.2)', async t => {
  for (const text of ['code=a&code=b', 'code=a&code=a', 'code=&code=a', 'refresh_token=a&refresh-token=a', 'x=1&x=2']) {
    t.equal((await refusalOf(() => readForm(text))).error, 'invalid_request', text)
  }
  t.same(readForm('resource=a&resource=b').getAll('resource'), ['a', 'b'])
})

test('a field without a value counts as left out (RFC 6749, section 3.2)', async t => {
  t.same([...readForm('code=&grant_type=x&')], [['grant_type', 'x']])
  t.match(await refusalOf(() => fieldOf(readForm('code='), 'code')), { error: 'invalid_request', description: /"code"/ })
})

test('what a form is for is said in it, or told by what it brings', async t => {
  t.equal(grantTypeOf(readForm('grant_type=anything&code=c')), 'anything')
  t.equal(grantTypeOf(readForm('code=c')), 'authorization_code')
  t.equal(grantTypeOf(readForm('refresh-token=c')), 'refresh_token')
  t.equal(grantTypeOf(readForm('device-code=c')), 'urn:ietf:params:oauth:grant-type:device_code')
  for (const text of ['', 'code=c&refresh-token=r', 'client_id=x']) {
    t.equal((await refusalOf(() => grantTypeOf(readForm(text)))).error, 'invalid_request', text)
  }
})

test('scopes are words; without the field none are meant', async t => {
  t.same(scopesIn(readForm('scope=a++b+a')), ['a', 'b'])
  t.equal(scopesIn(readForm('scope=')), undefined)
  t.equal((await refusalOf(() => scopesIn(readForm('scope=%22')))).error, 'invalid_scope')
})
