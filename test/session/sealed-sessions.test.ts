import type { FastifyInstance, LightMyRequestResponse } from 'fastify'
import { randomBytes } from 'node:crypto'
import { test, type Test } from 'tap'
import { strictSession } from '../../lib/index.ts'
import { createClock, signedIn, type TestClock } from '../../lib/testing/index.ts'
import { buildApp, type BuildOptions, type LoginBody, secret } from '../_app.ts'
import { Jar, setCookiesOf } from '../_jar.ts'
import { limits, SESSION } from './_session.ts'

const { idle, absolute, remember } = limits

/** Requests of one browser, which keeps its cookies; a visit by GET where nothing else is said. */
class Browser {
  readonly jar: Jar
  readonly #app: FastifyInstance

  constructor (app: FastifyInstance, jar = new Jar()) {
    this.#app = app
    this.jar = jar
  }

  async get (url: string): Promise<LightMyRequestResponse> {
    const answer = await this.#app.inject({ url, headers: this.jar.headers })
    this.jar.take(answer)
    return answer
  }

  async post (url: string, body: LoginBody = {}): Promise<LightMyRequestResponse> {
    const answer = await this.#app.inject({ method: 'POST', url, body, headers: this.jar.headers })
    this.jar.take(answer)
    return answer
  }

  async login (body: LoginBody = {}): Promise<this> {
    const { statusCode } = await this.post('/login', body)
    if (statusCode !== 200) throw new Error(`the login answered ${statusCode}`)
    return this
  }

