import { test } from 'tap'
import { MemoryStore } from '../../../lib/stores/memory/memory-store.ts'
import { createClock } from '../../../lib/testing/index.ts'
import { secret as createSecret } from '../../_app.ts'
import { beginAt, buildDeviceSite, type DeviceSite, poll } from '../_devices.ts'
import { ROOT, SESSION } from '../_people.ts'
import { assertFailurePage } from '../_refusal.ts'
import { connectionReset, htmlAnswer, json } from '../_scripted-provider.ts'
import type { Response, Site, Visitor } from '../_site.ts'

/** Somebody with a second tab, or the same browser at another process. */
function twinOf (site: Site, visitor: Visitor): Visitor {
  const twin = site.visitor()
  for (const name of visitor.jar.names) twin.jar.set(name, String(visitor.jar.get(name)))
  return twin
}

/** Seconds until the provider is asked once more, as the clock shows it. */
async function pauseOf ({ site, devices }: DeviceSite, visitor: Visitor, page: string): Promise<number> {
  const { asked } = devices
  for (let seconds = 1; seconds <= 400; seconds++) {
    site.clock.advance(1)
    await poll(visitor, page)
    if (devices.asked > asked) return seconds
  }
  throw new Error('the provider is never asked again')
}

test('the provider is never asked more often than every 5 seconds, however often a page is loaded', async t => {
  const begun = await buildDeviceSite(t)
  const visitor = begun.site.visitor()
  const page = await beginAt(visitor)
  for (let load = 0; load < 5; load++) await visitor.get(page)
  t.equal(begun.devices.asked, 0)
  t.equal(await pauseOf(begun, visitor, page), 5)
  t.equal(await pauseOf(begun, visitor, page), 5)
})

test('an interval of the provider takes the place of it', async t => {
  for (const [interval, seconds] of [[2, 2], [7.2, 8], [30, 30], [0.01, 1]] as const) {
    const begun = await buildDeviceSite(t)
    begun.devices.authorization = { interval }
    const visitor = begun.site.visitor()
    const page = await beginAt(visitor)
    t.same((await poll(visitor, page)).json(), { wait: seconds })
    t.equal(await pauseOf(begun, visitor, page), seconds, `interval ${interval}`)
  }
})

test('slow_down makes this and all later pauses 5 seconds longer (RFC 8628, section 3.5)', async t => {
  const begun = await buildDeviceSite(t)
  const visitor = begun.site.visitor()
  const page = await beginAt(visitor)
  const slowDown = () => json({ error: 'slow_down' }, 400)
  begun.devices.next.push(slowDown)
  t.equal(await pauseOf(begun, visitor, page), 5)
  t.equal(await pauseOf(begun, visitor, page), 10)
  begun.devices.next.push(slowDown)
  t.equal(await pauseOf(begun, visitor, page), 10)
  t.equal(await pauseOf(begun, visitor, page), 15)
})

test('a provider that does not answer is left alone for longer each time, and not once it answers again', async t => {
  const begun = await buildDeviceSite(t)
  const visitor = begun.site.visitor()
  const page = await beginAt(visitor)
  begun.devices.next.push(connectionReset, () => htmlAnswer(502), connectionReset, connectionReset, connectionReset)
  const pauses = []
  for (let question = 0; question < 7; question++) pauses.push(await pauseOf(begun, visitor, page))
  t.same(pauses, [5, 10, 20, 40, 60, 60, 5])
})

test('a provider that says for how long it wants to be left alone is, within bounds', async t => {
  for (const [retryAfter, seconds] of [['20', 20], ['1', 10], ['99999', 300], ['Wed, 21 Oct 2026 07:28:00 GMT', 300]] as const) {
    const begun = await buildDeviceSite(t)
    begun.devices.authorization = { expires_in: 600 }
    const visitor = begun.site.visitor()
    const page = await beginAt(visitor)
    begun.devices.next.push(() => new globalThis.Response(null, { status: 503, headers: { 'retry-after': retryAfter } }))
    await pauseOf(begun, visitor, page)
    t.equal(await pauseOf(begun, visitor, page), seconds, retryAfter)
  }
})

test('two tabs that ask at the same time ask once, and both get home in one session', async t => {
  const { site, devices } = await buildDeviceSite(t)
  const visitor = site.visitor()
  const page = await beginAt(visitor, '/deep/x')
  devices.error = undefined
  site.clock.advance(5)
  const answers = await Promise.all([visitor.get(page), visitor.get(page), poll(visitor, page)])
  t.equal(devices.asked, 1)
  t.equal(answers.filter(answer => String(answer.headers['set-cookie']).includes(`${SESSION}=`)).length, 1, 'one session')
  site.clock.advance(2)
  t.equal((await visitor.get(page)).headers.location, 'https://app.example.com/deep/x')
  t.equal(await visitor.who(), 'alice')
})

