import { test } from 'tap'
import { OpenedCache } from '../../lib/opened-cache.ts'
import type { AuthOptions } from '../../lib/options/auth-options.ts'
import { resolveSettings } from '../../lib/options/settings.ts'
import { createCookies } from '../../lib/session/cookies.ts'
import { createSessions } from '../../lib/session/create-sessions.ts'
import { sessionKey } from '../../lib/session/handle.ts'
import { sealRecord } from '../../lib/session/record-seal.ts'
import type { Held, Sessions } from '../../lib/session/sessions.ts'
import { openTicket } from '../../lib/session/ticket.ts'
import { MemoryStore } from '../../lib/stores/memory/memory-store.ts'
import type { Store } from '../../lib/stores/store.ts'
import { createClock } from '../../lib/testing/index.ts'
import { secret } from '../_app.ts'
import { setCookiesOf } from '../_jar.ts'
import { Browser, site } from './_browser.ts'
import { NotedStore } from './_noted-store.ts'
import { limits, SESSION, vaultOf } from './_session.ts'

const { idle, remember } = limits

/** A promise, and the way to settle it from outside. */
function gate (): { opened: Promise<void>, open: () => void } {
  let open = (): void => {}
  const opened = new Promise<void>(resolve => { open = resolve })
  return { opened, open }
}

test('a request that needs the user reads once, and writes nothing', async t => {
  const store = new NotedStore()
  const { browser } = await site(t, { session: { store } })
  const ada = await browser().login()
  for (const url of ['/who', '/me']) {
    store.calls = []
    t.equal((await ada.get(url)).statusCode, 200)
    t.same(store.calls, ['getMany'])
  }
})

test('a request without a session, or with a forged one, asks no store', async t => {
  const store = new NotedStore()
  const { app, browser } = await site(t, { session: { store } })
  const ada = await browser().login()
  const forged = ada.jar.cookie.replace(/.$/, last => last === 'A' ? 'B' : 'A')
  store.calls = []
  for (const cookie of [undefined, 'other=1', `${SESSION}=1x`, `${SESSION}=x`, forged]) {
    const headers = cookie === undefined ? {} : { cookie }
    t.same((await app.inject({ url: '/who', headers })).json(), { isAuthenticated: false })
  }
  t.same(store.calls, [])
})

test('a session is written at most once per interval, and the browser gets no cookie for it', async t => {
  const clock = createClock()
  const store = new NotedStore(clock.now)
  const { browser } = await site(t, { session: { store }, now: clock.now })
  const ada = await browser().login()
  const writes: number[] = []
  for (let time = 0; time <= 200; time++) {
    store.calls = []
    t.same(setCookiesOf(await ada.get('/who')), [])
    if (store.calls.includes('replace')) writes.push(time)
    clock.advance(1)
  }
  t.same(writes, [50, 100, 150, 200])
})

test('the cookie has no claim, the store no claim, no token, no id of a person and nothing that opens a session', async t => {
  const store = new NotedStore()
  const { browser } = await site(t, { session: { store } })
  const claims = { email: 'ada@lovelace.example', role: 'countess-of-lovelace' }
  const ada = await browser().login({ id: 'ada-the-person', claims })
  t.match((await ada.get('/who')).json(), { claims })
  const cookie = String(ada.jar.get(SESSION))
  for (const secret of ['ada-the-person', claims.email, claims.role]) {
    t.notMatch(store.dump, secret)
    t.notMatch(Buffer.from(store.dump.replaceAll(/[^\w-]/g, ''), 'base64url').toString('latin1'), secret)
    t.notMatch(cookie, secret)
  }
  for (const part of cookie.match(/.{22}/g) ?? []) t.notMatch(store.dump, part)
})

test('a cookie takes little room, whatever is known of the person', async t => {
  const { browser } = await site(t, { session: { store: 'memory:' } })
  const ada = await browser().login({ claims: { ballast: 'x'.repeat(100_000) } })
  t.same(ada.jar.names, [SESSION])
  t.ok(ada.jar.cookie.length < 350, `${ada.jar.cookie.length} bytes`)
  t.equal((await ada.get('/who')).json<{ claims: { ballast: string } }>().claims.ballast.length, 100_000)
})

