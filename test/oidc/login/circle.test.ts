import { test } from 'tap'
import { assertNoCircle } from '../../../lib/oidc/login/circle.ts'
import type { LoginDemands } from '../../../lib/oidc/login/demands.ts'

type Case = readonly [who: string, rounds: number, hasSession: boolean, demands: LoginDemands, code: string]

const cases: readonly Case[] = [
  ['a browser without a session', 2, false, {}, 'SESSION_LOST'],
  ['a session whose tokens are gone again', 2, true, { forTokens: true, scopes: ['a'] }, 'TOKENS_NOT_KEPT'],
  ['a session that lacks something', 4, true, { maxAge: 0 }, 'TOO_WEAK'],
  ['a session that lacks nothing', 6, true, {}, 'TOO_WEAK']
]

for (const [who, rounds, hasSession, demands, code] of cases) {
  test(`${who} goes in circles after ${rounds} rounds, and not before`, async t => {
    assertNoCircle(rounds - 1, hasSession, demands)
    for (const more of [rounds, rounds + 1]) {
      t.throws(() => { assertNoCircle(more, hasSession, demands) }, { code: `FST_LOGIN_${code}` })
    }
  })
}
