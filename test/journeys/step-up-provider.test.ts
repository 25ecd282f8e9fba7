import { type Test, test } from 'tap'
import type { FastifyInstance } from 'fastify'
import type { DevProvider } from '../../lib/dev-provider/index.ts'
import type { OidcOptions, SessionOptions } from '../../lib/index.ts'
import { type Application, startApplication, startProvider } from './_application.ts'
import { Browser, type Tab } from './_browser.ts'

const IDLE = 100
const MFA = 'urn:example:mfa'

/** What a person answers at the provider, by the page that asks for it. */
const answers: Readonly<Record<string, readonly string[]>> = {
  '/payments': ['alice'],
  '/close': ['alice'],
  '/keys': ['alice'],
  '/mail': ['/consent'],
  '/all': ['alice', '/consent']
}

function addPages (scope: FastifyInstance): void {
  const { loginRequired } = scope
  scope.get('/payments', { onRequest: [loginRequired({ maxAge: 60 })] }, async () => 'payments')
  scope.get('/close', { onRequest: [loginRequired({ fresh: true })] }, async () => 'close')
  scope.get('/keys', { onRequest: [loginRequired({ acr: [MFA] })] }, async () => 'keys')
  scope.get('/mail', { onRequest: [loginRequired({ scopes: ['mail.read'] })] }, async () => 'mail')
  scope.get('/all', {
    onRequest: [loginRequired({ maxAge: 60, fresh: true, acr: [MFA], scopes: ['mail.read'] })]
  }, async () => 'all')
  scope.get('/scopes', async request => (await request.getAccessToken()).scopes)
}

interface Site extends Application {
  readonly provider: DevProvider
  readonly browser: Browser
  readonly tab: Tab
}

/** What makes a provider say in each ID token when the person proved who they are. */
interface Telling {
  readonly client: Readonly<Record<string, unknown>>
  readonly oidc: Pick<OidcOptions, 'maxAge'>
}

const asRegistered: Telling = { client: { require_auth_time: true }, oidc: {} }
const asAsked: Telling = { client: {}, oidc: { maxAge: 86_400 } }

/**
 * A person whom the provider has just signed in without a question, because it still knew them: their proof is as old
 * as its session.
 */
async function signInSilently (t: Test, session: SessionOptions, telling: Telling = asRegistered): Promise<Site> {
  const { now } = Date
  let ahead = 0
  t.intercept(Date, 'now', { value: () => now() + ahead * 1000 })
  const provider = await startProvider(t, {
    scopes: ['mail.read'],
    consent: true,
    client: telling.client,
    configuration: { acrValues: ['urn:example:password', MFA] }
  })
  const application = await startApplication(t, {
    provider, addPages, session: { idle: IDLE, ...session }, oidc: { scopes: ['profile', 'offline_access'], ...telling.oidc }
  })
  const browser = new Browser()
  const tab = browser.tab()
  await tab.open(`${application.origin}/auth/login`)
  await tab.submit('alice')
  ahead = IDLE + 1
  t.equal((await tab.open(`${application.origin}/auth/login`)).url.href, `${application.origin}/`, 'no question')
  return { ...application, provider, browser, tab }
}

async function handlesOf ({ app }: Site, person = 'alice'): Promise<readonly string[]> {
  return (await app.login.sessions.list(person)).map(({ handle }) => handle)
}

/** Whom a browser is signed in as that has nothing but such a cookie. */
async function whoHas ({ origin, session }: Site, cookie: string | undefined): Promise<unknown> {
  const browser = new Browser()
  browser.keep(new URL(origin), [`${session}=${cookie}; Path=/; SameSite=Lax`])
  const tab = browser.tab()
  await tab.open(`${origin}/who`)
  return tab.json['id']
}

const places: Readonly<Record<string, SessionOptions>> = { 'cookie mode': {}, 'store mode': { store: 'memory:' } }

