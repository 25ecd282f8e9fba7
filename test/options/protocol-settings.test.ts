import { test } from 'tap'
import { oidcSettingsOf, refuses } from './_refusal.ts'

test('services are named by one address or several, each once (RFC 8707, section 2)', async t => {
  t.same(oidcSettingsOf({ resource: 'https://api.example.com' }).resources, ['https://api.example.com'])
  const two = ['https://a.example/x?y', 'urn:example:b']
  t.same(oidcSettingsOf({ resource: [...two, ...two] }).resources, two)
  t.same(oidcSettingsOf({ resource: [] }).resources, [])
})

test('what is no whole address without a fragment names no service', async t => {
  for (const resource of ['', '/api', 'api.example.com', 'https://a.example#b', 'https://a.example#', 7, null, {}]) {
    refuses(t, () => oidcSettingsOf({ resource }), 'oidc.resource')
  }
  for (const resource of [[7], ['']]) refuses(t, () => oidcSettingsOf({ resource }), 'oidc.resource[0]')
})

test('a protocol is on or off', async t => {
  for (const name of ['pushedAuthorization', 'dpop']) {
    t.match(oidcSettingsOf({ [name]: true }), { [name]: true })
    for (const value of ['true', 1, null, {}]) refuses(t, () => oidcSettingsOf({ [name]: value }), `oidc.${name}`)
  }
})

test('parameters that belong to them are sent by the plugin alone', async t => {
  for (const name of ['resource', 'dpop_jkt', 'request_uri']) {
    refuses(t, () => oidcSettingsOf({ authorizationParameters: { [name]: 'x' } }), `oidc.authorizationParameters.${name}`)
  }
})
