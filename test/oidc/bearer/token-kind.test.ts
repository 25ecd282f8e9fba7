import type { JWTPayload } from 'jose'
import { test } from 'tap'
import { createKey, ScriptedProvider } from '../_scripted-provider.ts'
import { AUDIENCE, TokenBench } from './_bench.ts'

const key = await createKey('one')
const issuer = 'https://id.example.com'
/** Takes away what the claims of RFC 9068 have beside. */
const bare = { aud: undefined, client_id: undefined, jti: undefined, scope: undefined } as unknown as JWTPayload

interface Published {
  readonly audience: string
  readonly claims: JWTPayload
  /** What is read of them. */
  readonly is: object
}

/** Claims of access tokens as their makers publish them. */
const published: Readonly<Record<string, Published>> = {
  'Entra ID, version 1.0': {
    audience: 'https://api.contoso.example',
    claims: {
      aud: 'https://api.contoso.example',
      acr: '1',
      aio: 'AXQAi',
      amr: ['pwd'],
      appid: '04b07795',
      appidacr: '0',
      ipaddr: '192.0.2.1',
      name: 'Alice',
      oid: '690222be',
      scp: 'user_impersonation',
      tid: 'fa15d692',
      unique_name: 'alice@contoso.example',
      ver: '1.0'
    },
    is: { clientId: '04b07795', scopes: ['user_impersonation'], id: undefined }
  },
  'Entra ID, version 2.0': {
    audience: '6e74172b-be56-4843-9ff4-e66a39bb12e3',
    claims: {
      aud: '6e74172b-be56-4843-9ff4-e66a39bb12e3',
      azp: '6e74172b',
      azpacr: '1',
      name: 'Alice',
      oid: '690222be',
      preferred_username: 'alice@contoso.example',
      scp: 'access_as_user files.read',
      tid: '72f988bf',
      uti: 'fqiBqXLPj0eQa82S',
      ver: '2.0'
    },
    is: { clientId: '6e74172b', scopes: ['access_as_user', 'files.read'] }
  },
  'Entra ID, version 2.0, of an application for nobody': {
    audience: '6e74172b-be56-4843-9ff4-e66a39bb12e3',
    claims: { aud: '6e74172b-be56-4843-9ff4-e66a39bb12e3', azp: '6e74172b', azpacr: '1', oid: '690222be', roles: ['Files.Read.All'], ver: '2.0' },
    is: { clientId: '6e74172b', scopes: [] }
  },
  Keycloak: {
    audience: 'reports',
    claims: {
      jti: 'onrtac:7a',
      aud: ['reports', 'account'],
      typ: 'Bearer',
      azp: 'web',
      nonce: 'n-0S6',
      sid: '5c2f',
      acr: '1',
      'allowed-origins': ['https://app.example'],
      realm_access: { roles: ['admin'] },
      resource_access: { account: { roles: ['view-profile'] } },
      scope: 'openid email profile',
      preferred_username: 'alice'
    },
    is: { clientId: 'web', scopes: ['openid', 'email', 'profile'], id: 'onrtac:7a', audience: ['reports', 'account'] }
  },
  Auth0: {
    audience: 'https://api.example.com/',
    claims: {
      sub: 'auth0|5f7c8ec7',
      aud: ['https://api.example.com/', 'https://example.eu.auth0.com/userinfo'],
      azp: 'my_client_id',
      scope: 'openid profile read:reports',
      gty: 'password',
      permissions: ['read:reports']
    },
    is: { clientId: 'my_client_id', scopes: ['openid', 'profile', 'read:reports'], subject: 'auth0|5f7c8ec7' }
  },
  'Auth0, with a service for which nobody asked a scope': {
    audience: 'https://api.example.com/',
    claims: { aud: 'https://api.example.com/', azp: 'my_client_id' },
    is: { clientId: 'my_client_id', scopes: [] }
  },
  Okta: {
    audience: 'api://default',
    claims: {
      ver: 1,
      jti: 'AT.0mP4JKAZX1iACIT4vbEDF7LpvDVjxypPMf0D7uX39RE',
      aud: 'api://default',
      sub: 'alice@example.com',
      cid: '0oa5oo1a',
      uid: '00u5oo1a',
      scp: ['openid', 'reports.read'],
      auth_time: 1_600_000_000
    },
    is: { clientId: '0oa5oo1a', scopes: ['openid', 'reports.read'], authenticatedAt: 1_600_000_000 }
  }
}

