import { test } from 'tap'
import { evilPaths, peopled, ROOT, SESSION } from '../oidc/_people.ts'
import { assertAccepted, assertFailurePage } from '../oidc/_refusal.ts'
import { buildSite } from '../oidc/_site.ts'

test('a successful login is answered with 303 to the place where it began', async t => {
  const site = await buildSite(t)
  const visitor = site.visitor()
  const answer = await visitor.signIn('/deep/link?a=1&b=%20#x')
  t.equal(answer.statusCode, 303)
  t.equal(answer.headers.location, 'https://app.example.com/deep/link?a=1&b=%20')
  t.match(answer.headers['cache-control'], /no-store/)
  t.equal((await visitor.get('/deep/link')).statusCode, 200)
})

test('a login that succeeds, with userinfo and a logout after it, logs nothing secret', async t => {
  const { site, alice } = await peopled(t, { oidc: { userinfo: true } })
  await alice.get('/deep/1')
  await alice.post('/auth/logout')
  t.match(site.log, '"url":"/auth/callback"')
  t.ok(site.provider.secrets.size > 5)
  t.same(site.leaks(site.log), [])
})

test('the user has the identity that the provider vouched for, and the subject as id', async t => {
  const { alice } = await peopled(t)
  t.match((await alice.get('/who')).json(), {
    id: 'alice', claims: { sub: 'alice', name: 'Alice' }, identity: { issuer: 'https://id.example.com', subject: 'alice', provider: 'oidc' }
  })
})

test('userId makes the id of identity and claims', async t => {
  const seen: unknown[] = []
  const site = await buildSite(t, {
    userId (identity, claims) {
      seen.push({ identity, claims })
      return `${identity.provider}:${identity.subject}`
    }
  })
  const visitor = site.visitor()
  await visitor.signIn()
  t.equal(await visitor.who(), 'oidc:alice')
  t.match(seen, [{ identity: { subject: 'alice' }, claims: { name: 'Alice' } }])
})

test('what userId throws is a fault of the application: its error handler answers, and nobody is signed in', async t => {
  const site = await buildSite(t, { userId () { throw new Error('no such person') } })
  const visitor = site.visitor()
  const answer = await visitor.signIn()
  t.equal(answer.statusCode, 500)
  t.equal(answer.json().message, 'no such person')
  t.equal(await visitor.who(), undefined)
})

test('an error of userId with a status of its own is answered by the application too', async t => {
  const site = await buildSite(t, { userId () { throw Object.assign(new Error('not you'), { statusCode: 403 }) } })
  const answer = await site.visitor().signIn()
  t.equal(answer.statusCode, 403)
  t.equal(answer.json().message, 'not you')
})

test('a userId that gives no text signs nobody in', async t => {
  for (const id of ['', undefined, 7, Promise.resolve('alice')]) {
    const site = await buildSite(t, { userId: () => id as string })
    const visitor = site.visitor()
    t.equal((await visitor.signIn()).statusCode, 500, String(id))
    t.notOk(visitor.jar.names.includes(SESSION))
  }
})

test('a person whom loadUser does not accept gets a page of 403, and whoever was signed in stays so', async t => {
  let isAccepted = true
  const { site, alice, stranger } = await peopled(t, { loadUser: ({ subject }) => isAccepted || subject !== 'eve' ? {} : null })
  isAccepted = false
  site.provider.claims = { sub: 'eve' }
  for (const [visitor, id] of [[alice, 'alice'], [stranger, undefined]] as const) {
    assertFailurePage(t, site, await visitor.signIn(), { status: 403, code: 'FST_LOGIN_USER_REFUSED' })
    t.equal(await visitor.who(), id)
  }
})

test('a loadUser that fails is a page of 503, and whoever was signed in stays so', async t => {
  let isDown = false
  const loadUser = (): object => {
    if (isDown) throw new Error('the database is down')
    return {}
  }
  const { site, alice, stranger } = await peopled(t, { loadUser })
  isDown = true
  const answers = [await alice.signIn(), await stranger.signIn()]
  for (const answer of answers) assertFailurePage(t, site, answer, { status: 503, code: 'FST_LOGIN_STORE_UNAVAILABLE' })
  isDown = false
  t.equal(await alice.who(), 'alice')
  t.equal(await stranger.who(), undefined)
})

test('claims that do not fit into cookies are a page of 400, and whoever was signed in stays so', async t => {
  const { site, alice, stranger } = await peopled(t)
  site.provider.claims = { roles: 'x'.repeat(20_000) }
  for (const [visitor, id] of [[alice, 'alice'], [stranger, undefined]] as const) {
    assertFailurePage(t, site, await visitor.signIn(), { status: 400, code: 'FST_LOGIN_SESSION_TOO_LARGE' })
    t.equal(await visitor.who(), id)
  }
})

test('a login while somebody is signed in makes a new session, and the old cookie is dead', async t => {
  const { site, alice } = await peopled(t)
  const old = alice.jar.copy()
  site.provider.claims = { sub: 'bob' }
  await alice.signIn()
  t.equal(await alice.who(), 'bob')
  t.not(alice.jar.get(SESSION), old.get(SESSION))
  const thief = site.visitor()
  thief.jar.set(SESSION, String(old.get(SESSION)))
  t.equal(await thief.who(), undefined)
})

test('a login ends the session that was there when it began, also where the callback does not see its cookie', async t => {
  const { site, alice } = await peopled(t)
  const old = String(alice.jar.get(SESSION))
  const location = await alice.begin()
  alice.jar.delete(SESSION)
  await alice.get(site.provider.authorize(location))
  t.equal(await alice.who(), 'alice')
  const thief = site.visitor()
  thief.jar.set(SESSION, old)
  t.equal(await thief.who(), undefined)
})

test('a return path that leaves the site leads to its root, although the state is one of ours', async t => {
  const { site } = await peopled(t)
  for (const returnTo of evilPaths) {
    const stranger = site.visitor()
    const answer = await stranger.get(site.provider.authorize(site.reseal(await stranger.begin(), { returnTo })))
    t.equal(answer.headers.location, ROOT, JSON.stringify(returnTo).slice(0, 40))
  }
})

test('HEAD on the callback spends nothing and signs nobody in', async t => {
  const { site, stranger } = await peopled(t)
  const callback = site.provider.authorize(await stranger.begin())
  const answer = await stranger.head(callback)
  t.equal(answer.statusCode, 204)
  t.equal(answer.headers['cache-control'], 'no-store')
  t.same(answer.cookies, [])
  t.same(site.leaks(site.log), [])
  t.equal((await stranger.get(callback)).statusCode, 303)
})

test('a POST to the callback is nothing where the answer comes by GET', async t => {
  const { site, stranger } = await peopled(t)
  const query = new URL(site.provider.authorize(await stranger.begin()), ROOT).searchParams
  t.equal((await stranger.post('/auth/callback', String(query))).statusCode, 404)
})

test('the callback works with SameSite none and with cookies of another name', async t => {
  const site = await buildSite(t, { session: { cookie: { name: 'sid', sameSite: 'none' } } })
  await assertAccepted(t, site)
})

test('the callback works with an authenticated request that is not a navigation, and tells a program its errors in JSON', async t => {
  const { site, stranger } = await peopled(t)
  const headers = { 'sec-fetch-mode': 'cors', 'sec-fetch-dest': 'empty', accept: '*/*' }
  const answer = await stranger.get(site.provider.authorize(await stranger.begin(), { code: undefined, error: 'access_denied' }), headers)
  t.equal(answer.statusCode, 403)
  t.equal(answer.json().code, 'FST_LOGIN_DENIED')
})
