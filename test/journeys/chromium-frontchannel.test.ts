import { createServer } from 'node:http'
import { once } from 'node:events'
import type { AddressInfo } from 'node:net'
import t, { type Test } from 'tap'
import type { SessionOptions } from '../../lib/index.ts'
import { needsChromium } from '../_services.ts'
import { startApplication, startProvider } from './_application.ts'
import { newPerson, startChromium } from './_chromium.ts'

/** A page with a frame, as a provider shows it at its logout. */
function framing (address: string): string {
  return `<!doctype html><title>Signing out</title><iframe src="${address.replaceAll('&', '&amp;')}"></iframe>`
}

/** A site on another port that frames an address. */
async function startFraming (t: Test, address: string): Promise<string> {
  const server = createServer((_request, response) => response.setHeader('content-type', 'text/html').end(framing(address)))
  server.listen(0, '127.0.0.1')
  await once(server, 'listening')
  t.teardown(() => {
    server.closeAllConnections()
    server.close()
  })
  return `http://127.0.0.1:${(server.address() as AddressInfo).port}/`
}

const places: Readonly<Record<string, SessionOptions>> = { 'cookie mode': {}, 'store mode': { store: 'memory:' } }

t.test('front-channel logout in a browser', { ...needsChromium(), timeout: 120_000 }, async t => {
  const chromium = await startChromium(t)

  for (const [mode, session] of Object.entries(places)) {
    await t.test(`a frame in the provider's page ends the session, though no cookie comes with it (${mode})`, async t => {
      const client = { backchannel_logout_uri: 'http://127.0.0.1:9/', backchannel_logout_session_required: true }
      let address = ''
      function postLogoutSuccessSource (context: { type: string, body: string }): void {
        context.type = 'text/html'
        context.body = framing(address)
      }
      const configuration = { features: { rpInitiatedLogout: { postLogoutSuccessSource } } }
      const provider = await startProvider(t, { client, configuration })
      const cookies: unknown[] = []
      const { origin } = await startApplication(t, {
        provider, session, routes: { frontchannelLogout: '/frontchannel-logout', backchannelLogout: false }
      })
      const context = await newPerson(chromium)
      const page = await context.newPage()
      page.on('request', async request => {
        if (request.url().includes('/frontchannel-logout')) cookies.push((await request.allHeaders())['cookie'])
      })
      await page.goto(`${origin}/auth/login`)
      await page.locator('button[value=alice]').click()
      await page.waitForURL(`${origin}/`)
      const who = async (): Promise<Record<string, unknown>> => JSON.parse(await page.locator('body').innerText())
      await page.goto(`${origin}/who`)
      const { sid } = (await who())['claims'] as { sid: string }
      t.match(sid, /./)
      address = `${origin}/auth/frontchannel-logout?${new URLSearchParams({ iss: provider.issuer, sid })}`

      await page.goto(`${provider.issuer}/session/end`)
      const loaded = page.waitForResponse(address)
      await page.locator('button[value=yes]').click()
      t.equal((await loaded).status(), 200)
      await page.frames()[1]?.waitForFunction('document.title !== ""')
      t.equal(await page.frames()[1]?.title(), 'Signed out', 'the frame shows the page')
      t.same(cookies, [undefined])
      await page.goto(`${origin}/who`)
      t.same(await who(), { isAuthenticated: false })

      const elsewhere = await startFraming(t, address)
      await page.goto(elsewhere)
      t.not(await page.frames()[1]?.title(), 'Signed out', 'nobody else may frame it')
    })
  }
})
