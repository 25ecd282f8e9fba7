import { randomBytes } from 'node:crypto'
import { test } from 'tap'
import { secret } from '../_app.ts'
import { Jar, setCookiesOf } from '../_jar.ts'
import { Browser, site } from './_browser.ts'
import { limits, SESSION } from './_session.ts'

const { idle, absolute, remember } = limits

/** Claims that make a session of about so many bytes. */
function claimsOf (bytes: number): Record<string, string> {
  return { ballast: randomBytes(Math.ceil(bytes * 3 / 4)).toString('base64') }
}

for (const [what, url] of [['a new login', '/login'], ['a logout', '/logout']] as const) {
  test(`${what} ends a session that is over in this browser, because a thief may have kept a copy alive`, async t => {
    const { browser, clock } = await site(t)
    const ada = await browser().login()
    const thief = ada.thief()
    clock.advance(idle / 2)
    t.equal(await thief.isSignedIn(), true)
    clock.advance(idle / 2)
    t.equal(await ada.thief().isSignedIn(), false)
    t.equal(await thief.isSignedIn(), true)
    await ada.post(url)
    t.equal(await thief.isSignedIn(), false)
  })
}

test('a session that is used often is written at most once per interval', async t => {
  const { browser, clock } = await site(t)
  const ada = await browser().login()
  const writes: number[] = []
  for (let time = 0; time <= 200; time++) {
    if (setCookiesOf(await ada.get('/who')).length > 0) writes.push(time)
    clock.advance(1)
  }
  // 1/20 of idle would be 5 seconds, but never more than once a minute, and still twice within idle
  t.same(writes, [50, 100, 150, 200])
})

for (const [life, interval] of [[86_400, 4320], [1800, 90], [1000, 60], [120, 60], [60, 30]] as const) {
  test(`with ${life} seconds of idle time a session is written every ${interval} seconds`, async t => {
    const { browser, clock } = await site(t, { session: { idle: life, absolute: 604_800 } })
    const ada = await browser().login()
    clock.advance(interval - 1)
    t.equal(setCookiesOf(await ada.get('/who')).length, 0)
    clock.advance(1)
    t.equal(setCookiesOf(await ada.get('/who')).length, 1)
    t.equal(setCookiesOf(await ada.get('/who')).length, 0)
  })
}

test('a rolling write keeps what kind of cookie it is', async t => {
  const { browser, clock } = await site(t)
  const ada = await browser().login()
  const remembered = await browser().login({ remember: true })
  clock.advance(idle / 2)
  t.notMatch(setCookiesOf(await ada.get('/who')).join(), /max-age/i)
  t.match(setCookiesOf(await remembered.get('/who')).join(), `Max-Age=${remember - idle / 2};`)
})

test('renewing gives a login its full length again, and keeps its id and its time', async t => {
  const { browser, clock } = await site(t, { session: { idle: absolute } })
  const ada = await browser().login()
  const before = (await ada.get('/me')).json<{ authenticatedAt: number }>()
  const thief = ada.thief()
  clock.advance(absolute - 1)
  t.same((await ada.post('/renew')).json(), { isAuthenticated: true })
  clock.advance(absolute - 1)
  t.equal(await ada.isSignedIn(), true)
  t.equal((await ada.get('/me')).json<{ authenticatedAt: number }>().authenticatedAt, before.authenticatedAt)
  t.equal(await thief.isSignedIn(), false, 'the old text has its old end')
})

test('a session beyond the budget is refused: nothing is sent, and the one before goes on', async t => {
  const { browser } = await site(t)
  const ada = await browser().login({ id: 'ada' })
  const answer = await ada.post('/login', { id: 'bob', claims: claimsOf(6000) })
  t.match(answer.json(), { code: 'FST_LOGIN_SESSION_TOO_LARGE', statusCode: 400 })
  t.same(setCookiesOf(answer), [])
  t.match((await ada.get('/who')).json(), { id: 'ada' })
})

test('a session beyond the budget leaves a stranger a stranger', async t => {
  const { browser } = await site(t)
  const ada = browser()
  t.same(setCookiesOf(await ada.post('/login', { claims: claimsOf(100_000) })), [])
  t.same(ada.jar.names, [])
})

test('the budget is 7500 bytes where nothing is said, and can be raised to 12000', async t => {
  for (const [maxBytes, fits, isTooMuch] of [[undefined, 5100, 5400], [12_000, 8450, 8800]] as const) {
    const { browser } = await site(t, { session: maxBytes === undefined ? {} : { cookie: { maxBytes } } })
    const ada = await browser().login({ claims: claimsOf(fits) })
    t.equal(await ada.isSignedIn(), true)
    t.ok(ada.jar.cookie.length <= (maxBytes ?? 7500) - 200)
    t.equal((await ada.post('/login', { claims: claimsOf(isTooMuch) })).statusCode, 400)
  }
})

