import { test } from 'tap'
import { assertAccepted, assertNotBegun } from '../_refusal.ts'
import { type Answer, connectionReset, htmlAnswer, json, ScriptedProvider, timeOut } from '../_scripted-provider.ts'
import { buildSite, type SiteOptions } from '../_site.ts'

const invalid = { status: 502, code: 'FST_LOGIN_PROVIDER_ANSWER_INVALID' } as const
const unavailable = { status: 503, code: 'FST_LOGIN_PROVIDER_UNAVAILABLE' } as const
const refused = { status: 400, code: 'FST_LOGIN_PROVIDER_REFUSED' } as const

const options: SiteOptions = { oidc: { pushedAuthorization: true } }

function endpointOf ({ issuer }: ScriptedProvider): Record<string, unknown> {
  return { pushed_authorization_request_endpoint: `${issuer}/push` }
}

/** A provider whose endpoint answers so. */
function answering (push: Answer) {
  return {
    options,
    misbehave (provider: ScriptedProvider) {
      provider.metadata = endpointOf(provider)
      provider.answers.push = push
    }
  }
}

for (const [why, oidc, metadata] of [
  ['we want it', { pushedAuthorization: true }, {}],
  ['the provider requires it', {}, { require_pushed_authorization_requests: true }]
] as const) {
  test(`where ${why} the browser carries a reference, and the provider gets the parameters (RFC 9126)`, async t => {
    const provider = await ScriptedProvider.create()
    provider.metadata = { ...endpointOf(provider), ...metadata }
    const site = await buildSite(t, { provider, oidc: { ...oidc, authorizationParameters: { login_hint: 'a b&c' } } })
    const visitor = site.visitor()
    const { searchParams } = new URL(await visitor.begin())
    t.same([...searchParams.keys()].sort(), ['client_id', 'request_uri', 'tenant'])
    t.equal(searchParams.get('client_id'), 'web')
    const { form, headers, method, redirect } = provider.last('push')
    t.same([method, redirect], ['POST', 'manual'])
    t.match(headers.get('authorization'), /^Basic /, 'with client authentication')
    t.match(Object.fromEntries(form), {
      client_id: 'web',
      redirect_uri: 'https://app.example.com/auth/callback',
      response_type: 'code',
      scope: 'openid profile email',
      state: String,
      nonce: String,
      code_challenge: String,
      login_hint: 'a b&c'
    })
    t.notOk(form.has('request_uri'))
    await assertAccepted(t, site)
  })
}

test('where nobody wants it nothing is pushed, whatever the provider offers', async t => {
  const provider = await ScriptedProvider.create()
  provider.metadata = { ...endpointOf(provider), require_pushed_authorization_requests: 'true' }
  await assertAccepted(t, await buildSite(t, { provider }))
  t.equal(provider.count('push'), 0)
})

test('a provider that wants it, or of which we do, must have a safe address for it', async t => {
  for (const endpoint of [undefined, 7, '/push', 'http://id.example.com/push']) {
    const metadata = { pushed_authorization_request_endpoint: endpoint }
    await assertNotBegun(t, { ...invalid, options, misbehave (provider) { provider.metadata = metadata } })
  }
  await assertNotBegun(t, {
    ...invalid, misbehave (provider) { provider.metadata = { require_pushed_authorization_requests: true } }
  })
})

test('what the provider refuses is refused before the person leaves, and the page says why (RFC 9126, 2.3)', async t => {
  for (const error of ['invalid_request', 'invalid_client', 'invalid_grant', 'invalid_target', 'something_else']) {
    const push: Answer = () => json({ error, error_description: 'Not so.' }, error === 'invalid_client' ? 401 : 400)
    await assertNotBegun(t, { ...refused, ...answering(push) })
  }
  const provider = await ScriptedProvider.create()
  answering(() => json({ error: 'invalid_request', error_description: 'Not so.' }, 400)).misbehave(provider)
  const site = await buildSite(t, { provider, ...options })
  t.match((await site.visitor().get('/auth/login')).body, 'Not so.')
})

const reference = { request_uri: 'urn:example:1', expires_in: 60 }

const lies: Readonly<Record<string, Answer>> = {
  'is HTML': () => htmlAnswer(201),
  'has another success status': () => json(reference),
  'is null': () => json(null, 201),
  'has no reference': () => json({ expires_in: 60 }, 201),
  'has an empty reference': () => json({ ...reference, request_uri: '' }, 201),
  'has a list of references': () => json({ ...reference, request_uri: ['urn:example:1'] }, 201),
  'has a reference that fits into no address': () => json({ ...reference, request_uri: `urn:${'x'.repeat(2045)}` }, 201),
  'says nothing about its end': () => json({ request_uri: 'urn:example:1' }, 201),
  redirects: () => new Response(null, { status: 302, headers: { location: 'https://evil.example/' } }),
  'wants another authentication': () => json({}, 401, { 'www-authenticate': 'Basic realm="id"' })
}

for (const [name, push] of Object.entries(lies)) {
  test(`an answer that ${name} begins no sign-in`, async t => {
    await assertNotBegun(t, { ...invalid, ...answering(push) })
  })
}

test('a provider that does not answer for now is an outage', async t => {
  const outages: readonly Answer[] = [
    connectionReset, timeOut, () => json({}, 503), () => json({ error: 'slow_down' }, 429), () => htmlAnswer(502),
    () => json({ ...reference, filler: 'x'.repeat(1_100_000) }, 201)
  ]
  for (const push of outages) await assertNotBegun(t, { ...unavailable, ...answering(push) })
})
