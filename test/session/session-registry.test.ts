import { test, type Test } from 'tap'
import type { SessionInfo, SessionOptions } from '../../lib/index.ts'
import { AuthUser } from '../../lib/index.ts'
import { createClock } from '../../lib/testing/index.ts'
import { type BuildOptions, secret } from '../_app.ts'
import { Browser, type Site, site as siteOf } from './_browser.ts'
import { NotedStore } from './_noted-store.ts'
import { limits } from './_session.ts'

const { idle, absolute, remember } = limits

const places: Readonly<Record<string, SessionOptions>> = {
  'cookie mode': {},
  'cookie mode with a store': { store: 'memory:', mode: 'cookie' },
  'store mode': { store: 'memory:' }
}

const FIREFOX = 'Mozilla/5.0 (X11; Linux x86_64; rv:140.0) Gecko/20100101 Firefox/140.0'

for (const [mode, place] of Object.entries(places)) {
  const site = (t: Test, { session, ...options }: BuildOptions = {}): Promise<Site> =>
    siteOf(t, { ...options, session: { ...place, ...session } })

  test(`the sessions of a person are listed, used last first, and nobody else's (${mode})`, async t => {
    const { app, browser, clock } = await site(t)
    const start = Math.floor(clock.now() / 1000)
    await browser().login({ id: 'bob' })
    await app.inject({ method: 'POST', url: '/login', body: { id: 'ada' }, headers: { 'user-agent': FIREFOX } })
    clock.advance(10)
    await browser().login({ id: 'ada', remember: true })
    t.match(await app.login.sessions.list('ada'), [
      {
        authenticatedAt: start + 10, usedAt: start + 10, endsAt: start + 10 + remember, isRemembered: true, provider: undefined, device: 'Unknown device'
      },
      {
        authenticatedAt: start, usedAt: start, endsAt: start + absolute, isRemembered: false, provider: undefined, device: 'Firefox on Linux'
      }
    ])
    t.equal((await app.login.sessions.list(new AuthUser('bob'))).length, 1)
    t.same(await app.login.sessions.list('carol'), [])
  })

  test(`the provider that vouched is listed (${mode})`, async t => {
    const { app } = await site(t)
    const identity = { issuer: 'https://id.example', subject: 's', provider: 'oidc' }
    app.post('/as', async request => { await request.loginUser(new AuthUser('ada', { identity })) })
    await app.inject({ method: 'POST', url: '/as' })
    t.match(await app.login.sessions.list('ada'), [{ provider: 'oidc' }])
  })

  test(`a session that is used moves up in the list, and one that is over leaves it (${mode})`, async t => {
    const { app, browser, clock } = await site(t)
    const [first] = [await browser().login(), await browser().login()]
    clock.advance(idle / 2)
    await first.get('/who')
    const [used, unused] = await app.login.sessions.list('2')
    t.equal(Number(used?.usedAt) - Number(unused?.usedAt), idle / 2)
    clock.advance(idle / 2)
    t.same((await app.login.sessions.list('2')).map(({ handle }) => handle), [used?.handle])
    await first.post('/logout')
    t.same(await app.login.sessions.list('2'), [])
  })

  test(`a session that is ended by its handle is dead, whoever has its cookie, and others go on (${mode})`, async t => {
    const { app, browser } = await site(t)
    app.get('/handle', async ({ currentUser }) => currentUser.isAuthenticated ? currentUser.sessionHandle : undefined)
    const [desk, phone] = [await browser().login(), await browser().login()]
    const thief = desk.thief()
    const handle = (await desk.get('/handle')).body
    await app.login.sessions.end(handle)
    t.equal(await thief.isSignedIn(), false)
    t.equal(await desk.isSignedIn(), false)
    t.equal(await phone.isSignedIn(), true)
    t.equal((await app.login.sessions.list('2')).length, 1)
    await app.login.sessions.end(handle)
    await app.login.sessions.end((await app.login.sessions.list('2'))[0] as SessionInfo)
    t.equal(await phone.isSignedIn(), false)
  })

  test(`all sessions of a person end at once, later logins live, and other people notice nothing (${mode})`, async t => {
    const { app, browser } = await site(t)
    const [desk, phone] = [await browser().login(), await browser().login({ remember: true })]
    const bob = await browser().login({ id: 'bob' })
    await app.login.sessions.endAll('2')
    t.equal(await desk.isSignedIn(), false)
    t.equal(await phone.isSignedIn(), false)
    t.equal(await bob.isSignedIn(), true)
    t.same(await app.login.sessions.list('2'), [])
    await desk.login()
    t.equal(await desk.isSignedIn(), true)
    t.equal((await app.login.sessions.list('2')).length, 1)
    await app.login.sessions.endAll('2')
    t.equal(await desk.isSignedIn(), false)
  })

  test(`one session can be spared, until all are ended again (${mode})`, async t => {
    const { app, browser, clock } = await site(t)
    app.post('/end-others', async ({ currentUser }) => {
      if (!currentUser.isAuthenticated) throw new Error('a stranger asks')
      await app.login.sessions.endAll(currentUser, { except: currentUser.sessionHandle })
    })
    const [desk, phone] = [await browser().login(), await browser().login()]
    t.equal((await desk.post('/end-others')).statusCode, 200)
    t.equal(await desk.isSignedIn(), true)
    t.equal(await phone.isSignedIn(), false)
    clock.advance(idle / 2)
    t.equal(await desk.isSignedIn(), true)
    t.equal((await desk.post('/renew')).statusCode, 200)
    t.equal((await app.login.sessions.list('2')).length, 1)
    await app.login.sessions.endAll('2')
    t.equal(await desk.isSignedIn(), false)
  })

  test(`a session that was ended with all others is not revived by being spared too late (${mode})`, async t => {
    const { app, browser } = await site(t)
    app.post('/end-others', async ({ currentUser }) => {
      if (!currentUser.isAuthenticated) throw new Error('a stranger asks')
      await app.login.sessions.endAll('2')
      await app.login.sessions.endAll(currentUser, { except: currentUser.sessionHandle })
    })
    const thief = (await browser().login()).thief()
    t.equal((await thief.post('/end-others')).statusCode, 200)
    t.equal(await thief.isSignedIn(), false)
    t.same(await app.login.sessions.list('2'), [])
  })

  test(`a session that was ended with all others is not revived by an answer under way (${mode})`, async t => {
    const { app, browser, clock } = await site(t)
    app.post('/end-all', async ({ currentUser }) => {
      t.equal(currentUser.isAuthenticated, true)
      await app.login.sessions.endAll('2')
    })
    const ada = await browser().login()
    clock.advance(idle / 2)
    await ada.post('/end-all')
    t.equal(await ada.isSignedIn(), false)
    t.equal((await ada.post('/renew')).statusCode, 401)
  })

  test(`sessions stay ended for as long as any of them could have lived (${mode})`, async t => {
    const { app, browser, clock } = await site(t)
    const ada = await browser().login({ ttl: 400 * 86_400, remember: true })
    const bob = await browser().login({ id: 'bob', ttl: 400 * 86_400, remember: true })
    const [session] = await app.login.sessions.list('bob')
    await app.login.sessions.endAll('2')
    await app.login.sessions.end(session as SessionInfo)
    clock.advance(400 * 86_400 - 1)
    t.equal(await ada.isSignedIn(), false)
    t.equal(await bob.isSignedIn(), false)
  })

  test(`where a person is not accepted any more the session is over for every copy (${mode})`, async t => {
    let isLocked = false
    const { app, browser } = await site(t, { loadUser: ({ id }) => isLocked ? null : { id } })
    const ada = await browser().login()
    const thief = ada.thief()
    isLocked = true
    t.equal(await ada.isSignedIn(), false)
    isLocked = false
    t.equal(await thief.isSignedIn(), false)
    t.same(await app.login.sessions.list('2'), [])
  })

  test(`what names no person or no session is refused (${mode})`, async t => {
    const { app, browser } = await site(t)
    const { sessions } = app.login
    await browser().login({ id: 'bob' })
    const [bobs] = await sessions.list('bob')
    const invalid = { code: 'FST_LOGIN_ARGUMENT_INVALID' }
    for (const person of ['', 7, null, undefined, {}, { id: 7 }]) {
      await t.rejects(sessions.list(person as string), invalid)
      await t.rejects(sessions.endAll(person as string), invalid)
    }
    for (const session of ['', 'x', 7, null, {}, { handle: 7 }]) {
      await t.rejects(sessions.end(session as string), invalid)
      await t.rejects(sessions.endAll('ada', { except: session as string }), invalid)
    }
    await t.rejects(sessions.endAll('ada', { except: bobs as SessionInfo }), { ...invalid, message: /another person/ })
  })
}

