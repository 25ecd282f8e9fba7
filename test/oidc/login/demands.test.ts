import { test } from 'tap'
import { hasDemands, isPlain, packDemands, unpackDemands, withQuestions } from '../../../lib/oidc/login/demands.ts'

test('demands survive being packed, and none of them takes no room', async t => {
  for (const demands of [{ scopes: ['a'] }, { acr: ['gold', 'silver'] }, { maxAge: 0 }, { fresh: true }]) {
    t.equal(hasDemands(demands), true)
    t.equal(isPlain(demands), false)
    t.match(unpackDemands(packDemands(demands)), demands)
  }
  for (const nothing of [{}, { scopes: [], acr: [], fresh: false, parameters: {} }]) {
    t.equal(hasDemands(nothing), false)
    t.equal(isPlain(nothing), true)
    t.same(packDemands(nothing), {})
    t.equal(hasDemands(unpackDemands({})), false)
  }
  t.equal(hasDemands(unpackDemands()), false)
})

test('how a person is asked survives too, and demands nothing of what comes back', async t => {
  for (const how of [
    { silent: 'only' }, { silent: 'first', subject: 'alice', issuer: 'https://id.example' }, { silent: 'only', subject: '' }, { prompt: 'create' },
    { parameters: { login_hint: 'a' } }, { appState: null }, { appState: { a: [1] } }, { forTokens: true }
  ] as const) {
    t.equal(hasDemands(how), false)
    t.equal(isPlain(how), false)
    t.match(unpackDemands(packDemands(how)), how)
  }
})

test('a login with questions is the same but for its silence', async t => {
  t.same(withQuestions({ silent: 'first', subject: 'alice', issuer: 'https://id.example', scopes: ['a'], appState: 1 }), { scopes: ['a'], appState: 1 })
})
