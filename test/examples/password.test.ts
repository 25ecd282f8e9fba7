import t, { type Test } from 'tap'
import { buildPasswordExample } from '../../examples/password/app.ts'
import { freePort } from '../_free-port.ts'
import { setCookiesOf } from '../_jar.ts'
import { Browser } from './_browser.ts'

const correct = { name: 'ada', password: 'an engine of analysis' }

/** The example on a port of its own; gives its address. */
async function startExample (t: Test): Promise<string> {
  const port = await freePort()
  const app = await buildPasswordExample({ port, passwords: { [correct.name]: correct.password } })
  t.teardown(() => app.close())
  await app.listen({ port, host: 'localhost' })
  return `http://localhost:${port}`
}

t.test('a stranger is sent from a protected page to the login form', async t => {
  const site = await startExample(t)
  const browser = new Browser()
  t.match((await browser.open(site)).body, 'This application checks passwords itself.')
  const form = await browser.open(`${site}/account`)
  t.equal(form.url, `${site}/login`)
  t.match(form.body, '<label for="password">')
})

t.test('name and password open the account', async t => {
  const site = await startExample(t)
  const browser = new Browser()
  const account = await browser.submit(await browser.open(`${site}/login`), '/login', correct)
  t.equal(account.url, `${site}/account`)
  t.match(account.body, 'Hello, ada.')
  t.match(account.body, 'when you close the browser')
})

t.test('whoever wants to be remembered gets a cookie that outlives the browser', async t => {
  const now = Date.now()
  t.intercept(Date, 'now', { value: () => now }) // Max-Age is counted in seconds from then.
  const site = await startExample(t)
  const [session] = setCookiesOf(await new Browser().ask(new URL('/login', site), {}, correct))
  t.notMatch(session, /Max-Age/)
  const browser = new Browser()
  const [remembered] = setCookiesOf(await browser.ask(new URL('/login', site), {}, { ...correct, remember: 'on' }))
  t.match(remembered, 'Max-Age=2592000')
  t.match((await browser.open(`${site}/account`)).body, 'in 30 days')
})

t.test('a wrong password and an unknown name get the same answer, and nobody is signed in', async t => {
  const site = await startExample(t)
  const browser = new Browser()
  const form = await browser.open(`${site}/login`)
  const wrong = await browser.submit(form, '/login', { ...correct, password: 'a guess' })
  const unknown = await browser.submit(form, '/login', { name: 'nobody', password: '' })
  for (const { status, body } of [wrong, unknown]) {
    t.equal(status, 403)
    t.match(body, 'The name or the password is wrong.')
  }
  t.strictSame(browser.jar(new URL(site)).names, [])
  t.equal((await browser.submit(form, '/login', { name: 'ada' })).status, 400, 'a form without a password is refused')
})

t.test('another site cannot sign its visitors in', async t => {
  const site = await startExample(t)
  const browser = new Browser()
  const { status } = await browser.ask(new URL('/login', site), { 'sec-fetch-site': 'cross-site' }, correct)
  t.equal(status, 403)
  t.strictSame(browser.jar(new URL(site)).names, [])
})

t.test('sign-out ends the session, also for a copy of the cookie', async t => {
  const site = await startExample(t)
  const browser = new Browser()
  const account = await browser.submit(await browser.open(`${site}/login`), '/login', correct)
  const { cookie } = browser.jar(new URL(site))
  const home = await browser.submit(account, '/logout')
  t.equal(home.url, `${site}/`)
  t.strictSame(browser.jar(new URL(site)).names, [])
  const copy = await new Browser().ask(new URL('/account', site), { cookie })
  t.match(copy, { status: 303, headers: { location: '/login' } })
})
