import { test } from 'tap'
import type { BearerSettings } from '../../lib/options/bearer-settings.ts'
import { oidc, publicUrl, refuses, settingsOf } from './_refusal.ts'

const audience = 'https://api.example'

/** What becomes of `bearer` in an application that signs people in. */
function bearerOf (bearer: object, further: object = { oidc }): BearerSettings {
  const settings = settingsOf({ publicUrl, ...further, bearer }).bearer
  if (settings === undefined) throw new Error('no bearer')
  return settings
}

test('the tokens of the provider that people sign in with are taken where it is said what they are for', async t => {
  const { issuers, issued } = bearerOf({ audience })
  t.match(issuers, [{
    provider: { name: 'oidc', issuer: oidc.issuer },
    isSignIn: true,
    audience: [audience],
    audienceClaim: 'aud',
    algorithms: ['RS256'],
    clockTolerance: 30
  }])
  t.equal(issued, undefined)
  t.equal(issuers[0]?.introspection, undefined)
})

test('what tokens are for has to be said', async t => {
  refuses(t, () => bearerOf({}), 'bearer.audience', 'every token of the issuer')
  refuses(t, () => bearerOf({ issuer: 'https://other.example' }, {}), 'bearer.audience')
  refuses(t, () => bearerOf({ providers: { oidc: true } }), 'bearer.providers.oidc.audience')
  refuses(t, () => bearerOf({ audience: [] }), 'bearer.audience', 'empty list')
})

test('an application can take its own tokens alone, and needs no address for that', async t => {
  const { bearer } = settingsOf({ bearer: { issued: true } })
  t.match(bearer, { issuers: [], issued: { expiresIn: 3600 } })
  t.match(bearerOf({ issued: { expiresIn: 60 } }), { issuers: [], issued: { expiresIn: 60 } })
  t.match(bearerOf({ issued: true, audience }).issuers, [{ isSignIn: true }])
  refuses(t, () => settingsOf({ bearer: { audience, issuer: 'https://a.example' } }), 'publicUrl', 'is missing')
})

test('an issuer that signs nobody in needs no more than its keys', async t => {
  const metadata = { issuer: 'https://as.example', jwks_uri: 'https://as.example/keys' }
  const { issuers: [issuer] } = bearerOf({ issuer: metadata.issuer, audience, metadata }, {})
  t.match(issuer, { isSignIn: false, provider: { name: 'bearer', metadata, endpoints: ['jwks_uri'] } })
})

test('people of an issuer that signs nobody in are told apart from those who sign in', async t => {
  const subject = 'alice'
  const idOf = ({ userId }: BearerSettings, provider: string): string => userId({ issuer: 'https://x.example', subject, provider }, {})
  t.equal(idOf(bearerOf({ audience }), 'oidc'), 'alice')
  t.equal(idOf(bearerOf({ audience, issuer: 'https://x.example' }), 'bearer'), 'bearer:alice')
  t.equal(idOf(bearerOf({ audience, issuer: 'https://x.example' }, {}), 'bearer'), 'alice')
  t.equal(idOf(bearerOf({ audience, providers: { x: { issuer: 'https://x.example' } } }, {}), 'x'), 'x:alice')
})

test('people of each tenant of an issuer are told apart', async t => {
  const issuer = 'https://x.example/{tenantid}'
  const metadata = { issuer, jwks_uri: 'https://x.example/keys' }
  const { userId } = bearerOf({ audience, issuer, tenantClaim: 'tid', metadata })
  const identity = { issuer: 'https://x.example/one', subject: 'alice', provider: 'bearer' }
  t.equal(userId(identity, {}, true), 'bearer:https://x.example/one#alice')
})

test('an application names people as it likes, whoever vouches for them', async t => {
  const userId = (): string => 'somebody'
  const settings = bearerOf({ audience, issuer: 'https://x.example' }, { userId })
  t.equal(settings.userId({ issuer: 'https://x.example', subject: 'a', provider: 'bearer' }, {}), 'somebody')
})

test('what is no option of bearer is refused', async t => {
  refuses(t, () => bearerOf([]), 'bearer', 'must be an object')
  refuses(t, () => bearerOf({ audience, clientId: 'x' }), 'bearer.clientId', 'is not an option')
  refuses(t, () => bearerOf({ audience, scopes: 'a' }), 'bearer.scopes')
  refuses(t, () => bearerOf({ audience, scopes: [''] }), 'bearer.scopes[0]')
  refuses(t, () => bearerOf({ audience, clientCertificate: 'x-cert' }), 'bearer.clientCertificate', 'must be a function')
  for (const expiresIn of [0, 34_560_001, '60', 0.5]) refuses(t, () => bearerOf({ issued: { expiresIn } }), 'bearer.issued.expiresIn')
  refuses(t, () => bearerOf({ issued: 'yes' }), 'bearer.issued', 'must be an object')
  refuses(t, () => bearerOf({ issued: { ttl: 1 } }), 'bearer.issued.ttl', 'is not an option')
})

test('scopes and the rest are kept as they were given, and frozen', async t => {
  const clientCertificate = (): undefined => undefined
  const settings = bearerOf({ audience, scopes: ['a', 'b'], clientCertificate, issued: true })
  t.same(settings.scopes, ['a', 'b'])
  t.equal(settings.clientCertificate, clientCertificate)
  for (const value of [settings, settings.scopes, settings.issued, settings.issuers]) t.ok(Object.isFrozen(value))
})

test('beside a broker no other tokens of this application are given, and none of a provider need be taken', async t => {
  const broker = {}
  for (const issued of [true, { expiresIn: 60 }]) refuses(t, () => bearerOf({ issued }, { oidc, broker }), 'bearer.issued', 'beside "broker"')
  t.match(bearerOf({ issued: false, scopes: ['a'] }, { oidc, broker }), { issuers: [], issued: undefined, scopes: ['a'] })
  t.match(bearerOf({ audience }, { oidc, broker }), { issuers: [{ isSignIn: true }] })
  refuses(t, () => bearerOf({ audience }, { broker }), 'bearer.issuer', 'is missing')
})

test('people of a peer are told apart from those who sign in, from those of other issuers, and from one another', async t => {
  const broker = { trustedIssuers: { archive: 'https://archive.example', museum: 'https://museum.example' } }
  const idOf = ({ userId }: BearerSettings, provider: string): string => userId({ issuer: 'https://x.example', subject: 'alice', provider }, {})
  for (const further of [{ oidc, broker }, { broker }, { providers: { work: oidc }, broker }]) {
    const settings = bearerOf({}, further)
    t.same(['archive', 'museum'].map(name => idOf(settings, name)), ['archive:alice', 'museum:alice'])
  }
  t.equal(idOf(bearerOf({ audience, issuer: 'https://x.example' }, { broker }), 'bearer'), 'bearer:alice', 'also where it was alone')
  t.equal(idOf(bearerOf({}, { oidc, broker, userId: () => 'somebody' }), 'archive'), 'somebody')
})
