import * as oauth from 'oauth4webapi'
import t from 'tap'
import { type DevProvider } from '../../lib/dev-provider/index.ts'
import { Browser, locationOf } from './_browser.ts'
import { begin, discover, introspect, REDIRECT_URI, signIn } from './_client.ts'
import { startFor } from './_start.ts'

const spa = { client_id: 'spa', token_endpoint_auth_method: 'none', redirect_uris: ['http://localhost:5173/cb'] }
const provider = await startFor(t, { clients: [spa] })

async function redirectIsAllowed (provider: DevProvider, redirectUri: string): Promise<boolean> {
  const { url } = await begin(await discover(provider, redirectUri))
  return (await new Browser(provider.issuer).open(url)).status === 200
}

async function logoutIsAllowed ({ issuer, clientId }: DevProvider, address: string): Promise<boolean> {
  const query = new URLSearchParams({ client_id: clientId, post_logout_redirect_uri: address })
  return (await new Browser(issuer).open(`/session/end?${query}`)).status === 200
}

t.test('the default client may receive its answer anywhere on this machine, and nowhere else', async t => {
  for (const address of ['http://localhost:1/cb', 'https://localhost/cb', 'http://127.0.0.1:65535/a?b=c', 'http://[::1]/']) {
    t.ok(await redirectIsAllowed(provider, address), address)
    t.ok(await logoutIsAllowed(provider, address), address)
  }
  for (const address of ['https://example.com/cb', 'http://localhost.example.com/cb', 'cb', 'javascript:alert(1)']) {
    t.notOk(await redirectIsAllowed(provider, address), address)
    t.notOk(await logoutIsAllowed(provider, address), address)
  }
})

t.test('with redirectUris only these are allowed, and after logout their origins', async t => {
  const provider = await startFor(t, { redirectUris: ['http://localhost:3000/cb', 'https://app.example.com/cb'] })
  t.ok(await redirectIsAllowed(provider, 'https://app.example.com/cb'))
  t.notOk(await redirectIsAllowed(provider, 'https://app.example.com/other'))
  t.notOk(await redirectIsAllowed(provider, 'http://localhost:3001/cb'))
  t.ok(await logoutIsAllowed(provider, 'https://app.example.com/bye'))
  t.notOk(await logoutIsAllowed(provider, 'http://localhost:3001/'))
  t.notOk(await logoutIsAllowed(provider, 'nowhere'))
})

t.test('another client has its own addresses only, and a public one needs no secret', async t => {
  const application = await discover({ ...provider, clientId: 'spa' }, 'http://localhost:5173/cb')
  const { claims } = await signIn({ ...application, authentication: oauth.None() }, new Browser(provider.issuer), 'bob')
  t.equal(claims.aud, 'spa')
  t.notOk(await redirectIsAllowed({ ...provider, clientId: 'spa' }, REDIRECT_URI))
  t.notOk(await logoutIsAllowed({ ...provider, clientId: 'spa' }, REDIRECT_URI))
})

t.test('its own metadata may be given', async t => {
  const secret = 'a secret that stays the same'
  const provider = await startFor(t, { client: { client_id: 'shop', client_secret: secret } })
  t.match(provider, { clientId: 'shop', clientSecret: secret })
  const application = await discover(provider)
  const login = await signIn(application, new Browser(provider.issuer), 'bob')
  t.match(await introspect(application, login.tokens.access_token), { active: true, client_id: 'shop' })
})

t.test('its grant types follow the features that are on', async t => {
  const provider = await startFor(t, {
    configuration: { features: { deviceFlow: { enabled: false }, clientCredentials: { enabled: true } } }
  })
  const { issuer, clientId, clientSecret } = provider
  const response = await fetch(`${issuer}/token`, {
    method: 'POST',
    headers: { authorization: `Basic ${Buffer.from(`${clientId}:${clientSecret}`).toString('base64')}` },
    body: new URLSearchParams({ grant_type: 'client_credentials' })
  })
  t.match(await response.json(), { token_type: 'Bearer' })
  t.ok(await redirectIsAllowed(provider, REDIRECT_URI))
})

t.test('PKCE is compulsory', async t => {
  const { url } = await begin(await discover(provider))
  url.searchParams.delete('code_challenge')
  url.searchParams.delete('code_challenge_method')
  const { searchParams } = locationOf(await new Browser(provider.issuer).open(url))
  t.equal(searchParams.get('error'), 'invalid_request')
  t.match(searchParams.get('error_description'), /PKCE/)
})
