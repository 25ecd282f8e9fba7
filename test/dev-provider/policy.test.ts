import t from 'tap'
import { Browser, locationOf } from './_browser.ts'
import { begin, discover, finish, signIn, signInAgain } from './_client.ts'
import { startFor } from './_start.ts'

const provider = await startFor(t)
const application = await discover(provider)

t.test('another acr is a step-up: the person is asked again, and the ID token says so', async t => {
  const browser = new Browser(provider.issuer)
  const plain = await signIn(application, browser, 'alice', { acr_values: '1' })
  t.equal(plain.claims['acr'], '1')
  const enough = await signInAgain(application, browser, { acr_values: '2 1' })
  t.equal(enough.claims['acr'], '1', 'one of those that were asked for is enough')
  const raised = await signIn(application, browser, 'alice', { acr_values: '2' })
  t.equal(raised.claims['acr'], '2')
})

t.test('a sign-in has the first acr unless another was asked for', async t => {
  const browser = new Browser(provider.issuer)
  await signIn(application, browser, 'alice')
  const { claims } = await signInAgain(application, browser, { acr_values: '1', prompt: 'none' })
  t.equal(claims['acr'], '1')
})

t.test('prompt=select_account asks again, and somebody else may be chosen', async t => {
  const browser = new Browser(provider.issuer)
  await signIn(application, browser, 'alice')
  const attempt = await begin(application, { prompt: 'select_account' })
  const page = await browser.open(attempt.url)
  // oidc-provider ends the session of the one before, by a form that sends itself where there is JavaScript.
  const change = await browser.submit(page, '/login', { person: 'bob' })
  const done = await browser.submit(change, '/session/end/confirm')
  t.equal((await finish(application, attempt, locationOf(done))).claims.sub, 'bob')
})
