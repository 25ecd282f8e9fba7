import { test } from 'tap'
import { auth0, cognito, entra, google, keycloak } from '../../lib/index.ts'
import type { TrustedIssuer } from '../../lib/options/token-issuers.ts'
import { oidc, publicUrl, refuses, settingsOf } from './_refusal.ts'

const audience = 'https://api.example'
const issuer = 'https://as.example'
const own = { clientId: 'api', clientSecret: 'secret' }

/** The issuers that an application trusts, which signs people in unless it says something else. */
function issuersOf (bearer: object, further: object = { oidc }): readonly TrustedIssuer[] {
  return settingsOf({ publicUrl, ...further, bearer }).bearer?.issuers ?? []
}

test('the tokens of all providers that people sign in with are taken', async t => {
  const providers = { a: { issuer: 'https://a.example', clientId: 'a', clockTolerance: 5 }, b: { issuer: 'https://b.example', clientId: 'b' } }
  const issuers = issuersOf({ audience }, { providers })
  t.match(issuers.map(({ provider, isSignIn, clockTolerance }) => [provider.name, isSignIn, clockTolerance]), [['a', true, 5], ['b', true, 30]])
  t.match(issuersOf({ audience, providers: { b: true } }, { providers }), [{ provider: { name: 'b' } }])
  t.equal(issuersOf({ audience, issuer: 'https://b.example' }, { providers })[0]?.isSignIn, true)
})

test('what an issuer does not say is as in bearer', async t => {
  const fetch = async (): Promise<Response> => new Response()
  const base = { audience: ['x', 'y'], audienceClaim: 'client_id', algorithms: ['ES256', 'EdDSA'], clockTolerance: 7, fetch }
  const named = { a: { issuer: 'https://a.example' }, b: { issuer: 'https://b.example', audience: 'z', audienceClaim: 'aud', algorithms: 'PS256', clockTolerance: 0 } }
  const issuers = issuersOf({ ...base, providers: named })
  t.match(issuers, [
    { audience: ['x', 'y'], audienceClaim: 'client_id', algorithms: ['ES256', 'EdDSA'], clockTolerance: 7, provider: { name: 'a', fetch } },
    { audience: ['z'], audienceClaim: 'aud', algorithms: ['PS256'], clockTolerance: 0, provider: { name: 'b', fetch } }
  ])
})

test('what is made of the options cannot be changed', async t => {
  const [trusted] = issuersOf({ audience, introspection: { ...own } })
  if (trusted === undefined) throw new Error('nobody is trusted')
  const { provider, introspection, algorithms } = trusted
  const client = introspection?.client
  const all = [trusted, issuersOf({ audience }), trusted.audience, algorithms, provider, introspection, client]
  for (const value of all) t.ok(Object.isFrozen(value))
  const list = ['a']
  const [of] = issuersOf({ audience: list })
  list.push('b')
  t.same(of?.audience, ['a'])
})

const rules: ReadonlyArray<readonly [option: string, value: unknown]> = [
  ['audience', ''], ['audience', []], ['audience', [7]], ['audience', {}], ['audienceClaim', 'azp'], ['algorithms', []],
  ['algorithms', 'HS256'], ['algorithms', ['none']], ['algorithms', ['RS256', 'rs256']], ['algorithms', 7],
  ['clockTolerance', -1], ['clockTolerance', 301], ['clockTolerance', '30'], ['introspection', 'yes'], ['introspection', null],
  ['introspection', []]
]

for (const [option, value] of rules) {
  test(`bearer.${option} is not ${JSON.stringify(value)}`, async t => {
    const names = (prefix: string): string => value instanceof Array && value[0] === 7 ? `${prefix}.${option}[0]` : `${prefix}.${option}`
    refuses(t, () => issuersOf({ audience, [option]: value }), names('bearer'))
    refuses(t, () => issuersOf({ audience, issuer, [option]: value }), names('bearer'))
    refuses(t, () => issuersOf({ audience, providers: { x: { issuer, [option]: value } } }), names('bearer.providers.x'))
  })
}