for (const [mode, session] of Object.entries(places)) {
  for (const [page, buttons] of Object.entries(answers)) {
    test(`${page}: the provider asks again, and brings the person back with a new session (${mode})`, async t => {
      const site = await signInSilently(t, session)
      const { browser, tab, origin } = site
      const cookie = browser.value(site.session)
      const [before] = await handlesOf(site)
      t.equal(await whoHas(site, cookie), 'alice')

      await tab.open(`${origin}${page}?a=b`)
      for (const button of buttons) {
        t.equal(tab.page.url.origin, site.provider.issuer)
        await tab.submit(button)
      }
      t.equal(tab.page.url.href, `${origin}${page}?a=b`)
      t.equal(tab.page.text, page.slice(1))

      const after = await handlesOf(site)
      t.equal(after.length, 1, 'the session before is not listed')
      t.not(after[0], before)
      t.not(browser.value(site.session), cookie)
      t.equal(await whoHas(site, cookie), undefined, 'the cookie before is dead')
      t.equal(await whoHas(site, browser.value(site.session)), 'alice')
      t.equal((await tab.open(`${origin}${page}`)).text, page.slice(1), 'and nobody is asked twice')
    })

    test(`${page}: who cancels at the provider sees a page, and keeps the session (${mode})`, async t => {
      const site = await signInSilently(t, session)
      const { browser, tab, origin } = site
      const cookie = browser.value(site.session)
      const before = await handlesOf(site)

      await tab.open(`${origin}${page}`)
      const refusal = await tab.submit('/cancel')
      t.equal(refusal.url.origin, origin)
      t.equal(refusal.status, 403)
      t.match(refusal.text, 'FST_LOGIN_DENIED')

      t.same(await handlesOf(site), before)
      t.equal(browser.value(site.session), cookie)
      t.equal(await whoHas(site, cookie), 'alice')
      t.equal((await tab.open(`${origin}${page}`)).url.origin, site.provider.issuer, 'and is asked again')
    })
  }

  for (const [page, parameters] of Object.entries({ '/payments': ['max_age'], '/close': ['prompt', 'max_age'] })) {
    test(`${page}: a sign-on without a question is not enough, whoever made it one (${mode})`, async t => {
      const site = await signInSilently(t, session)
      const { browser, tab, origin, provider } = site
      const cookie = browser.value(site.session)
      await tab.open(`${origin}${page}`, /\/auth\?/)
      const request = new URL(String(tab.page.headers.get('location')))
      t.equal(request.origin, provider.issuer)
      for (const parameter of parameters) {
        t.ok(request.searchParams.has(parameter))
        request.searchParams.delete(parameter)
      }
      const refusal = await tab.click(request)
      t.equal(refusal.url.origin, origin)
      t.equal(refusal.status, 403)
      t.match(refusal.text, 'FST_LOGIN_TOO_WEAK')
      t.equal(await whoHas(site, cookie), 'alice', 'the session before goes on')
    })
  }

  test(`a provider that is asked for auth_time at each sign-in hides no old proof either (${mode})`, async t => {
    const { tab, origin, provider } = await signInSilently(t, session, asAsked)
    for (const page of ['/payments', '/close']) t.equal((await tab.open(`${origin}${page}`)).url.origin, provider.issuer)
    t.equal((await tab.submit('alice')).text, 'close')
  })

  test(`what a person allowed stays allowed when they step up for another page (${mode})`, async t => {
    const site = await signInSilently(t, session)
    const { tab, origin } = site
    await tab.open(`${origin}/mail`)
    await tab.submit('/consent')
    await tab.open(`${origin}/keys`)
    t.equal((await tab.submit('alice')).text, 'keys')
    t.equal((await tab.open(`${origin}/mail`)).text, 'mail', 'without a question')
    await tab.open(`${origin}/scopes`)
    t.match(JSON.parse(tab.page.text), ['openid', 'profile', 'offline_access', 'mail.read'])
  })

  test(`an acr that a later sign-in does not repeat is fetched again without a question (${mode})`, async t => {
    const { tab, origin, provider } = await signInSilently(t, session)
    await tab.open(`${origin}/keys`)
    await tab.submit('alice')
    await tab.open(`${origin}/mail`)
    await tab.submit('/consent')
    const before = tab.visited.length
    t.equal((await tab.open(`${origin}/keys`)).text, 'keys')
    t.ok(tab.visited.slice(before).some(url => url.origin === provider.issuer))
  })

  test(`who comes back as somebody else is that somebody, and the first session is over (${mode})`, async t => {
    const site = await signInSilently(t, session)
    const { browser, tab, origin } = site
    const cookie = browser.value(site.session)
    await tab.open(`${origin}/close`)
    t.equal((await tab.submit('bob')).text, 'close')
    t.equal(await whoHas(site, browser.value(site.session)), 'bob')
    t.equal(await whoHas(site, cookie), undefined)
    t.same(await handlesOf(site), [])
    t.equal((await handlesOf(site, 'bob')).length, 1)
  })
}
