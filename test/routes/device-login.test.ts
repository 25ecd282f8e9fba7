import { test } from 'tap'
import { MemoryStore } from '../../lib/stores/memory/memory-store.ts'
import type { Store } from '../../lib/stores/store.ts'
import { beginAt, buildDeviceSite, poll } from '../oidc/_devices.ts'
import { BINDING, evilPaths, ROOT, SESSION } from '../oidc/_people.ts'
import { assertFailurePage } from '../oidc/_refusal.ts'
import { pathOf } from '../oidc/_site.ts'
import { agree, answerOf, authorizePath, PROGRAMS } from './_programs.ts'

const PAGE = /^https:\/\/app\.example\.com\/auth\/device-login\?state=[\w.-]+$/

test('without a callback a sign-in is a page with a code, an address and a QR code', async t => {
  const { site, devices } = await buildDeviceSite(t)
  const visitor = site.visitor()
  const begun = await visitor.get('/auth/login')
  t.equal(begun.statusCode, 302)
  t.match(begun.headers.location, PAGE)
  t.match(begun.headers['cache-control'], 'no-store')
  t.same(visitor.jar.names, [BINDING])
  const page = await visitor.get(String(begun.headers.location).slice('https://app.example.com'.length))
  t.equal(page.statusCode, 200)
  t.match(page.body, '<p class="code">BDFH-KLMN</p>')
  t.match(page.body, '<a href="https://id.example.com/go" target="_blank" rel="noopener noreferrer">')
  t.match(page.body, '<svg class="qr"')
  t.match(page.headers['cache-control'], 'no-store')
  t.same(site.leaks(page.body + begun.body + String(begun.headers.location)), [], 'the device code stays here')
  t.equal(devices.asked, 0, 'nobody asks at once')
})

test('nothing is at the address of a callback', async t => {
  const { site } = await buildDeviceSite(t)
  t.equal((await site.visitor().get('/auth/callback?code=a&state=b')).statusCode, 404)
})

test('who agrees on another device is signed in, where they wanted to be, in one session', async t => {
  const { site, devices } = await buildDeviceSite(t)
  const visitor = site.visitor()
  const page = await beginAt(visitor, '/deep/thing?a=1')
  devices.error = undefined
  site.clock.advance(5)
  const answer = await visitor.get(page)
  t.equal(answer.statusCode, 303)
  t.equal(answer.headers.location, 'https://app.example.com/deep/thing?a=1')
  t.equal(await visitor.who(), 'alice')
  t.match((await visitor.get('/who')).json(), { identity: { issuer: site.provider.issuer, subject: 'alice', provider: 'oidc' } })
  t.equal(devices.asked, 1)
  t.same(site.leaks(site.log), [])
})

test('the script is told how long to wait, and that there is something to see', async t => {
  const { site, devices } = await buildDeviceSite(t)
  const visitor = site.visitor()
  const page = await beginAt(visitor)
  const early = await poll(visitor, page)
  t.same(early.json(), { wait: 5 })
  t.match(early.headers['cache-control'], 'no-store')
  site.clock.advance(5)
  devices.error = undefined
  t.same((await poll(visitor, page)).json(), {})
  t.equal(await visitor.who(), undefined, 'a question of a script signs nobody in')
  t.equal((await visitor.get(page)).headers.location, ROOT)
  t.equal(await visitor.who(), 'alice')
  t.equal(devices.asked, 1)
})

test('a browser without fetch metadata has a script all the same', async t => {
  const { site } = await buildDeviceSite(t)
  const visitor = site.visitor()
  const page = await beginAt(visitor)
  const none = { 'sec-fetch-mode': undefined, 'sec-fetch-dest': undefined, 'sec-fetch-site': undefined }
  const state = page.split('state=')[1]
  const headers = { ...none, 'x-requested-with': 'XMLHttpRequest', origin: 'https://app.example.com' }
  t.same((await visitor.post('/auth/device-login', `action=poll&state=${state}`, headers)).json(), { wait: 5 })
})