  /** Somebody with a copy of the cookies, to whom later answers do not come. */
  thief (): Browser {
    return new Browser(this.#app, this.jar.copy())
  }

  async isSignedIn (): Promise<boolean> {
    return (await this.get('/who')).json<{ isAuthenticated: boolean }>().isAuthenticated
  }
}

interface Site { readonly app: FastifyInstance, readonly clock: TestClock, browser (): Browser }

async function site (t: Test, { session, ...options }: BuildOptions = {}): Promise<Site> {
  const clock = createClock()
  const app = await buildApp({ session: { idle, absolute, remember, ...session }, now: clock.now, ...options })
  t.teardown(() => app.close())
  return { app, clock, browser: () => new Browser(app) }
}

/** Claims that make a session of about so many bytes. */
function claimsOf (bytes: number): Record<string, string> {
  return { ballast: randomBytes(Math.ceil(bytes * 3 / 4)).toString('base64') }
}

test('a person who logged in is known to the next request', async t => {
  const { browser } = await site(t)
  const ada = await browser().login({ id: 'ada', claims: { name: 'Ada' } })
  t.same((await ada.get('/who')).json(), { id: 'ada', isAuthenticated: true, claims: { name: 'Ada' } })
})

test('somebody without a cookie is anonymous', async t => {
  const { browser } = await site(t)
  t.same((await browser().get('/who')).json(), { isAuthenticated: false })
  t.equal((await browser().get('/me')).statusCode, 401)
})

test('every login makes a new session, and the one before is dead', async t => {
  const { browser } = await site(t)
  const ada = await browser().login()
  const thief = ada.thief()
  await ada.login()
  t.not(ada.jar.cookie, thief.jar.cookie)
  t.equal(await ada.isSignedIn(), true)
  t.equal(await thief.isSignedIn(), false)
})

test('a session that was planted in a browser before the login is not the one after it', async t => {
  const { browser } = await site(t)
  const attacker = await browser().login({ id: 'mallory' })
  const victim = attacker.thief()
  await victim.login({ id: 'ada' })
  t.match((await victim.get('/who')).json(), { id: 'ada' })
  t.equal(await attacker.isSignedIn(), false)
})

test('a copied cookie is dead after the logout', async t => {
  const { browser } = await site(t)
  const ada = await browser().login()
  const thief = ada.thief()
  t.equal(await thief.isSignedIn(), true)
  t.same((await ada.post('/logout')).json(), { isAuthenticated: false })
  t.same(ada.jar.names, [])
  t.equal(await thief.isSignedIn(), false)
  t.equal((await thief.get('/me')).statusCode, 401)
})

test('a logout ends every cookie that the session ever had', async t => {
  const { browser, clock } = await site(t)
  const ada = await browser().login()
  const first = ada.thief()
  clock.advance(idle / 2)
  await ada.get('/who')
  const rolled = ada.thief()
  await ada.post('/renew')
  t.not(first.jar.cookie, rolled.jar.cookie)
  t.not(ada.jar.cookie, rolled.jar.cookie)
  await ada.post('/logout')
  t.equal(await first.isSignedIn(), false)
  t.equal(await rolled.isSignedIn(), false)
})

test('a copy that was renewed stays dead after the logout for all of its longer life', async t => {
  const { browser, clock, app } = await site(t, { session: { idle: absolute } })
  const ada = await browser().login()
  const thief = ada.thief()
  clock.advance(absolute - 10)
  t.equal((await thief.post('/renew')).statusCode, 200)
  await ada.post('/logout')
  clock.advance(11) // the session as ada knew it would be over now
  for (let turn = 0; turn < 1000; turn++) { // so many that the list is swept
    await app.inject({ method: 'POST', url: '/logout', ...await signedIn(app, 'bob') })
  }
  t.equal(await thief.isSignedIn(), false)
})

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

test('a logout leaves other sessions of the same person alone', async t => {
  const { browser } = await site(t)
  const [desk, phone] = [await browser().login(), await browser().login()]
  await desk.post('/logout')
  t.equal(await phone.isSignedIn(), true)
})

test('a session that nobody used ends after the idle time', async t => {
  const { browser, clock } = await site(t)
  const ada = await browser().login()
  const thief = ada.thief()
  clock.advance(idle - 1)
  t.equal(await ada.thief().isSignedIn(), true)
  clock.advance(1)
  t.equal(await thief.isSignedIn(), false)
})

test('a session that is used goes on, but not beyond the absolute time', async t => {
  const { browser, clock } = await site(t)
  const ada = await browser().login()
  for (let time = 50; time < absolute; time += 50) {
    clock.advance(50)
    t.equal(await ada.isSignedIn(), true)
  }
  clock.advance(49)
  t.equal(await ada.isSignedIn(), true)
  clock.advance(1)
  t.equal(await ada.isSignedIn(), false)
})

test('a remembered login survives the idle and the absolute time, and ends after its own', async t => {
  const { browser, clock } = await site(t)
  const ada = await browser().login({ remember: true })
  clock.advance(absolute + 1)
  t.equal(await ada.isSignedIn(), true)
  clock.advance(remember - absolute - 2)
  t.equal(await ada.isSignedIn(), true)
  clock.advance(1)
  t.equal(await ada.isSignedIn(), false)
})

const day = 86_400
for (const [what, body, seconds, step] of [
  ['a login that is not used ends after a day', {}, day, Infinity],
  ['a login that is used ends after a week', {}, 7 * day, day - 60],
  ['a remembered login ends after 30 days', { remember: true }, 30 * day, Infinity],
  ['a remembered login that is used ends after 30 days', { remember: true }, 30 * day, day - 60]
] as const) {
  test(`where nothing is configured ${what}`, async t => {
    const clock = createClock()
    const app = await buildApp({ now: clock.now })
    t.teardown(() => app.close())
    const ada = await new Browser(app).login(body)
    let left = seconds
    while (left > step) {
      clock.advance(step)
      left -= step
      t.equal(await ada.isSignedIn(), true)
    }
    clock.advance(left - 1)
    t.equal(await ada.thief().isSignedIn(), true)
    clock.advance(1)
    t.equal(await ada.isSignedIn(), false)
  })
}

test('only our own times end a session, and not those of the package that seals it', async t => {
  const clock = createClock()
  t.intercept(Date, 'now', { value: clock.now })
  const app = await buildApp()
  t.teardown(() => app.close())
  const ada = await new Browser(app).login({ remember: true })
  clock.advance(29 * day)
  t.equal(await ada.isSignedIn(), true)
  clock.advance(day)
  t.equal(await ada.isSignedIn(), false)
})

test('the strict life is half an hour, twelve hours, and remembers nobody', async t => {
  const { browser, clock } = await site(t, { session: strictSession })
  const ada = await browser().login({ remember: true })
  t.match((await ada.get('/me')).json(), { isRemembered: false })
  clock.advance(1799)
  t.equal(await ada.isSignedIn(), true)
  for (let time = 1799; time < 43_200 - 1000; time += 1000) {
    clock.advance(1000)
    t.equal(await ada.isSignedIn(), true)
  }
  clock.advance(1000)
  t.equal(await ada.isSignedIn(), false)
})

test('a login may have a length of its own', async t => {
  const { browser, clock } = await site(t)
  const brief = await browser().login({ ttl: 10 })
  const long = await browser().login({ ttl: remember + 100, remember: true })
  clock.advance(9)
  t.equal(await brief.isSignedIn(), true)
  clock.advance(1)
  t.equal(await brief.isSignedIn(), false)
  clock.advance(remember)
  t.equal(await long.isSignedIn(), true)
})

test('a client that keeps the cookie past its Max-Age gets nothing', async t => {
  const { browser, clock } = await site(t)
  const ada = browser()
  t.match(setCookiesOf(await ada.post('/login', { remember: true, ttl: 10 })).join(), 'Max-Age=10')
  clock.advance(10)
  t.not(ada.jar.get(SESSION), undefined)
  t.equal(await ada.isSignedIn(), false)
})

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

test('an answer that does not depend on who asks prolongs nothing', async t => {
  const { browser, clock } = await site(t)
  const ada = await browser().login()
  clock.advance(idle / 2)
  t.same(setCookiesOf(await ada.get('/public')), [])
})

test('a rolling write keeps what kind of cookie it is', async t => {
  const { browser, clock } = await site(t)
  const ada = await browser().login()
  const remembered = await browser().login({ remember: true })
  clock.advance(idle / 2)
  t.notMatch(setCookiesOf(await ada.get('/who')).join(), /max-age/i)
  t.match(setCookiesOf(await remembered.get('/who')).join(), `Max-Age=${remember - idle / 2};`)
})

test('a stranger gets no cookie', async t => {
  const { browser } = await site(t)
  for (const url of ['/who', '/me', '/public']) t.same(setCookiesOf(await browser().get(url)), [], url)
  t.same(setCookiesOf(await browser().post('/logout')), [])
})

test('a session that another request ends while this one is answered is not revived', async t => {
  const { app, browser, clock } = await site(t)
  let release = (): void => {}
  let begin = (): void => {}
  const begun = new Promise<void>(resolve => { begin = resolve })
  app.get('/slow', async request => {
    const { isAuthenticated } = request.currentUser
    begin()
    await new Promise<void>(resolve => { release = resolve })
    return { isAuthenticated }
  })
  const ada = await browser().login()
  clock.advance(idle / 2)
  const slow = ada.thief().get('/slow')
  await begun
  await ada.post('/logout')
  release()
  const answer = await slow
  t.same(answer.json(), { isAuthenticated: true })
  t.same(setCookiesOf(answer), [])
})

test('a session that is ended while it is renewed is not revived', async t => {
  const { app, browser } = await site(t)
  const ada = browser()
  app.post('/race', async request => {
    t.equal(request.currentUser.isAuthenticated, true)
    await app.inject({ method: 'POST', url: '/logout', headers: ada.jar.headers })
    await request.renewLogin()
  })
  await ada.login()
  const answer = await ada.post('/race')
  t.equal(answer.statusCode, 401)
  t.same(setCookiesOf(answer), [])
})

test('an answer that takes until after the end of the session does not prolong it', async t => {
  const { app, browser, clock } = await site(t)
  app.get('/long', async request => {
    const { isAuthenticated } = request.currentUser
    clock.advance(absolute)
    return { isAuthenticated }
  })
  const ada = await browser().login()
  t.same((await ada.get('/long')).json(), { isAuthenticated: true })
  t.equal(await ada.isSignedIn(), false)
})

test('a remembered login that came back after the idle time is not fresh, and stays so', async t => {
  const { browser, clock } = await site(t)
  const ada = await browser().login({ remember: true })
  t.match((await ada.get('/me')).json(), { isFresh: true, isRemembered: true })
  clock.advance(idle)
  t.match((await ada.get('/me')).json(), { isFresh: false, isRemembered: true })
  clock.advance(1)
  t.match((await ada.get('/me')).json(), { isFresh: false })
  await ada.post('/renew')
  t.match((await ada.get('/me')).json(), { isFresh: false })
  clock.advance(idle / 2)
  t.match((await ada.get('/me')).json(), { isFresh: false })
})

test('a remembered login that is used stays fresh', async t => {
  const { browser, clock } = await site(t)
  const ada = await browser().login({ remember: true })
  for (let turn = 0; turn < 5; turn++) {
    clock.advance(idle - 1)
    t.match((await ada.get('/me')).json(), { isFresh: true })
  }
})

test('a new login is fresh again, unless it says otherwise', async t => {
  const { browser, clock } = await site(t)
  const ada = await browser().login({ remember: true })
  clock.advance(idle)
  await ada.login({ remember: true })
  t.match((await ada.get('/me')).json(), { isFresh: true })
  await ada.login({ fresh: false })
  t.match((await ada.get('/me')).json(), { isFresh: false })
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

test('a stranger cannot renew anything', async t => {
  const { browser } = await site(t)
  t.equal((await browser().post('/renew')).statusCode, 401)
})

test('the cookie of a login is written on an error reply too', async t => {
  const { app, browser } = await site(t)
  app.post('/login-and-fail', async request => {
    await request.loginUser('ada')
    throw new Error('later')
  })
  const ada = browser()
  t.equal((await ada.post('/login-and-fail')).statusCode, 500)
  t.equal(await ada.isSignedIn(), true)
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

test('processes with one secret know each other\'s sessions', async t => {
  const shared = secret()
  const ada = await (await site(t, { secret: shared })).browser().login()
  t.equal(await new Browser((await site(t, { secret: shared })).app, ada.jar).isSignedIn(), true)
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
