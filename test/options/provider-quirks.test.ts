import { test } from 'tap'
import { oidcSettingsOf, refuses } from './_refusal.ts'

const issuer = 'https://login.example/{tenantid}/v2.0'
const discoveryUrl = 'https://login.example/common/.well-known/openid-configuration'
const flow = { discoveryUrl: 'https://login.example/edit' }

test('a provider has no quirks unless they are said', async t => {
  t.match(oidcSettingsOf(), {
    discoveryUrl: undefined,
    tenantClaim: undefined,
    claims: {},
    endSession: { endpoint: undefined, redirectParameter: 'post_logout_redirect_uri' },
    flows: {},
    answerCodes: { cancelled: undefined, passwordForgotten: undefined }
  })
})

test('every quirk can be said', async t => {
  const said = oidcSettingsOf({
    issuer,
    discoveryUrl,
    tenantClaim: 'tid',
    claims: { hd: 'example.com', tid: ['a', 'b'], org: true },
    endSession: { endpoint: 'https://login.example/logout', redirectParameter: 'logout_uri' },
    flows: { editProfile: flow, resetPassword: { ...flow, issuer: 'https://other.example', claims: { tfp: 'x' } } },
    answerCodes: { cancelled: 'A1', passwordForgotten: 'A2' }
  })
  t.match(said, {
    issuer,
    discoveryUrl,
    tenantClaim: 'tid',
    claims: { hd: ['example.com'], tid: ['a', 'b'], org: true },
    endSession: { endpoint: 'https://login.example/logout', redirectParameter: 'logout_uri' },
    flows: {
      editProfile: { ...flow, issuer, claims: {} },
      resetPassword: { ...flow, issuer: 'https://other.example', claims: { tfp: ['x'] } }
    },
    answerCodes: { cancelled: 'A1', passwordForgotten: 'A2' }
  })
  const { claims, endSession, flows, answerCodes } = said
  for (const part of [claims, claims['tid'], endSession, flows, flows.editProfile, answerCodes]) t.ok(Object.isFrozen(part))
})

test('an issuer of any tenant needs the claim that names the tenant, and an address of its metadata', async t => {
  refuses(t, () => oidcSettingsOf({ issuer, discoveryUrl }), 'oidc.tenantClaim', 'tid')
  refuses(t, () => oidcSettingsOf({ issuer, tenantClaim: 'tid' }), 'oidc.discoveryUrl')
  refuses(t, () => oidcSettingsOf({ tenantClaim: 'tid' }), 'oidc.tenantClaim', 'no meaning')
  refuses(t, () => oidcSettingsOf({ issuer, discoveryUrl, tenantClaim: '' }), 'oidc.tenantClaim')
  const endpoints = { authorization_endpoint: discoveryUrl, token_endpoint: discoveryUrl, jwks_uri: discoveryUrl }
  const metadata = { issuer, ...endpoints }
  t.equal(oidcSettingsOf({ issuer, tenantClaim: 'tid', metadata }).discoveryUrl, undefined)
})

test('what is no address, no text, or unknown is refused', async t => {
  for (const wrong of ['http://login.example', 'login.example', '', 7]) {
    refuses(t, () => oidcSettingsOf({ discoveryUrl: wrong }), 'oidc.discoveryUrl')
    refuses(t, () => oidcSettingsOf({ endSession: { endpoint: wrong } }), 'oidc.endSession.endpoint')
    refuses(t, () => oidcSettingsOf({ flows: { editProfile: { discoveryUrl: wrong } } }), 'oidc.flows.editProfile.discoveryUrl')
  }
  for (const wrong of [7, null, 'x', []]) {
    refuses(t, () => oidcSettingsOf({ claims: wrong }), 'oidc.claims')
    refuses(t, () => oidcSettingsOf({ endSession: wrong }), 'oidc.endSession')
    refuses(t, () => oidcSettingsOf({ flows: wrong }), 'oidc.flows')
    refuses(t, () => oidcSettingsOf({ answerCodes: wrong }), 'oidc.answerCodes')
    refuses(t, () => oidcSettingsOf({ flows: { editProfile: wrong } }), 'oidc.flows.editProfile')
  }
  refuses(t, () => oidcSettingsOf({ claims: { hd: [] } }), 'oidc.claims.hd', 'empty list')
  refuses(t, () => oidcSettingsOf({ claims: { hd: false } }), 'oidc.claims.hd')
  refuses(t, () => oidcSettingsOf({ claims: { hd: ['a', 7] } }), 'oidc.claims.hd[1]')
  refuses(t, () => oidcSettingsOf({ endSession: { parameter: 'x' } }), 'oidc.endSession.parameter')
  refuses(t, () => oidcSettingsOf({ endSession: { redirectParameter: '' } }), 'oidc.endSession.redirectParameter')
  refuses(t, () => oidcSettingsOf({ flows: { signUp: flow } }), 'oidc.flows.signUp')
  refuses(t, () => oidcSettingsOf({ flows: { editProfile: { ...flow, issuer: '' } } }), 'oidc.flows.editProfile.issuer')
  refuses(t, () => oidcSettingsOf({ flows: { editProfile: { ...flow, scopes: [] } } }), 'oidc.flows.editProfile.scopes')
  refuses(t, () => oidcSettingsOf({ answerCodes: { cancelled: '' } }), 'oidc.answerCodes.cancelled')
  refuses(t, () => oidcSettingsOf({ answerCodes: { passwordForgotten: '' } }), 'oidc.answerCodes.passwordForgotten')
  refuses(t, () => oidcSettingsOf({ answerCodes: { passwordForgotten: 'A2' } }), 'oidc.answerCodes.passwordForgotten', 'resetPassword')
  refuses(t, () => oidcSettingsOf({ answerCodes: { other: 'x' } }), 'oidc.answerCodes.other')
})
