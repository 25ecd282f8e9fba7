import type { Page } from 'playwright-core'
import t from 'tap'
import { needsChromium } from '../_services.ts'
import { startApplication, startProvider } from './_application.ts'
import { newPerson, startChromium } from './_chromium.ts'

const PATIENCE = { ...needsChromium(), timeout: 120_000 }

/** Agrees on another device, as the QR code leads there. */
async function approve (phone: Page, code: string, person: string): Promise<void> {
  await phone.locator('input[name=user_code]').fill(code)
  await phone.locator('button').first().click()
  await phone.locator('button:not([name=abort])').first().click()
  await phone.locator(`button[name=person][value=${person}]`).click()
  await phone.getByText('Device connected').first().waitFor()
}

t.test('a sign-in by device code with a real provider and a real browser', PATIENCE, async t => {
  const provider = await startProvider(t)
  const { origin, app } = await startApplication(t, { provider, routes: { callback: false }, oidc: { userinfo: true } })
  const browser = await startChromium(t)
  const who = async (page: Page): Promise<Record<string, unknown>> =>
    await (await page.context().request.get(`${origin}/who`)).json()

  for (const javaScriptEnabled of [true, false]) {
    await t.test(`the page goes on by itself ${javaScriptEnabled ? 'with' : 'without'} JavaScript`, async t => {
      const desk = await (await newPerson(browser, { javaScriptEnabled })).newPage()
      const phone = await (await newPerson(browser)).newPage()
      const violations: string[] = []
      desk.on('console', message => { violations.push(message.text()) })
      await desk.goto(`${origin}/deep/page?a=1`)
      t.match(desk.url(), `${origin}/auth/device-login?state=`)
      const code = await desk.locator('.code').innerText()
      const address = String(await desk.locator('main p a').getAttribute('href'))
      await phone.goto(address)
      await approve(phone, code, 'alice')
      await desk.waitForURL(`${origin}/deep/page?a=1`)
      t.match(await who(desk), { id: 'alice', userinfo: { sub: 'alice' } })
      t.match(await who(phone), { isAuthenticated: false }, 'who agreed elsewhere is not signed in there')
      t.same(violations.filter(text => text.includes('Content Security Policy')), [], 'nothing offends the Content Security Policy')
    })
  }

  await t.test('who does not wait presses the link, and who says no at the provider sees it', async t => {
    const desk = await (await newPerson(browser, { javaScriptEnabled: false })).newPage()
    const phone = await (await newPerson(browser)).newPage()
    await desk.goto(`${origin}/auth/login`)
    const code = await desk.locator('.code').innerText()
    await phone.goto(`${provider.issuer}/device`)
    await phone.locator('input[name=user_code]').fill(code)
    await phone.locator('button').first().click()
    await phone.locator('button[name=abort]').click()
    await desk.getByText('FST_LOGIN_DENIED').or(desk.locator('.code')).first().waitFor()
    while (await desk.locator('.code').count() > 0) await desk.locator('a.button').first().click()
    t.match(await desk.locator('main').innerText(), /FST_LOGIN_DENIED/)
    await desk.getByText('Sign in again').click()
    t.not(await desk.locator('.code').innerText(), code, 'a new try has a new code')
  })

  await t.test('who cancels is asked no more', async t => {
    const desk = await (await newPerson(browser)).newPage()
    await desk.goto(`${origin}/auth/login`)
    await desk.locator('button[value=cancel]').click()
    t.match(await desk.locator('main').innerText(), /You cancelled this sign-in/)
  })

  await t.test('the page fits a narrow window, and its QR code is drawn black on white, also in the dark', async t => {
    for (const [width, colorScheme] of [[1000, 'light'], [320, 'light'], [320, 'dark']] as const) {
      const page = await (await newPerson(browser, { viewport: { width, height: 800 }, colorScheme })).newPage()
      await page.goto(`${origin}/auth/login`)
      const wide = await page.evaluate('document.documentElement.scrollWidth')
      t.ok(Number(wide) <= width, `${String(wide)} of ${width}`)
      const qr = await page.evaluate(
        '[getComputedStyle(document.querySelector(".qr")).backgroundColor, getComputedStyle(document.querySelector(".qr path")).fill]')
      t.same(qr, ['rgb(255, 255, 255)', 'rgb(0, 0, 0)'])
      const folder = process.env['SCREENSHOTS']
      if (folder !== undefined) await page.screenshot({ path: `${folder}/device-${width}-${colorScheme}.png`, fullPage: true })
    }
  })

  t.ok(app.hasRoute({ method: 'GET', url: '/auth/device-login' }))
})
