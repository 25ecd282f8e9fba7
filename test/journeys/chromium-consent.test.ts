import type { BrowserContextOptions, Page } from 'playwright-core'
import * as client from 'openid-client'
import t, { type Test } from 'tap'
import { needsChromium } from '../_services.ts'
import { type Application, startApplication, startProvider } from './_application.ts'
import { newPerson, startChromium } from './_chromium.ts'
import { begin, configurationOf, refusalOf, startLoopback } from './_program.ts'

const LABEL = 'Reports on the command line'
/** Longer than a narrow window is wide, as scopes that are addresses are. */
const LONG_SCOPE = 'https://reports.example.com/scopes/reports.of.all.the.departments.read'

/** Whether a person can read all of a page without moving it sideways. */
async function fits (page: Page): Promise<boolean> {
  return await page.evaluate('document.documentElement.scrollWidth <= window.innerWidth') as boolean
}

async function startSite (t: Test): Promise<Application> {
  return await startApplication(t, {
    provider: await startProvider(t),
    bearer: { issued: true },
    programs: {
      cli: { label: LABEL, redirectUris: ['http://127.0.0.1/callback'], scopes: ['reports.read', LONG_SCOPE] },
      tool: { label: 'The Tool', redirectUris: ['https://tool.example.com/callback'] }
    }
  })
}

t.test('a person is asked in a browser whether a program may act for them', { ...needsChromium(), timeout: 120_000 }, async t => {
  const { origin } = await startSite(t)
  const loopback = await startLoopback(t)
  const browser = await startChromium(t)
  const cli = configurationOf(origin, '/auth', 'cli')
  const violations: string[] = []

  async function open (url: URL, options: BrowserContextOptions = {}): Promise<Page> {
    const page = await (await newPerson(browser, options)).newPage()
    page.on('console', message => { violations.push(message.text()) })
    await page.goto(url.href)
    return page
  }

  for (const javaScriptEnabled of [true, false]) {
    await t.test(`who goes on comes back to the program with a code ${javaScriptEnabled ? 'with' : 'without'} JavaScript`, async t => {
      const { url, checks } = await begin(cli, loopback.redirectUri, 'openid reports.read offline_access')
      const page = await open(url, { javaScriptEnabled })
      t.match(await page.locator('main').innerText(), new RegExp(`${LABEL} \\(a program on this computer\\)[^]*reports.read[^]*while you are away`))
      await page.getByRole('button', { name: 'Continue' }).click()
      await page.locator('button[name=person][value=alice]').click()
      await page.waitForURL(`${loopback.redirectUri}?**`)
      t.match(await page.locator('body').innerText(), 'You may close this window')
      const tokens = await client.authorizationCodeGrant(cli, new URL(page.url()), checks)
      t.match(await client.fetchUserInfo(cli, tokens.access_token, 'alice'), { sub: 'alice' })
    })
  }

  await t.test('who cancels comes back to it too', async t => {
    const { url, checks } = await begin(cli, loopback.redirectUri, 'reports.read')
    const page = await open(url)
    await page.getByRole('button', { name: 'Cancel' }).click()
    await page.waitForURL(`${loopback.redirectUri}?**`)
    t.same(await refusalOf(client.authorizationCodeGrant(cli, new URL(page.url()), checks)), { error: 'access_denied' })
  })

  await t.test('a program that is another site is reached as well', async t => {
    const { url } = await begin(configurationOf(origin, '/auth', 'tool'), 'https://tool.example.com/callback', 'openid')
    for (const button of ['Continue', 'Cancel']) {
      const page = await (await newPerson(browser)).newPage()
      page.on('console', message => { violations.push(message.text()) })
      await page.route('https://tool.example.com/**', async route => { await route.fulfill({ body: 'the tool' }) })
      await page.goto(url.href)
      t.match(await page.locator('main').innerText(), 'The Tool (tool.example.com)')
      await page.getByRole('button', { name: button }).click()
      if (button === 'Continue') await page.locator('button[name=person][value=alice]').click()
      await page.waitForURL('https://tool.example.com/callback?**')
      t.ok(new URL(page.url()).searchParams.has(button === 'Continue' ? 'code' : 'error'))
    }
  })

  await t.test('the question fits a narrow window, in the light and in the dark', async t => {
    const { url } = await begin(cli, loopback.redirectUri, `openid reports.read offline_access ${LONG_SCOPE}`)
    for (const [width, colorScheme] of [[1000, 'light'], [320, 'light'], [320, 'dark']] as const) {
      const page = await open(url, { viewport: { width, height: 800 }, colorScheme })
      t.ok(await fits(page), `${width} ${colorScheme}`)
      const folder = process.env['SCREENSHOTS']
      if (folder !== undefined) await page.screenshot({ path: `${folder}/consent-${width}-${colorScheme}.png`, fullPage: true })
    }
  })

  t.same(violations.filter(text => text.includes('Content Security Policy')), [], 'nothing offends the Content Security Policy')
})
