import { test } from 'tap'
import { secret } from '../_app.ts'
import { startApplication, startProvider } from './_application.ts'
import { Browser, type Tab } from './_browser.ts'

/** Signs alice in, and gives the cookie of her session. */
async function signIn (tab: Tab, origin: string): Promise<void> {
  await tab.open(`${origin}/auth/login`)
  await tab.submit('alice')
}

test('logout ends the session here and at the provider, and ends on the logged-out page', async t => {
  const provider = await startProvider(t)
  const { origin, session } = await startApplication(t, { provider })
  const browser = new Browser()
  const tab = browser.tab()
  await signIn(tab, origin)
  const cookie = String(browser.value(session))
  await tab.open(`${origin}/auth/logout`)
  const question = await tab.submit('/auth/logout')
  t.equal(question.url.origin, provider.issuer)
  t.ok(question.url.searchParams.has('id_token_hint'))
  t.same(browser.names('localhost'), [], 'it is over here already')
  const page = await tab.submit('yes')
  t.equal(page.url.href, `${origin}/auth/logged-out`)
  t.match(page.text, 'You are signed out')
  t.equal((await tab.open(`${origin}/deep/1`)).url.origin, provider.issuer, 'the provider asks again')
  const thief = new Browser()
  thief.keep(new URL(origin), [`${session}=${cookie}; Path=/; SameSite=Lax`])
  const stolen = thief.tab()
  await stolen.open(`${origin}/who`)
  t.same(stolen.json, { isAuthenticated: false })
})

test('a link of the site ends the session without a question of ours', async t => {
  const provider = await startProvider(t)
  const { origin } = await startApplication(t, { provider })
  const tab = new Browser().tab()
  await signIn(tab, origin)
  const question = await tab.click(`${origin}/auth/logout`)
  t.equal(question.url.origin, provider.issuer)
  t.equal((await tab.submit('yes')).url.href, `${origin}/auth/logged-out`)
})

test('a link of another site ends nothing before the person has said so', async t => {
  const provider = await startProvider(t)
  const { origin } = await startApplication(t, { provider })
  const tab = new Browser().tab()
  await signIn(tab, origin)
  await tab.open(provider.issuer)
  const page = await tab.click(`${origin}/auth/logout`)
  t.match(page.text, 'Do you want to sign out of this site?')
  await tab.open(`${origin}/who`)
  t.match(tab.json, { id: 'alice' })
})

test('after a restart that lost the ID token, a logout still ends on the logged-out page', async t => {
  const provider = await startProvider(t)
  const same = secret()
  const before = await startApplication(t, { provider, secret: same, session: { cookie: { name: 'sid' } } })
  const browser = new Browser()
  const tab = browser.tab()
  await signIn(tab, before.origin)
  const { origin } = await startApplication(t, { provider, secret: same, session: { cookie: { name: 'sid' } } })
  await tab.open(`${origin}/who`)
  t.match(tab.json, { id: 'alice' })
  await tab.open(`${origin}/auth/logout`)
  await tab.submit('/auth/logout')
  t.equal((await tab.submit('yes')).url.href, `${origin}/auth/logged-out`)
})

test('without the provider a logout ends the session here, at once', async t => {
  const provider = await startProvider(t)
  const same = secret()
  const options = { provider, secret: same, session: { cookie: { name: 'sid' } } } as const
  const before = await startApplication(t, options)
  const tab = new Browser().tab()
  await signIn(tab, before.origin)
  await provider.close()
  const { origin } = await startApplication(t, options)
  await tab.open(`${origin}/auth/logout`)
  const page = await tab.submit('/auth/logout')
  t.equal(page.url.href, `${origin}/auth/logged-out`)
  await tab.open(`${origin}/who`)
  t.same(tab.json, { isAuthenticated: false })
})

test('a logout may end on a page of the application', async t => {
  const provider = await startProvider(t)
  const { origin } = await startApplication(t, { provider, oidc: { postLogoutRedirect: '/who' } })
  const tab = new Browser().tab()
  await signIn(tab, origin)
  await tab.open(`${origin}/auth/logout`)
  await tab.submit('/auth/logout')
  t.equal((await tab.submit('yes')).url.href, `${origin}/who`)
  t.same(tab.json, { isAuthenticated: false })
})