test('two tabs that finish at the same time start one session', async t => {
  const { site, devices } = await buildDeviceSite(t, { oidc: { userinfo: true } })
  const visitor = site.visitor()
  const page = await beginAt(visitor)
  devices.error = undefined
  site.clock.advance(5)
  await poll(visitor, page)
  const answers: readonly Response[] = await Promise.all([visitor.get(page), visitor.get(page), visitor.get(page)])
  t.equal(answers.filter(answer => String(answer.headers['set-cookie']).includes(`${SESSION}=`)).length, 1)
  t.equal(answers.filter(({ headers }) => headers.location === ROOT).length, 1)
  t.same(answers.map(({ statusCode }) => statusCode).sort(), [200, 200, 303], 'the others wait for the cookie')
  t.equal(devices.asked, 1)
})

test('processes that share a store keep the pace together, and any of them finishes', async t => {
  const store = new MemoryStore({})
  const clock = createClock()
  const secret = createSecret()
  const one = await buildDeviceSite(t, { session: { store, mode: 'cookie' }, clock, secret })
  const two = await buildDeviceSite(t, { session: { store, mode: 'cookie' }, clock, secret, provider: one.site.provider })
  const visitor = one.site.visitor()
  const page = await beginAt(visitor)
  const away = twinOf(two.site, visitor)
  clock.advance(5)
  await Promise.all([poll(visitor, page), poll(away, page)])
  t.equal(two.devices.asked, 1)
  two.devices.error = undefined
  clock.advance(5)
  await poll(visitor, page)
  await away.get(page)
  t.equal(await away.who(), 'alice')
  t.equal(two.devices.asked, 2)
})

test('a question that takes its time keeps others from asking', async t => {
  const { site, devices } = await buildDeviceSite(t)
  const visitor = site.visitor()
  const page = await beginAt(visitor)
  devices.next.push(async () => {
    // Two tries of 10 seconds, each with an assertion that took 4, and metadata that took 5 before.
    site.clock.advance(33)
    t.same((await poll(visitor, page)).json(), { wait: 5 })
    return json({ error: 'authorization_pending' }, 400)
  })
  site.clock.advance(5)
  t.same((await poll(visitor, page)).json(), { wait: 5 })
  t.equal(devices.asked, 1)
})

test('tokens that come after another tab has asked once more are kept all the same', async t => {
  const { site, devices } = await buildDeviceSite(t)
  const visitor = site.visitor()
  const page = await beginAt(visitor)
  const tokens = { access_token: 'a', token_type: 'Bearer', id_token: await site.provider.idToken() }
  devices.next.push(async () => {
    site.clock.advance(41)
    await poll(visitor, page)
    return json(tokens)
  })
  site.clock.advance(5)
  t.same((await poll(visitor, page)).json(), {})
  t.equal(devices.asked, 2)
  await visitor.get(page)
  t.equal(await visitor.who(), 'alice')
})

test('a late answer that is no last word changes nothing about what came before it', async t => {
  const { site, devices } = await buildDeviceSite(t)
  const visitor = site.visitor()
  const page = await beginAt(visitor)
  devices.next.push(async () => {
    site.clock.advance(41)
    devices.error = undefined
    await poll(visitor, page)
    return json({ error: 'slow_down' }, 400)
  })
  site.clock.advance(5)
  t.same((await poll(visitor, page)).json(), {})
  await visitor.get(page)
  t.equal(await visitor.who(), 'alice')
})

test('a person who cancels while the provider is asked stays out', async t => {
  const { site, devices } = await buildDeviceSite(t)
  const visitor = site.visitor()
  const page = await beginAt(visitor)
  const tokens = { access_token: 'a', token_type: 'Bearer', id_token: await site.provider.idToken() }
  devices.next.push(async () => {
    await visitor.post('/auth/device-login', `action=cancel&state=${page.split('state=')[1]}`)
    return json(tokens)
  })
  site.clock.advance(5)
  assertFailurePage(t, site, await visitor.get(page), { status: 403, code: 'FST_LOGIN_CANCELLED' })
  t.equal(await visitor.who(), undefined)
})

test('a person who cancels while the session is about to begin stays out', async t => {
  const { site, devices } = await buildDeviceSite(t, { oidc: { userinfo: true } })
  const visitor = site.visitor()
  const page = await beginAt(visitor)
  const cancel = async (): Promise<void> => {
    await visitor.post('/auth/device-login', `action=cancel&state=${page.split('state=')[1]}`)
  }
  devices.error = undefined
  site.clock.advance(5)
  site.provider.answers.userinfo = async () => {
    await cancel()
    return json({ sub: 'alice' })
  }
  assertFailurePage(t, site, await visitor.get(page), { status: 403, code: 'FST_LOGIN_CANCELLED' })
  t.equal(await visitor.who(), undefined)
})

