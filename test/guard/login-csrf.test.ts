import { test } from 'tap'
import { AuthUser } from '../../lib/index.ts'
import { createClock, signedIn } from '../../lib/testing/index.ts'
import { buildApp } from '../_app.ts'
import { Jar } from '../_jar.ts'

const foreign: Record<string, Record<string, string>> = {
  'a browser that says so': { 'sec-fetch-site': 'cross-site', origin: 'https://evil.example' },
  'a sister site': { 'sec-fetch-site': 'same-site', origin: 'https://shop.example.com' },
  'an old browser': { origin: 'https://evil.example' },
  'a page without an origin': { origin: 'null' }
}

for (const [name, headers] of Object.entries(foreign)) {
  test(`another site signs nobody in here, as seen by ${name}`, async t => {
    const app = await buildApp()
    t.teardown(() => app.close())
    const answer = await app.inject({ method: 'POST', url: '/login', headers })
    t.equal(answer.statusCode, 403)
    t.equal(answer.json<{ code: string }>().code, 'FST_LOGIN_CROSS_SITE')
    t.equal(answer.headers['set-cookie'], undefined)
  })
}

test('a page of this site, an allowed origin and a program may log in', async t => {
  const app = await buildApp({ allowedOrigins: ['https://shop.example.com'] })
  t.teardown(() => app.close())
  const own = [
    { 'sec-fetch-site': 'same-origin' }, {}, { 'sec-fetch-site': 'same-site', origin: 'https://shop.example.com' }
  ]
  for (const headers of own) {
    t.equal((await app.inject({ method: 'POST', url: '/login', headers })).statusCode, 200)
  }
})

test('a route that looks at nobody lets another site sign nobody out and prolong nothing', async t => {
  const app = await buildApp({ session: { cookie: { sameSite: 'none' } } })
  t.teardown(() => app.close())
  const config = { auth: false }
  app.post('/open/logout', { config }, async request => { await request.logoutUser() })
  app.post('/open/renew', { config }, async request => { await request.renewLogin() })
  const { headers } = await signedIn(app, '2')
  const evil = { ...headers, 'sec-fetch-site': 'cross-site', origin: 'https://evil.example' }
  for (const url of ['/open/logout', '/open/renew']) {
    t.equal((await app.inject({ method: 'POST', url, headers: evil })).json<{ code: string }>().code, 'FST_LOGIN_CROSS_SITE', url)
  }
  t.equal((await app.inject({ url: '/me', headers })).statusCode, 200)
})

test('the refusal of a foreign request is cached nowhere', async t => {
  const app = await buildApp()
  t.teardown(() => app.close())
  const { headers } = await signedIn(app, '2')
  const answer = await app.inject({ method: 'POST', url: '/public', headers: { ...headers, 'sec-fetch-site': 'cross-site' } })
  t.match(answer, { statusCode: 403, headers: { 'cache-control': 'private, no-store', vary: 'Cookie' } })
})

test('whoever logs the current user in again, with other claims, makes no stale login fresh', async t => {
  const clock = createClock()
  const app = await buildApp({ now: clock.now })
  t.teardown(() => app.close())
  app.post('/claims', async request => {
    const { currentUser } = request
    if (!currentUser.isAuthenticated) return
    await request.loginUser(new AuthUser(currentUser.id, { ...currentUser, claims: { a: 1 } }))
  })
  const { headers } = await signedIn(app, '2', { fresh: false })
  clock.advance(100)
  const again = new Jar().take(await app.inject({ method: 'POST', url: '/claims', headers }))
  t.match((await app.inject({ url: '/me', headers: again.headers })).json(), {
    isFresh: false, authenticatedAt: Math.floor(clock.now() / 1000) - 100
  })
})
