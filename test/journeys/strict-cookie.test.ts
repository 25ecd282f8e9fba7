import tap, { test } from 'tap'
import { startDevProvider } from '../../lib/dev-provider/index.ts'
import { startApplication } from './_application.ts'
import { Browser } from './_browser.ts'

const provider = await startDevProvider()
tap.teardown(() => provider.close())

const strict = { session: { cookie: { sameSite: 'strict' } } } as const

for (const responseMode of ['query', 'form_post'] as const) {
  test(`with a strict cookie and ${responseMode} a page of this site leads on, with which the cookie travels`, async t => {
    const { origin } = await startApplication(t, { provider, oidc: { responseMode }, ...strict })
    const tab = new Browser().tab()
    await tab.open(`${origin}/deep/link?a=1&b=2`)
    const between = await tab.submit('alice')
    t.equal(between.status, 200)
    t.equal(between.url.pathname, '/auth/callback')
    t.match(between.text, 'http-equiv="refresh"')
    t.equal(between.headers.get('cache-control'), 'private, no-store')
    const page = await tab.refresh()
    t.equal(page.url.href, `${origin}/deep/link?a=1&b=2`)
    t.equal(page.text, '/deep/link?a=1&b=2')
  })
}

test('a redirect instead of that page would lead in a circle, because the cookie stays at home', async t => {
  const { origin } = await startApplication(t, { provider, ...strict })
  const browser = new Browser()
  const tab = browser.tab()
  await tab.open(`${origin}/deep/1`)
  await tab.submit('alice')
  const elsewhere = browser.tab()
  await elsewhere.open(provider.issuer)
  await elsewhere.click(`${origin}/who`)
  t.same(elsewhere.json, { isAuthenticated: false }, 'a link from another site does not carry it')
  await elsewhere.open(`${origin}/who`)
  t.match(elsewhere.json, { id: 'alice' })
})

test('links from another site to a guarded page lead through a silent sign-in to that page, however many', async t => {
  const { origin } = await startApplication(t, { provider, ...strict })
  const tab = new Browser().tab()
  await tab.open(`${origin}/deep/1`)
  await tab.submit('alice')
  for (const n of [1, 2, 3, 4]) {
    await tab.open(provider.issuer)
    await tab.click(`${origin}/deep/${n}`)
    t.equal((await tab.refresh()).text, `/deep/${n}`)
  }
})

test('a browser that drops the strict cookie is told so, and does not go in circles', async t => {
  const { origin, session } = await startApplication(t, { provider, ...strict })
  const browser = new Browser()
  const tab = browser.tab()
  await tab.open(`${origin}/deep/1`)
  await tab.submit('alice')
  browser.forget(session)
  await tab.refresh()
  browser.forget(session)
  const page = await tab.refresh()
  t.equal(page.status, 400)
  t.match(page.text, 'FST_LOGIN_SESSION_LOST')
})
