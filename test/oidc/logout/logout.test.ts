import { test } from 'tap'
import { secret } from '../../_app.ts'
import { LOGGED_OUT, providerLogout } from '../_logout.ts'
import { peopled, SESSION } from '../_people.ts'
import { connectionReset, ScriptedProvider } from '../_scripted-provider.ts'
import { buildSite } from '../_site.ts'

test('where the provider went down, the address that it had serves on', async t => {
  const { site, alice } = await peopled(t)
  site.provider.answers.discovery = connectionReset
  site.clock.advance(3600)
  t.ok(providerLogout(await alice.post('/auth/logout')))
})

test('where the provider is gone from the start of the application, the session ends here', async t => {
  const provider = await ScriptedProvider.create()
  const same = secret()
  const alice = await (await buildSite(t, { provider, secret: same })).signedIn()
  const site = await buildSite(t, { provider, secret: same })
  provider.answers.discovery = connectionReset
  const later = site.visitor()
  later.jar.set(SESSION, String(alice.jar.get(SESSION)))
  const answer = await later.post('/auth/logout')
  t.equal(answer.headers.location, LOGGED_OUT)
  t.equal(await later.who(), undefined)
})

test('a logout waits 2 seconds for a provider that hangs, and then ends here', async t => {
  const provider = await ScriptedProvider.create()
  const same = secret()
  const alice = await (await buildSite(t, { provider, secret: same })).signedIn()
  const site = await buildSite(t, { provider, secret: same })
  provider.answers.discovery = () => new Promise(() => {})
  const later = site.visitor()
  later.jar.set(SESSION, String(alice.jar.get(SESSION)))
  const alive = setInterval(() => {}, 1000) // A server would keep the process awake.
  t.teardown(() => clearInterval(alive))
  const { setTimeout } = globalThis
  const delays: number[] = []
  const hurried = (callback: () => void, delay: number): unknown => {
    delays.push(delay)
    return setTimeout(callback, delay === 2000 ? 0 : delay)
  }
  t.intercept(globalThis, 'setTimeout', { value: hurried })
  const answer = await later.post('/auth/logout')
  t.ok(delays.includes(2000))
  t.equal(answer.headers.location, LOGGED_OUT)
  t.equal(await later.who(), undefined)
})

test('a provider without an end_session_endpoint, or with one on plain http, is left alone', async t => {
  for (const address of [undefined, 'http://id.example.com/logout', 'javascript:alert(1)', 7]) {
    const provider = await ScriptedProvider.create()
    provider.metadata = { end_session_endpoint: address }
    const { alice } = await peopled(t, { provider })
    t.equal((await alice.post('/auth/logout')).headers.location, LOGGED_OUT, String(address))
    t.equal(await alice.who(), undefined)
  }
})

test('the query of the end_session_endpoint is kept', async t => {
  const provider = await ScriptedProvider.create()
  provider.metadata = { end_session_endpoint: 'https://id.example.com/logout?p=a' }
  const { alice } = await peopled(t, { provider })
  t.match(providerLogout(await alice.post('/auth/logout')), { p: 'a', client_id: 'web' })
})

test('where a restart lost the ID token, the client id alone says who sends the person', async t => {
  const provider = await ScriptedProvider.create()
  const same = secret()
  const alice = await (await buildSite(t, { provider, secret: same })).signedIn()
  const later = (await buildSite(t, { provider, secret: same })).visitor()
  later.jar.set(SESSION, String(alice.jar.get(SESSION)))
  t.equal(await later.who(), 'alice')
  t.same(providerLogout(await later.post('/auth/logout')), { client_id: 'web', post_logout_redirect_uri: LOGGED_OUT })
})