test('who signs out meanwhile is not signed in again by a code that somebody has approved', async t => {
  const { site, devices } = await buildDeviceSite(t)
  const visitor = site.visitor()
  await visitor.post('/app/login')
  const page = await beginAt(visitor)
  const other = twinOf(site, visitor)
  devices.error = undefined
  site.clock.advance(5)
  await poll(visitor, page)
  await visitor.post('/app/logout')
  assertFailurePage(t, site, await other.get(page), { status: 400, code: 'FST_LOGIN_ENDED' })
  t.equal(await other.who(), undefined)
  const waiting = await beginAt(visitor)
  const tab = twinOf(site, visitor)
  await visitor.post('/app/login')
  await visitor.post('/app/logout')
  site.clock.advance(5)
  assertFailurePage(t, site, await tab.get(waiting), { status: 400, code: 'FST_LOGIN_ENDED' })
  t.equal(devices.asked, 1, 'and nobody asks for it')
})

test('a code lives as long as the provider says, and nobody asks for it afterwards', async t => {
  const { site, devices } = await buildDeviceSite(t)
  devices.authorization = { expires_in: 60 }
  const visitor = site.visitor()
  const page = await beginAt(visitor)
  site.clock.advance(59)
  t.match((await visitor.get(page)).body, 'good for one minute')
  site.clock.advance(1)
  devices.error = undefined
  assertFailurePage(t, site, await visitor.get(page), { status: 400, code: 'FST_LOGIN_STATE_EXPIRED' })
  t.same((await poll(visitor, page)).json(), {})
  t.equal(devices.asked, 1)
})

test('no sign-in waits longer than 10 minutes, whatever the provider says', async t => {
  const { site, devices } = await buildDeviceSite(t)
  devices.authorization = { expires_in: 1e308, interval: 1e308 }
  const visitor = site.visitor()
  const page = await beginAt(visitor)
  t.match((await visitor.get(page)).body, 'good for 10 minutes')
  site.clock.advance(599)
  t.equal((await visitor.get(page)).statusCode, 200)
  t.equal(devices.asked, 0, 'nor is asked before its time')
  site.clock.advance(1)
  for (const browser of [visitor, site.visitor()]) {
    assertFailurePage(t, site, await browser.get(page), { status: 400, code: 'FST_LOGIN_STATE_EXPIRED' })
  }
})

test('a login whose record is gone, as after a restart without a store, begins anew', async t => {
  const secret = createSecret()
  const clock = createClock()
  const before = await buildDeviceSite(t, { secret, clock })
  const visitor = before.site.visitor()
  const page = await beginAt(visitor)
  const after = await buildDeviceSite(t, { secret, clock, provider: before.site.provider })
  const shown = await twinOf(after.site, visitor).get(page)
  assertFailurePage(t, after.site, shown, { status: 400, code: 'FST_LOGIN_STATE_INVALID' })
})

test('a store that never takes a cancellation leaves the sign-in as it is', async t => {
  class Stubborn extends MemoryStore {
    override async replace (): Promise<undefined> {}
  }
  const { site } = await buildDeviceSite(t, { session: { store: new Stubborn({}), mode: 'cookie' } })
  const visitor = site.visitor()
  const page = await beginAt(visitor)
  await visitor.post('/auth/device-login', `action=cancel&state=${page.split('state=')[1]}`)
  t.match((await visitor.get(page)).body, 'BDFH-KLMN')
})

test('a person who cancels between the answer and the session stays out', async t => {
  let reads = 0
  let cancel = async (): Promise<unknown> => undefined
  class Interrupted extends MemoryStore {
    override async get (key: string): ReturnType<MemoryStore['get']> {
      if (key.startsWith('device:') && --reads === 0) await cancel()
      return await super.get(key)
    }
  }
  const { site, devices } = await buildDeviceSite(t, { session: { store: new Interrupted({}), mode: 'cookie' } })
  const visitor = site.visitor()
  const page = await beginAt(visitor)
  devices.error = undefined
  site.clock.advance(5)
  await poll(visitor, page)
  cancel = () => visitor.post('/auth/device-login', `action=cancel&state=${page.split('state=')[1]}`)
  reads = 2
  assertFailurePage(t, site, await visitor.get(page), { status: 403, code: 'FST_LOGIN_CANCELLED' })
  t.equal(await visitor.who(), undefined)
})
