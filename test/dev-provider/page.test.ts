import { createHash } from 'node:crypto'
import t from 'tap'
import { Browser } from './_browser.ts'
import { begin, discover } from './_client.ts'
import { startFor } from './_start.ts'

const program = {
  client_id: 'program',
  application_type: 'native',
  token_endpoint_auth_method: 'none',
  redirect_uris: ['https://app.example.com/cb', 'com.example.app:/cb']
}
const provider = await startFor(t, { clients: [program] })

t.test('a page is never stored, runs no script and loads nothing', async t => {
  const { url } = await begin(await discover(provider))
  const response = await new Browser(provider.issuer).open(url)
  const markup = await response.text()
  const [, style = ''] = /<style>(.*)<\/style>/s.exec(markup) ?? []
  const hash = createHash('sha256').update(style).digest('base64')
  t.match(Object.fromEntries(response.headers), {
    'cache-control': 'no-store',
    'content-type': 'text/html; charset=utf-8',
    'content-security-policy': `default-src 'none'; style-src 'sha256-${hash}'; base-uri 'none'; frame-ancestors 'none'; ` +
      "form-action 'self' http://localhost:* http://127.0.0.1:*",
    'x-content-type-options': 'nosniff'
  })
  t.notMatch(markup, /<script|style="|https?:\/\//)
  t.match(markup, /<html lang="en">/)
  t.match(markup, /<meta name="viewport"/)
})

t.test('a form may end where the answer goes, also outside this machine and in a program', async t => {
  const targets = new Map([
    ['https://app.example.com/cb', 'https://app.example.com'],
    ['com.example.app:/cb', 'com.example.app:']
  ])
  for (const [address, target] of targets) {
    const { url } = await begin(await discover({ ...provider, clientId: 'program' }, address))
    const { headers } = await new Browser(provider.issuer).open(url)
    t.ok(headers.get('content-security-policy')?.endsWith(` ${target}`))
  }
})