test('a large session goes out in numbered chunks below 4050 bytes, and comes back', async t => {
  const { browser } = await site(t)
  const claims = claimsOf(5000)
  const ada = browser()
  const lines = setCookiesOf(await ada.post('/login', { claims }))
  t.same(ada.jar.names, [SESSION, `${SESSION}.1`])
  t.ok(lines.every(line => line.length < 4050))
  t.same((await ada.get('/who')).json(), { id: '2', isAuthenticated: true, claims })
})

test('chunks that a smaller session leaves over are cleared', async t => {
  const { browser } = await site(t, { session: { cookie: { maxBytes: 12_000 } } })
  const ada = await browser().login({ claims: claimsOf(8000) })
  t.equal(ada.jar.names.length, 3)
  await ada.login({ claims: claimsOf(4000) })
  t.same(ada.jar.names, [SESSION, `${SESSION}.1`])
  await ada.login()
  t.same(ada.jar.names, [SESSION])
  t.equal(await ada.isSignedIn(), true)
})

test('a logout clears every chunk', async t => {
  const { browser } = await site(t, { session: { cookie: { maxBytes: 12_000 } } })
  const ada = await browser().login({ claims: claimsOf(8000) })
  await ada.post('/logout')
  t.same(ada.jar.names, [])
})

for (const [what, bytes, maxBytes] of [['of 5 kB', 5000, 7500], ['as large as is allowed', 8450, 12_000]] as const) {
  test(`a session ${what} comes back over a real socket`, async t => {
    const { app } = await site(t, { session: { cookie: { maxBytes } } })
    const origin = await app.listen({ port: 0, host: '127.0.0.1' })
    const claims = claimsOf(bytes)
    const jar = new Jar().take(await fetch(`${origin}/login`, {
      method: 'POST', body: JSON.stringify({ claims }), headers: { 'content-type': 'application/json' }
    }))
    t.ok(jar.names.length > 1)
    const answer = await fetch(`${origin}/who`, { headers: jar.headers })
    t.equal(answer.status, 200)
    t.same(await answer.json(), { id: '2', isAuthenticated: true, claims })
  })
}

test('after a rotation every session of a previous secret goes on, and is sealed with the first at once', async t => {
  const [first, second, third] = [secret(), secret(), secret()]
  const ada = await (await site(t, { secret: first })).browser().login()
  const before = ada.jar.copy()

  const rotated = await site(t, { secret: [third, second, first] })
  const later = new Browser(rotated.app, ada.jar)
  t.equal(await later.isSignedIn(), true)
  t.not(later.jar.cookie, before.cookie)
  t.same(setCookiesOf(await later.get('/who')), [], 'it is sealed again only once')

  const final = await site(t, { secret: third })
  t.equal(await new Browser(final.app, later.jar.copy()).isSignedIn(), true)
  t.equal(await new Browser(final.app, before).isSignedIn(), false)
})

test('a rotation keeps a large session whole', async t => {
  const [first, second] = [secret(), secret()]
  const claims = claimsOf(5000)
  const ada = await (await site(t, { secret: first })).browser().login({ claims })
  const later = new Browser((await site(t, { secret: [second, first] })).app, ada.jar)
  await later.get('/who')
  t.same((await new Browser((await site(t, { secret: second })).app, later.jar).get('/who')).json(), { id: '2', isAuthenticated: true, claims })
})

test('a session that was ended before the rotation is not sealed again', async t => {
  const [first, second] = [secret(), secret()]
  const ada = await (await site(t, { secret: first })).browser().login()
  const { app } = await site(t, { secret: [second, first] })
  const [here, copy] = [new Browser(app, ada.jar.copy()), new Browser(app, ada.jar.copy())]
  await here.post('/logout')
  const answer = await copy.get('/who')
  t.same(answer.json(), { isAuthenticated: false })
  t.same(setCookiesOf(answer), [])
})

test('what one request does to the claims of a person the next does not see', async t => {
  const { app, browser } = await site(t)
  app.get('/spoil', async request => {
    if (!request.currentUser.isAuthenticated) return 'stranger'
    const roles = request.currentUser.claims.roles as string[]
    try {
      roles.push('admin')
    } catch {
      return 'frozen'
    }
    return 'changed'
  })
  const ada = await browser().login({ claims: { roles: ['reader'] } })
  t.equal((await ada.get('/spoil')).body, 'frozen')
  t.match((await ada.get('/who')).json(), { claims: { roles: ['reader'] } })
})
