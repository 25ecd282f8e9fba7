import Fastify from 'fastify'
import { randomBytes } from 'node:crypto'
import t, { type Test } from 'tap'
import { startDevProvider } from '../../lib/dev-provider/index.ts'
import authPlugin, { type AuthOptions, type OidcOptions } from '../../lib/index.ts'
import { needsChromium } from '../_services.ts'
import { newPerson, startChromium } from './_chromium.ts'
import { freePort } from '../_free-port.ts'

interface SiteOptions {
  readonly session?: AuthOptions['session']
  readonly oidc?: Partial<OidcOptions>
}

/** A small application at a real provider, both on loopback. */
async function startSite (t: Test, { session = {}, oidc = {} }: SiteOptions): Promise<string> {
  const provider = await startDevProvider()
  const port = await freePort()
  const publicUrl = `http://localhost:${port}`
  const app = Fastify({ forceCloseConnections: true })
  const { issuer, clientId, clientSecret } = provider
  await app.register(authPlugin, {
    secret: randomBytes(32), publicUrl, session, oidc: { issuer, clientId, clientSecret, ...oidc }
  })
  app.get('/', async (request, reply) => reply.type('text/html').send(`<p>${JSON.stringify(request.currentUser)}</p>`))
  app.get('/deep', { onRequest: [app.loginRequired] }, async (request, reply) =>
    reply.type('text/html').send(`<p>deep ${JSON.stringify(request.currentUser)}</p>`))
  t.teardown(() => app.close().then(() => provider.close()))
  await app.listen({ port, host: 'localhost' })
  return publicUrl
}

t.test('cookies in a browser', { ...needsChromium(), timeout: 120_000 }, async t => {
  const browser = await startChromium(t)

  await t.test('a SameSite=Strict session survives the way back from the provider', async t => {
    const site = await startSite(t, { session: { cookie: { sameSite: 'strict' } } })
    const context = await newPerson(browser)
    const page = await context.newPage()
    await page.goto(`${site}/deep`)
    await page.locator('button[value=alice]').click()
    await page.waitForURL(`${site}/deep`)
    t.match(await page.locator('p').innerText(), /deep .*"alice"/)
    t.match((await context.cookies()).filter(({ name }) => /^login-\d+$/.test(name)), [{ sameSite: 'Strict' }])
  })

  await t.test('a form_post answer finds its login, though it is a POST from another site', async t => {
    const site = await startSite(t, { oidc: { responseMode: 'form_post' } })
    const context = await newPerson(browser)
    const page = await context.newPage()
    await page.goto(`${site}/deep`)
    t.match((await context.cookies()).filter(({ name }) => name.endsWith('-binding')),
      [{ sameSite: 'None', secure: true, httpOnly: true, path: '/' }])
    await page.locator('button[value=bob]').click()
    await page.waitForURL(`${site}/deep`)
    t.match(await page.locator('p').innerText(), /deep .*"bob"/)
  })

  await t.test('a __Host- cookie is kept on http://localhost', async t => {
    const site = await startSite(t, { session: { cookie: { secure: true } } })
    const context = await newPerson(browser)
    const page = await context.newPage()
    await page.goto(`${site}/deep`)
    await page.locator('button[value=alice]').click()
    await page.waitForURL(`${site}/deep`)
    t.match((await context.cookies()).filter(({ name }) => name === '__Host-login'), [{ secure: true }])
  })

  await t.test('a prefetched sign-in link begins nothing', async t => {
    const site = await startSite(t, {})
    const context = await newPerson(browser)
    const page = await context.newPage()
    await page.goto(site)
    const answered = page.waitForResponse(`${site}/auth/login`)
    await page.evaluate('document.head.insertAdjacentHTML(\'beforeend\', \'<link rel="prefetch" href="/auth/login">\')')
    t.equal((await answered).status(), 204)
    t.strictSame(await context.cookies(), [])
  })

  await t.test('a fetch of a protected page is told 401 instead of being sent away', async t => {
    const site = await startSite(t, {})
    const page = await (await newPerson(browser)).newPage()
    await page.goto(site)
    t.equal(await page.evaluate('fetch(\'/deep\').then(answer => answer.status)'), 401)
  })
})
