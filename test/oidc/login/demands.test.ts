import { test } from 'tap'
import {
  hasDemands, isPlain, packDemands, unpackDemands, withoutProgram, withQuestions
} from '../../../lib/oidc/login/demands.ts'
import { passedScopes, type ProgramDemand } from '../../../lib/oidc/login/program-demand.ts'

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

const program: ProgramDemand = {
  clientId: 'cli',
  redirectUri: 'http://127.0.0.1:1/cb',
  isRedirectSaid: true,
  scopes: ['a', 'b'],
  isOffline: false,
  isPassThrough: true,
  state: 's',
  codeChallenge: 'c'
}

test('a login for a program is no login for a session, and can be made one', async t => {
  const bare = { isRedirectSaid: false, scopes: [], isOffline: true, isPassThrough: false }
  const other = { ...program, ...bare, state: undefined, codeChallenge: undefined }
  for (const one of [program, other]) {
    t.equal(hasDemands({ program: one }), true)
    const packed: unknown = JSON.parse(JSON.stringify(packDemands({ program: one })))
    t.same(unpackDemands(packed as Parameters<typeof unpackDemands>[0]).program, one)
  }
  t.same(withoutProgram({ program, scopes: ['a'] }), { scopes: ['a'] })
})

test('a provider is asked for no more than a program gets, and for who the person is', async t => {
  t.same(passedScopes(program, ['openid', 'profile', 'mail.read']), ['a', 'b', 'openid', 'profile'])
  t.same(passedScopes({ ...program, isOffline: true }, ['openid']), ['a', 'b', 'openid', 'offline_access'])
})
