import { createHash } from 'node:crypto'
import t from 'tap'
import { Browser } from './_browser.ts'
import { begin, discover } from './_client.ts'
import { startFor } from './_start.ts'

const provider = await startFor(t)

t.test('a page is never stored, runs no script and loads nothing', async t => {
  const { url } = await begin(await discover(provider))
  const response = await new Browser(provider.issuer).open(url)
  const markup = await response.text()
  const [, style = ''] = /<style>(.*)<\/style>/s.exec(markup) ?? []
  const hash = createHash('sha256').update(style).digest('base64')
  t.match(Object.fromEntries(response.headers), {
    'cache-control': 'no-store',
    'content-type': 'text/html; charset=utf-8',
    'content-security-policy': `default-src 'none'; style-src 'sha256-${hash}'; base-uri 'none'; frame-ancestors 'none'`,
    'x-content-type-options': 'nosniff'
  })
  t.notMatch(markup, /<script|style="|https?:\/\//)
  t.match(markup, /<html lang="en">/)
  t.match(markup, /<meta name="viewport"/)
})
