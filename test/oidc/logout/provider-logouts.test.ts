import { test } from 'tap'
import { type EndedLogins, ProviderLogouts } from '../../../lib/oidc/logout/provider-logouts.ts'
import { createProvider } from '../../../lib/oidc/provider/provider.ts'
import { resolveOidcSettings } from '../../../lib/options/oidc-settings.ts'
import { createClock } from '../../../lib/testing/index.ts'
import { NotedStore } from '../../session/_noted-store.ts'
import { logoutToken } from '../_logout-token.ts'
import { ScriptedProvider } from '../_scripted-provider.ts'

const LONGEST = 400 * 86_400
const HOUR = 3600

async function setUp () {
  const provider = await ScriptedProvider.create()
  const clock = createClock()
  provider.now = clock.now
  const store = new NotedStore(clock.now)
  const ended: unknown[] = []
  const list: EndedLogins = {
    endLogin: (...args) => { ended.push(['login', ...args]) },
    endSubject: async (...args) => { ended.push(['subject', ...args]) }
  }
  const settings = resolveOidcSettings(provider.client, false)
  const logouts = new ProviderLogouts(createProvider(settings, clock.now), store, list)
  return { provider, clock, store, ended, logouts, now: Math.floor(clock.now() / 1000) }
}

test('what is over stays so until no session can be left, one of a login under way included', async t => {
  const { provider, logouts, ended, now } = await setUp()
  await logouts.endByToken(await logoutToken(provider, { claims: { sid: 's' } }))
  const claims = { sid: undefined, sub: 'alice', iat: now - 5 }
  await logouts.endByToken(await logoutToken(provider, { claims }))
  const { login, subject } = logouts.marksOf({ iss: provider.issuer, sub: 'alice', sid: 's' })
  t.equal(logouts.markOf('s', provider.issuer), login)
  t.same(ended, [
    ['login', login, now + LONGEST + HOUR], ['subject', subject, now - 5, now + LONGEST + HOUR]
  ])
})

test('a token with a sid ends that session alone, whatever its sub', async t => {
  const { provider, logouts, ended } = await setUp()
  t.match(await logouts.endByToken(await logoutToken(provider, { claims: { sub: 'alice' } })), { subject: 'alice' })
  t.match(ended, [['login']])
})

test('a spent token is known longer than it is accepted', async t => {
  const { provider, logouts, clock } = await setUp()
  const token = await logoutToken(provider, { claims: { exp: Math.floor(clock.now() / 1000) + 60 } })
  await logouts.endByToken(token)
  for (const seconds of [0, 60, 29]) {
    clock.advance(seconds)
    await t.rejects(logouts.endByToken(token), { cause: { message: /"jti" was used/ } })
  }
  clock.advance(1)
  await t.rejects(logouts.endByToken(token), { cause: { message: /"exp"/ } })
})

test('of two requests at once with one token, one is done and the other refused', async t => {
  const { provider, logouts, store } = await setUp()
  const token = await logoutToken(provider)
  store.get = async () => undefined // as both of them see it that look before either has written
  const results = await Promise.allSettled([logouts.endByToken(token), logouts.endByToken(token)])
  t.same(results.map(({ status }) => status).sort(), ['fulfilled', 'rejected'])
})

test('a login is known as long as its session', async t => {
  const { logouts, clock, now } = await setUp()
  t.equal(await logouts.isKnown('a'), false)
  await logouts.note('a', now + 10)
  t.equal(await logouts.isKnown('a'), true)
  t.equal(await logouts.isKnown('b'), false)
  clock.advance(10)
  t.equal(await logouts.isKnown('a'), false)
})
