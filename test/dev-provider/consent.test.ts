import t from 'tap'
import { Browser, locationOf } from './_browser.ts'
import { begin, discover, finish, introspect, signIn, signInAgain } from './_client.ts'
import { startFor } from './_start.ts'

const resource = 'https://api.example.com'
const features = {
  resourceIndicators: {
    getResourceServerInfo: () => ({ scope: 'files.read', audience: resource, accessTokenFormat: 'opaque' }),
    useGrantedResource: () => true
  }
}
const provider = await startFor(t, { scopes: ['mail.read', 'mail.send'], consent: true, configuration: { features } })
const application = await discover(provider)

/** Signs Alice in, and leaves her where she is asked. */
async function meetQuestion (browser: Browser, further: Record<string, string>) {
  const attempt = await begin(application, further)
  return { attempt, question: await browser.submit(await browser.open(attempt.url), '/login', { person: 'alice' }) }
}

t.test('whoever asks for nothing more than OpenID Connect has meets no question, also with a refresh token', async t => {
  const { tokens } = await signIn(application, new Browser(provider.issuer), 'alice', { scope: 'openid email offline_access' })
  t.match(tokens, { scope: 'openid email offline_access', refresh_token: String })
})

t.test('a further scope is asked about once, and comes with the token', async t => {
  const browser = new Browser(provider.issuer)
  await signIn(application, browser, 'alice', { scope: 'openid' })
  const scope = 'openid offline_access mail.read'
  const attempt = await begin(application, { scope })
  const question = await browser.open(attempt.url)
  t.equal(question.status, 200)
  t.match(await question.clone().text(), '<h1>Allow this?</h1>')
  const done = await browser.submit(question, '/consent')
  const { tokens } = await finish(application, attempt, locationOf(done))
  t.match(await introspect(application, tokens.access_token), { active: true, scope })
  t.equal((await signInAgain(application, browser, { scope })).tokens.scope, scope, 'nobody asks again')
})

t.test('what a resource has (RFC 8707) is asked about too', async t => {
  const browser = new Browser(provider.issuer)
  const { attempt, question } = await meetQuestion(browser, { scope: 'openid files.read', resource })
  t.match(await question.clone().text(), '<strong>files.read</strong>')
  const done = await browser.submit(question, '/consent')
  const { tokens } = await finish(application, attempt, locationOf(done))
  t.match(await introspect(application, tokens.access_token), { active: true, scope: 'files.read', aud: resource })
})

t.test('a person who says no sends access_denied back, and is asked again the next time', async t => {
  const browser = new Browser(provider.issuer)
  const { question } = await meetQuestion(browser, { scope: 'openid mail.send' })
  t.equal(locationOf(await browser.submit(question, '/cancel')).searchParams.get('error'), 'access_denied')
  const again = await browser.open((await begin(application, { scope: 'openid mail.send' })).url)
  t.match(await again.text(), 'Allow this?')
})

t.test('a silent sign-in shows no question, but says that there is one', async t => {
  const browser = new Browser(provider.issuer)
  await signIn(application, browser, 'alice', { scope: 'openid' })
  const { url } = await begin(application, { scope: 'openid mail.read', prompt: 'none' })
  t.match(locationOf(await browser.open(url)).searchParams.get('error'), /^(consent|interaction)_required$/)
})

t.test('nobody consents before they have signed in', async t => {
  const browser = new Browser(provider.issuer)
  const { url } = await browser.open((await begin(application, { scope: 'openid mail.read' })).url)
  const page = await browser.open(`${new URL(url).pathname}/consent`, {})
  t.match(await page.text(), 'asks who you are')
})
