import { test } from 'tap'
import { resolveSettings } from '../../lib/options/settings.ts'
import { secret } from '../_app.ts'
import { refuses } from './_refusal.ts'

const endpoints = {
  issuer: 'https://id.example.com',
  authorization_endpoint: 'https://id.example.com/authorize',
  token_endpoint: 'https://id.example.com/token',
  jwks_uri: 'https://id.example.com/keys'
}

function resolve (callback: string | false, oidc: object = {}): unknown {
  return resolveSettings({
    secret: secret(), publicUrl: 'https://app.example.com', oidc: { issuer: endpoints.issuer, clientId: 'a', ...oidc }, routes: { callback }
  })
}

test('without a callback a sign-in is by device code, at a page of its own', async t => {
  t.match(resolve(false), { routes: { callback: undefined, deviceLogin: '/device-login' } })
  t.match(resolve('/callback'), { routes: { callback: '/callback', deviceLogin: undefined } })
})

test('nobody signs in by device code without a question', async t => {
  refuses(t, () => resolve(false, { silentLogin: true }), 'oidc.silentLogin', 'without a question')
  t.ok(resolve('/callback', { silentLogin: true }))
})

test('an answer that no browser brings cannot be a form', async t => {
  refuses(t, () => resolve(false, { responseMode: 'form_post' }), 'oidc.responseMode', 'routes.callback: false')
  t.doesNotThrow(() => resolve('/callback', { responseMode: 'form_post' }))
})

test('nobody comes back from a page of the provider: it would be a sign-in in its place', async t => {
  const flows = { editProfile: { discoveryUrl: 'https://id.example.com/edit' } }
  refuses(t, () => resolve(false, { flows }), 'oidc.flows.editProfile', 'routes.callback: false')
  t.doesNotThrow(() => resolve(false, { flows: {} }))
  t.doesNotThrow(() => resolve('/callback', { flows }))
})

test('metadata that take the place of discovery name the endpoint, on https', async t => {
  for (const endpoint of [undefined, 'http://id.example.com/device', 'device', 7]) {
    const metadata = { ...endpoints, device_authorization_endpoint: endpoint }
    refuses(t, () => resolve(false, { metadata }), 'oidc.metadata.device_authorization_endpoint', 'https://')
    t.doesNotThrow(() => resolve('/callback', { metadata: endpoints }))
  }
  t.doesNotThrow(() => resolve(false, { metadata: { ...endpoints, device_authorization_endpoint: 'https://id.example.com/device' } }))
})
