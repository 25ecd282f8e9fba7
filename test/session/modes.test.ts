import { test, type Test } from 'tap'
import { type SessionOptions, strictSession } from '../../lib/index.ts'
import { MemoryStore } from '../../lib/stores/memory/memory-store.ts'
import { createClock, signedIn } from '../../lib/testing/index.ts'
import { buildApp, type BuildOptions, secret } from '../_app.ts'
import { setCookiesOf } from '../_jar.ts'
import { Browser, type Site, site as siteOf } from './_browser.ts'
import { limits, SESSION } from './_session.ts'

const { idle, absolute, remember } = limits
const day = 86_400

/** Where sessions can be. What a person sees is the same. */
const places: Readonly<Record<string, SessionOptions>> = {
  'cookie mode': {},
  'cookie mode with a store': { store: 'memory:', mode: 'cookie' },
  'store mode': { store: 'memory:' }
}

for (const [mode, place] of Object.entries(places)) {
  const site = (t: Test, { session, ...options }: BuildOptions = {}): Promise<Site> =>
    siteOf(t, { ...options, session: { ...place, ...session } })

  test(`a person who logged in is known to the next request (${mode})`, async t => {
    const { browser } = await site(t)
    const ada = await browser().login({ id: 'ada', claims: { name: 'Ada' } })
    t.same((await ada.get('/who')).json(), { id: 'ada', isAuthenticated: true, claims: { name: 'Ada' } })
  })

  test(`somebody without a cookie is anonymous (${mode})`, async t => {
    const { browser } = await site(t)
    t.same((await browser().get('/who')).json(), { isAuthenticated: false })
    t.equal((await browser().get('/me')).statusCode, 401)
  })

  test(`every login makes a new session, and the one before is dead (${mode})`, async t => {
    const { browser } = await site(t)
    const ada = await browser().login()
    const thief = ada.thief()
    await ada.login()
    t.not(ada.jar.cookie, thief.jar.cookie)
    t.equal(await ada.isSignedIn(), true)
    t.equal(await thief.isSignedIn(), false)
  })

  test(`a session that was planted in a browser before the login is not the one after it (${mode})`, async t => {
    const { browser } = await site(t)
    const attacker = await browser().login({ id: 'mallory' })
    const victim = attacker.thief()
    await victim.login({ id: 'ada' })
    t.match((await victim.get('/who')).json(), { id: 'ada' })
    t.equal(await attacker.isSignedIn(), false)
  })

  test(`a copied cookie is dead after the logout (${mode})`, async t => {
    const { browser } = await site(t)
    const ada = await browser().login()
    const thief = ada.thief()
    t.equal(await thief.isSignedIn(), true)
    t.same((await ada.post('/logout')).json(), { isAuthenticated: false })
    t.same(ada.jar.names, [])
    t.equal(await thief.isSignedIn(), false)
    t.equal((await thief.get('/me')).statusCode, 401)
  })

  test(`a logout ends every cookie that the session ever had (${mode})`, async t => {
    const { browser, clock } = await site(t)
    const ada = await browser().login()
    const first = ada.thief()
    clock.advance(idle / 2)
    await ada.get('/who')
    const rolled = ada.thief()
    await ada.post('/renew')
    await ada.post('/logout')
    t.equal(await first.isSignedIn(), false)
    t.equal(await rolled.isSignedIn(), false)
  })

  test(`a copy that was renewed stays dead after the logout for all of its longer life (${mode})`, async t => {
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

  test(`a logout leaves other sessions of the same person alone (${mode})`, async t => {
    const { browser } = await site(t)
    const [desk, phone] = [await browser().login(), await browser().login()]
    await desk.post('/logout')
    t.equal(await phone.isSignedIn(), true)
  })

  test(`a session that nobody used ends after the idle time (${mode})`, async t => {
    const { browser, clock } = await site(t)
    const [used, unused] = [await browser().login(), await browser().login()]
    clock.advance(idle - 1)
    t.equal(await used.isSignedIn(), true)
    clock.advance(1)
    t.equal(await unused.isSignedIn(), false)
  })

  test(`a session that is used goes on, but not beyond the absolute time (${mode})`, async t => {
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

  test(`a remembered login survives the idle and the absolute time, and ends after its own (${mode})`, async t => {
    const { browser, clock } = await site(t)
    const ada = await browser().login({ remember: true })
    clock.advance(absolute + 1)
    t.equal(await ada.isSignedIn(), true)
    clock.advance(remember - absolute - 2)
    t.equal(await ada.isSignedIn(), true)
    clock.advance(1)
    t.equal(await ada.isSignedIn(), false)
  })

  for (const [what, body, seconds, step] of [
    ['a login that is not used ends after a day', {}, day, Infinity],
    ['a login that is used ends after a week', {}, 7 * day, day - 60],
    ['a remembered login ends after 30 days', { remember: true }, 30 * day, Infinity],
    ['a remembered login that is used ends after 30 days', { remember: true }, 30 * day, day - 60]
  ] as const) {
    test(`where nothing is configured ${what} (${mode})`, async t => {
      const clock = createClock()
      const app = await buildApp({ session: place, now: clock.now })
      t.teardown(() => app.close())
      const [ada, twin] = [await new Browser(app).login(body), await new Browser(app).login(body)]
      let left = seconds
      while (left > step) {
        clock.advance(step)
        left -= step
        t.equal(await ada.isSignedIn(), true)
        t.equal(await twin.isSignedIn(), true)
      }
      clock.advance(left - 1)
      t.equal(await twin.isSignedIn(), true)
      clock.advance(1)
      t.equal(await ada.isSignedIn(), false)
    })
  }

  test(`only our own times end a session, and not those of the package that seals it (${mode})`, async t => {
    const clock = createClock()
    t.intercept(Date, 'now', { value: clock.now })
    const app = await buildApp({ session: place })
    t.teardown(() => app.close())
    const ada = await new Browser(app).login({ remember: true })
    clock.advance(29 * day)
    t.equal(await ada.isSignedIn(), true)
    clock.advance(day)
    t.equal(await ada.isSignedIn(), false)
  })

  test(`the strict life is half an hour, twelve hours, and remembers nobody (${mode})`, async t => {
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

  test(`a login may have a length of its own (${mode})`, async t => {
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

  test(`a client that keeps the cookie past its Max-Age gets nothing (${mode})`, async t => {
    const { browser, clock } = await site(t)
    const ada = browser()
    t.match(setCookiesOf(await ada.post('/login', { remember: true, ttl: 10 })).join(), 'Max-Age=10')
    clock.advance(10)
    t.not(ada.jar.get(SESSION), undefined)
    t.equal(await ada.isSignedIn(), false)
  })

  test(`an answer that does not depend on who asks prolongs nothing (${mode})`, async t => {
    const { browser, clock } = await site(t)
    const ada = await browser().login()
    clock.advance(idle / 2)
    t.same(setCookiesOf(await ada.get('/public')), [])
  })

  test(`a stranger gets no cookie (${mode})`, async t => {
    const { browser } = await site(t)
    for (const url of ['/who', '/me', '/public']) t.same(setCookiesOf(await browser().get(url)), [], url)
    t.same(setCookiesOf(await browser().post('/logout')), [])
  })

  test(`a session that another request ends while this one is answered is not revived (${mode})`, async t => {
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

  test(`a session that is ended while it is renewed is not revived (${mode})`, async t => {
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

  test(`an answer that takes until after the end of the session does not prolong it (${mode})`, async t => {
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

  test(`a remembered login that came back after the idle time is not fresh, and stays so (${mode})`, async t => {
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

  test(`a remembered login that is used stays fresh (${mode})`, async t => {
    const { browser, clock } = await site(t)
    const ada = await browser().login({ remember: true })
    for (let turn = 0; turn < 5; turn++) {
      clock.advance(idle - 1)
      t.match((await ada.get('/me')).json(), { isFresh: true })
    }
  })

  test(`a new login is fresh again, unless it says otherwise (${mode})`, async t => {
    const { browser, clock } = await site(t)
    const ada = await browser().login({ remember: true })
    clock.advance(idle)
    await ada.login({ remember: true })
    t.match((await ada.get('/me')).json(), { isFresh: true })
    await ada.login({ fresh: false })
    t.match((await ada.get('/me')).json(), { isFresh: false })
  })

  test(`a login that is renewed in the same request reaches the browser (${mode})`, async t => {
    const { app, browser } = await site(t)
    app.post('/login-and-renew', async request => {
      await request.loginUser('2')
      await request.renewLogin()
      await request.renewLogin()
    })
    const ada = await browser().login()
    t.equal((await ada.post('/login-and-renew')).statusCode, 200)
    t.equal(await ada.isSignedIn(), true)
  })

  test(`a stranger cannot renew anything (${mode})`, async t => {
    const { browser } = await site(t)
    t.equal((await browser().post('/renew')).statusCode, 401)
  })

  test(`the cookie of a login is written on an error reply too (${mode})`, async t => {
    const { app, browser } = await site(t)
    app.post('/login-and-fail', async request => {
      await request.loginUser('ada')
      throw new Error('later')
    })
    const ada = browser()
    t.equal((await ada.post('/login-and-fail')).statusCode, 500)
    t.equal(await ada.isSignedIn(), true)
  })

  test(`processes with one secret know each other's sessions (${mode})`, async t => {
    const session = place.store === undefined ? {} : { store: new MemoryStore() }
    const shared = { secret: secret(), session }
    const ada = await (await site(t, shared)).browser().login()
    t.equal(await new Browser((await site(t, shared)).app, ada.jar).isSignedIn(), true)
  })
}