test('an issuer is an address, and so is what leads to it', async t => {
  refuses(t, () => issuersOf({ audience, issuer: 'as.example' }), 'bearer.issuer')
  refuses(t, () => issuersOf({ audience, issuer: 'http://as.example' }), 'bearer.issuer')
  refuses(t, () => issuersOf({ audience, issuer, discoveryUrl: '/x' }), 'bearer.discoveryUrl')
  refuses(t, () => issuersOf({ audience, issuer, metadata: { issuer } }), 'bearer.metadata.jwks_uri')
  refuses(t, () => issuersOf({ audience, issuer, metadata: { issuer: 'https://x.example' } }), 'bearer.metadata.issuer')
  refuses(t, () => issuersOf({ audience, issuer, fetch: 7 }), 'bearer.fetch')
  refuses(t, () => issuersOf({ audience, issuer, tenantClaim: 'tid' }), 'bearer.tenantClaim')
  refuses(t, () => issuersOf({ audience, issuer: `${issuer}/{tenantid}` }), 'bearer.discoveryUrl')
  refuses(t, () => issuersOf({ audience, issuer: `${issuer}/{tenantid}`, discoveryUrl: issuer }), 'bearer.tenantClaim')
  refuses(t, () => issuersOf({ audience, providers: { x: { issuer: 'no' } } }), 'bearer.providers.x.issuer')
  refuses(t, () => issuersOf({ audience, providers: { x: {} } }), 'bearer.providers.x.issuer', 'must be a text')
  t.equal(issuersOf({ audience, issuer: 'http://as.example', allowHttp: true })[0]?.provider.isPlainHttp, true)
})

test('issuers have names, each of them one of its own', async t => {
  refuses(t, () => issuersOf({ audience, providers: [] }), 'bearer.providers', 'must be an object')
  refuses(t, () => issuersOf({ audience, providers: {} }), 'bearer.providers', 'names nobody')
  refuses(t, () => issuersOf({ audience, providers: { 'a b': { issuer } } }), 'bearer.providers.a b', 'no name')
  refuses(t, () => issuersOf({ audience, providers: { x: false } }), 'bearer.providers.x', 'must be an object')
  refuses(t, () => issuersOf({ audience, providers: { x: { issuer, clientId: 'x' } } }), 'bearer.providers.x.clientId', 'is not an option')
  refuses(t, () => issuersOf({ audience, providers: { x: true } }), 'bearer.providers.x', 'nobody signs in')
  refuses(t, () => issuersOf({ audience, providers: { oidc: { issuer } } }), 'bearer.providers.oidc', 'whose people')
  refuses(t, () => issuersOf({ audience, providers: { x: { issuer } } }, { providers: { x: () => oidc } }), 'bearer.providers.x', 'whose people')
  refuses(t, () => issuersOf({ audience, issuer }, { providers: { bearer: oidc } }), 'bearer.issuer', 'would be called "bearer"')
  refuses(t, () => issuersOf({ audience, issuer }, { providers: { bearer: () => oidc } }), 'bearer.issuer', 'would be called "bearer"')
  refuses(t, () => issuersOf({ audience, issuer, providers: { x: { issuer } } }), 'bearer.issuer', 'stands beside')
  refuses(t, () => issuersOf({ audience, providers: { x: { issuer }, y: { issuer } } }), 'bearer.providers', 'more than once')
  const twins = { a: oidc, b: { ...oidc, clientId: 'b' } }
  refuses(t, () => issuersOf({ audience, providers: { a: true, b: true } }, { providers: twins }), 'bearer.providers', 'more than once')
})

test('the issuer of a sign-in has no second name, under which its people and what is demanded of them would be forgotten', async t => {
  for (const providers of [{ y: { issuer: oidc.issuer } }, { oidc: true, y: { issuer: oidc.issuer } }]) {
    refuses(t, () => issuersOf({ audience, providers }), 'bearer.providers.y.issuer', 'Write "oidc: true"')
  }
})

test('where issuers come from others, nothing says where they are', async t => {
  const metadata = { issuer: oidc.issuer }
  const fetch = async (): Promise<Response> => new Response()
  for (const place of [{ discoveryUrl: issuer }, { tenantClaim: 'tid' }, { metadata }]) {
    const [name] = Object.keys(place)
    for (const more of [{}, { issuer: oidc.issuer }, { providers: { oidc: true } }]) {
      refuses(t, () => issuersOf({ audience, ...place, ...more }), `bearer.${name}`, 'has no meaning')
    }
  }
  refuses(t, () => issuersOf({ audience, fetch }), 'bearer.fetch', 'has no meaning')
})

test('somebody must be trusted', async t => {
  refuses(t, () => issuersOf({ audience }, {}), 'bearer.issuer', 'is missing')
  refuses(t, () => issuersOf({ audience }, { providers: { x: () => oidc } }), 'bearer.issuer', 'is missing')
  refuses(t, () => issuersOf({ audience, issued: false }, {}), 'bearer.issuer', 'is missing')
  t.same(issuersOf({ issued: true }, {}), [])
})

