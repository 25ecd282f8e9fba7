import { generateKeyPairSync } from 'node:crypto'
import { test } from 'tap'
import { oidcSettingsOf, refuses } from './_refusal.ts'

const OPTION = 'oidc.clientAuthentication'
const { privateKey } = generateKeyPairSync('ec', { namedCurve: 'P-256' })
const assertion = (): string => 'a.b.c'
const fetch = async (): Promise<Response> => new Response()

test('without the option a secret travels as the provider takes it, and nobody without one proves anything', async t => {
  const { clientProof } = oidcSettingsOf({ clientSecret: 'shh' })
  t.match(clientProof, { method: 'secret' })
  t.equal('secret' in clientProof && clientProof.secret.reveal(), 'shh')
  t.same(oidcSettingsOf().clientProof, { method: 'none' })
  t.same(oidcSettingsOf({ clientAuthentication: undefined }).clientProof, { method: 'none' })
})

test('each way can be chosen', async t => {
  for (const clientAuthentication of ['client_secret_basic', 'client_secret_post']) {
    const { clientProof } = oidcSettingsOf({ clientAuthentication, clientSecret: 'shh' })
    t.equal(clientProof.method, clientAuthentication)
    t.equal('secret' in clientProof && clientProof.secret.reveal(), 'shh')
  }
  t.same(oidcSettingsOf({ clientAuthentication: 'none' }).clientProof, { method: 'none' })
  for (const clientAuthentication of ['tls_client_auth', 'self_signed_tls_client_auth']) {
    t.same(oidcSettingsOf({ clientAuthentication, fetch }).clientProof, { method: clientAuthentication })
  }
  t.match(oidcSettingsOf({ clientAuthentication: { privateKey } }).clientProof, { method: 'private_key_jwt', audience: 'issuer' })
  t.same(oidcSettingsOf({ clientAuthentication: { assertion } }).clientProof, { method: 'assertion', assertion, audience: 'issuer' })
})

test('what cannot be changed afterwards is frozen', async t => {
  for (const clientAuthentication of ['none', { privateKey }, { assertion }]) {
    t.ok(Object.isFrozen(oidcSettingsOf({ clientAuthentication }).clientProof))
  }
  t.ok(Object.isFrozen(oidcSettingsOf({ clientSecret: 'shh' }).clientProof))
})

test('a secret that is needed and missing is refused: an unset variable makes no public client of one that has a secret', async t => {
  for (const clientAuthentication of ['client_secret_basic', 'client_secret_post']) {
    refuses(t, () => oidcSettingsOf({ clientAuthentication, clientSecret: undefined }), 'oidc.clientSecret', 'is missing')
  }
})

test('a secret beside another proof is refused', async t => {
  for (const clientAuthentication of ['none', 'tls_client_auth', { privateKey }, { assertion }]) {
    refuses(t, () => oidcSettingsOf({ clientAuthentication, clientSecret: 'shh', fetch }), 'oidc.clientSecret', 'no use')
  }
})

test('a certificate needs somebody who shows it', async t => {
  for (const clientAuthentication of ['tls_client_auth', 'self_signed_tls_client_auth']) {
    refuses(t, () => oidcSettingsOf({ clientAuthentication }), 'oidc.fetch', 'with the certificate')
  }
})

test('the audience is the issuer, the token endpoint or an address', async t => {
  for (const audience of ['issuer', 'token_endpoint', 'https://id.example/other', 'api://AzureADTokenExchange']) {
    for (const proof of [{ privateKey }, { assertion }]) {
      t.match(oidcSettingsOf({ clientAuthentication: { ...proof, audience } }).clientProof, { audience })
    }
  }
  for (const audience of ['tokenEndpoint', '', 5, null, ['issuer']]) {
    refuses(t, () => oidcSettingsOf({ clientAuthentication: { privateKey, audience } }), `${OPTION}.audience`)
    refuses(t, () => oidcSettingsOf({ clientAuthentication: { assertion, audience } }), `${OPTION}.audience`)
  }
})

test('a way that is none is refused with those there are', async t => {
  for (const clientAuthentication of ['', 'basic', 'client_secret_jwt', 'constructor']) {
    refuses(t, () => oidcSettingsOf({ clientAuthentication, clientSecret: 'shh' }), OPTION, 'client_secret_post, none, tls_client_auth')
  }
  refuses(t, () => oidcSettingsOf({ clientAuthentication: 'private_key_jwt' }), OPTION, '{ privateKey: … }')
  for (const clientAuthentication of [null, 5, true, [], assertion]) {
    refuses(t, () => oidcSettingsOf({ clientAuthentication }), OPTION, 'must be an object')
  }
  refuses(t, () => oidcSettingsOf({ clientAuthentication: {} }), `${OPTION}.privateKey`, 'is missing')
  refuses(t, () => oidcSettingsOf({ clientAuthentication: { privateKey, method: 'private_key_jwt' } }), `${OPTION}.method`, 'is not an option')
  refuses(t, () => oidcSettingsOf({ clientAuthentication: { privateKey, assertion } }), `${OPTION}.privateKey`, 'is not an option')
  for (const wrong of ['a.b.c', undefined, null]) {
    refuses(t, () => oidcSettingsOf({ clientAuthentication: { assertion: wrong } }), `${OPTION}.assertion`, 'must be a function')
  }
})
