import { test } from 'tap'
import { createBinding, sealBinding } from '../../../lib/oidc/login/transaction.ts'
import { secret } from '../../_app.ts'
import { setCookiesOfName } from '../../_jar.ts'
import { BINDING, isRestart, peopled, ROOT, SESSION } from '../_people.ts'
import { assertFailurePage } from '../_refusal.ts'
import { ScriptedProvider } from '../_scripted-provider.ts'
import { buildSite, stateOf } from '../_site.ts'

test('the binding cookie is small, for this host only, out of reach of scripts, and lives 10 minutes', async t => {
  const site = await buildSite(t)
  const visitor = site.visitor()
  const answer = await visitor.get('/auth/login')
  const [line, ...more] = [answer.headers['set-cookie']].flat()
  t.same(more, [])
  t.match(line, /^__Host-login-binding=[\w.-]+; Max-Age=600; Path=\/; HttpOnly; Secure; SameSite=Lax$/)
  t.ok(visitor.jar.cookie.length < 250, `${visitor.jar.cookie.length} bytes`)
})

test('with form_post the binding cookie is None and Secure, because the answer is a POST from another site', async t => {
  const site = await buildSite(t, { oidc: { responseMode: 'form_post' } })
  t.match((await site.visitor().get('/auth/login')).headers['set-cookie'], /^__Host-login-binding=.*; Secure; SameSite=None$/)
})

test('no number of logins makes more cookies, and each of them can be finished', async t => {
  const site = await buildSite(t)
  const visitor = site.visitor()
  const begun: string[] = []
  for (let n = 0; n < 20; n++) begun.push(await visitor.begin(`/deep/${n}`))
  t.same(visitor.jar.names, [BINDING])
  t.ok(visitor.jar.cookie.length < 250)
  for (const [n, location] of begun.entries()) {
    const answer = await visitor.get(site.provider.authorize(location))
    t.equal(answer.headers.location, `https://app.example.com/deep/${n}`)
    t.equal(setCookiesOfName(answer, SESSION).length, 1, 'is a login of its own, not a recovery')
  }
  t.ok(`${BINDING}=${visitor.jar.get(BINDING)}`.length < 250, 'small also after many logins')
})

const strangeQueries = {
  nothing: '',
  'a question mark': '?',
  'a code only': '?code=abc',
  'an empty state': '?state=&code=abc',
  'a made-up state': '?state=abc&code=abc',
  'an error only': '?error=access_denied',
  'odd encodings': '?state=%ff%00%zz&code=%',
  'a very long state': `?state=${'a'.repeat(10_000)}`
}

for (const [name, query] of Object.entries(strangeQueries)) {
  test(`a callback with ${name} is a page of 400 for a stranger and leads a signed-in person home`, async t => {
    const { site, alice, stranger } = await peopled(t)
    assertFailurePage(t, site, await stranger.get(`/auth/callback${query}`), { status: 400, code: 'FST_LOGIN_STATE_INVALID' })
    const answer = await alice.get(`/auth/callback${query}`)
    t.equal(answer.statusCode, 303)
    t.equal(answer.headers.location, ROOT)
    t.equal(await alice.who(), 'alice')
  })
}

test('a state that was given twice is no state', async t => {
  const { site, alice, stranger } = await peopled(t)
  for (const [visitor, status] of [[stranger, 400], [alice, 303]] as const) {
    const location = await visitor.begin()
    const state = stateOf(location)
    t.equal((await visitor.get(site.provider.authorize(location, { state: [state, state] }))).statusCode, status)
    t.equal((await visitor.get(site.provider.authorize(location, { state: [state, 'other'] }))).statusCode, status)
  }
  t.equal(site.provider.count('token'), 1)
})

test('a state with one character changed anywhere is no state', async t => {
  const { site, stranger } = await peopled(t)
  const location = await stranger.begin()
  const state = stateOf(location)
  for (let at = 0; at < state.length; at += 7) {
    const changed = state.slice(0, at) + (state[at] === 'A' ? 'B' : 'A') + state.slice(at + 1)
    const answer = await stranger.get(site.provider.authorize(location, { state: changed }))
    t.equal(answer.statusCode, 400, `at ${at}`)
  }
  t.equal((await stranger.get(site.provider.authorize(location, { state: `${state}A` }))).statusCode, 400)
  t.equal((await stranger.get(site.provider.authorize(location, { state: state.slice(0, -1) }))).statusCode, 400)
  t.equal((await stranger.get(site.provider.authorize(location))).statusCode, 303, 'the unchanged one is good')
})