test('with a store everything is ended where the store is shared', async t => {
  for (const mode of ['cookie', 'store'] as const) {
    const clock = createClock()
    const session = { mode, store: new NotedStore(clock.now) }
    const shared = { secret: secret(), session, now: clock.now }
    const [here, there] = [await siteOf(t, shared), await siteOf(t, shared)]
    const [desk, phone] = [await here.browser().login(), await here.browser().login()]
    const tablet = await there.browser().login()
    await new Browser(there.app, desk.jar.copy()).post('/logout')
    t.equal(await desk.isSignedIn(), false)
    t.equal(await new Browser(there.app, phone.jar).isSignedIn(), true)
    t.equal((await there.app.login.sessions.list('2')).length, 2)
    await there.app.login.sessions.endAll('2')
    t.equal(await phone.isSignedIn(), false)
    t.equal(await tablet.isSignedIn(), false)
    t.equal(await new Browser(here.app, tablet.jar).isSignedIn(), false)
  }
})

test('a list of ended sessions in a store is read once per request, and never for a stranger', async t => {
  const store = new NotedStore()
  const { browser } = await siteOf(t, { session: { store, mode: 'cookie' } })
  const ada = await browser().login()
  store.calls = []
  t.equal((await ada.get('/me')).statusCode, 200)
  t.same(store.calls, ['getMany'])
  store.calls = []
  await browser().get('/me')
  t.same(store.calls, [])
})

