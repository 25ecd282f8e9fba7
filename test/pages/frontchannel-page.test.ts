import { test } from 'tap'
import { frontchannelPage } from '../../lib/pages/frontchannel-page.ts'

test('the page may be in a frame of the provider, and of nobody else', async t => {
  const { headers, body } = frontchannelPage(['https://id.example:8443/realms/a;b'])
  t.equal(headers['content-security-policy'], "default-src 'none'; frame-ancestors https://id.example:8443")
  t.notOk(headers['x-frame-options'])
  t.equal(headers['cache-control'], 'no-store')
  t.notMatch(body, 'realms')
})
