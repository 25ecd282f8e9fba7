import t from 'tap'
import { Browser } from './_browser.ts'
import { begin, discover } from './_client.ts'
import { startFor } from './_start.ts'

t.test('a request that belongs to no client is explained on a page', async t => {
  const provider = await startFor(t)
  const { url } = await begin(await discover(provider))
  url.searchParams.set('client_id', '<b>')
  const response = await new Browser(provider.issuer).open(url)
  t.equal(response.status, 400)
  t.equal(response.headers.get('cache-control'), 'no-store')
  const markup = await response.text()
  t.match(markup, '<strong>invalid_client</strong>')
  t.notMatch(markup, '<b>')
})

t.test('a fault inside is a page that keeps the reason to itself', async t => {
  const configuration = { interactions: { url () { throw new Error('a private reason') } } }
  const provider = await startFor(t, { configuration })
  const { url } = await begin(await discover(provider))
  const response = await new Browser(provider.issuer).open(url)
  t.equal(response.status, 500)
  const markup = await response.text()
  t.match(markup, '<strong>server_error</strong>')
  t.notMatch(markup, 'a private reason')
})
