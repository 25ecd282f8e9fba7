import { test } from 'tap'
import { BINDING, isRestart, peopled, ROOT, SESSION } from '../oidc/_people.ts'
import { assertFailurePage } from '../oidc/_refusal.ts'
import { buildSite, pathOf, stateOf } from '../oidc/_site.ts'

const options = { oidc: { responseMode: 'form_post' } } as const
const CALLBACK = '/auth/callback'

const queryOf = (callback: string): string => new URL(callback, ROOT).search.slice(1)

test('the answer is a POST from the site of the provider, without the session cookie, and signs in', async t => {
  const site = await buildSite(t, options)
  const visitor = site.visitor()
  const answer = await visitor.signIn('/deep/1')
  t.equal(answer.statusCode, 303)
  t.equal(answer.headers.location, 'https://app.example.com/deep/1')
  t.equal(await visitor.who(), 'alice')
})

test('a second login ends the session before it, whose cookie the callback does not see', async t => {
  const { site, alice } = await peopled(t, options)
  const thief = site.visitor()
  thief.jar.set(SESSION, String(alice.jar.get(SESSION)))
  site.provider.claims = { sub: 'bob' }
  await alice.signIn()
  t.equal(await alice.who(), 'bob')
  t.equal(await thief.who(), undefined)
})

test('an answer by GET is no answer, and spends nothing', async t => {
  const { site, stranger } = await peopled(t, options)
  const callback = site.provider.authorize(await stranger.begin())
  t.ok(isRestart(await stranger.get(callback)))
  t.equal(site.provider.count('token'), 1)
  t.equal((await stranger.postFromProvider(CALLBACK, queryOf(callback))).headers.location, ROOT)
})

test('an answer in the query of a POST is no answer', async t => {
  const { site, stranger } = await peopled(t, options)
  const callback = site.provider.authorize(await stranger.begin())
  await stranger.postFromProvider(callback, '')
  t.equal(await stranger.who(), undefined)
})

test('a reload of the answer leads a signed-in person on, by a GET with which the session cookie travels', async t => {
  const { site, stranger } = await peopled(t, options)
  const form = queryOf(site.provider.authorize(await stranger.begin('/deep/1')))
  await stranger.postFromProvider(CALLBACK, form)
  const answer = await stranger.postFromProvider(CALLBACK, form)
  t.equal(answer.statusCode, 303)
  t.match(answer.headers.location, /^https:\/\/app\.example\.com\/auth\/callback\?state=[\w.-]+$/)
  const end = await stranger.get(pathOf(answer.headers.location))
  t.equal(end.statusCode, 303)
  t.equal(end.headers.location, 'https://app.example.com/deep/1')
  t.equal(await stranger.who(), 'alice')
  t.same(site.leaks(site.log), [])
})

test('an answer that lost its binding cookie begins the login again, and at most twice', async t => {
  const site = await buildSite(t, options)
  let location = await site.visitor().begin('/deep/1')
  for (const attempt of [1, 2]) {
    const visitor = site.visitor()
    const answer = await visitor.deliver(location)
    const again = await visitor.get(pathOf(answer.headers.location))
    t.ok(isRestart(again), `attempt ${attempt}`)
    location = String(again.headers.location)
  }
  const last = site.visitor()
  const page = await last.get(pathOf((await last.deliver(location)).headers.location))
  assertFailurePage(t, site, page, { status: 400, code: 'FST_LOGIN_STATE_FOREIGN' })
})

test('an answer without a readable state leads a signed-in person home, and tells anybody else', async t => {
  const { site, alice, stranger } = await peopled(t, options)
  for (const form of ['', 'code=abc', 'state=made-up', `state=${'a'.repeat(5000)}`, 'state=a&state=b']) {
    const answer = await alice.postFromProvider(CALLBACK, form)
    t.equal((await alice.get(pathOf(answer.headers.location))).headers.location, ROOT)
    const page = await stranger.get(pathOf((await stranger.postFromProvider(CALLBACK, form)).headers.location))
    assertFailurePage(t, site, page, { status: 400, code: 'FST_LOGIN_STATE_INVALID' })
  }
})

test('a refusal of the provider is told at once', async t => {
  const { site, alice, stranger } = await peopled(t, options)
  for (const [visitor, id] of [[alice, 'alice'], [stranger, undefined]] as const) {
    const page = await visitor.deliver(await visitor.begin(), { code: undefined, error: 'access_denied' })
    assertFailurePage(t, site, page, { status: 403, code: 'FST_LOGIN_DENIED' })
    t.equal(await visitor.who(), id)
  }
})

test('a state of somebody else ends nobody\'s session', async t => {
  const { site, alice } = await peopled(t, options)
  const location = await alice.begin()
  site.provider.claims = { sub: 'eve' }
  const eve = site.visitor()
  const answer = await eve.deliver(location)
  const again = await eve.get(pathOf(answer.headers.location))
  await eve.deliver(String(again.headers.location))
  t.equal(await eve.who(), 'eve')
  t.equal(await alice.who(), 'alice')
})

test('a login that came too late still ends the session that was there when it began', async t => {
  const { site, alice } = await peopled(t, options)
  const thief = site.visitor()
  thief.jar.set(SESSION, String(alice.jar.get(SESSION)))
  const location = await alice.begin()
  site.clock.advance(300)
  await alice.begin()
  site.clock.advance(300)
  alice.jar.delete(SESSION)
  const late = await alice.deliver(location)
  const again = await alice.get(pathOf(late.headers.location))
  await alice.deliver(String(again.headers.location))
  t.equal(await alice.who(), 'alice')
  t.equal(await thief.who(), undefined)
})

test('nothing but the callback may come from another site', async t => {
  const { alice } = await peopled(t, options)
  const answer = await alice.post('/app/logout', '', { 'sec-fetch-site': 'cross-site', origin: 'https://id.example.com' })
  t.equal(answer.statusCode, 403)
  t.equal(await alice.who(), 'alice')
})

test('a session cookie with SameSite none, which travels with the answer, makes no difference', async t => {
  const { site, alice } = await peopled(t, { ...options, session: { cookie: { sameSite: 'none' } } })
  const location = await alice.begin(site.loginPage('/deep/1'))
  const form = queryOf(site.provider.authorize(location))
  const headers = { 'sec-fetch-site': 'cross-site', origin: site.provider.issuer }
  t.equal((await alice.post(CALLBACK, form, headers)).headers.location, 'https://app.example.com/deep/1')
  t.equal((await alice.post(CALLBACK, form, headers)).headers.location, 'https://app.example.com/deep/1', 'a reload')
  t.equal((await alice.post(CALLBACK, `state=${stateOf(location)}`, headers)).statusCode, 303)
})

test('each answer is bound to the browser that began it', async t => {
  const { site, stranger } = await peopled(t, options)
  const form = queryOf(site.provider.authorize(await stranger.begin()))
  const other = site.visitor()
  await other.begin()
  const answer = await other.postFromProvider(CALLBACK, form)
  t.match(answer.headers.location, /\/auth\/callback\?state=/)
  t.equal(await other.who(), undefined)
  t.ok(stranger.jar.get(BINDING))
  t.equal((await stranger.postFromProvider(CALLBACK, form)).headers.location, ROOT, 'and the right one can still finish')
})
