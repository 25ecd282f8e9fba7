import { test } from 'tap'
import { resolveSubjectIssuer } from '../../lib/options/peer-settings.ts'
import type { TrustedIssuer } from '../../lib/options/token-issuers.ts'
import { inEnvironment, oidc, publicUrl, refuses, settingsOf } from './_refusal.ts'

const issuer = 'https://archive.example'
const peerName = 'broker.trustedIssuers.archive'

/** The peers of a broker in an application that signs people in. */
function peersOf (trustedIssuers: unknown, further: object = { oidc }, broker: object = {}): readonly TrustedIssuer[] {
  return settingsOf({ publicUrl, ...further, broker: { ...broker, trustedIssuers } }).broker?.peers ?? []
}

function peerOf (peer: unknown, ...more: readonly [further?: object, broker?: object]): TrustedIssuer {
  const [settings] = peersOf({ archive: peer }, ...more)
  if (settings === undefined) throw new Error('no peer')
  return settings
}

test('a peer is named by its issuer alone, and signs as this application does', async t => {
  t.match(peerOf(issuer), {
    provider: { name: 'archive', issuer, discoveryUrl: `${issuer}/.well-known/oauth-authorization-server`, metadata: undefined, endpoints: ['jwks_uri'], isPlainHttp: false },
    isSignIn: false,
    audience: [publicUrl],
    audienceClaim: 'aud',
    algorithms: ['ES256'],
    clockTolerance: 30,
    introspection: undefined
  })
  t.match(peerOf(issuer, {}, { audience: ['own', 'other'], signingAlg: 'EdDSA' }), { audience: ['own'], algorithms: ['EdDSA'] })
  t.match(peerOf({ issuer, audience: ['a', 'b'], algorithms: 'RS256' }), { audience: ['a', 'b'], algorithms: ['RS256'] })
})

test('metadata are where RFC 8414, section 3.1, has them, also of an issuer with a path', async t => {
  const placeOf = (issuer: string): unknown => peerOf(issuer).provider.discoveryUrl
  t.equal(placeOf('https://a.example/'), 'https://a.example/.well-known/oauth-authorization-server')
  t.equal(placeOf('https://a.example/x/y'), 'https://a.example/.well-known/oauth-authorization-server/x/y')
  t.equal(placeOf('https://a.example:8443/x/'), 'https://a.example:8443/.well-known/oauth-authorization-server/x')
  const withPath = settingsOf({ publicUrl: `${publicUrl}/app`, broker: { trustedIssuers: { archive: publicUrl } } })
  t.equal(withPath.broker?.peers[0]?.provider.issuer, publicUrl, 'an application at the root of the same host is another one')
})

test('keys are where it is said, and nobody is asked for metadata then', async t => {
  const { provider } = peerOf({ issuer, jwksUri: 'https://keys.example/@all?set=1' })
  t.same(provider.metadata, { issuer, jwks_uri: 'https://keys.example/@all?set=1' })
  t.equal(provider.discoveryUrl, undefined)
  t.ok(Object.isFrozen(provider) && Object.isFrozen(provider.metadata))
  for (const jwksUri of [
    'http://archive.example/jwks', '/jwks', '', null, 1, 'ftp://archive.example/', 'data:application/json,{}', 'https://user@keys.example/',
    'https://user:password@keys.example/', 'https://keys.example/#x'
  ]) refuses(t, () => peerOf({ issuer, jwksUri }), `${peerName}.jwksUri`, 'https://')
  const home = 'http://127.0.0.1:3000'
  t.match(peerOf({ issuer: home, jwksUri: `${home}/jwks` }).provider.metadata, { jwks_uri: `${home}/jwks` })
  t.match(peerOf({ issuer: 'http://archive.example', allowHttp: true, jwksUri: 'http://archive.example/jwks' }), { provider: { isPlainHttp: true } })
})

