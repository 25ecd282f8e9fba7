import { test } from 'tap'
import { setCookiesOfName } from '../../_jar.ts'
import { BINDING, isRestart, peopled, ROOT, SESSION } from '../_people.ts'
import { assertFailurePage } from '../_refusal.ts'

test('a state that was spent is not accepted again, whatever code comes with it', async t => {
  const { site, stranger } = await peopled(t)
  const location = await stranger.begin('/deep/1')
  await stranger.get(site.provider.authorize(location))
  const tokens = site.provider.count('token')
  const session = stranger.jar.get(SESSION)
  const answer = await stranger.get(site.provider.authorize(location))
  t.equal(answer.statusCode, 303)
  t.equal(answer.headers.location, 'https://app.example.com/deep/1', 'leads a signed-in person on')
  t.equal(stranger.jar.get(SESSION), session, 'is no second login')
  stranger.jar.delete(SESSION)
  t.ok(isRestart(await stranger.get(site.provider.authorize(location))), 'begins again for anybody else')
  t.equal(site.provider.count('token'), tokens)
})

test('one state that comes twice at once is accepted once', async t => {
  const { site, stranger } = await peopled(t)
  const callback = site.provider.authorize(await stranger.begin())
  const answers = await Promise.all(Array.from({ length: 5 }, () => stranger.get(callback)))
  t.equal(answers.filter(({ statusCode }) => statusCode === 303).length, 1)
  t.equal(answers.filter(isRestart).length, 4)
})

test('a state is spent also where the answer was an error, or was refused', async t => {
  for (const parameters of [{ code: undefined, error: 'access_denied' }, { iss: 'https://evil.example' }, { code: 'made-up' }, { code: undefined }]) {
    const { site, stranger } = await peopled(t)
    const location = await stranger.begin()
    t.ok([400, 403].includes((await stranger.get(site.provider.authorize(location, parameters))).statusCode))
    t.ok(isRestart(await stranger.get(site.provider.authorize(location))))
    t.equal(await stranger.who(), undefined)
  }
})

test('a state is spent also where the provider was out of reach, and the next try begins again', async t => {
  const { site, stranger } = await peopled(t)
  const location = await stranger.begin('/deep/1')
  site.provider.answers.token = () => { throw new TypeError('fetch failed') }
  t.equal((await stranger.get(site.provider.authorize(location))).statusCode, 503)
  delete site.provider.answers.token
  const again = await stranger.get(site.provider.authorize(location))
  t.ok(isRestart(again))
  const answer = await stranger.get(site.provider.authorize(String(again.headers.location)))
  t.equal(answer.headers.location, 'https://app.example.com/deep/1')
})

test('a code in the hands of another browser is worth nothing', async t => {
  const { site, stranger: victim } = await peopled(t)
  const callback = site.provider.authorize(await victim.begin())
  const code = new URL(callback, ROOT).searchParams.get('code')
  const thief = site.visitor()
  const own = await thief.begin()
  t.ok(isRestart(await thief.get(callback)), 'with the state of the victim')
  const answer = await thief.get(site.provider.authorize(own, { code: String(code) }))
  assertFailurePage(t, site, answer, { status: 400, code: 'FST_LOGIN_CODE_REFUSED' })
  t.equal(await thief.who(), undefined)
})

test('a code from another login of the same browser is refused (RFC 9700, 4.5, code injection)', async t => {
  const { site, stranger } = await peopled(t)
  const first = new URL(site.provider.authorize(await stranger.begin()), ROOT).searchParams.get('code')
  const answer = await stranger.get(site.provider.authorize(await stranger.begin(), { code: String(first) }))
  t.equal(answer.statusCode, 400)
  t.match(answer.body, 'FST_LOGIN_CODE_REFUSED')
})

test('nobody can be signed in as somebody else by a link to the callback (login CSRF)', async t => {
  const { site, stranger: victim } = await peopled(t)
  site.provider.claims = { sub: 'eve' }
  const callback = site.provider.authorize(await site.visitor().begin())
  t.ok(isRestart(await victim.get(callback)))
  t.equal(await victim.who(), undefined)
})

test('logins in other tabs stay alive after one of them succeeded', async t => {
  const { site, stranger } = await peopled(t)
  const first = await stranger.begin('/deep/1')
  const second = await stranger.begin('/deep/2')
  await stranger.get(site.provider.authorize(second))
  const answer = await stranger.get(site.provider.authorize(first))
  t.equal(answer.headers.location, 'https://app.example.com/deep/1')
  t.equal(setCookiesOfName(answer, SESSION).length, 1, 'is a login of its own, not a recovery')
})

for (const [name, url] of [['the route', '/auth/logout'], ['request.logoutUser', '/app/logout']] as const) {
  test(`logout by ${name} ends the logins that are under way`, async t => {
    const { site, alice } = await peopled(t)
    const callback = site.provider.authorize(await alice.begin())
    await alice.post(url)
    t.same(alice.jar.names, [])
    t.ok(isRestart(await alice.get(callback)))
    t.equal(await alice.who(), undefined)
  })
}

test('a login that begins after a logout can be finished, also where another tab put the old binding cookie back', async t => {
  const { site, alice } = await peopled(t)
  await alice.begin()
  const copy = String(alice.jar.get(BINDING))
  await alice.post('/auth/logout')
  alice.jar.set(BINDING, copy)
  t.equal((await alice.signIn(site.loginPage('/deep/1'))).headers.location, 'https://app.example.com/deep/1')
  t.equal(await alice.who(), 'alice')
})