test('an issuer is asked about tokens by the client that signs people in, or by one of its own', async t => {
  t.equal(issuersOf({ audience, introspection: false })[0]?.introspection, undefined)
  const [signIn] = issuersOf({ audience, introspection: true })
  t.match(signIn?.introspection, { isForAll: false, cache: 30 })
  t.equal(signIn?.introspection?.client, signIn?.provider)
  const [other] = issuersOf({ audience, introspection: { ...own, tokens: 'all', cache: 0 } })
  t.match(other?.introspection, { isForAll: true, cache: 0, client: { clientId: 'api', issuer: oidc.issuer } })
  const [further] = issuersOf({ audience, issuer, introspection: { ...own, clientAuthentication: 'client_secret_post' } })
  t.match(further?.introspection?.client, { issuer, clientProof: { method: 'client_secret_post' } })
  t.match(issuersOf({ audience, introspection: { ...own }, providers: { x: { issuer }, y: { issuer: 'https://y.example', introspection: false } } }),
    [{ introspection: { client: { clientId: 'api' } } }, { introspection: undefined }])
})

const badIntrospection: ReadonlyArray<readonly [value: object, option: string]> = [
  [{ tokens: 'jwt' }, '.tokens'], [{ cache: -1 }, '.cache'], [{ cache: 3601 }, '.cache'], [{ cache: 0.5 }, '.cache'],
  [{ endpoint: issuer }, '.endpoint'], [{ clientSecret: 'x' }, '.clientId'], [{ clientAuthentication: 'none' }, '.clientId'],
  [{ clientId: '' }, '.clientId'], [{ clientId: 'x', clientSecret: '' }, '.clientSecret'],
  [{ clientId: 'x', clientAuthentication: 'magic' }, '.clientAuthentication']
]

test('how an issuer is asked is checked at registration', async t => {
  for (const [introspection, option] of badIntrospection) {
    refuses(t, () => issuersOf({ audience, introspection }), `bearer.introspection${option}`)
  }
  refuses(t, () => issuersOf({ audience, issuer, introspection: true }), 'bearer.introspection.clientId', 'Nobody signs in')
  refuses(t, () => issuersOf({ audience, introspection: own, providers: { x: { issuer }, y: { issuer: 'https://y.example' } } }),
    'bearer.introspection', 'several issuers')
  const metadata = { issuer, jwks_uri: `${issuer}/keys` }
  refuses(t, () => issuersOf({ audience, issuer, metadata, introspection: own }), 'bearer.introspection', 'introspection_endpoint')
  const whole = { ...metadata, introspection_endpoint: `${issuer}/introspect` }
  const asked = issuersOf({ audience, issuer, metadata: whole, introspection: own })
  t.match(asked, [{ introspection: { client: { metadata: whole } } }])
})

test('the presets of providers serve for their tokens as they are', async t => {
  const client = { clientId: 'web', clientSecret: 's' }
  const tenant = '8eaef023-2b34-4da1-9baa-8bc8c9d6a490'
  const presets = {
    work: entra({ tenant, ...client }),
    any: entra({ tenant: 'organizations', tenants: [tenant], ...client }),
    kc: keycloak({ url: 'https://kc.example', realm: 'one', ...client }),
    zero: auth0({ domain: 'example.eu.auth0.com', ...client }),
    pool: cognito({ userPoolId: 'eu-central-1_AbCdEfGhI', domain: 'login.example.com', ...client }),
    g: google({ hd: 'example.com', ...client })
  }
  for (const preset of Object.values(presets)) {
    t.match(issuersOf({ audience }, { oidc: preset }), [{ isSignIn: true, provider: { issuer: preset.issuer, name: 'oidc' } }])
  }
  t.equal(issuersOf({ audience }, { providers: presets }).length, 6)
  t.match(issuersOf({ audience: 'web', audienceClaim: 'client_id', providers: { pool: true } }, { providers: presets }), [{ provider: { name: 'pool' } }])
  t.match(issuersOf({ audience, introspection: true }, { oidc: presets.kc }), [{ introspection: { client: { clientId: 'web' } } }])
  t.match(issuersOf({ audience, introspection: own }, { oidc: presets.any }), [{ introspection: { client: { clientId: 'api', tenantClaim: 'tid' } } }])
})

test('an issuer that is nothing is refused by its name', async t => {
  for (const value of [null, 'https://x.example', 1, false]) {
    const bearer = { audience: 'api', providers: { x: value } }
    refuses(t, () => settingsOf({ publicUrl, bearer }), 'bearer.providers.x')
  }
})

test('what an issuer of bearer says counts, all of it', async t => {
  t.equal(issuersOf({ audience })[0]?.mapClaims, undefined)
  t.equal(issuersOf({ audience, issuer })[0]?.mapClaims, undefined)
})
