import t from 'tap'
import { Browser, locationOf } from './_browser.ts'
import { begin, discover, finish } from './_client.ts'
import { startFor } from './_start.ts'

const provider = await startFor(t)
const application = await discover(provider)

t.test('cancel sends access_denied back to the application', async t => {
  const browser = new Browser(provider.issuer)
  const attempt = await begin(application)
  const { searchParams } = locationOf(await browser.submit(await browser.open(attempt.url), '/cancel'))
  t.equal(searchParams.get('error'), 'access_denied')
  t.equal(searchParams.get('state'), attempt.state)
  t.equal(searchParams.get('iss'), provider.issuer)
})

t.test('a person who does not exist gets a page, and the sign-in goes on', async t => {
  const browser = new Browser(provider.issuer)
  const attempt = await begin(application)
  const { url } = await browser.open(attempt.url)
  const { pathname } = new URL(url)
  for (const form of [{ person: 'mallory' }, { person: '' }, { people: 'alice' }, { person: 'a'.repeat(100_000) }]) {
    const response = await browser.open(`${pathname}/login`, form)
    t.equal(response.status, 400)
    t.match(await response.text(), /Nobody of that name/)
  }
  const done = await browser.open(`${pathname}/login`, { person: 'bob' })
  t.equal((await finish(application, attempt, locationOf(done))).claims.sub, 'bob')
})

t.test('what belongs to no running sign-in of this browser is a readable page with status 400', async t => {
  const browser = new Browser(provider.issuer)
  const attempt = await begin(application)
  const { url } = await browser.open(attempt.url)
  const { pathname } = new URL(url)
  const stranger = new Browser(provider.issuer)
  const strange: [Browser, string, Record<string, string>?][] = [
    [stranger, '/interaction/'],
    [stranger, '/interaction/unknown'],
    [stranger, '/interaction/%00%ff/login', {}],
    [stranger, pathname],
    [stranger, `${pathname}/login`, { person: 'alice' }],
    [stranger, `${pathname}/cancel`, {}],
    [browser, `${pathname}/elsewhere`],
    [browser, `${pathname}/login`],
    [browser, pathname, { person: 'alice' }]
  ]
  for (const [visitor, path, form] of strange) {
    const response = await visitor.request(path, form)
    t.equal(response.status, 400, path)
    t.match(await response.text(), /This sign-in is over/)
  }
})

t.test('the back button after a sign-in leads to a readable page', async t => {
  const browser = new Browser(provider.issuer)
  const attempt = await begin(application)
  const page = await browser.open(attempt.url)
  const { pathname } = new URL(page.url)
  await browser.submit(page, '/login', { person: 'alice' })
  t.equal((await browser.request(pathname)).status, 400)
  t.equal((await browser.request(`${pathname}/login`, { person: 'alice' })).status, 400)
})
