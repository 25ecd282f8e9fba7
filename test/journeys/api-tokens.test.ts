import { test, type Test } from 'tap'
import { BearerToken, type TokenVerdict } from '../../lib/bearer-token.ts'
import { ProviderTokens } from '../../lib/oidc/bearer/provider-tokens.ts'
import { createProvider } from '../../lib/oidc/provider/provider.ts'
import type { BearerOptions } from '../../lib/options/auth-options.ts'
import { settingsOf } from '../options/_refusal.ts'
import { API, API_SCOPES, type ApiProvider, OPAQUE_API, OTHER_API, startApiProvider } from './_api-provider.ts'

interface Journey {
  readonly provider: ApiProvider
  readonly tokens: ProviderTokens
}

/** A service that takes tokens of a real provider. */
async function startService (t: Test, bearer: BearerOptions): Promise<Journey> {
  const provider = await startApiProvider(t)
  const { issuer, clientId, clientSecret } = provider
  const settings = settingsOf({ publicUrl: API, oidc: { issuer, clientId, clientSecret }, bearer })
  const { bearer: trusted, providers, now } = settings
  const [signIn] = providers.map(one => createProvider(one, now))
  if (trusted === undefined) throw new Error('no bearer')
  const tokens = new ProviderTokens({ settings: trusted, providerOf: () => signIn, logoutOf: () => undefined, now })
  return { provider, tokens }
}

const refusalOf = (verdict: TokenVerdict): string => verdict instanceof BearerToken ? 'accepted' : verdict.refusal

test('a service takes JWTs of a real provider that are for it, of people and of programs (RFC 9068)', async t => {
  const { provider, tokens } = await startService(t, { audience: API })
  const { access_token: ofPerson } = await provider.personToken({ person: 'bob', scopes: ['reports.read'] })
  const person = await tokens.verify(ofPerson)
  t.match(person, { userId: 'bob', clientId: 'program', scopes: ['reports.read'], audience: [API], identity: { issuer: provider.issuer } })
  const { access_token: ofService } = await provider.serviceToken()
  t.match(await tokens.verify(ofService), { userId: 'service', clientId: 'service', scopes: API_SCOPES, confirmation: undefined })
  t.equal(tokens.verify(ofPerson), person, 'and knows them again')
  const { access_token: other } = await provider.serviceToken({ resource: OTHER_API })
  t.equal(refusalOf(await tokens.verify(other)), 'invalid')
})

test('an ID token of a real provider is no access token, also for a service that is the client', async t => {
  const { provider, tokens } = await startService(t, { audience: ['program', API] })
  const parameters = { nonce: 'n' }
  const { id_token: withNonce = '' } = await provider.personToken({ scopes: ['openid', ...API_SCOPES], parameters })
  const { id_token: plain = '', access_token: accessToken } = await provider.personToken({ scopes: ['openid', ...API_SCOPES] })
  for (const idToken of [withNonce, plain]) {
    t.equal(idToken.split('.').length, 3)
    t.equal(refusalOf(await tokens.verify(idToken)), 'invalid')
  }
  t.equal(refusalOf(await tokens.verify(accessToken)), 'accepted')
})

test('a token of a real provider says which key it is bound to (RFC 9449, section 6)', async t => {
  const introspection = { clientId: 'service', clientSecret: 'a-secret-of-the-service-that-no-one-knows' }
  const { provider, tokens } = await startService(t, { audience: [API, OPAQUE_API], introspection })
  for (const resource of [API, OPAQUE_API]) {
    const DPoP = await provider.dpop()
    const { access_token: text } = await provider.personToken({ resource, DPoP })
    const keyThumbprint = await DPoP.calculateThumbprint()
    t.match(await tokens.verify(text), { subject: 'alice', confirmation: { keyThumbprint } })
  }
})

test('an opaque token is what a real provider says of it, until it is taken back (RFC 7662)', async t => {
  const { provider, tokens } = await startService(t, {
    audience: OPAQUE_API,
    introspection: {
      clientId: 'service',
      clientSecret: 'a-secret-of-the-service-that-no-one-knows',
      cache: 0
    }
  })
  const { access_token: text } = await provider.personToken({ resource: OPAQUE_API })
  t.notMatch(text, '.')
  t.match(await tokens.verify(text), { userId: 'alice', clientId: 'program', scopes: API_SCOPES, audience: [OPAQUE_API] })
  await provider.revoke(text)
  t.equal(refusalOf(await tokens.verify(text)), 'invalid')
  t.equal(refusalOf(await tokens.verify('made-up')), 'invalid')
  t.equal(refusalOf(await tokens.verify('eyJhbGciOiJkaXIiLCJlbmMiOiJBMTI4R0NNIn0.a.b.c.d')), 'invalid', 'also one that it cannot read')
})

test('whoever asks a real provider with a wrong secret learns nothing, and calls no token bad', async t => {
  const introspection = { clientId: 'service', clientSecret: 'wrong' }
  const { provider, tokens } = await startService(t, { audience: OPAQUE_API, introspection })
  const { access_token: text } = await provider.serviceToken({ resource: OPAQUE_API })
  await t.rejects(async () => await tokens.verify(text), { code: 'FST_LOGIN_PROVIDER_UNAVAILABLE' })
})

test('when a real provider is gone, tokens of known keys are taken, and others are an outage', async t => {
  const { provider, tokens } = await startService(t, { audience: API })
  const { access_token: known } = await provider.serviceToken()
  const { access_token: later } = await provider.serviceToken()
  t.equal(refusalOf(await tokens.verify(known)), 'accepted')
  await provider.close()
  t.equal(refusalOf(await tokens.verify(later)), 'accepted')
  const other = await startService(t, { audience: API })
  const { access_token: unseen } = await other.provider.serviceToken()
  await other.provider.close()
  await t.rejects(async () => await other.tokens.verify(unseen), { code: 'FST_LOGIN_PROVIDER_UNAVAILABLE' })
})
