import type { FastifyRequest, LightMyRequestResponse } from 'fastify'
import { test, type Test } from 'tap'
import { AuthUser } from '../../lib/index.ts'
import { createClock, signedIn } from '../../lib/testing/index.ts'
import { buildApp, type BuildOptions } from '../_app.ts'
import { Browser } from '../session/_browser.ts'
import { buildSite, NAVIGATION } from '../oidc/_site.ts'

const form = { ...NAVIGATION, 'sec-fetch-site': 'same-origin', 'content-type': 'application/x-www-form-urlencoded' }

interface Visitors {
  person (id?: string): Promise<Browser>
  ask (browser: Browser, headers?: Record<string, string>): Promise<LightMyRequestResponse>
  end (browser: Browser, payload: string, headers?: Record<string, string>): Promise<LightMyRequestResponse>
}

async function visitors (t: Test, options: BuildOptions = {}): Promise<Visitors> {
  const app = await buildApp({ routes: { sessions: '/sessions' }, ...options })
  t.teardown(() => app.close())
  return {
    person: async (id = 'ada') => await new Browser(app).login({ id }),
    ask: async (browser, headers = NAVIGATION) => {
      return await app.inject({ url: '/auth/sessions', headers: { ...headers, ...browser.jar.headers } })
    },
    end: async (browser, payload, headers = form) => {
      const sent = { ...headers, ...browser.jar.headers }
      return await app.inject({ method: 'POST', url: '/auth/sessions', payload, headers: sent })
    }
  }
}

interface ListedSession { readonly handle: string, readonly isCurrent: boolean, readonly device: string }

function listOf (answer: LightMyRequestResponse): readonly ListedSession[] {
  return answer.json<{ sessions: ListedSession[] }>().sessions
}

for (const [mode, session] of [['cookie mode', {}], ['store mode', { store: 'memory:' }]] as const) {
  test(`a person sees the own sessions on a page, a program as JSON (${mode})`, async t => {
    const { person, ask } = await visitors(t, { session })
    const [desk] = [await person(), await person(), await person('bob')]
    const page = await ask(desk)
    t.equal(page.statusCode, 200)
    t.match(page.headers, { 'content-type': 'text/html; charset=utf-8', 'cache-control': 'private, no-store' })
    t.equal(page.body.match(/<li>/g)?.length, 2)
    const sessions = listOf(await ask(desk, {}))
    t.same(sessions.map(({ isCurrent }) => isCurrent).sort(), [false, true])
  })

  test(`a person ends one session, or all others (${mode})`, async t => {
    const { person, ask, end } = await visitors(t, { session })
    const [desk, phone, tablet] = [await person(), await person(), await person()]
    const bob = await person('bob')
    const other = listOf(await ask(phone, {})).find(({ isCurrent }) => isCurrent)?.handle
    const answer = await end(desk, `end=${other}`)
    t.equal(answer.statusCode, 303)
    t.equal(new URL(String(answer.headers.location), 'https://a.example/auth/sessions?x').href, 'https://a.example/auth/sessions?')
    t.same([await desk.isSignedIn(), await phone.isSignedIn(), await tablet.isSignedIn()], [true, false, true])
    t.equal((await end(desk, 'end=others')).statusCode, 303)
    t.same([await desk.isSignedIn(), await tablet.isSignedIn(), await bob.isSignedIn()], [true, false, true])
    t.equal(listOf(await ask(desk, {})).length, 1)
  })

  test(`a person who ends the session in use is signed out (${mode})`, async t => {
    const { person, ask, end } = await visitors(t, { session })
    const desk = await person()
    const [own] = listOf(await ask(desk, {}))
    const answer = await end(desk, `end=${own?.handle}`)
    t.equal(answer.statusCode, 303)
    t.match(String(answer.headers['set-cookie']), 'Max-Age=0')
    t.equal(await desk.isSignedIn(), false)
  })

  test(`of very many sessions those used last are shown, and all others are ended at once (${mode})`, async t => {
    const { person, ask, end } = await visitors(t, { session })
    const first = await person()
    for (let count = 0; count < 110; count++) await person()
    t.equal((await ask(first)).body.match(/<li>/g)?.length, 100)
    t.equal(listOf(await ask(first, {})).length, 100)
    await end(first, 'end=others')
    t.equal(listOf(await ask(first, {})).length, 1)
  })

  test(`nobody ends the session of another person (${mode})`, async t => {
    const { person, ask, end } = await visitors(t, { session })
    const [ada, eve] = [await person(), await person('eve')]
    const [adas] = listOf(await ask(ada, {}))
    for (const payload of [`end=${adas?.handle}`, 'end=', 'end=x', '', 'other=1', '{"end":"others"}', `end=${'é'.repeat(65)}`]) {
      const answer = await end(eve, payload)
      t.equal(answer.statusCode, 404, payload)
      t.match(answer.json(), { code: 'FST_LOGIN_SESSION_UNKNOWN' })
    }
    t.same([await ada.isSignedIn(), await eve.isSignedIn()], [true, true])
  })
}

