import * as oauth from 'oauth4webapi'
import t from 'tap'
import { Browser } from './_browser.ts'
import { discover, introspect, signIn, signInAgain } from './_client.ts'
import { startFor } from './_start.ts'

const resource = 'https://api.example.com'
const program = {
  client_id: 'program',
  application_type: 'native',
  token_endpoint_auth_method: 'none',
  redirect_uris: ['com.example.app:/cb']
}
const provider = await startFor(t, {
  clients: [program],
  configuration: {
    features: {
      claimsParameter: { enabled: true },
      resourceIndicators: {
        getResourceServerInfo: () => ({ scope: 'mail.read mail.send', audience: resource, accessTokenFormat: 'opaque' }),
        useGrantedResource: () => true
      }
    }
  }
})
const application = await discover(provider)

t.test('a running session signs in without a click, also where more is asked than before', async t => {
  const browser = new Browser(provider.issuer)
  const first = await signIn(application, browser, 'alice', { scope: 'openid' })
  t.equal(first.claims['email'], undefined)
  t.equal(first.tokens.scope, 'openid')
  const second = await signInAgain(application, browser, { scope: 'openid email', prompt: 'none' })
  t.equal(second.claims['email'], 'alice@example.com')
})

t.test('claims that are asked for one by one are granted', async t => {
  const claims = JSON.stringify({ id_token: { locale: null } })
  const login = await signIn(application, new Browser(provider.issuer), 'bob', { scope: 'openid', claims })
  t.equal(login.claims['locale'], 'de-DE')
  t.equal(login.claims['name'], undefined)
})

t.test('scopes of a configured resource are granted', async t => {
  const login = await signIn(application, new Browser(provider.issuer), 'alice', { scope: 'openid mail.read', resource })
  t.match(await introspect(application, login.tokens.access_token), { active: true, scope: 'mail.read', aud: resource })
})

t.test('a native program, too, signs in with one click', async t => {
  const native = await discover({ ...provider, clientId: 'program' }, 'com.example.app:/cb')
  const { claims } = await signIn({ ...native, authentication: oauth.None() }, new Browser(provider.issuer), 'alice')
  t.equal(claims.aud, 'program')
})
