import { errors as jose } from 'jose'
import * as oauth from 'oauth4webapi'
import { test } from 'tap'
import { LoginTooWeak, ProviderAnswerInvalid, ProviderUnavailable } from '../../../lib/errors.ts'
import { providerErrorOf, toLoginError, toResponseError } from '../../../lib/oidc/provider/failure.ts'

const codeOf = (error: Error): unknown => 'code' in error ? error.code : undefined

test('a failure that is named already keeps its name', t => {
  const error = new LoginTooWeak()
  t.equal(toLoginError(error), error)
  t.end()
})

test('whatever kept an answer from coming whole is an outage', t => {
  const causes = [
    new TypeError('fetch failed'), new RangeError('too long'), new DOMException('', 'TimeoutError'), new jose.JWKSTimeout(),
    new jose.JOSEError('Expected 200 OK'), undefined, null, 'thrown text', {}
  ]
  for (const cause of causes) t.ok(toLoginError(cause) instanceof ProviderUnavailable, String(cause))
  t.end()
})

test('faults of the answer itself are an invalid answer', t => {
  const causes = [
    new jose.JWTClaimValidationFailed('', {}), new jose.JWSSignatureVerificationFailed(), new jose.JWKSNoMatchingKey(),
    new jose.JWKSMultipleMatchingKeys(), new jose.JWKSInvalid(), new jose.JWTExpired('', {}), new jose.JOSEAlgNotAllowed(),
    new oauth.UnsupportedOperationError(''), new oauth.OperationProcessingError(''),
    new oauth.OperationProcessingError('', { cause: null }), new oauth.OperationProcessingError('', { cause: { claim: 'aud' } })
  ]
  for (const cause of causes) t.ok(toLoginError(cause) instanceof ProviderAnswerInvalid, String(cause))
  t.end()
})

test('a failure does not keep the answer that it came from, in which there are tokens', t => {
  const answers = [{ body: { access_token: 'secret' } }, 'secret']
  for (const Kind of [oauth.OperationProcessingError, oauth.UnsupportedOperationError]) {
    for (const cause of answers) {
      const error = toLoginError(new Kind('what was wrong', { cause }))
      t.match(error, { code: 'FST_LOGIN_PROVIDER_ANSWER_INVALID', cause: { message: 'what was wrong', cause: undefined } })
    }
  }
  const busy = new oauth.OperationProcessingError('', { cause: new Response('secret', { status: 503 }) })
  t.ok(toLoginError(busy) instanceof ProviderUnavailable)
  t.end()
})

test('a failure keeps what it came from as its cause', t => {
  for (const toError of [toLoginError, toResponseError]) {
    const cause = new Error('the reason')
    t.equal(toError(cause).cause, cause)
  }
  t.end()
})

test('an error of the authorization response is told by its name', t => {
  const response = (error: string): Error => new oauth.AuthorizationResponseError('', { cause: new URLSearchParams({ error }) })
  t.equal(codeOf(toResponseError(response('access_denied'))), 'FST_LOGIN_DENIED')
  t.equal(codeOf(toResponseError(response('login_required'))), 'FST_LOGIN_INTERACTION_REQUIRED')
  t.equal(codeOf(toResponseError(response('server_error'))), 'FST_LOGIN_PROVIDER_REFUSED')
  t.equal(codeOf(toResponseError(new Error('malformed'))), 'FST_LOGIN_RESPONSE_INVALID')
  t.end()
})

test('what the provider calls an error is known where it is a word as in RFC 6749, sections 4.1.2.1 and 5.2', async t => {
  const of = (error: unknown): unknown => providerErrorOf(new Error('refused', { cause: { error, error_description: 'secret' } }))
  for (const word of ['invalid_grant', 'login_required', 'a'.repeat(40)]) t.equal(of(word), word)
  const others = ['a'.repeat(41), '', '_', 'a b', 'a\nb', 'a\u001b[0m', 'AADSTS50011', '<b>', 'invalid_', 'é', 7, null, undefined, {}, ['a']]
  for (const other of others) t.equal(of(other), undefined, String(other))
  for (const cause of [undefined, null, 'invalid_grant', {}]) t.equal(providerErrorOf(new Error('refused', { cause })), undefined)
})
