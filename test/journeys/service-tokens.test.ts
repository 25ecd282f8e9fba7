import { test } from 'tap'
import { buildApp } from '../_app.ts'
import { json } from '../oidc/_scripted-provider.ts'
import { buildSite } from '../oidc/_site.ts'

test('an application gets a token of its own, once for all that ask, and hands it out until it is due', async t => {
  const site = await buildSite(t)
  site.provider.answers.token = ({ form }) => json({
    access_token: `of-${form.get('grant_type')}-${site.provider.count('token')}`, token_type: 'Bearer', expires_in: 300
  })
  const wish = { scopes: ['reports.read'] }
  const tokens = await Promise.all([site.app.login.clientToken(wish), site.app.login.clientToken(wish)])
  for (const token of tokens) t.match(token, { accessToken: 'of-client_credentials-1', scopes: ['reports.read'] })
  t.equal(site.provider.last('token').form.get('scope'), 'reports.read')
  site.clock.advance(241)
  t.match(await site.app.login.clientToken(wish), { accessToken: 'of-client_credentials-2' })
  await t.rejects(site.app.login.clientToken({ scopes: 'x' as never }), { code: 'FST_LOGIN_ARGUMENT_INVALID' })
})

test('an application gets tokens for other services in exchange for those that it has', async t => {
  const site = await buildSite(t)
  site.provider.answers.token = () => json({
    access_token: 'for the other', token_type: 'Bearer', issued_token_type: 'urn:ietf:params:oauth:token-type:access_token'
  })
  const scopes = ['https://graph.microsoft.com/User.Read']
  t.match(await site.app.login.onBehalfOf({ assertion: 'given', scopes }), { accessToken: 'for the other' })
  t.equal(site.provider.last('token').form.get('requested_token_use'), 'on_behalf_of')
  t.match(await site.app.login.exchangeToken({ subjectToken: 'given' }), { accessToken: 'for the other' })
  t.equal(site.provider.last('token').form.get('subject_token'), 'given')
})

test('without a provider there is nobody to give such tokens', async t => {
  const app = await buildApp()
  t.teardown(() => app.close())
  await t.rejects(app.login.clientToken(), { code: 'FST_LOGIN_NO_PROVIDER' })
  await t.rejects(app.login.onBehalfOf({ assertion: 'x', scopes: [] }), { code: 'FST_LOGIN_NO_PROVIDER' })
  await t.rejects(app.login.exchangeToken({ subjectToken: 'x' }), { code: 'FST_LOGIN_NO_PROVIDER' })
})

test('what is no token, or no list of scopes, is refused before anybody is asked', async t => {
  const site = await buildSite(t)
  const { login } = site.app
  const invalid = { code: 'FST_LOGIN_ARGUMENT_INVALID' }
  for (const assertion of [undefined, '', 5]) {
    await t.rejects(login.onBehalfOf({ assertion: assertion as string, scopes: ['a'] }), invalid)
    await t.rejects(login.exchangeToken({ subjectToken: assertion as string }), invalid)
  }
  await t.rejects(login.onBehalfOf({ assertion: 'x', scopes: 'a' as never }), invalid)
  await t.rejects(login.exchangeToken({ subjectToken: 'x', scopes: ['a b'] }), invalid)
  t.equal(site.provider.requests.length, 0)
})