test('another browser sees nothing of a sign-in, cannot finish it and cannot cancel it', async t => {
  const { site, devices } = await buildDeviceSite(t)
  const visitor = site.visitor()
  const thief = site.visitor()
  const page = await beginAt(visitor)
  await beginAt(thief)
  devices.error = undefined
  site.clock.advance(5)
  for (const stranger of [thief, site.visitor()]) {
    const refused = await stranger.get(page)
    assertFailurePage(t, site, refused, { status: 400, code: 'FST_LOGIN_STATE_FOREIGN' })
    t.notMatch(refused.body, 'BDFH-KLMN')
    t.same((await poll(stranger, page)).json(), {}, 'the page tells')
    await stranger.post('/auth/device-login', `action=cancel&state=${page.split('state=')[1]}`)
    t.equal(await stranger.who(), undefined)
  }
  t.equal(devices.asked, 0, 'the provider is not asked')
  await visitor.get(page)
  t.equal(await visitor.who(), 'alice')
})

test('a state that is forged, of another kind, missing or twice there is refused', async t => {
  const { site, devices } = await buildDeviceSite(t)
  const visitor = site.visitor()
  const page = await beginAt(visitor)
  const state = String(page.split('state=')[1])
  const flipped = (state.startsWith('A') ? 'B' : 'A') + state.slice(1)
  const queries = [
    '', '?state=', '?state=x', `?state=${flipped}`, `?state=${state}&state=${state}`,
    `?state=${site.vault.seal('return-path', { v: 1, r: '/' })}`, `?state=${site.vault.seal('device', { v: 1 })}`
  ]
  for (const query of queries) {
    assertFailurePage(t, site, await visitor.get(`/auth/device-login${query}`), { status: 400, code: 'FST_LOGIN_STATE_INVALID' })
  }
  t.equal((await visitor.post('/auth/device-login', 'action=cancel&state=x')).statusCode, 400)
  t.equal((await visitor.post('/auth/device-login', '')).headers.location, 'https://app.example.com/auth/device-login?state=null')
  t.equal((await visitor.post('/auth/device-login', `state=${state}`)).headers.location, `https://app.example.com${page}`)
  t.equal(devices.asked, 0)
})

test('the return path is checked again when it is used', async t => {
  const { site, devices } = await buildDeviceSite(t)
  devices.error = undefined
  const foreign = evilPaths.filter(path => !String(path).startsWith('/auth/callback'))
  for (const path of [...foreign, '/auth/device-login?state=x']) {
    const visitor = site.visitor()
    const page = await beginAt(visitor, site.loginPage(path))
    site.clock.advance(5)
    t.equal((await visitor.get(page)).headers.location, ROOT, JSON.stringify(path))
  }
})

test('who only looks finishes nothing: HEAD, a prefetch, a fetch', async t => {
  const { site, devices } = await buildDeviceSite(t)
  const visitor = site.visitor()
  const page = await beginAt(visitor)
  devices.error = undefined
  site.clock.advance(5)
  t.equal((await visitor.head(page)).statusCode, 204)
  t.equal((await visitor.get(page, { 'sec-purpose': 'prefetch' })).statusCode, 204)
  t.equal((await visitor.get(page, { 'sec-fetch-mode': 'cors', 'sec-fetch-dest': 'empty' })).statusCode, 204)
  t.equal(devices.asked, 0)
  t.equal(await visitor.who(), undefined)
})

test('a sign-in is finished once; the back button, a reload and another tab lead home', async t => {
  const { site, devices } = await buildDeviceSite(t)
  const visitor = site.visitor()
  const page = await beginAt(visitor, '/deep/x')
  devices.error = undefined
  site.clock.advance(5)
  const before = visitor.jar.copy()
  await visitor.get(page)
  const session = visitor.jar.get(SESSION)
  for (const wait of [0, 60, 600]) {
    site.clock.advance(wait)
    const again = await visitor.get(page)
    t.equal(again.headers.location, 'https://app.example.com/deep/x', `after ${wait} seconds`)
    t.equal(visitor.jar.get(SESSION), session, 'no second session')
  }
  t.equal(devices.asked, 1)
  const copy = site.visitor()
  for (const name of before.names) copy.jar.set(name, String(before.get(name)))
  t.equal((await copy.get(page)).statusCode, 400)
  t.equal(await copy.who(), undefined, 'the cookie of the time before signs nobody in')
})

