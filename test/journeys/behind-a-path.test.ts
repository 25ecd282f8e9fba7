import tap, { test } from 'tap'
import { startDevProvider } from '../../lib/dev-provider/index.ts'
import { startApplication } from './_application.ts'
import { Browser } from './_browser.ts'
import { startProxy } from './_proxy.ts'

const provider = await startDevProvider()
tap.teardown(() => provider.close())

const proxies = [
  { name: 'a proxy that takes the path away', isStripping: true, prefix: '' },
  { name: 'a proxy that leaves the path', isStripping: false, prefix: '/shop' }
]

for (const { name, isStripping, prefix } of proxies) {
  test(`behind ${name} a person signs in, lands on the page that they asked for, and signs out`, async t => {
    const proxy = await startProxy(t, '/shop', isStripping)
    const publicUrl = `${proxy.origin}/shop`
    proxy.target = (await startApplication(t, { provider, publicUrl, prefix })).origin
    const browser = new Browser()
    const tab = browser.tab()
    const asked = await tab.open(`${publicUrl}/deep/link?a=b`)
    t.equal(asked.url.origin, provider.issuer)
    const page = await tab.submit('alice')
    t.equal(page.url.href, `${publicUrl}/deep/link?a=b`)
    t.equal(page.text, `${prefix}/deep/link?a=b`)
    t.ok(tab.visited.some(({ href }) => href.startsWith(`${publicUrl}/auth/callback?`)))

    t.equal((await tab.open(`${publicUrl}/auth/login`)).url.href, `${publicUrl}/`, 'the root of the site')
    await tab.open(`${publicUrl}/auth/logout`)
    t.match(tab.page.text, `action="${publicUrl}/auth/logout"`)
    await tab.submit('/auth/logout')
    const end = await tab.submit('yes')
    t.equal(end.url.href, `${publicUrl}/auth/logged-out`)
    await tab.open(`${publicUrl}/who`)
    t.same(tab.json, { isAuthenticated: false })
  })

  test(`behind ${name} a reload of the callback and a refusal lead back into the site`, async t => {
    const proxy = await startProxy(t, '/shop', isStripping)
    const publicUrl = `${proxy.origin}/shop`
    proxy.target = (await startApplication(t, { provider, publicUrl, prefix })).origin
    const tab = new Browser().tab()
    await tab.open(`${publicUrl}/deep/1`)
    const refused = await tab.submit('/cancel')
    t.equal(refused.status, 403)
    t.same([...refused.text.matchAll(/href="([^"]*)"/g)].map(([, href]) => new URL(String(href)).pathname), ['/shop/auth/login', '/shop/'])
    await tab.open(`${publicUrl}/deep/1`)
    await tab.submit('alice', /\/auth\/callback/)
    const callback = String(tab.page.headers.get('location'))
    t.equal((await tab.click(callback)).url.href, `${publicUrl}/deep/1`)
    t.equal((await tab.reload()).url.href, `${publicUrl}/deep/1`)
  })

  test(`behind ${name} a return path leads into the site only`, async t => {
    const proxy = await startProxy(t, '/shop', isStripping)
    const publicUrl = `${proxy.origin}/shop`
    const { origin } = await startApplication(t, { provider, publicUrl, prefix })
    proxy.target = origin
    const ends = { '/shop/deep/2': '/shop/deep/2', '/shopping': '/shop/', '/admin': '/shop/', '/shop/../admin': '/shop/' }
    for (const [path, end] of Object.entries(ends)) {
      const link = await (await fetch(`${origin}${prefix}/login-link`, { headers: { 'x-return-to': path } })).text()
      t.ok(link.startsWith(`${publicUrl}/auth/login`))
      const tab = new Browser().tab()
      await tab.open(link)
      t.equal((await tab.submit('alice')).url.href, `${proxy.origin}${end}`, `from ${path}`)
    }
  })
}
