import { inspect } from 'node:util'
import type { TokenEndpointResponse } from 'oauth4webapi'
import { test } from 'tap'
import { ProgramToken, toProgramToken } from '../../lib/client/program-token.ts'

const answer: TokenEndpointResponse = { access_token: 'secret-a', token_type: 'bearer', expires_in: 90, refresh_token: 'secret-r', scope: 'a  b' }
const NOW = 1_700_000_000_900

test('an answer becomes a token that can be sent', async t => {
  t.strictSame(JSON.parse(JSON.stringify(toProgramToken(answer, ['c'], NOW))), {
    accessToken: 'secret-a',
    tokenType: 'Bearer',
    expiresAt: 1_700_000_090,
    refreshToken: 'secret-r',
    scopes: ['a', 'b'],
    headers: { authorization: 'Bearer secret-a' }
  })
})

test('what an answer leaves out is what was asked for, and five minutes', async t => {
  const { scopes, expiresAt, refreshToken } = toProgramToken({ access_token: 'a', token_type: 'bearer' }, ['c'], NOW)
  t.strictSame({ scopes, expiresAt, refreshToken }, { scopes: ['c'], expiresAt: 1_700_000_300, refreshToken: undefined })
})

test('nothing that is printed for people shows a secret', async t => {
  const token = new ProgramToken({ accessToken: 'secret-a', refreshToken: 'secret-r', expiresAt: 1, scopes: ['a'] })
  t.match(inspect({ token }), "ProgramToken { tokenType: 'Bearer', expiresAt: 1, scopes: [ 'a' ] }")
  t.notMatch(inspect({ token }), 'secret')
})

test('a token that would break a header or a terminal, or is bound to a key, is none', async t => {
  for (const wrong of [{ access_token: 'a\r\nx: y' }, { access_token: 'a\u001b[2J' }, { access_token: 'ä' }, { refresh_token: 'a b' }, { scope: 'a \u009b2J' }, { token_type: 'dpop' as const }]) {
    t.throws(() => toProgramToken({ ...answer, ...wrong }, [], NOW), { code: 'ANSWER_INVALID' }, JSON.stringify(wrong))
  }
})

test('no server makes an end that is no time, which nobody could show or read again', async t => {
  const { expiresAt } = toProgramToken({ ...answer, expires_in: 1e300 }, [], NOW)
  t.ok(Number.isSafeInteger(expiresAt))
  t.match(new Date(expiresAt * 1000).toISOString(), /^20/)
})
