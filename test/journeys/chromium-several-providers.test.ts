import type { Page } from 'playwright-core'
import Fastify from 'fastify'
import t from 'tap'
import { authPlugin } from '../../lib/index.ts'
import { secret } from '../_app.ts'
import { freePort } from '../_free-port.ts'
import { needsChromium } from '../_services.ts'
import { startProvider } from './_application.ts'
import { newPerson, startChromium } from './_chromium.ts'

/** Whether a person can read all of a page without moving it sideways. */
async function fits (page: Page): Promise<boolean> {
  return await page.evaluate('document.documentElement.scrollWidth <= window.innerWidth') as boolean
}

t.test('a person chooses between two providers in a browser', { ...needsChromium(), timeout: 120_000 }, async t => {
  const [work, guests] = [await startProvider(t), await startProvider(t)]
  const port = await freePort()
  const site = `http://localhost:${port}`
  const app = Fastify({ forceCloseConnections: true })
  t.teardown(() => app.close())
  const clientOf = ({ issuer, clientId, clientSecret }: typeof work) => ({ issuer, clientId, clientSecret })
  await app.register(authPlugin, {
    secret: secret(),
    publicUrl: site,
    providers: {
      work: { ...clientOf(work), label: 'Example Incorporated and Daughters' },
      guests: { ...clientOf(guests), label: 'Guests' }
    }
  })
  app.get('/me', { onRequest: [app.loginRequired] }, async ({ currentUser }) => {
    return currentUser.isAuthenticated ? `You are ${currentUser.id}.` : 'nobody'
  })
  await app.listen({ port, host: 'localhost' })
  const browser = await startChromium(t)
  const phone = { viewport: { width: 320, height: 600 }, javaScriptEnabled: false }
  const page = await (await newPerson(browser, phone)).newPage()

  await page.goto(`${site}/me?a=b`)
  t.match(page.url(), `${site}/auth/login?returnTo=`)
  t.ok(await fits(page), 'also on a small screen')
  await page.getByRole('link', { name: 'Guests' }).click()
  t.match(page.url(), guests.issuer)
  await page.goBack()
  await page.getByRole('link', { name: 'Example Incorporated and Daughters' }).click()
  t.match(page.url(), work.issuer, 'somebody may change their mind')
  await page.locator('button[name=person][value=alice]').click()
  await page.waitForURL(`${site}/me?a=b`)
  t.match(await page.locator('body').innerText(), 'You are work:alice.')
})