test('a list of many sessions is read in parts', async t => {
  const store = new NotedStore()
  const { app, browser } = await siteOf(t, { session: { store } })
  await Promise.all(Array.from({ length: 501 }, () => browser().login()))
  store.calls = []
  t.equal((await app.login.sessions.list('2')).length, 501)
  t.equal(store.calls.filter(call => call === 'getMany').length, 2)
})

test('a session that ends while the list is read is not listed', async t => {
  const store = new NotedStore()
  const { app, browser } = await siteOf(t, { session: { store } })
  await browser().login()
  const [key = ''] = [...store.written.keys()].filter(key => key.startsWith('session:'))
  store.before.set('getMany', async () => { await store.delete(key) })
  t.same(await app.login.sessions.list('2'), [])
})

test('people of registrations that share a store are not mixed up', async t => {
  const store = new NotedStore()
  const [one, other] = [await siteOf(t, { session: { store } }), await siteOf(t, { session: { store, cookie: { name: 'other' } } })]
  const [ada, twin] = [await one.browser().login(), await other.browser().login()]
  t.equal((await one.app.login.sessions.list('2')).length, 1)
  await one.app.login.sessions.endAll('2')
  t.same([await ada.isSignedIn(), await twin.isSignedIn()], [false, true])
})

test('what somebody wrote into the store is not listed, and hides no session', async t => {
  for (const mode of ['cookie', 'store'] as const) {
    const store = new NotedStore()
    const { app, browser } = await siteOf(t, { session: { store, mode } })
    await browser().login()
    const [session] = await app.login.sessions.list('2')
    const [key = ''] = [...store.written.keys()].filter(key => key.startsWith(mode === 'cookie' ? 'listed:' : 'session:'))
    const foreign = [
      '', 'nonsense', 'null', '{}', '[]', '["1",0,9,0,"Firefox"]', '[1,0,9,0,{}]', '[1,0,9,0,"Firefox",1]',
      '[1,0,9,0,"Firefox",null,{}]', '[1,0,9,0,"Firefox",null,"oidc",[1]]', '[1e300,0,9,0,"Firefox"]', '[1,0,-1e13,0,"Firefox"]\nx'
    ]
    for (const [index, value] of foreign.entries()) {
      const tags = [`user:${/\{(.+)\}/.exec(key)?.[1]}`]
      await store.set(key.slice(0, -2) + String(index).padStart(2, '-'), value, { expiresAt: Date.now() + 60_000, tags })
    }
    t.same(await app.login.sessions.list('2'), [session])
  }
})

test('a session that was ended while its list entry was written is not listed', async t => {
  const store = new NotedStore()
  const { app, browser } = await siteOf(t, { session: { store, mode: 'cookie' } })
  const ada = await browser().login()
  const [key = ''] = [...store.written.keys()].filter(key => key.startsWith('listed:'))
  const entry = await store.get(key)
  await ada.post('/logout')
  const [info] = store.written.get(key) ?? []
  await store.set(key, String(info), { expiresAt: Number(entry?.expiresAt), tags: [`user:${/\{(.+)\}/.exec(key)?.[1]}`] })
  t.same(await app.login.sessions.list('2'), [])
})