for (const [name, { claims, audience, is }] of Object.entries(published)) {
  test(`an access token of ${name} is known for one`, async t => {
    const bench = new TokenBench(new ScriptedProvider(key), { bearer: { audience } })
    t.match(await bench.accepted(await bench.token({ ...bare, ...claims }, { typ: 'JWT' })), is)
    t.match(await bench.refused(await bench.token({ ...bare, ...claims, aud: 'other' }, { typ: 'JWT' })), /aud/)
  })
}

const cognito = { sub: 'aaaaaaaa-bbbb', token_use: 'access', scope: 'aws.cognito.signin.user.admin', username: 'alice', version: 2 }

test('an access token of Cognito says in client_id what it is for', async t => {
  const bench = new TokenBench(new ScriptedProvider(key), { bearer: { audience: 'web', audienceClaim: 'client_id' } })
  const token = await bench.accepted(await bench.token({ ...bare, ...cognito, client_id: 'web' }, {}))
  t.match(token, { clientId: 'web', scopes: ['aws.cognito.signin.user.admin'], audience: [] })
  for (const client of ['other', undefined, ['web', 7]]) {
    const claims = { ...bare, ...cognito, aud: 'web', client_id: client }
    if (Array.isArray(client)) await bench.accepted(await bench.token(claims, {}))
    else t.match(await bench.refused(await bench.token(claims, {})), /"client_id" is none of this service/)
  }
  const idToken = { ...bare, sub: 'a', aud: 'web', token_use: 'id', 'cognito:username': 'alice', client_id: 'web' }
  t.match(await bench.refused(await bench.token(idToken, {})), /token_use/)
})

/** ID tokens and more, whose `aud` is what access tokens have here too, because the service is the client itself. */
const foreign: Readonly<Record<string, JWTPayload>> = {
  'an ID token with a nonce': { nonce: 'n', scope: 'openid' },
  'an ID token with at_hash': { at_hash: 'x', scp: 'a' },
  'an ID token with c_hash': { c_hash: 'x', client_id: 'web' },
  'an ID token with s_hash': { s_hash: 'x', azpacr: '1' },
  'an ID token of Entra ID without a nonce': { name: 'Alice', oid: '690222be', tid: '72f988bf', ver: '2.0', rh: '0.', uti: 'x' },
  'an ID token with little in it': { auth_time: 1, azp: 'web', acr: '1', sid: 's' },
  'an ID token of Keycloak': { typ: 'ID', azp: 'web', scope: 'openid' },
  'a refresh token of Keycloak': { typ: 'Refresh', scope: 'openid' },
  'an offline token of Keycloak': { typ: 'Offline', scope: 'openid' },
  'a logout token of Keycloak': { typ: 'Logout', scope: 'openid' },
  'a logout token': { events: { 'http://schemas.openid.net/event/backchannel-logout': {} }, scope: 'x' },
  'a token whose use is another': { token_use: 'refresh', scope: 'openid' },
  'a token whose use is a list': { token_use: ['access'], scope: 'openid' },
  'a token whose scope is empty': { scope: '' },
  'a token whose scope is blank': { scope: '  ', scp: [] },
  'a token whose scope is a number': { scope: 7, scp: [7, null], client_id: 7, appid: '' }
}

for (const [name, claims] of Object.entries(foreign)) {
  test(`${name} is no access token (RFC 8725, section 3.11)`, async t => {
    const bench = new TokenBench(new ScriptedProvider(key), { bearer: { audience: 'web' } })
    for (const header of [{}, { typ: 'JWT' }]) {
      t.match(await bench.refused(await bench.token({ ...bare, aud: 'web', ...claims }, header)), /^invalid: ("|the claim|nothing)/)
    }
  })
}

test('an audience that is an address shows that a token is for a service, unless our client is called so', async t => {
  const claims = { ...bare, aud: AUDIENCE }
  const bench = new TokenBench(new ScriptedProvider(key))
  await bench.accepted(await bench.token(claims, {}))
  t.match(await bench.refused(await bench.token({ ...claims, nonce: 'n' }, {})), /nonce/)
  const same = new TokenBench(new ScriptedProvider(key), { oidc: { clientId: AUDIENCE } })
  t.match(await same.refused(await same.token(claims, {})), /nothing shows/)
})

test(`a token of ${issuer} that calls itself at+jwt is one of RFC 9068, whatever else is in it`, async t => {
  const bench = new TokenBench(new ScriptedProvider(key))
  await bench.accepted(await bench.token({ nonce: 'n' }))
  t.match(await bench.refused(await bench.token({ typ: 'ID' })), /typ/)
  t.match(await bench.refused(await bench.token({ token_use: 'id' })), /token_use/)
})
