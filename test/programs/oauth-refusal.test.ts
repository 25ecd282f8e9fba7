import { test } from 'tap'
import { ProviderUnavailable, SignerUnavailable, StoreUnavailable } from '../../lib/errors.ts'
import { invalidGrant, OAuthRefusal, toRefusal } from '../../lib/programs/oauth-refusal.ts'

test('a refusal has the body of RFC 6749, section 5.2, and nothing of its cause', async t => {
  const refusal = new OAuthRefusal('invalid_request', 'The field "code" is missing.', { cause: new Error('inner') })
  t.same(JSON.parse(JSON.stringify(refusal)), { error: 'invalid_request', error_description: 'The field "code" is missing.' })
  t.equal(refusal.statusCode, 400)
  t.same(refusal.headers, {})
  t.equal(new OAuthRefusal('a', 'b').cause, undefined)
})

test('why a code or a refresh token is not good is for the log', async t => {
  t.same(invalidGrant('reason').toJSON(), invalidGrant().toJSON())
  t.match(invalidGrant('reason').cause, { message: 'reason' })
  t.equal(invalidGrant().error, 'invalid_grant')
})

test('an outage is 503 with Retry-After; a fault of ours is none of these', async t => {
  for (const error of [new ProviderUnavailable(), new StoreUnavailable(), new SignerUnavailable()]) {
    t.match(toRefusal(error), { error: 'temporarily_unavailable', statusCode: 503, headers: { 'retry-after': '5' } })
  }
  const refusal = invalidGrant()
  t.equal(toRefusal(refusal), refusal)
  t.equal(toRefusal(new Error('ours')), undefined)
})
