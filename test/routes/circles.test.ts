import { test } from 'tap'
import { TokensLost } from '../../lib/index.ts'
import { BINDING, isRestart, SESSION } from '../oidc/_people.ts'
import { buildSite, pathOf, type Visitor } from '../oidc/_site.ts'

/** A browser that signs in but keeps nothing except the small cookie of the login. */
async function signInAndForget (visitor: Visitor): Promise<void> {
  await visitor.signIn('/auth/login')
  for (const name of visitor.jar.names.filter(name => name !== BINDING)) visitor.jar.delete(name)
}

test('a browser that does not keep the session cookie is told so after two rounds, instead of going in circles', async t => {
  const site = await buildSite(t)
  const visitor = site.visitor()
  await signInAndForget(visitor)
  t.ok(isRestart(await visitor.get('/auth/login')))
  await signInAndForget(visitor)
  const answer = await visitor.get('/auth/login')
  t.equal(answer.statusCode, 400)
  t.match(answer.body, 'FST_LOGIN_SESSION_LOST')
  t.match(answer.body, 'did not keep the session')
})

test('half a minute later the browser may try again', async t => {
  const site = await buildSite(t)
  const visitor = site.visitor()
  await signInAndForget(visitor)
  await signInAndForget(visitor)
  site.clock.advance(29)
  t.equal((await visitor.get('/auth/login')).statusCode, 400)
  site.clock.advance(1)
  t.ok(isRestart(await visitor.get('/auth/login')))
})

test('a person who has a session signs in as often as they like', async t => {
  const site = await buildSite(t)
  const visitor = site.visitor()
  for (let round = 0; round < 4; round++) await visitor.signIn('/auth/login')
  t.equal(await visitor.who(), 'alice')
  t.ok(isRestart(await visitor.get('/auth/login')))
})

test('a person who signs out and in again goes in no circle', async t => {
  const site = await buildSite(t)
  const visitor = site.visitor()
  for (let round = 0; round < 3; round++) {
    await visitor.signIn('/auth/login')
    await visitor.post('/app/logout')
    t.equal(await visitor.who(), undefined)
  }
  t.ok(isRestart(await visitor.get('/auth/login')))
})

test('with a strict cookie, which a link of another site leaves at home, only a link of this site tells of a circle', async t => {
  const site = await buildSite(t, { session: { cookie: { sameSite: 'strict' } } })
  const visitor = site.visitor()
  await signInAndForget(visitor)
  await signInAndForget(visitor)
  t.equal((await visitor.get('/auth/login', { 'sec-fetch-site': 'cross-site' })).statusCode, 200)
  t.ok(isRestart(await visitor.get('/auth/login', { 'sec-fetch-site': undefined })))
  for (const origin of ['same-origin', 'same-site', 'none']) {
    t.equal((await visitor.get('/auth/login', { 'sec-fetch-site': origin })).statusCode, 400, origin)
  }
})

test('a cookie whose session a login in another tab has ended is kept by the browser, so there is no circle', async t => {
  const site = await buildSite(t)
  const visitor = site.visitor()
  await visitor.signIn('/auth/login')
  const ended = String(visitor.jar.get(SESSION))
  await visitor.signIn('/auth/login')
  visitor.jar.set(SESSION, ended)
  t.equal(await visitor.who(), undefined)
  t.ok(isRestart(await visitor.get('/auth/login')))
})

test('an application that sends a signed-in person to sign in over and over ends at a page', async t => {
  const site = await buildSite(t, {
    prepare (app) { app.get('/only-bob', async (request, reply) => reply.redirect(request.loginUrl())) }
  })
  const visitor = site.visitor()
  t.equal((await visitor.deliver(await visitor.begin('/only-bob'))).statusCode, 303)
  for (let round = 1; round < 6; round++) await visitor.signIn('/only-bob')
  const answer = await visitor.get(pathOf((await visitor.get('/only-bob')).headers.location))
  t.equal(answer.statusCode, 403)
  t.match(answer.body, 'FST_LOGIN_TOO_WEAK')
  t.equal(await visitor.who(), 'alice', 'whose session goes on')
  site.clock.advance(30)
  t.ok(isRestart(await visitor.get('/auth/login')))
})

test('onUnauthorized that redirects a browser which keeps no session ends at a page', async t => {
  const site = await buildSite(t, {
    onUnauthorized: (_request, reply, error) => reply.redirect(String(error.loginUrl))
  })
  const visitor = site.visitor()
  for (let round = 0; round < 2; round++) {
    await visitor.signIn('/deep/1')
    visitor.jar.delete(SESSION)
  }
  t.match((await visitor.get(pathOf((await visitor.get('/deep/1')).headers.location))).body, 'FST_LOGIN_SESSION_LOST')
})

for (const scopes of [[], ['mail.read']]) {
  test(`tokens that are lost after each sign-in end at a page, also through an error handler (scopes: ${scopes.join()})`, async t => {
    const site = await buildSite(t, {
      prepare (app) {
        app.setErrorHandler((error, _request, reply) => {
          return error instanceof TokensLost ? reply.redirect(String(error.loginUrl)) : reply.send(error)
        })
        app.get('/tokens', async request => {
          // As where each request meets another process, and none of them keeps what the other knows.
          site.clock.advance(1)
          return await request.getAccessToken({ scopes })
        })
      }
    })
    site.provider.tokenAnswer = { expires_in: 1, refresh_token: undefined, scope: 'openid profile email mail.read' }
    const visitor = await site.signedIn()
    site.clock.advance(30)
    for (let round = 0; round < 2; round++) await visitor.signIn('/tokens')
    const answer = await visitor.get(pathOf((await visitor.get('/tokens')).headers.location))
    t.equal(answer.statusCode, 400)
    t.match(answer.body, 'FST_LOGIN_TOKENS_NOT_KEPT')
    t.equal(await visitor.who(), 'alice')
  })
}

test('a sign-in that somebody else begins again and again ends at a page', async t => {
  const site = await buildSite(t)
  const visitor = site.visitor()
  const page = `/auth/login?iss=${encodeURIComponent(site.provider.issuer)}&target_link_uri=/deep/1`
  for (let round = 0; round < 2; round++) {
    await visitor.signIn(page)
    visitor.jar.delete(SESSION)
  }
  t.match((await visitor.get(page)).body, 'FST_LOGIN_SESSION_LOST')
})
