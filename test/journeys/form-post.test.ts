import tap, { test } from 'tap'
import { startDevProvider } from '../../lib/dev-provider/index.ts'
import { type Application, startApplication } from './_application.ts'
import { Browser } from './_browser.ts'

const provider = await startDevProvider()
tap.teardown(() => provider.close())

/** Where the form of the provider leads; what follows has a query. */
const FORM = /\/auth\/callback$/

const start = async (t: Parameters<typeof startApplication>[0], prompt?: string): Promise<Application> =>
  await startApplication(t, { provider, oidc: { responseMode: 'form_post', ...(prompt === undefined ? {} : { prompt }) } })

test('the page that the provider sends by itself signs a person in', async t => {
  const { origin, binding } = await start(t)
  const browser = new Browser()
  const tab = browser.tab()
  await tab.open(`${origin}/deep/1`)
  t.same(browser.names('localhost'), [binding])
  const form = await tab.submit('alice', FORM)
  t.equal(form.url.origin, provider.issuer)
  t.match(form.text, `action="${origin}/auth/callback"`)
  const page = await tab.submit('/auth/callback')
  t.equal(page.url.href, `${origin}/deep/1`)
  t.equal(page.text, '/deep/1')
})

test('the session before it ends, although its cookie does not travel with the answer', async t => {
  const { origin, session } = await start(t, 'login')
  const browser = new Browser()
  const tab = browser.tab()
  await tab.open(`${origin}/auth/login`)
  await tab.submit('alice')
  const old = String(browser.value(session))
  await tab.open(`${origin}/auth/login`)
  await tab.submit('alice')
  t.not(browser.value(session), old)
  const thief = new Browser()
  thief.keep(new URL(origin), [`${session}=${old}; Path=/; SameSite=Lax`])
  const stolen = thief.tab()
  await stolen.open(`${origin}/who`)
  t.same(stolen.json, { isAuthenticated: false })
})

test('a reload of the callback leads a signed-in person on', async t => {
  const { origin, session } = await start(t)
  const browser = new Browser()
  const tab = browser.tab()
  await tab.open(`${origin}/deep/1`)
  await tab.submit('alice')
  const cookie = browser.value(session)
  t.equal((await tab.reload()).url.href, `${origin}/deep/1`)
  t.equal(browser.value(session), cookie)
})

test('a refusal is told', async t => {
  const { origin } = await start(t)
  const tab = new Browser().tab()
  await tab.open(`${origin}/deep/1`)
  const page = await tab.submit('/cancel')
  t.equal(page.status, 403)
  t.match(page.text, 'FST_LOGIN_DENIED')
})

test('a browser that keeps no cookie is told so, and does not go in circles', async t => {
  const { origin, binding } = await start(t)
  const browser = new Browser()
  const tab = browser.tab()
  await tab.open(`${origin}/deep/1`)
  await tab.submit('alice', FORM)
  for (const attempt of [1, 2]) {
    browser.forget(binding)
    const form = await tab.submit('/auth/callback', FORM)
    t.equal(form.url.origin, provider.issuer, `attempt ${attempt}`)
  }
  browser.forget(binding)
  const page = await tab.submit('/auth/callback')
  t.equal(page.status, 400)
  t.match(page.text, 'FST_LOGIN_STATE_FOREIGN')
})

test('a cookie that was lost once is made good', async t => {
  const { origin, binding } = await start(t)
  const browser = new Browser()
  const tab = browser.tab()
  await tab.open(`${origin}/deep/1`)
  await tab.submit('alice', FORM)
  browser.forget(binding)
  t.equal((await tab.submit('/auth/callback')).url.href, `${origin}/deep/1`)
})