test('an issuer is an address of one instance', async t => {
  for (const value of [null, 1, true, []]) refuses(t, () => peerOf(value), peerName, 'must be an object')
  for (const value of ['', undefined, 1, null]) refuses(t, () => peerOf({ issuer: value }), `${peerName}.issuer`, 'must be a text')
  for (const value of [
    'archive.example', 'http://archive.example', 'javascript:alert(1)', `${issuer}?a`, `${issuer}#a`, 'https://user@archive.example', 'https://'
  ]) {
    refuses(t, () => peerOf(value), `${peerName}.issuer`)
    refuses(t, () => peerOf({ issuer: value, jwksUri: `${issuer}/jwks` }), `${peerName}.issuer`)
  }
  refuses(t, () => peerOf(`${issuer}/{tenantid}`), `${peerName}.issuer`, 'any tenant')
  refuses(t, () => peerOf({ issuer, fetch: 7 }), `${peerName}.fetch`, 'must be a function')
  for (const name of ['discoveryUrl', 'metadata', 'introspection', 'audienceClaim', 'mapClaims', 'userId', 'clientId', '__proto__']) {
    refuses(t, () => peerOf({ issuer, [name]: 'x' }), `${peerName}.${name}`, 'is not an option')
  }
})

test('plain http is for test set-ups, and one peer on it makes one', async t => {
  refuses(t, () => peerOf({ issuer: 'http://archive.example', allowHttp: 'yes' }), 'oidc.allowHttp')
  const options = { publicUrl: 'http://app.example', broker: { trustedIssuers: { archive: { issuer: 'http://archive.example', allowHttp: true } } } }
  t.equal(settingsOf(options).publicUrl?.isSecure, false)
  inEnvironment(t, 'production')
  refuses(t, () => settingsOf(options), 'oidc.allowHttp', 'production')
})

test('what tokens are for, and what signs them, is as strict as in bearer', async t => {
  for (const audience of ['', [], {}, null]) refuses(t, () => peerOf({ issuer, audience }), `${peerName}.audience`)
  for (const algorithms of ['HS256', [], ['none'], ['ES256', 'es256'], null]) refuses(t, () => peerOf({ issuer, algorithms }), `${peerName}.algorithms`)
})

test('names are those of nobody else', async t => {
  for (const value of [null, [], 'https://archive.example', 1]) refuses(t, () => peersOf(value), 'broker.trustedIssuers', 'must be an object')
  t.same(peersOf({}), [])
  t.same(peersOf(undefined), [])
  for (const name of ['', 'a b', 'a.b', '1a', '__proto__', '_a', 'ä', 'x'.repeat(33), 'a:b']) {
    refuses(t, () => peersOf({ [name]: issuer }), `broker.trustedIssuers.${name}`, 'has no name')
  }
  for (const name of ['constructor', 'toString', 'A-1_b', 'x'.repeat(32)]) t.equal(peersOf({ [name]: issuer })[0]?.provider.name, name)
  const taken = 'the name of another issuer'
  refuses(t, () => peersOf({ oidc: issuer }), 'broker.trustedIssuers.oidc', taken)
  refuses(t, () => peersOf({ bearer: issuer }), 'broker.trustedIssuers.bearer', taken)
  refuses(t, () => peersOf({ work: issuer }, { providers: { work: () => oidc } }), 'broker.trustedIssuers.work', taken)
  refuses(t, () => peersOf({ x: issuer }, { bearer: { audience: 'a', providers: { x: { issuer: 'https://x.example' } } } }), 'broker.trustedIssuers.x', taken)
  t.equal(peersOf({ oidc: issuer }, {})[0]?.provider.name, 'oidc')
})

