import { test } from 'tap'
import { BINDING, evilPaths, isRestart, peopled, ROOT, SESSION } from '../oidc/_people.ts'
import { assertFailurePage } from '../oidc/_refusal.ts'
import { pathOf, stateOf } from '../oidc/_site.ts'

test('a state of another browser begins the login again, without asking the provider about the code', async t => {
  const { site, alice, stranger } = await peopled(t)
  const callback = site.provider.authorize(await alice.begin(site.loginPage('/deep/1')))
  const answer = await stranger.get(callback)
  t.ok(isRestart(answer))
  t.not(stateOf(String(answer.headers.location)), new URL(callback, ROOT).searchParams.get('state'))
  t.equal(site.provider.count('token'), 1)
  t.equal(await stranger.who(), undefined)
})

test('a state of another browser leads whoever is signed in to its return path, and logs nobody else in', async t => {
  const { site, alice, stranger } = await peopled(t)
  site.provider.claims = { sub: 'eve' }
  const answer = await alice.get(site.provider.authorize(await stranger.begin('/deep/1')))
  t.equal(answer.statusCode, 303)
  t.equal(answer.headers.location, 'https://app.example.com/deep/1')
  t.equal(await alice.who(), 'alice')
})

test('a foreign attempt does not spend the state: the right browser can still finish', async t => {
  const { site, alice, stranger } = await peopled(t)
  const begun = site.visitor()
  const callback = site.provider.authorize(await begun.begin())
  for (const visitor of [alice, stranger, site.visitor()]) await visitor.get(callback)
  const answer = await begun.get(callback)
  t.equal(answer.statusCode, 303)
  t.equal(await begun.who(), 'alice')
})

test('a state in a browser that lost its binding cookie begins the login again', async t => {
  const { site, stranger } = await peopled(t)
  const callback = site.provider.authorize(await stranger.begin())
  stranger.jar.delete(BINDING)
  t.ok(isRestart(await stranger.get(callback)))
})

test('a login begins again at most twice, keeps its return path, and then a page explains', async t => {
  const { site } = await peopled(t)
  let location = await site.visitor().begin('/deep/1')
  for (const attempt of [1, 2]) {
    const answer = await site.visitor().get(site.provider.authorize(location))
    t.ok(isRestart(answer), `attempt ${attempt}`)
    location = String(answer.headers.location)
  }
  const page = await site.visitor().get(site.provider.authorize(location))
  assertFailurePage(t, site, page, { status: 400, code: 'FST_LOGIN_STATE_FOREIGN' })
  const again = /href="([^"]*)">Sign in again/.exec(page.body)?.[1]
  const answer = await site.visitor().signIn(pathOf(again))
  t.equal(answer.headers.location, 'https://app.example.com/deep/1')
})

test('after two attempts the page tells a spent state and an old one apart', async t => {
  const { site, stranger } = await peopled(t)
  const begin = async (): Promise<string> =>
    site.provider.authorize(site.reseal(await stranger.begin(), { attempt: 2 }))
  const spent = await begin()
  await stranger.get(spent)
  stranger.jar.delete(SESSION)
  t.match((await stranger.get(spent)).body, 'FST_LOGIN_STATE_SPENT')
  const old = await begin()
  site.clock.advance(300)
  await stranger.begin()
  site.clock.advance(300)
  t.match((await stranger.get(old)).body, 'FST_LOGIN_STATE_EXPIRED')
})

test('a login that began when the provider had another issuer begins again, and one of another provider does not', async t => {
  const { site, stranger } = await peopled(t)
  const answerTo = async (change: object) => {
    return await stranger.get(site.provider.authorize(site.reseal(await stranger.begin(), { ...change })))
  }
  t.ok(isRestart(await answerTo({ issuer: 'https://other.example' })))
  t.equal((await answerTo({ provider: 'other' })).statusCode, 400)
  for (const flow of ['editProfile', 'resetPassword']) t.ok(isRestart(await answerTo({ flow })), `without the flow ${flow}`)
  t.equal(site.provider.count('token'), 1)
})

test('a login with the state of somebody else does not end the session that this one had', async t => {
  const { site, alice } = await peopled(t)
  const callback = site.provider.authorize(await alice.begin())
  site.provider.claims = { sub: 'eve' }
  const eve = site.visitor()
  const again = await eve.get(callback)
  await eve.get(site.provider.authorize(String(again.headers.location)))
  t.equal(await eve.who(), 'eve')
  t.equal(await alice.who(), 'alice')
})

test('a login that began again still ends the session that was there when it first began', async t => {
  const { site, alice } = await peopled(t)
  const old = String(alice.jar.get(SESSION))
  const callback = site.provider.authorize(await alice.begin())
  alice.jar.delete(SESSION)
  site.clock.advance(300)
  await alice.begin()
  site.clock.advance(300)
  const again = await alice.get(callback)
  t.ok(isRestart(again))
  await alice.get(site.provider.authorize(String(again.headers.location)))
  const thief = site.visitor()
  thief.jar.set(SESSION, old)
  t.equal(await thief.who(), undefined)
})

test('a return path that leaves the site leads to its root also where the login is recovered', async t => {
  const { site, alice, stranger } = await peopled(t)
  for (const returnTo of evilPaths) {
    const state = stateOf(site.reseal(await site.visitor().begin(), { returnTo }))
    t.equal((await alice.get(`/auth/callback?state=${state}`)).headers.location, ROOT, JSON.stringify(returnTo).slice(0, 40))
    const again = await stranger.get(`/auth/callback?state=${state}`)
    t.ok(isRestart(again))
    t.equal(site.returnToOf(again.headers.location), '/')
    t.equal((await stranger.get(site.provider.authorize(String(again.headers.location)))).headers.location, ROOT)
    stranger.jar.delete(SESSION)
  }
})
