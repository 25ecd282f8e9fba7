import type { Page } from 'playwright-core'
import t, { type Test } from 'tap'
import { buildDemo } from '../../examples/demo/app.ts'
import { needsChromium } from '../_services.ts'
import { newPerson, startChromium } from './_chromium.ts'
import { freePort } from '../_free-port.ts'

async function startDemo (t: Test): Promise<string> {
  const port = await freePort()
  const app = await buildDemo({ port })
  t.teardown(() => app.close())
  await app.listen({ port, host: 'localhost' })
  return `http://localhost:${port}`
}

async function choosePerson (page: Page, person: string): Promise<void> {
  await page.locator(`button[name=person][value=${person}]`).click()
}

t.test('the demo in a browser', { ...needsChromium(), timeout: 120_000 }, async t => {
  const { now } = Date
  let ahead = 0
  t.intercept(Date, 'now', { value: () => now() + ahead * 1000 })
  const site = await startDemo(t)
  const browser = await startChromium(t)

  await t.test('a stranger sees the public page and is sent to sign-in for a protected one', async t => {
    const page = await (await newPerson(browser)).newPage()
    await page.goto(site)
    t.notMatch(await page.locator('body').innerText(), /Alice/)
    await page.goto(`${site}/me`)
    t.match(page.url(), /^http:\/\/127\.0\.0\.1:\d+\/interaction\//)
    t.equal(await page.locator('button[name=person]').count(), 3)
  })

  await t.test('a deep link survives the sign-in, with its query', async t => {
    const page = await (await newPerson(browser)).newPage()
    await page.goto(`${site}/reports/2026?month=11`)
    await choosePerson(page, 'alice')
    await page.waitForURL(`${site}/reports/2026?month=11`)
    t.match(await page.locator('body').innerText(), /2026/)
    await page.goto(`${site}/me`)
    t.match(await page.locator('body').innerText(), /Alice/)
    await page.reload()
    t.match(await page.locator('body').innerText(), /Alice/)
  })

  await t.test('two tabs that wait for a sign-in both reach what they asked for', async t => {
    const context = await newPerson(browser)
    const [first, second] = [await context.newPage(), await context.newPage()]
    await Promise.all([first.goto(`${site}/reports/2026?month=3`), second.goto(`${site}/me`)])
    await choosePerson(first, 'bob')
    await first.waitForURL(`${site}/reports/2026?month=3`)
    await choosePerson(second, 'bob')
    await second.waitForURL(`${site}/me`)
    t.match(await second.locator('body').innerText(), /Bob/)
  })

  await t.test('after sign-out the back button shows nothing private', async t => {
    const context = await newPerson(browser)
    const page = await context.newPage()
    await page.goto(`${site}/me`)
    await choosePerson(page, 'carol')
    await page.waitForURL(`${site}/me`)
    const [session] = (await context.cookies()).filter(({ name }) => /^login-\d+$/.test(name))
    t.match(session, { httpOnly: true, sameSite: 'Lax', path: '/' })

    await page.locator('form[action*="/auth/logout"] button').first().click()
    await page.locator('button[value=yes]').click()
    await page.waitForURL(`${site}/auth/logged-out`)
    t.strictSame((await context.cookies()).filter(({ name }) => /^login-\d+$/.test(name)), [])

    for (let step = 0; step < 3; step++) {
      await page.goBack().catch(() => {})
      t.not(page.url(), `${site}/me`, 'the private page is asked for again, and leads to the sign-in')
      if (page.url().startsWith(site)) t.notMatch(await page.locator('body').innerText(), /carol/i)
    }
    await context.addCookies(session === undefined ? [] : [session])
    await page.goto(`${site}/me`)
    t.match(page.url(), /\/interaction\//, 'a copy of the cookie is dead too')
  })

  await t.test('a person sees two browsers that are signed in, and signs the other one out', async t => {
    const desk = await (await newPerson(browser)).newPage()
    const phone = await (await newPerson(browser, { javaScriptEnabled: false })).newPage()
    for (const page of [desk, phone]) {
      await page.goto(`${site}/me`)
      await choosePerson(page, 'bob')
      await page.waitForURL(`${site}/me`)
    }
    await desk.click('a[href="/auth/sessions"]')
    await desk.waitForURL(`${site}/auth/sessions`)
    t.match(await desk.locator('main').innerText(), /Chrome on Linux/)
    const rows = await desk.locator('.sessions li').count()
    t.equal(await desk.locator('text=This device').count(), 1)
    t.ok(rows >= 2)
    await desk.locator('button[value=others]').click()
    await desk.waitForURL(`${site}/auth/sessions?`)
    t.equal(await desk.locator('.sessions li').count(), 1)
    const answer = await phone.context().request.get(`${site}/api/me`)
    t.equal(answer.status(), 401, 'the other browser has to sign in again')
  })

  await t.test('a person allows what a page needs, and watches how its token is refreshed', async t => {
    const page = await (await newPerson(browser, { javaScriptEnabled: false })).newPage()
    await page.goto(`${site}/mail?every=1`)
    await choosePerson(page, 'alice')
    t.match(await page.locator('main li').allInnerTexts(), ['mail.read'])
    await page.locator('form[action$="/consent"] button').click()
    await page.waitForURL(`${site}/mail?every=1`)
    const before = await page.locator('#refreshes').innerText()
    ahead += 9
    await page.locator('#refreshes', { hasNotText: new RegExp(`^${before}$`) }).waitFor()
    t.match(await page.locator('main').innerText(), /Mail for alice[^]*A moth in relay 70/)
    t.equal(page.url(), `${site}/mail?every=1`)
  })

  await t.test('everything works without JavaScript', async t => {
    const page = await (await newPerson(browser, { javaScriptEnabled: false })).newPage()
    await page.goto(`${site}/me`)
    await choosePerson(page, 'alice')
    await page.waitForURL(`${site}/me`)
    await page.locator('form[action*="/auth/logout"] button').first().click()
    await page.locator('button[value=yes]').click()
    await page.waitForURL(`${site}/auth/logged-out`)
    t.equal(await page.locator('h1').innerText(), 'You are signed out')
  })

  await t.test('a link from another site asks before it signs anybody out', async t => {
    const page = await (await newPerson(browser)).newPage()
    await page.goto(`${site}/me`)
    await choosePerson(page, 'alice')
    await page.waitForURL(`${site}/me`)
    await page.goto('about:blank')
    await page.setContent(`<a href="${site}/auth/logout">win a prize</a>`)
    await page.click('a')
    await page.waitForURL(`${site}/auth/logout`)
    t.match(await page.locator('h1').innerText(), 'Sign out?')
    await page.goto(`${site}/me`)
    t.match(await page.locator('body').innerText(), /Alice/)
  })
})