test('a session that no store should keep is refused, and the one before goes on', async t => {
  const { browser } = await site(t, { session: { store: 'memory:' } })
  const ada = await browser().login()
  const answer = await ada.post('/login', { claims: { ballast: 'x'.repeat(600_000) } })
  t.equal(answer.statusCode, 400)
  t.match(answer.json(), { code: 'FST_LOGIN_SESSION_TOO_LARGE' })
  t.equal(await ada.isSignedIn(), true)
})

test('an answer that comes late never overwrites what was written meanwhile', async t => {
  const clock = createClock()
  const store = new NotedStore(clock.now)
  const { app, browser } = await site(t, { session: { store }, now: clock.now })
  const [reached, released] = [gate(), gate()]
  app.get('/slow', async request => {
    reached.open()
    await released.opened
    return request.currentUser
  })
  const ada = await browser().login({ remember: true })
  clock.advance(idle / 2)
  const slow = ada.thief().get('/slow')
  await reached.opened
  clock.advance(idle / 2)
  t.equal((await ada.post('/renew')).statusCode, 200)
  released.open()
  t.equal((await slow).statusCode, 200)
  clock.advance(remember - 1)
  t.equal(await ada.isSignedIn(), true, 'the renewed end holds')
})

test('a write that comes after the logout revives nothing', async t => {
  const clock = createClock()
  const store = new NotedStore(clock.now)
  const { browser } = await site(t, { session: { store }, now: clock.now })
  const ada = await browser().login()
  const [reached, released] = [gate(), gate()]
  store.before.set('replace', async () => {
    reached.open()
    await released.opened
  })
  clock.advance(idle / 2)
  const copy = ada.thief()
  const late = copy.get('/who')
  await reached.opened
  await ada.post('/logout')
  released.open()
  t.equal((await late).json<{ isAuthenticated: boolean }>().isAuthenticated, true, 'it began before the logout')
  t.equal(await copy.isSignedIn(), false)
})

test('a session that two requests renew at once is renewed for both', async t => {
  const store = new NotedStore()
  const { browser } = await site(t, { session: { store } })
  const ada = await browser().login()
  const answers = await Promise.all(Array.from({ length: 5 }, () => ada.thief().post('/renew')))
  t.same(answers.map(({ statusCode }) => statusCode), [200, 200, 200, 200, 200])
  t.equal(await ada.isSignedIn(), true)
})

test('a cookie that a previous secret sealed is sealed again at once, and its session goes on', async t => {
  const store = new NotedStore()
  const [first, second] = [secret(), secret()]
  const before = await site(t, { secret: first, session: { store } })
  const ada = await before.browser().login({ claims: { name: 'Ada' } })
  const between = await site(t, { secret: [second, first], session: { store } })
  const moved = new Browser(between.app, ada.jar)
  t.match((await moved.get('/who')).json(), { claims: { name: 'Ada' } })
  t.equal(setCookiesOf(await moved.get('/who')).length, 0)
  const after = await site(t, { secret: second, session: { store } })
  t.equal(await new Browser(after.app, moved.jar).isSignedIn(), true)
})

test('what somebody wrote into the store is no session', async t => {
  const store = new NotedStore()
  const { browser } = await site(t, { session: { store } })
  const [ada, bob] = [await browser().login({ id: 'ada' }), await browser().login({ id: 'bob' })]
  const [adas = '', bobs = ''] = [...store.written.keys()].filter(key => key.startsWith('session:'))
  const options = { expiresAt: Date.now() + 60_000 }
  for (const value of ['', '\n', '{}', '[]\n', `[]\n${'x'.repeat(60)}`, String(store.written.get(bobs)?.[0])]) {
    await store.set(adas, value, options)
    t.equal(await ada.isSignedIn(), false, value.slice(0, 20))
  }
  t.equal(await bob.isSignedIn(), true)
})

test('a record of another version is no session', async t => {
  const shared = secret()
  const store = new NotedStore()
  const { browser } = await site(t, { secret: shared, session: { store } })
  const ada = await browser().login()
  const text = String(ada.jar.get(SESSION)).slice(1)
  const ticket = openTicket(await vaultOf(shared), new OpenedCache(), text)?.ticket
  const [key = ''] = [...store.written.keys()].filter(key => key.startsWith('session:'))
  const sealed = await sealRecord({ v: 2 }, ticket?.key ?? new Uint8Array(32))
  await store.set(key, `[]\n${sealed}`, { expiresAt: Date.now() + 60_000 })
  t.equal(await ada.isSignedIn(), false)
})