test('each issuer is trusted once, however it is spelled', async t => {
  const twice = 'Each is trusted once'
  const respelled = ['', '/', '//', ':443', ':443/']
  for (const end of respelled) {
    refuses(t, () => peerOf(publicUrl + end), peerName, twice)
    refuses(t, () => peerOf(oidc.issuer + end), peerName, twice)
    refuses(t, () => peersOf({ archive: 'https://a.example', b: `https://A.example${end}` }), 'broker.trustedIssuers.b', twice)
    refuses(t, () => peerOf(`https://x.example${end}`, { bearer: { audience: 'a', issuer: 'https://x.example' } }), peerName, twice)
  }
  refuses(t, () => peerOf(`${publicUrl}/own/`, {}, { issuer: `${publicUrl}/own` }), peerName, twice)
  const many = { issuer: 'https://id.example/{tenantid}', tenantClaim: 'tid', discoveryUrl: 'https://id.example/metadata', clientId: 'x' }
  refuses(t, () => peerOf('https://id.example/one', { oidc: many }), peerName, twice)
  t.equal(peersOf({ a: 'https://id.example', b: 'https://id.example/x' }, {}).length, 2)
})

test('a role of a peer is one here by the name that it has here, or not at all', async t => {
  const mapOf = (...[roles]: unknown[]) => peerOf(roles === undefined ? { issuer } : { issuer, roles }).mapClaims ??
    (claims => claims)
  const map = mapOf({ editor: 'guest-editor', writer: 'guest-editor', admin: 'guest' })
  t.same(map({ sub: 'a', roles: ['editor', 'writer', 'root'] }), { sub: 'a', roles: ['guest-editor'] })
  t.same(map({ roles: 'admin' }), { roles: ['guest'] })
  t.same(mapOf()({ roles: ['editor', 'admin'] }), {})
  for (const roles of [{ editor: true }, 7, null, [[['editor']], { editor: 1 }], 'edit', ['constructor', '__proto__', 'toString']]) {
    t.same(map({ roles }), {})
  }
  t.same(mapOf({ ['__proto__']: 'guest', constructor: 'user' })({ roles: ['__proto__', 'constructor'] }), { roles: ['guest', 'user'] })
  for (const roles of [null, [], 'editor']) refuses(t, () => mapOf(roles), `${peerName}.roles`, 'must be an object')
  for (const role of ['', 1, true, null]) refuses(t, () => mapOf({ editor: role }), `${peerName}.roles.editor`, 'must be a text')
})

test('whatever else a peer says of powers counts for nothing, under any name', async t => {
  const { mapClaims = (claims: object) => claims } = peerOf({ issuer, roles: { a: 'b' } })
  const person = { iss: issuer, sub: 'alice', aud: 'x', exp: 1, iat: 1, jti: 'j', client_id: 'c', scope: 'read', sid: 's', auth_time: 1, name: 'Alice', email: 'a@a.example', email_verified: true, idp_iss: oidc.issuer, idp_sub: 'a' }
  const powers = {
    groups: ['admin'],
    realm_access: { roles: ['admin'] },
    resource_access: {},
    entitlements: ['x'],
    permissions: ['x'],
    role: 'admin',
    isAdmin: true,
    admin: true,
    'https://app.example/roles': ['admin'],
    'roles ': ['admin'],
    Roles: ['admin'],
    constructor: 1,
    ['__proto__']: { isAdmin: true }
  }
  const mapped: { readonly isAdmin?: unknown } = mapClaims({ ...person, ...powers })
  t.same(mapped, person)
  t.equal(mapped.isAdmin, undefined)
  t.equal(Object.getPrototypeOf(mapped), Object.prototype)
})

test('the tokens of a provider that programs may exchange are for what is said, and signed as its ID tokens are', async t => {
  const [provider] = settingsOf({ publicUrl, oidc: { ...oidc, idTokenSigningAlg: 'PS256' } }).providers
  if (provider === undefined) throw new Error('no provider')
  const subject = resolveSubjectIssuer(provider, ['api'])
  t.match(subject, { provider, isSignIn: true, audience: ['api'], audienceClaim: 'aud', algorithms: ['PS256'], mapClaims: undefined })
  t.ok(Object.isFrozen(subject))
})
