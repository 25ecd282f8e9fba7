import { test } from 'tap'
import { takeApart } from '../../../lib/oidc/tokens/token-answer.ts'
import { htmlAnswer, json } from '../_scripted-provider.ts'

test('what comes beside the access token is taken out of an answer', async t => {
  const body = { access_token: 'a', token_type: 'Bearer', refresh_token: 'r', id_token: 'i', scope: 'mail', expires_in: 10, more: 1 }
  const { refreshToken, idToken, rest } = await takeApart(json(body))
  t.same([refreshToken, idToken], ['r', 'i'])
  t.same(await rest.json(), { access_token: 'a', token_type: 'Bearer', scope: 'mail', expires_in: 10, more: 1 })
  t.equal(rest.headers.get('content-type'), 'application/json')
})

test('members that say nothing usable count as left out', async t => {
  for (const value of [null, 7, {}, [], '', true]) {
    const { refreshToken, idToken, rest } = await takeApart(json({ refresh_token: value, id_token: value }))
    t.same([refreshToken, idToken, await rest.json()], [undefined, undefined, {}])
  }
  for (const value of [null, 7, {}]) t.same(await (await takeApart(json({ scope: value }))).rest.json(), {})
})

test('expires_in is a number of at least 0, or left out', async t => {
  const cases: ReadonlyArray<readonly [unknown, unknown]> = [
    [10, 10], ['10', 10], ['10.5', 10.5], [0, 0], [-5, 0], ['soon', undefined], [null, undefined], [{}, undefined], [true, undefined]
  ]
  for (const [given, read] of cases) {
    const { rest } = await takeApart(json({ expires_in: given }))
    t.equal((await rest.json() as { expires_in?: unknown }).expires_in, read, JSON.stringify(given))
  }
})

test('what is no answer is left as it is', async t => {
  for (const response of [json(null), json([1]), json('text'), htmlAnswer(), json({ refresh_token: 'r' }, 400)]) {
    const { refreshToken, idToken, rest } = await takeApart(response)
    t.same([refreshToken, idToken], [undefined, undefined])
    t.equal(rest, response)
    t.equal(rest.bodyUsed, false)
  }
})