test('a stored session is opened once, and the next request with the same takes it from the cache', async t => {
  const { browser } = await site(t, { session: { store: 'memory:' } })
  const ada = await browser().login({ claims: { name: 'Ada' } })
  await ada.get('/who')
  let runs = 0
  const { decrypt } = crypto.subtle
  t.intercept(crypto.subtle, 'decrypt', {
    value: (...args: Parameters<typeof decrypt>) => {
      runs++
      return decrypt.apply(crypto.subtle, args)
    }
  })
  t.match((await ada.get('/who')).json(), { claims: { name: 'Ada' } })
  t.equal(runs, 0)
  await browser().login()
})

test('the cookie of store mode is none of cookie mode, and the other way round', async t => {
  const shared = secret()
  const sealed = await site(t, { secret: shared })
  const stored = await site(t, { secret: shared, session: { store: 'memory:' } })
  t.equal(await new Browser(stored.app, (await sealed.browser().login()).jar).isSignedIn(), false)
  t.equal(await new Browser(sealed.app, (await stored.browser().login()).jar).isSignedIn(), false)
})

test('a shorter idle time holds for sessions that began before it', async t => {
  const clock = createClock()
  const shared = { secret: secret(), now: clock.now }
  const store = new NotedStore(clock.now)
  const ada = await (await site(t, { ...shared, session: { store } })).browser().login()
  const shorter = await site(t, { ...shared, session: { store, idle: 10 } })
  clock.advance(10)
  t.equal(await new Browser(shorter.app, ada.jar).isSignedIn(), false)
})

test('a login leaves no session behind that nobody has a cookie of', async t => {
  const store = new NotedStore()
  const { browser } = await site(t, { session: { store } })
  const ada = await browser().login()
  await ada.login()
  await ada.login()
  const alive = await store.getMany([...store.written.keys()].filter(key => key.startsWith('session:')))
  t.equal(alive.filter(entry => entry !== undefined).length, 1)
})

/** The same without a server, to see what takes time. */
async function setUp (store: Store, options: AuthOptions['session'] = { store: 'memory:' }): Promise<Sessions> {
  const settings = resolveSettings({ secret: secret(), session: options })
  return createSessions({ vault: await vaultOf(), cookies: createCookies(settings), store, settings })
}

const visit = { header: undefined, device: 'Firefox' }

/** Begins a session, and gives the header that brings its cookie. */
async function begin (sessions: Sessions, userId = 'ada'): Promise<{ held: Held, header: string }> {
  const { held, cookies } = await sessions.begin({ userId, claims: { name: userId } }, visit)
  return { held, header: cookies.map(({ line }) => line.replace(/;.*/, '')).join('; ') }
}

for (const mode of ['store', 'cookie'] as const) {
  test(`a session is found at once where the store knows without asking, and is over in the same tick: ${mode} mode`, async t => {
    const memory = new MemoryStore()
    const asked: unknown[] = []
    const { getMany } = memory
    t.intercept(memory, 'getMany', { value: (keys: readonly string[]) => asked.push(keys) && getMany.call(memory, keys) })
    const sessions = await setUp(memory, { store: memory, mode })
    const [ada, bob] = [await begin(sessions), await begin(sessions, 'bob')]
    for (const { header, held } of [ada, bob]) {
      t.equal((await sessions.find(header))?.session.handle, held.session.handle)
      const found = sessions.find(header)
      t.notOk(found instanceof Promise)
      t.equal((await found)?.session.userId, held.session.userId)
    }
    const ending = sessions.end(ada.held.session, 'logout')
    t.equal(sessions.find(ada.header), undefined)
    const endingAll = sessions.endAll(bob.held.session.handle.slice(0, 22))
    t.equal(sessions.find(bob.header), undefined)
    await Promise.all([ending, endingAll])
    t.same(asked, [])
  })
}

test('a record that lies under the id of another session is refused, also where it was opened before', async t => {
  const memory = new MemoryStore()
  const sessions = await setUp(memory)
  const [ada, bob] = [await begin(sessions), await begin(sessions, 'bob')]
  await sessions.find(bob.header)
  const keyOf = ({ held }: typeof ada): string => sessionKey('session', held.session.handle)
  const bobs = await memory.get(keyOf(bob))
  await memory.set(keyOf(ada), String(bobs?.value), { expiresAt: Date.now() + 60_000 })
  t.equal(await sessions.find(ada.header), undefined)
  t.equal((await sessions.find(bob.header))?.session.userId, 'bob')
})