test('a state that another secret sealed is no state', async t => {
  const { site, alice, stranger } = await peopled(t)
  const other = await buildSite(t, { provider: site.provider })
  const location = await other.visitor().begin()
  t.equal((await stranger.get(site.provider.authorize(location))).statusCode, 400)
  t.equal((await alice.get(site.provider.authorize(location))).headers.location, ROOT)
})

test('what was sealed for another purpose is no state', async t => {
  const { site, alice, stranger } = await peopled(t)
  const location = await stranger.begin()
  const returnTo = String(new URL(String((await stranger.get('/deep/1')).headers.location)).searchParams.get('returnTo'))
  for (const text of [String(stranger.jar.get(BINDING)), String(alice.jar.get(SESSION)).slice(1), returnTo]) {
    t.equal((await stranger.get(site.provider.authorize(location, { state: text }))).statusCode, 400)
  }
})

test('a state of another version is no state', async t => {
  const { site, stranger } = await peopled(t)
  const state = site.vault.seal('state', { v: 2 })
  t.equal((await stranger.get(`/auth/callback?code=abc&state=${state}`)).statusCode, 400)
})

test('a binding cookie that is there twice, tampered with, or of another version, is none', async t => {
  const { site, stranger } = await peopled(t)
  const callback = site.provider.authorize(await stranger.begin())
  const good = String(stranger.jar.get(BINDING))
  for (const text of [`${good}; ${BINDING}=${good}`, `${good}A`, '', 'garbage', site.vault.seal('binding', { v: 2 })]) {
    const visitor = site.visitor()
    visitor.jar.set(BINDING, text)
    t.ok(isRestart(await visitor.get(callback)), text.slice(0, 20))
  }
  t.equal((await stranger.get(callback)).statusCode, 303, 'the good one is good')
})

test('a login must be finished within 10 minutes, or it begins again', async t => {
  const { site, stranger } = await peopled(t)
  const first = await stranger.begin('/deep/1')
  const second = await stranger.begin('/deep/2')
  site.clock.advance(599)
  t.equal((await stranger.get(site.provider.authorize(first))).headers.location, 'https://app.example.com/deep/1')
  stranger.jar.delete(SESSION)
  site.clock.advance(1)
  const again = await stranger.get(site.provider.authorize(second))
  t.ok(isRestart(again))
  const answer = await stranger.get(site.provider.authorize(String(again.headers.location)))
  t.equal(answer.headers.location, 'https://app.example.com/deep/2')
})

test('each login begun prolongs the binding cookie by 10 minutes, not the states before it', async t => {
  const { site, stranger } = await peopled(t)
  const first = await stranger.begin()
  site.clock.advance(500)
  const second = await stranger.begin()
  site.clock.advance(100)
  t.ok(isRestart(await stranger.get(site.provider.authorize(first))))
  site.clock.advance(499)
  t.equal((await stranger.get(site.provider.authorize(second))).statusCode, 303)
})

test('a login that was begun with the previous secret can be finished with the next one', async t => {
  const provider = await ScriptedProvider.create()
  const old = secret()
  const before = await buildSite(t, { provider, secret: old })
  const visitor = before.visitor()
  const location = await visitor.begin('/deep/1')
  const after = await buildSite(t, { provider, secret: [secret(), old], clock: before.clock })
  const later = after.visitor()
  later.jar.set(BINDING, String(visitor.jar.get(BINDING)))
  t.equal((await later.get(provider.authorize(location))).headers.location, 'https://app.example.com/deep/1')
  t.equal(await later.who(), 'alice')
})

test('a restart of the application between begin and callback loses nothing', async t => {
  const provider = await ScriptedProvider.create()
  const same = secret()
  const visitor = (await buildSite(t, { provider, secret: same })).visitor()
  const location = await visitor.begin('/deep/1')
  const later = (await buildSite(t, { provider, secret: same })).visitor()
  later.jar.set(BINDING, String(visitor.jar.get(BINDING)))
  t.equal((await later.get(provider.authorize(location))).headers.location, 'https://app.example.com/deep/1')
})

test('a binding cookie of 10 minutes ago gives way to a new secret', async t => {
  const { site, stranger } = await peopled(t)
  const now = Math.floor(site.clock.now() / 1000)
  for (const [age, isKept] of [[599, true], [600, false]] as const) {
    const text = sealBinding(site.vault, createBinding(now - age))
    stranger.jar.set(BINDING, text)
    const location = await stranger.begin()
    const before = site.visitor()
    before.jar.set(BINDING, text)
    t.equal((await before.get(site.provider.authorize(location))).statusCode === 303, isKept, String(age))
  }
})