test('a tab whose session is on its way to another one waits, and then says what happened', async t => {
  const { site, devices } = await buildDeviceSite(t)
  const visitor = site.visitor()
  const page = await beginAt(visitor)
  devices.error = undefined
  site.clock.advance(5)
  const other = site.visitor()
  for (const name of visitor.jar.names) other.jar.set(name, String(visitor.jar.get(name)))
  await visitor.get(page)
  const waiting = await other.get(page)
  t.equal(waiting.statusCode, 200)
  t.match(waiting.body, `<meta http-equiv="refresh" content="2; url=https://app.example.com${page}">`)
  t.same((await poll(other, page)).json(), {})
  site.clock.advance(10)
  assertFailurePage(t, site, await other.get(page), { status: 400, code: 'FST_LOGIN_STATE_SPENT' })
})

test('who cancels sees so in every tab, may begin again, and is signed in by nothing that comes later', async t => {
  const { site, devices } = await buildDeviceSite(t)
  const visitor = site.visitor()
  const page = await beginAt(visitor, '/deep/x')
  const state = page.split('state=')[1]
  const answer = await visitor.post('/auth/device-login', `action=cancel&state=${state}`)
  t.equal(answer.statusCode, 303)
  t.equal(answer.headers.location, `https://app.example.com${page}`)
  devices.error = undefined
  site.clock.advance(5)
  const shown = await visitor.get(page)
  assertFailurePage(t, site, shown, { status: 403, code: 'FST_LOGIN_CANCELLED' })
  t.same((await poll(visitor, page)).json(), {})
  t.equal((await visitor.post('/auth/device-login', `action=cancel&state=${state}`)).statusCode, 303, 'once more does no harm')
  t.equal(devices.asked, 0)
  t.equal(await visitor.who(), undefined)
  const again = /href="https:\/\/app\.example\.com(\/auth\/login\?returnTo=[^"]+)"/.exec(shown.body)?.[1]
  const next = await beginAt(visitor, again)
  t.not(next, page)
  site.clock.advance(5)
  t.equal((await visitor.get(next)).headers.location, 'https://app.example.com/deep/x', 'and still gets where they wanted to go')
})

test('another origin cancels nothing', async t => {
  const { site } = await buildDeviceSite(t)
  const visitor = site.visitor()
  const page = await beginAt(visitor)
  for (const [action, headers] of [
    ['cancel', { 'sec-fetch-site': 'same-site' }], ['poll', { 'sec-fetch-site': 'cross-site' }],
    ['cancel', { 'sec-fetch-site': undefined, origin: 'https://evil.example' }]
  ] as const) {
    const refused = await visitor.post('/auth/device-login', `action=${action}&state=${page.split('state=')[1]}`, headers)
    t.equal(refused.statusCode, 403)
    t.match(refused.body, 'FST_LOGIN_CROSS_SITE')
  }
  t.match((await visitor.get(page)).body, 'BDFH-KLMN')
})

test('a session from before goes on while another sign-in waits, and gives way when that is done', async t => {
  const { site, devices } = await buildDeviceSite(t, { session: { store: 'memory:' } })
  const visitor = site.visitor()
  await visitor.post('/app/login')
  const page = await beginAt(visitor)
  t.equal(await visitor.who(), 'local')
  t.match((await visitor.get(page)).body, 'BDFH-KLMN')
  const before = site.visitor()
  for (const name of visitor.jar.names) before.jar.set(name, String(visitor.jar.get(name)))
  devices.error = undefined
  site.clock.advance(5)
  await visitor.get(page)
  t.equal(await visitor.who(), 'alice')
  t.equal(await before.who(), undefined, 'the session before is over')
})

