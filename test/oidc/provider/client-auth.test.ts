import { test } from 'tap'
import { assertAccepted } from '../_refusal.ts'
import { ScriptedProvider, type SeenRequest } from '../_scripted-provider.ts'
import { buildSite, type SiteOptions } from '../_site.ts'

interface Teardown { teardown (handler: () => Promise<unknown>): unknown }

/** The token request of a login at a provider that takes these methods. */
async function tokenRequest (t: Teardown, methods: unknown, oidc: SiteOptions['oidc'] = {}): Promise<SeenRequest> {
  const provider = await ScriptedProvider.create()
  provider.metadata = { token_endpoint_auth_methods_supported: methods }
  const clientId = oidc.clientId ?? provider.clientId
  provider.claims = { aud: clientId }
  await (await buildSite(t, { provider, oidc })).signedIn()
  return provider.last('token')
}

/** Client id and secret of an Authorization header, decoded as RFC 6749, section 2.3.1, says. */
function basicOf ({ headers }: SeenRequest): readonly string[] {
  const text = Buffer.from(String(headers.get('authorization')).replace('Basic ', ''), 'base64').toString('latin1')
  return text.split(':').map(part => decodeURIComponent(part.replaceAll('+', ' ')))
}

test('a client proves itself by HTTP Basic where the provider names no methods (OpenID Connect Discovery, section 3)', async t => {
  const request = await tokenRequest(t, undefined, { clientSecret: 'a secret' })
  t.same(basicOf(request), ['web', 'a secret'])
  t.notOk(request.form.has('client_secret'))
})

test('a client proves itself by HTTP Basic where the provider takes that and the body', async t => {
  const request = await tokenRequest(t, ['client_secret_post', 'client_secret_basic'], { clientSecret: 'a secret' })
  t.same(basicOf(request), ['web', 'a secret'])
})

test('id and secret are form-encoded before they are joined (RFC 6749, section 2.3.1)', async t => {
  const secrets = ['a:b', 'a%b+c d&e=f', 'ÄÖ€漢字🔑', '!\'()*~-_.', 'p@ss/w?rd#"\\']
  for (const clientSecret of secrets) {
    const request = await tokenRequest(t, ['client_secret_basic'], { clientId: 'urn:app:wéb 1', clientSecret })
    t.same(basicOf(request), ['urn:app:wéb 1', clientSecret])
    const [id, secret, ...more] = Buffer.from(String(request.headers.get('authorization')).slice(6), 'base64').toString().split(':')
    t.match([id, secret], [/^[\w.*+%-]+$/, /^[\w.*+%-]+$/], 'application/x-www-form-urlencoded')
    t.same(more, [])
  }
})

test('a client proves itself in the body where the provider takes that and not HTTP Basic', async t => {
  const request = await tokenRequest(t, ['client_secret_post', 'private_key_jwt'], { clientSecret: 'ä &=+' })
  t.equal(request.form.get('client_secret'), 'ä &=+')
  t.equal(request.form.get('client_id'), 'web')
  t.notOk(request.headers.has('authorization'))
})

test('a client proves itself by HTTP Basic where the provider names only methods that are not built', async t => {
  t.same(basicOf(await tokenRequest(t, ['private_key_jwt'], { clientSecret: 'a secret' })), ['web', 'a secret'])
})

test('a public client says who it is and proves nothing but its verifier (RFC 6749, section 2.1)', async t => {
  const provider = await ScriptedProvider.create()
  await assertAccepted(t, await buildSite(t, { provider, oidc: { clientSecret: undefined } }))
  const { form, headers } = provider.last('token')
  t.equal(form.get('client_id'), 'web')
  t.notOk(form.has('client_secret'))
  t.notOk(headers.has('authorization'))
  t.ok(form.has('code_verifier'))
})

test('a list of methods that is no list fails the login, and nothing more', async t => {
  const provider = await ScriptedProvider.create()
  provider.metadata = { token_endpoint_auth_methods_supported: 7 }
  const site = await buildSite(t, { provider })
  t.ok([502, 503].includes((await site.visitor().signIn()).statusCode))
})
