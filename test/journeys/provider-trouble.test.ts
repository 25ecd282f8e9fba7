import { test } from 'tap'
import { startApplication, startProvider } from './_application.ts'
import { Browser } from './_browser.ts'
import { freePort } from '../_free-port.ts'

const client = { client_id: 'web', client_secret: 'a-secret-that-outlives-a-restart' }
const clientOptions = { clientId: client.client_id, clientSecret: client.client_secret }

test('an application that is up before its provider serves its pages, says what is wrong, and signs in when it can', async t => {
  const port = await freePort()
  const provider = { issuer: `http://127.0.0.1:${port}`, ...clientOptions }
  const { origin } = await startApplication(t, { provider })
  const tab = new Browser().tab()
  t.equal((await tab.open(`${origin}/`)).text, 'the root')
  const page = await tab.open(`${origin}/deep/1`)
  t.equal(page.status, 503)
  t.equal(page.headers.get('retry-after'), '5')
  t.match(page.text, 'The identity provider does not answer')
  await startProvider(t, { port, client })
  await tab.reload()
  t.equal((await tab.submit('alice')).url.href, `${origin}/deep/1`)
})

test('a provider that starts again with new keys signs people in at once, and nobody was signed out', async t => {
  const port = await freePort()
  const first = await startProvider(t, { port, client })
  const { origin } = await startApplication(t, { provider: { issuer: first.issuer, ...clientOptions } })
  const alice = new Browser().tab()
  await alice.open(`${origin}/deep/1`)
  await alice.submit('alice')
  await first.close()
  await alice.open(`${origin}/who`)
  t.match(alice.json, { id: 'alice' }, 'a provider that is down signs nobody out')
  await startProvider(t, { port, client })
  const bob = new Browser().tab()
  await bob.open(`${origin}/deep/2`)
  t.equal((await bob.submit('bob')).url.href, `${origin}/deep/2`)
  await alice.open(`${origin}/who`)
  t.match(alice.json, { id: 'alice' })
})

test('a provider that goes down between the sign-in and the callback is an outage, and the login can be begun again', async t => {
  const port = await freePort()
  const first = await startProvider(t, { port, client })
  const { origin } = await startApplication(t, { provider: { issuer: first.issuer, ...clientOptions } })
  const tab = new Browser().tab()
  await tab.open(`${origin}/deep/1`)
  await tab.submit('alice', /\/auth\/callback/)
  await first.close()
  const page = await tab.click(String(tab.page.headers.get('location')))
  t.equal(page.status, 503)
  t.equal(page.headers.get('retry-after'), '5')
  await startProvider(t, { port, client })
  await tab.reload()
  t.equal((await tab.submit('alice')).url.href, `${origin}/deep/1`)
})

test('a code that the provider has forgotten is told as such', async t => {
  const port = await freePort()
  const first = await startProvider(t, { port, client })
  const { origin } = await startApplication(t, { provider: { issuer: first.issuer, ...clientOptions } })
  const tab = new Browser().tab()
  await tab.open(`${origin}/deep/1`)
  await tab.submit('alice', /\/auth\/callback/)
  await first.close()
  await startProvider(t, { port, client })
  const page = await tab.click(String(tab.page.headers.get('location')))
  t.equal(page.status, 400)
  t.match(page.text, 'FST_LOGIN_CODE_REFUSED')
})

test('a wrong client secret is a fault of the set-up, told with 502', async t => {
  const provider = await startProvider(t, { client })
  const { origin } = await startApplication(t, { provider: { ...provider, clientSecret: 'another' } })
  const tab = new Browser().tab()
  await tab.open(`${origin}/deep/1`)
  const page = await tab.submit('alice')
  t.equal(page.status, 502)
  t.match(page.text, 'FST_LOGIN_PROVIDER_ANSWER_INVALID')
})
