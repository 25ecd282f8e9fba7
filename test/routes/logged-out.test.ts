import { test } from 'tap'
import { bindingDigest } from '../../lib/oidc/login/transaction.ts'
import { providerLogout } from '../oidc/_logout.ts'
import { BINDING, evilPaths, isRestart, peopled, ROOT } from '../oidc/_people.ts'
import { buildSite, pathOf, stateOf, type Visitor } from '../oidc/_site.ts'

test('the logged-out page is there for everybody and asks nobody to sign in', async t => {
  const { alice, stranger } = await peopled(t)
  for (const visitor of [alice, stranger]) {
    const answer = await visitor.get('/auth/logged-out')
    t.equal(answer.statusCode, 200)
    t.match(answer.headers['content-type'], /^text\/html/)
    t.match(answer.headers['cache-control'], /no-store/)
  }
})

test('the logged-out page stays public where a guard stands before the whole application', async t => {
  const site = await buildSite(t)
  site.app.addHook('onRequest', (request, reply, done) => site.app.loginRequired(request, reply, done))
  t.equal((await site.visitor().get('/auth/logged-out')).statusCode, 200)
  t.equal((await site.visitor().get('/')).statusCode, 302)
})

test('its button signs in again', async t => {
  const { stranger } = await peopled(t)
  const page = await stranger.get('/auth/logged-out')
  t.ok(isRestart(await stranger.get(pathOf(/href="([^"]*)">Sign in again/.exec(page.body)?.[1]))))
})

test('its query does not appear in it', async t => {
  const { stranger } = await peopled(t)
  t.notMatch((await stranger.get('/auth/logged-out?state=evil&error_description=evil&returnTo=evil')).body, 'evil')
})

test('a state that does not belong to this browser and this hour leads nowhere (RP-Initiated Logout, section 3)', async t => {
  const { site, alice, stranger } = await peopled(t, { oidc: { postLogoutRedirect: '/bye' } })
  const logout = async (visitor: Visitor): Promise<string> => String(providerLogout(await visitor.post('/auth/logout'))?.['state'])
  const state = await logout(alice)
  const other = await site.signedIn()
  const otherState = await logout(other)
  const login = stateOf(await site.visitor().begin())
  const wrong = ['', 'x', otherState, login, `${state}x`, state.slice(1), `${state}&state=${state}`, `${state}&state=`]
  for (const wish of wrong) t.equal((await alice.get(`/auth/logged-out?state=${wish}`)).statusCode, 200, wish)
  t.equal((await stranger.get(`/auth/logged-out?state=${state}`)).statusCode, 200, 'a browser without the secret')
  t.equal((await alice.get('/auth/logged-out')).statusCode, 200, 'without a state')
  t.equal((await alice.get(`/auth/logged-out?state=${state}`)).statusCode, 303)
  site.clock.advance(600)
  t.equal((await alice.get(`/auth/logged-out?state=${state}`)).statusCode, 200, 'a state of 10 minutes ago')
})

test('a state is no older than 10 minutes also where the secret is younger', async t => {
  const { site, alice } = await peopled(t, { oidc: { postLogoutRedirect: '/bye' } })
  const state = providerLogout(await alice.post('/auth/logout'))?.['state']
  site.clock.advance(599)
  await alice.begin()
  t.equal((await alice.get(`/auth/logged-out?state=${state}`)).statusCode, 303)
  site.clock.advance(1)
  t.equal((await alice.get(`/auth/logged-out?state=${state}`)).statusCode, 200)
})

test('the state of a logout finishes no login', async t => {
  const { alice } = await peopled(t, { oidc: { postLogoutRedirect: '/bye' } })
  const state = providerLogout(await alice.post('/auth/logout'))?.['state']
  const answer = await alice.get(`/auth/callback?code=x&state=${state}`)
  t.equal(answer.statusCode, 400)
  t.match(answer.body, 'FST_LOGIN_STATE_INVALID')
})

test('where it leads is looked at again when it is used', async t => {
  const { site, alice } = await peopled(t, { oidc: { postLogoutRedirect: '/bye' } })
  await alice.post('/auth/logout')
  const opened = site.vault.open('binding', String(alice.jar.get(BINDING)))?.payload as { k: string, t: number }
  const b = bindingDigest({ secret: Buffer.from(opened.k, 'base64url'), at: opened.t, finished: [] })
  const seal = (r: unknown): string => site.vault.seal('logout-state', { v: 1, r, t: opened.t, b })
  t.equal((await alice.get(`/auth/logged-out?state=${seal('/x')}`)).headers.location, `${ROOT}x`, 'so it would be accepted')
  for (const path of evilPaths) {
    const { statusCode, headers } = await alice.get(`/auth/logged-out?state=${seal(path)}`)
    const leads = statusCode === 303 ? headers.location : undefined
    t.ok([undefined, ROOT, 'https://evil.example/'].includes(leads), String(path))
    t.equal(leads === 'https://evil.example/', path === 'https://evil.example/', 'only an address of the application leaves the site')
  }
  t.equal((await alice.get(`/auth/logged-out?state=${site.vault.seal('logout-state', { v: 2, r: '/x', t: opened.t, b })}`)).statusCode, 200)
})
