import t, { type Test } from 'tap'
import { buildDemo } from '../../examples/demo/app.ts'
import { freePort } from '../_free-port.ts'
import { Browser, type Visit } from './_browser.ts'

/** Starts the demonstration on a port of its own; gives its address. */
async function startDemo (t: Test): Promise<string> {
  const port = await freePort()
  const app = await buildDemo({ port })
  t.teardown(() => app.close())
  await app.listen({ port, host: 'localhost' })
  return `http://localhost:${port}`
}

async function signIn (browser: Browser, address: string, person: string): Promise<Visit> {
  return await browser.submit(await browser.open(address), '/login', { person })
}

t.test('the start page is public and offers a sign-in', async t => {
  const site = await startDemo(t)
  const page = await new Browser().open(site)
  t.equal(page.status, 200)
  t.match(page.body, 'You are a stranger here')
  t.match(page.body, `href="${site}/auth/login"`)
  t.match(page.body, 'AnonymousUser')
})

t.test('a deep link survives the sign-in, with its query', async t => {
  const site = await startDemo(t)
  const browser = new Browser()
  const providerPage = await browser.open(`${site}/reports/2026?month=11`)
  t.match(providerPage.url, /^http:\/\/127\.0\.0\.1:\d+\/interaction\//)
  const report = await browser.submit(providerPage, '/login', { person: 'bob' })
  t.equal(report.url, `${site}/reports/2026?month=11`)
  t.match(report.body, '<h1>November 2026</h1>')
  t.match(report.body, 'Bob Brown')
})

t.test('a report leads to the months before and after it', async t => {
  const site = await startDemo(t)
  const { body } = await signIn(new Browser(), `${site}/reports/2026`, 'bob')
  t.match(body, '<h1>January 2026</h1>')
  t.match(body, '/reports/2025?month=12')
  t.match(body, '/reports/2026?month=2')
})

t.test('the protected page shows the name and the claims of the person', async t => {
  const site = await startDemo(t)
  const browser = new Browser()
  const { url, body } = await signIn(browser, `${site}/me`, 'carol')
  t.equal(url, `${site}/me`)
  t.match(body, /<h1>Çârôl Müller[^<]*<\/h1>/)
  t.match(body, 'carol@example.com')
  const home = await browser.open(site)
  t.match(home.body, /Hello, Çârôl Müller/)
  t.match(home.body, 'id: &#39;carol&#39;')
})

t.test('the API answers a stranger with 401 and JSON, and a person with what is known', async t => {
  const site = await startDemo(t)
  const browser = new Browser()
  const api = new URL('/api/me', site)
  const refused = await browser.ask(api, { accept: '*/*' })
  t.equal(refused.status, 401)
  t.match(refused.headers, { 'www-authenticate': `Cookie realm="${site}"`, 'content-type': /^application\/json/ })
  t.match(JSON.parse(refused.body), { statusCode: 401, code: 'FST_LOGIN_UNAUTHORIZED' })
  await signIn(browser, site + '/me', 'alice')
  const answer = await browser.ask(api, { accept: '*/*' })
  t.match(JSON.parse(answer.body), { id: 'alice', isAuthenticated: true, claims: { name: 'Alice Adams' } })
})

t.test('a page shows the answers of the API without JavaScript', async t => {
  const site = await startDemo(t)
  const browser = new Browser()
  t.match((await browser.open(site)).body, 'href="/api"')
  const strange = await browser.open(`${site}/api`)
  t.match(strange.body, '401 Unauthorized')
  t.match(strange.body, 'FST_LOGIN_UNAUTHORIZED')
  t.notMatch(strange.body, '200 OK')
  await signIn(browser, `${site}/me`, 'alice')
  const known = await browser.open(`${site}/api`)
  t.match(known.body, '401 Unauthorized')
  t.match(known.body, '200 OK')
  t.match(known.body, 'alice@example.com')
})

t.test('a page says how a program gets a token, and what would be in it, and shows none', async t => {
  const site = await startDemo(t)
  const browser = new Browser()
  const strange = await browser.open(`${site}/programs`)
  t.match(strange.body, `npx fastify-login login ${site}`)
  t.match(strange.body, 'and the application signs one about you')
  await signIn(browser, `${site}/me`, 'alice')
  const { body } = await browser.open(`${site}/programs`)
  t.match(body, '&#34;sub&#34;: &#34;alice&#34;')
  t.match(body, `&#34;iss&#34;: &#34;${site}&#34;`)
  t.match(body, 'alice@example.com')
  t.notMatch(body, 'eyJ', 'no token is shown')
})

t.test('the addresses on that page are those of the metadata and of the keys', async t => {
  const site = await startDemo(t)
  const metadata = await (await fetch(`${site}/.well-known/oauth-authorization-server`)).json()
  t.match(metadata, { issuer: site, token_endpoint: `${site}/auth/token`, jwks_uri: `${site}/auth/jwks` })
  const { keys } = await (await fetch(`${site}/auth/jwks`)).json() as { keys: readonly unknown[] }
  t.match(keys, [{ alg: 'ES256', use: 'sig' }])
})

/** Signs Alice in, lets the application read her mail, and gives the page with it. */
async function openMail (browser: Browser, site: string): Promise<Visit> {
  return await browser.submit(await signIn(browser, `${site}/mail`, 'alice'), '/consent')
}

function figure ({ body }: Visit, id: string): number {
  return Number(new RegExp(`<output id="${id}">(\\d+)</output>`).exec(body)?.[1])
}

t.test('the first look at the mail needs a consent, and the second one does not', async t => {
  const site = await startDemo(t)
  const browser = new Browser()
  await signIn(browser, `${site}/me`, 'alice')
  const question = await browser.open(`${site}/mail?every=5`)
  t.match(question.url, /^http:\/\/127\.0\.0\.1:\d+\/interaction\//)
  t.match(question.body, '<strong>mail.read</strong>')
  const mail = await browser.submit(question, '/consent')
  t.equal(mail.url, `${site}/mail?every=5`)
  t.match(mail.body, '<h1>Mail for alice</h1>')
  t.match(mail.body, 'A moth in relay 70')
  t.match((await browser.open(`${site}/mail`)).body, '<h1>Mail for alice</h1>')
})

t.test('who does not let the application read mail gets a page, and stays signed in', async t => {
  const site = await startDemo(t)
  const browser = new Browser()
  await signIn(browser, `${site}/me`, 'bob')
  const refused = await browser.submit(await browser.open(`${site}/mail`), '/cancel')
  t.equal(refused.status, 403)
  t.equal(new URL(refused.url).origin, site)
  t.match((await browser.open(`${site}/me`)).body, '<h1>Bob Brown</h1>')
})

t.test('the token of the mail is refreshed before it ends and after it has ended, without a redirect', async t => {
  let now = Date.now()
  t.intercept(Date, 'now', { value: () => now })
  const site = await startDemo(t)
  const browser = new Browser()
  const first = await openMail(browser, site)
  t.equal(figure(first, 'refreshes'), 0)
  t.equal(figure(first, 'left'), 10)
  const headers = { accept: 'text/html', 'sec-fetch-mode': 'navigate', 'sec-fetch-dest': 'document' }
  for (const [seconds, refreshes, left] of [[7, 0, 3], [1, 1, 10], [60, 2, 10]] as const) {
    now += seconds * 1000
    const later = await browser.ask(new URL('/mail', site), headers)
    t.equal(later.status, 200)
    t.match(later.body, '<h1>Mail for alice</h1>')
    t.equal(figure(later, 'refreshes'), refreshes)
    t.equal(figure(later, 'left'), left)
  }
})

t.test('no page shows a token, and the mail is asked for again only on request', async t => {
  const site = await startDemo(t)
  const browser = new Browser()
  const { body } = await openMail(browser, site)
  t.notMatch(body, /[\w-]{40,}/)
  t.notMatch(body, '<meta http-equiv')
  t.match((await browser.open(`${site}/mail?every=2`)).body, '<meta http-equiv="refresh" content="2">')
  t.equal((await browser.open(`${site}/mail?every=0`)).status, 400)
})

t.test('sign-out ends the session here and at the provider, also for a copy of the cookie', async t => {
  const site = await startDemo(t)
  const browser = new Browser()
  const page = await signIn(browser, `${site}/me`, 'alice')
  const { cookie } = browser.jar(new URL(site))
  const question = await browser.submit(page, '/auth/logout')
  t.match(question.url, /^http:\/\/127\.0\.0\.1:\d+\/session\/end/)
  const end = await browser.submit(question, '/session/end/confirm', { logout: 'yes' })
  t.equal(end.url, `${site}/auth/logged-out`)
  t.match((await browser.open(`${site}/me`)).url, '/interaction/', 'the provider asks again who it is')
  t.equal((await new Browser().ask(new URL('/api/me', site), { cookie })).status, 401, 'a copy is dead')
})

t.test('a page that is not there, and one that cannot be, say so to people and to programs', async t => {
  const site = await startDemo(t)
  const browser = new Browser()
  const missing = await browser.open(`${site}/<b>nothing`)
  t.equal(missing.status, 404)
  t.match(missing.body, 'There is no such page.')
  t.notMatch(missing.body, '<b>')
  await signIn(browser, `${site}/me`, 'alice')
  const wrong = await browser.open(`${site}/reports/2026?month=13`)
  t.equal(wrong.status, 400)
  t.match(wrong.body, 'querystring/month must be &#60;= 12')
  const program = await browser.ask(new URL('/reports/2026?month=13', site), { accept: 'application/json' })
  t.match(JSON.parse(program.body), { statusCode: 400 })
})

t.test('every page has a strict policy, and neither scripts nor inline styles', async t => {
  const site = await startDemo(t)
  const browser = new Browser()
  await openMail(browser, site)
  for (const path of ['/', '/me', '/mail', '/reports/2026?month=2', '/api', '/programs', '/nothing']) {
    const { headers, body } = await browser.open(site + path)
    t.match(headers['content-security-policy'], /^default-src 'none'; style-src 'self'; img-src 'self'; .*form-action 'self' http:\/\/127\.0\.0\.1:\d+$/)
    t.match(headers, { 'cache-control': 'private, no-store', 'x-content-type-options': 'nosniff' })
    t.notMatch(body, /<script|<style|\bstyle=|\bon\w+=/, path)
    t.match(body, /<main\b.*<h1>.*<\/main>/s, path)
    t.match(body, 'lang="en"', path)
  }
  t.match((await browser.open(`${site}/style.css`)).headers, { 'content-type': /^text\/css/ })
  t.match((await browser.open(`${site}/icon.svg`)).headers, { 'content-type': /^image\/svg\+xml/ })
})