test('a program that ends a session gets an empty answer', async t => {
  const { person, end } = await visitors(t)
  const answer = await end(await person(), 'end=others', { 'sec-fetch-mode': 'cors', 'sec-fetch-site': 'same-origin' })
  t.equal(answer.statusCode, 204)
})

test('a stranger sees no sessions and ends none', async t => {
  const { ask, end } = await visitors(t)
  const stranger = { jar: { headers: {} } } as unknown as Browser
  t.equal((await ask(stranger)).statusCode, 401)
  t.equal((await end(stranger, 'end=others')).statusCode, 401)
})

test('another site cannot end sessions', async t => {
  const { person, ask, end } = await visitors(t)
  const [desk, phone] = [await person(), await person()]
  for (const headers of [{ ...form, 'sec-fetch-site': 'cross-site' }, { ...form, 'sec-fetch-site': 'same-site' }]) {
    t.equal((await end(desk, 'end=others', headers)).statusCode, 403)
  }
  t.equal(await phone.isSignedIn(), true)
  t.equal((await ask(desk, { ...NAVIGATION, 'sec-fetch-site': 'cross-site' })).statusCode, 200)
})

test('a body that is too large is refused', async t => {
  const { person, end } = await visitors(t)
  t.equal((await end(await person(), `end=${'x'.repeat(70_000)}`)).statusCode, 413)
})

test('without the option there is no page', async t => {
  const { person, ask } = await visitors(t, { routes: {} })
  t.equal((await ask(await person())).statusCode, 404)
})

test('a session that has ended is not listed', async t => {
  const clock = createClock()
  const { person, ask } = await visitors(t, { now: clock.now, session: { idle: 100 } })
  await person()
  clock.advance(100)
  t.equal(listOf(await ask(await person(), {})).length, 1)
})

test('the page names the provider only where there could be another', async t => {
  const site = await buildSite(t, { routes: { sessions: '/sessions' } })
  const alice = await site.signedIn()
  const page = await alice.get('/auth/sessions')
  t.match(page.body, '<strong>Unknown device</strong>')
  t.notMatch(page.body, 'through')
  const identity = { issuer: 'https://entra.example', subject: 's', provider: 'entra' }
  const bob = await signedIn(site.app, new AuthUser('bob', { identity }))
  const other = await site.app.inject({ url: '/auth/sessions', headers: { ...NAVIGATION, ...bob.headers } })
  t.match(other.body, 'through entra')
  const program = await alice.get('/auth/sessions', { accept: '*/*', 'sec-fetch-mode': 'cors' })
  t.match(program.json(), { sessions: [{ provider: 'oidc', isCurrent: true }] })
})

test('the page is there under the path of publicUrl too, and a stranger is sent to sign in', async t => {
  const site = await buildSite(t, { publicUrl: 'https://app.example.com/shop', routes: { sessions: '/sessions' } })
  for (const url of ['/auth/sessions', '/shop/auth/sessions']) {
    const answer = await site.app.inject({ url, headers: NAVIGATION })
    t.equal(answer.statusCode, 302)
    t.match(String(answer.headers.location), 'https://app.example.com/shop/auth/login')
  }
})

test('whoever has the key of a person sees and ends none of their sessions', async t => {
  let asked = 0
  const byKey = ({ headers }: FastifyRequest): string | undefined => {
    asked++
    return headers['x-key'] === undefined ? undefined : 'ada'
  }
  const { person, ask, end } = await visitors(t, { authenticators: [byKey] })
  const [ada, bob, program] = [await person(), await person('bob'), await person('eve')]
  program.jar.delete('__Host-login')
  asked = 0

  for (const browser of [program, bob]) {
    const answer = await ask(browser, { 'x-key': '1' })
    if (browser === bob) t.same(listOf(answer).map(({ isCurrent }) => isCurrent), [true])
    else t.match(answer, { statusCode: 401, headers: { 'www-authenticate': /^Cookie / } })
    await end(browser, 'end=others', { ...form, 'x-key': '1' })
  }
  t.equal(asked, 0)
  t.equal(await ada.isSignedIn(), true)
})
