import { once } from 'node:events'
import { createServer } from 'node:http'
import { type AddressInfo } from 'node:net'
import { text } from 'node:stream/consumers'
import { createRemoteJWKSet, jwtVerify } from 'jose'
import t from 'tap'
import { Browser, locationOf } from './_browser.ts'
import { begin, discover, signIn } from './_client.ts'
import { startFor } from './_start.ts'

const provider = await startFor(t)
const application = await discover(provider)

function endSession (further: Record<string, string>): string {
  return `/session/end?${new URLSearchParams(further)}`
}

t.test('a logout that the application began ends the session and leads back to it', async t => {
  const browser = new Browser(provider.issuer)
  const { tokens } = await signIn(application, browser, 'alice')
  const page = await browser.open(endSession({
    id_token_hint: tokens.id_token ?? '', post_logout_redirect_uri: 'http://localhost:3999/bye', state: 's<1>'
  }))
  t.notMatch(page.headers.get('content-security-policy'), 'form-action', 'whose redirects nobody knows here')
  const done = await browser.submit(page, '/session/end/confirm', { logout: 'yes' })
  t.equal(locationOf(done).href, 'http://localhost:3999/bye?state=s%3C1%3E')
  const { url } = await begin(application, { prompt: 'none' })
  t.equal(locationOf(await browser.open(url)).searchParams.get('error'), 'login_required')
})

t.test('a logout without an address to go to ends on a page', async t => {
  const browser = new Browser(provider.issuer)
  await signIn(application, browser, 'alice')
  const done = await browser.submit(await browser.open('/session/end'), '/session/end/confirm', { logout: 'yes' })
  t.equal(done.status, 200)
  t.match(await done.text(), '<h1>Signed out</h1>')
})

t.test('who wants to stay signed in stays so', async t => {
  const browser = new Browser(provider.issuer)
  await signIn(application, browser, 'alice')
  await browser.submit(await browser.open('/session/end'), '/session/end/confirm')
  const { url } = await begin(application, { prompt: 'none' })
  t.ok(locationOf(await browser.open(url)).searchParams.has('code'))
})

t.test('a logout form without its secret is refused on a page', async t => {
  const response = await new Browser(provider.issuer).open('/session/end/confirm', { logout: 'yes' })
  t.equal(response.status, 400)
  t.match(await response.text(), /could not find logout details/)
})

t.test('a logout reaches the back channel of an application on this machine', async t => {
  const server = createServer().listen(0, '127.0.0.1')
  await once(server, 'listening')
  t.teardown(() => server.close())
  const received = new Promise<URLSearchParams>((resolve, reject) => {
    server.once('request', (request, response) => {
      response.end()
      text(request).then(body => resolve(new URLSearchParams(body)), reject)
    })
  })
  const provider = await startFor(t, {
    client: {
      backchannel_logout_uri: `http://127.0.0.1:${(server.address() as AddressInfo).port}/auth/backchannel-logout`,
      backchannel_logout_session_required: true
    }
  })
  const browser = new Browser(provider.issuer)
  const { claims } = await signIn(await discover(provider), browser, 'bob')
  t.type(claims['sid'], 'string')
  await browser.submit(await browser.open('/session/end'), '/session/end/confirm', { logout: 'yes' })
  const token = (await received).get('logout_token') ?? ''
  const keys = createRemoteJWKSet(new URL('/jwks', provider.issuer))
  const { payload } = await jwtVerify(token, keys, {
    issuer: provider.issuer, audience: provider.clientId, typ: 'logout+jwt'
  })
  t.match(payload, {
    sub: 'bob', sid: claims['sid'], events: { 'http://schemas.openid.net/event/backchannel-logout': {} }
  })
})
