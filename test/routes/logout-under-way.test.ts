import { test } from 'tap'
import { BINDING } from '../oidc/_people.ts'
import { buildSite } from '../oidc/_site.ts'

test('a logout ends the sign-in that another tab has begun, also for a copy of its cookie', async t => {
  const site = await buildSite(t)
  const visitor = await site.signedIn()
  const location = await visitor.begin('/auth/login')
  const copied = String(visitor.jar.get(BINDING))
  await visitor.post('/auth/logout')
  t.equal(visitor.jar.get(BINDING), undefined)

  visitor.jar.set(BINDING, copied)
  const answer = await visitor.deliver(location)
  t.equal(answer.statusCode, 400)
  t.match(answer.body, 'FST_LOGIN_ENDED')
  t.equal(await visitor.who(), undefined)
})

test('a sign-in that waits for the provider while the person signs out signs nobody in', async t => {
  const site = await buildSite(t)
  const visitor = await site.signedIn()
  const location = await visitor.begin('/auth/login')
  const other = site.visitor()
  for (const name of visitor.jar.names) other.jar.set(name, String(visitor.jar.get(name)))

  const logout = other.post('/app/logout')
  const [answer] = await Promise.all([visitor.deliver(location), logout])
  t.notMatch(answer.headers['set-cookie'], /__Host-login=1/)
})

test('a state stays spent for as long as it could be used', async t => {
  const site = await buildSite(t)
  const visitor = site.visitor()
  const location = await visitor.begin('/auth/login')
  const copy = String(visitor.jar.get(BINDING))
  await visitor.deliver(location)
  for (const seconds of [61, 538]) {
    site.clock.advance(seconds)
    const replayer = site.visitor()
    replayer.jar.set(BINDING, copy)
    await replayer.deliver(location)
    t.equal(site.provider.count('token'), 1, `${seconds} seconds later`)
  }
})

test('a refused account does not hide that a browser goes in circles', async t => {
  const site = await buildSite(t, { loadUser: (_identity, request) => request.url.startsWith('/deep') ? null : {} })
  const visitor = site.visitor()
  let page = await visitor.get('/deep/1')
  for (let step = 0; step < 20 && page.statusCode < 400; step++) {
    const target = String(page.headers.location)
    page = target.startsWith('https://app.example.com')
      ? await visitor.get(target.slice('https://app.example.com'.length))
      : await visitor.deliver(target)
  }
  t.equal(page.statusCode, 400)
  t.match(page.body, 'FST_LOGIN_SESSION_LOST')
})
