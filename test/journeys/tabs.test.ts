import tap, { test } from 'tap'
import { startDevProvider } from '../../lib/dev-provider/index.ts'
import { startApplication } from './_application.ts'
import { Browser, type Tab } from './_browser.ts'

const provider = await startDevProvider()
tap.teardown(() => provider.close())

const numbers = Array.from({ length: 20 }, (_, n) => n)

/** How often a tab was sent to the provider to sign in. */
function requestsOf ({ visited }: Tab): number {
  return visited.filter(({ origin, pathname }) => origin === provider.issuer && pathname === '/auth').length
}

test('twenty tabs that begin a login one after another all finish it, without beginning again', async t => {
  const { origin, binding } = await startApplication(t, { provider, oidc: { prompt: 'login' } })
  const browser = new Browser()
  const tabs = numbers.map(() => browser.tab())
  for (const [n, tab] of tabs.entries()) await tab.open(`${origin}/deep/${n}`)
  t.same(browser.names('localhost'), [binding])
  t.ok(browser.cookieHeader(new URL(origin), false, 'GET').length < 250)
  for (const [n, tab] of tabs.entries()) {
    const page = await tab.submit('alice')
    t.equal(page.url.href, `${origin}/deep/${n}`)
    t.equal(page.text, `/deep/${n}`)
    t.equal(requestsOf(tab), 1)
  }
})

test('twenty tabs that begin a login at once all land on their own page', async t => {
  const { origin, binding } = await startApplication(t, { provider })
  const browser = new Browser()
  const tabs = numbers.map(() => browser.tab())
  await Promise.all(tabs.map((tab, n) => tab.open(`${origin}/deep/${n}`)))
  t.same(browser.names('localhost'), [binding])
  t.ok(browser.cookieHeader(new URL(origin), false, 'GET').length < 250)
  for (const [n, tab] of tabs.entries()) {
    const page = await tab.submit('alice')
    t.equal(page.url.href, `${origin}/deep/${n}`)
    t.equal(page.text, `/deep/${n}`)
    t.ok(requestsOf(tab) <= 2)
  }
})

for (const [name, isKept] of [['with', true], ['without', false]] as const) {
  test(`twenty tabs of a restored browser, ${name} a binding cookie, sign in at once, each on its own page`, async t => {
    const { origin, session, binding } = await startApplication(t, { provider })
    const browser = new Browser()
    const first = browser.tab()
    await first.open(`${origin}/auth/login`)
    await first.submit('alice')
    browser.forget(session)
    if (!isKept) browser.forget(binding)
    const tabs = numbers.map(() => browser.tab())
    await Promise.all(tabs.map((tab, n) => tab.open(`${origin}/deep/${n}`, /\/auth\?/)))
    await Promise.all(tabs.map(tab => tab.click(String(tab.page.headers.get('location')))))
    for (const [n, tab] of tabs.entries()) {
      t.equal(tab.page.url.href, `${origin}/deep/${n}`)
      t.equal(tab.page.text, `/deep/${n}`)
    }
  })
}

test('a logout in one tab ends the logins that others have begun', async t => {
  const { origin } = await startApplication(t, { provider, oidc: { prompt: 'login' } })
  const browser = new Browser()
  const [one, other] = [browser.tab(), browser.tab()]
  await one.open(`${origin}/auth/login`)
  await one.submit('alice')
  await other.open(`${origin}/auth/login`)
  await one.open(`${origin}/auth/logout`)
  await one.submit('/auth/logout')
  const again = await other.submit('alice')
  t.equal(again.url.origin, provider.issuer, 'it begins again')
  await one.open(`${origin}/who`)
  t.same(one.json, { isAuthenticated: false })
})
