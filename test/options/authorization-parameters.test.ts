import { test } from 'tap'
import { isForwardable } from '../../lib/options/authorization-parameters.ts'
import { oidcSettingsOf, refuses } from './_refusal.ts'

test('parameters that the login address passes on are named one by one', async t => {
  const names = ['login_hint', 'domain_hint', 'ui_locales', 'kc_idp_hint', 'login_hint']
  t.same(oidcSettingsOf({ forwardedParameters: names }).forwardedParameters, names.slice(0, 4))
  t.ok(Object.isFrozen(oidcSettingsOf({ forwardedParameters: names }).forwardedParameters))
  for (const forwardedParameters of ['login_hint', {}, [1], ['']]) {
    t.throws(() => oidcSettingsOf({ forwardedParameters }), { code: 'FST_LOGIN_CONFIGURATION' })
  }
})

test('nobody who makes a link says what belongs to the protocol, or to our own address', async t => {
  for (const name of [
    'client_id', 'redirect_uri', 'response_type', 'response_mode', 'scope', 'state', 'nonce', 'code_challenge',
    'code_challenge_method', 'request', 'request_uri', 'prompt', 'max_age', 'acr_values', 'claims', 'resource',
    'authorization_details', 'id_token_hint', 'registration', 'dpop_jkt', 'client_assertion', 'client_secret', 'iss',
    'target_link_uri', 'returnTo', 'continued', 'a b', 'a&b', '__proto__\n', 'a'.repeat(65)
  ]) refuses(t, () => oidcSettingsOf({ forwardedParameters: [name] }), 'oidc.forwardedParameters', 'nobody but this application')
})

test('a value from outside is a short text without control characters', async t => {
  for (const value of ['a', 'ada@example.com', 'fr-CA fr', 'é'.repeat(256)]) t.equal(isForwardable(value), true)
  for (const value of ['', 'a\r\nb', 'a\u0000', 'a\u0085', 'a'.repeat(257), undefined, ['a'], 7]) t.equal(isForwardable(value), false)
})

test('silent sign-in is allowed, or it is not', async t => {
  for (const silentLogin of ['yes', 1, null]) refuses(t, () => oidcSettingsOf({ silentLogin }), 'oidc.silentLogin', 'true or false')
})