test('who must prove more does it by a new code, and is refused where the provider did not ask', async t => {
  const { site, devices } = await buildDeviceSite(t)
  const visitor = site.visitor()
  devices.error = undefined
  const first = await beginAt(visitor)
  site.clock.advance(5)
  await visitor.get(first)
  t.equal(await visitor.who(), 'alice')
  const link = `/auth/login?returnTo=${site.vault.seal('return-path', { v: 1, r: '/deep/y', q: { c: ['gold'], f: 1 } })}`
  const weak = await beginAt(visitor, link)
  t.match(Object.fromEntries(site.provider.last('device').form), { acr_values: 'gold', max_age: '0', prompt: 'login' })
  site.clock.advance(5)
  assertFailurePage(t, site, await visitor.get(weak), { status: 403, code: 'FST_LOGIN_TOO_WEAK' })
  t.equal(await visitor.who(), 'alice', 'the session before goes on')
  const strong = await beginAt(visitor, link)
  site.clock.advance(5)
  site.provider.claims = { acr: 'gold', auth_time: Math.floor(site.clock.now() / 1000) }
  t.equal((await visitor.get(strong)).headers.location, 'https://app.example.com/deep/y')
  t.match((await visitor.get('/who')).json(), { claims: { acr: 'gold' } })
  t.equal((await visitor.get(strong)).headers.location, 'https://app.example.com/deep/y', 'a reload leads there too')
})

test('what is on the page can be read and cannot do harm, whatever the provider writes', async t => {
  const { site, devices } = await buildDeviceSite(t)
  devices.authorization = { user_code: '"><script>alert(1)</script>', verification_uri_complete: undefined }
  const visitor = site.visitor()
  const page = await visitor.get(await beginAt(visitor))
  t.notMatch(page.body, '<script>alert')
  t.match(page.body, '&lt;script&gt;alert(1)&lt;/script&gt;')
  const policy = String(page.headers['content-security-policy'])
  t.match(policy, /default-src 'none'.*script-src 'sha256-[\w+/=]+'; connect-src 'self'$/)
})

test('a store that is away is said to the script as to everybody', async t => {
  let isAway = false
  const store = new MemoryStore({})
  const failing = new Proxy({ ...store }, {
    get: (_target, name) => async (...args: unknown[]): Promise<unknown> => {
      if (isAway) throw new Error('the store is away')
      return await Reflect.apply(Reflect.get(store, name), store, args)
    }
  }) as Store
  const { site } = await buildDeviceSite(t, { session: { store: failing, mode: 'cookie' } })
  const visitor = site.visitor()
  const page = await beginAt(visitor)
  isAway = true
  const told = await poll(visitor, page)
  t.equal(told.statusCode, 503)
  t.equal(told.headers['retry-after'], '5')
  t.equal((await visitor.get(page)).statusCode, 503)
})

test('a sign-in without a question goes back at once: with a code for another device there is always one', async t => {
  const { site, devices } = await buildDeviceSite(t)
  site.app.get('/silent', async request => request.loginUrl({ silent: true, returnTo: '/who' }))
  const visitor = site.visitor()
  const silent = pathOf((await visitor.get('/silent')).body)
  const answer = await visitor.get(silent)
  t.equal(answer.statusCode, 303)
  t.equal(answer.headers.location, 'https://app.example.com/who')
  t.equal(await visitor.who(), undefined)
  t.equal(devices.provider.requests.length, 0)
})

test('who agrees on another device lets a program act, once; no session begins', async t => {
  const { site, devices } = await buildDeviceSite(t, { programs: PROGRAMS })
  const visitor = site.visitor()
  const page = pathOf((await agree(visitor, authorizePath())).headers.location)
  t.match((await visitor.get(page)).body, 'BDFH-KLMN')
  devices.error = undefined
  site.clock.advance(5)
  const answer = await visitor.get(page)
  t.equal(answer.statusCode, 302)
  t.ok(answerOf(answer).get('code'))
  t.equal(await visitor.who(), undefined)
  t.match((await visitor.get(page)).body, '<strong>Reports</strong>', 'a reload asks again')
  t.match((await site.visitor().get(page)).body, '<strong>Reports</strong>', 'and so does another browser')
})

test('who refuses on another device, or cancels here, refuses the program', async t => {
  const { site, devices } = await buildDeviceSite(t, { programs: PROGRAMS })
  const [one, other] = [site.visitor(), site.visitor()]
  const refused = pathOf((await agree(one, authorizePath())).headers.location)
  devices.error = 'access_denied'
  site.clock.advance(5)
  t.equal(answerOf(await one.get(refused)).get('error'), 'access_denied')
  const cancelled = pathOf((await agree(other, authorizePath())).headers.location)
  const state = new URL(cancelled, ROOT).searchParams.get('state')
  await other.post('/auth/device-login', `state=${state}&action=cancel`)
  t.equal(answerOf(await other.get(cancelled)).get('error'), 'access_denied')
})
