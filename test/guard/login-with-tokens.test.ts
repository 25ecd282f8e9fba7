import { test } from 'tap'
import { loginWithTokens } from '../../lib/guard/login-with-tokens.ts'
import type { SessionStart } from '../../lib/session/session.ts'
import { aSession } from '../session/_session.ts'

const identity = { issuer: 'https://id.example', subject: 'ada', provider: 'oidc' }
const grant = { refreshToken: 'a-refresh-token' }

/** Signs somebody in whose session before is this one; tells what the new session was made of, and what was kept. */
async function loginAfter (before: object | undefined, start: SessionStart, found: unknown = { grant }) {
  const seen: { begun: SessionStart[], kept: unknown[] } = { begun: [], kept: [] }
  const login = {
    session: async () => before === undefined ? undefined : ({ ...aSession(), handle: 'before', ...before }),
    async login (begun: SessionStart) {
      seen.begun.push(begun)
      return { ...aSession(), handle: 'after' }
    }
  }
  const tokens = {
    find: async (handle: string) => handle === 'before' ? found ?? undefined : undefined,
    keep: async (session: { handle: string }, kept: unknown) => { seen.kept.push([session.handle, kept]) }
  }
  await loginWithTokens(login, tokens as never, start)
  return seen
}

test('the tokens of the same person go on with the new session, and the end that the provider stated', async t => {
  const seen = await loginAfter({ identity, endsBy: 9e9 }, { userId: 'ada', identity })
  t.same(seen.begun, [{ userId: 'ada', identity, endsBy: 9e9 }])
  t.same(seen.kept, [['after', { ...grant, isClaimed: true }]])
})

test('nobody else gets them, nor the end', async t => {
  const start = { userId: 'bob', identity: { ...identity, subject: 'bob' } }
  for (const before of [undefined, { identity, endsBy: 9e9 }, { endsBy: 9e9 }]) {
    t.same(await loginAfter(before, start), { begun: [start], kept: [] })
  }
  const local = { userId: 'ada' }
  t.same(await loginAfter({ identity, endsBy: 9e9 }, local), { begun: [local], kept: [] })
})

test('where there were no tokens none are kept', async t => {
  t.same((await loginAfter({ identity }, { userId: 'ada', identity }, null)).begun.length, 1)
  t.same((await loginAfter({ identity }, { userId: 'ada', identity }, null)).kept, [])
})
