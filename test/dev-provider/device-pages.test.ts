import t from 'tap'
import { type DevProvider } from '../../lib/dev-provider/index.ts'
import { Browser } from './_browser.ts'
import { startFor } from './_start.ts'

const provider = await startFor(t)

async function post ({ issuer, clientId, clientSecret }: DevProvider, path: string, form: Record<string, string>) {
  const response = await fetch(new URL(path, issuer), {
    method: 'POST',
    headers: { authorization: `Basic ${Buffer.from(`${clientId}:${clientSecret}`).toString('base64')}` },
    body: new URLSearchParams(form)
  })
  return await response.json() as Record<string, string>
}

async function askTokens (provider: DevProvider, code: string | undefined) {
  return post(provider, '/token', {
    grant_type: 'urn:ietf:params:oauth:grant-type:device_code', device_code: code ?? ''
  })
}

t.test('a device is let in by the code that it shows (RFC 8628)', async t => {
  const browser = new Browser(provider.issuer)
  const device = await post(provider, '/device/auth', { scope: 'openid profile offline_access' })
  t.match(await askTokens(provider, device['device_code']), { error: 'authorization_pending' })
  const question = await browser.open(device['verification_uri'] ?? '')
  const confirmation = await browser.submit(question, '/device', { user_code: device['user_code'] ?? '' })
  const people = await browser.submit(confirmation, '/device')
  const done = await browser.submit(people, '/login', { person: 'carol' })
  t.match(await done.text(), '<h1>Device connected</h1>')
  t.match(await askTokens(provider, device['device_code']), { access_token: String, refresh_token: String, id_token: String })
})

t.test('the address with the code inside leads to the same question', async t => {
  const browser = new Browser(provider.issuer)
  const device = await post(provider, '/device/auth', { scope: 'openid' })
  // A form of oidc-provider that sends itself where there is JavaScript.
  const question = await browser.submit(await browser.open(device['verification_uri_complete'] ?? ''), '/device')
  t.match(await question.text(), `<code>${device['user_code']}</code>`)
})

t.test('who presses cancel refuses the device, and is told so', async t => {
  const browser = new Browser(provider.issuer)
  const device = await post(provider, '/device/auth', { scope: 'openid' })
  const question = await browser.open('/device')
  const confirmation = await browser.submit(question, '/device', { user_code: device['user_code'] ?? '' })
  const cancelled = await browser.submit(confirmation, '/device', { abort: 'yes' })
  t.match(await cancelled.text(), 'The sign-in was cancelled.')
  t.match(await askTokens(provider, device['device_code']), { error: 'access_denied' })
})

t.test('a wrong code is asked again, with what was written, escaped', async t => {
  const browser = new Browser(provider.issuer)
  const again = await browser.submit(await browser.open('/device'), '/device', { user_code: '<b>"' })
  const markup = await again.text()
  t.match(markup, 'This code is wrong, too old, or was used before.')
  t.match(markup, 'value="&#60;b&#62;&#34;"')
})
