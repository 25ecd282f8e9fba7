import { test } from 'tap'
import { BINDING, isRestart, SESSION } from '../oidc/_people.ts'
import { buildSite, type Visitor } from '../oidc/_site.ts'

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
