import { setTimeout as pause } from 'node:timers/promises'
import t, { type Test } from 'tap'
import { needsRedis } from '../_services.ts'
import {
  type Detour, type MemberAnswer, startTokenTown, type TokenMember, type TokenSession, type TokenTown
} from './_token-members.ts'

const EACH = 50

async function askAll (members: readonly TokenMember[], session: TokenSession): Promise<readonly MemberAnswer[]> {
  return await Promise.all(members.flatMap(member => Array.from({ length: EACH }, () => member.token(session))))
}

/** All got the one new token, and the provider takes it. */
async function assertOneToken (
  t: Test, town: TokenTown, session: TokenSession, answers: readonly MemberAnswer[]
): Promise<void> {
  const found = new Set(answers.map(({ status, kind, accessToken }) => `${status} ${kind} ${accessToken}`))
  t.equal(answers.length, 2 * EACH)
  t.equal(found.size, 1, 'all have the same answer')
  t.match(answers[0], { status: 200, kind: 'token' })
  t.not(answers[0]?.accessToken, session.accessToken)
  t.ok(await town.isGood(answers[0]?.accessToken), 'the provider takes the token')
}

t.test('two processes with a hundred requests use an expired session\'s refresh token once', needsRedis(), async t => {
  const town = await startTokenTown(t)
  const members = [await town.member(), await town.member()]

  await t.test('of a provider that answers', async t => {
    const session = await town.signIn()
    await assertOneToken(t, town, session, await askAll(members, session))
    t.same(town.gateway.seen, [session.refreshToken])
    const events = (await Promise.all(members.map(member => member.events()))).flat()
    t.same(events, ['refreshed'])
  })

  const troubles: ReadonlyArray<readonly [name: string, requests: number, detour: () => Detour]> = [
    ['that answers after three seconds', 1, () => async forward => {
      await pause(3000)
      return await forward()
    }],
    ['that says 503 twice', 3, () => {
      let failures = 2
      return async forward => failures-- > 0 ? new Response('{}', { status: 503 }) : await forward()
    }],
    ['that breaks the connection twice', 3, () => {
      let failures = 2
      return async forward => {
        if (failures-- > 0) throw new Error('reset')
        return await forward()
      }
    }]
  ]
  for (const [name, requests, detour] of troubles) {
    await t.test(`of a provider ${name}`, async t => {
      const session = await town.signIn()
      town.gateway.seen.length = 0
      town.gateway.detour = detour()
      await assertOneToken(t, town, session, await askAll(members, session))
      t.same(town.gateway.seen, Array(requests).fill(session.refreshToken))
    })
  }

  await t.test('and again, with the refresh token that came of it', async t => {
    town.gateway.detour = forward => forward()
    const session = await town.signIn()
    town.gateway.seen.length = 0
    const first = await askAll(members, session)
    await pause(40)
    t.same(await askAll(members, session), first, 'who comes later gets the same token')
    t.equal(town.gateway.seen.length, 1)
  })
})

t.test('a process that is killed during a refresh logs nobody out', needsRedis(), async t => {
  const town = await startTokenTown(t)
  const [one, two, survivor] = await Promise.all([town.member(), town.member(), town.member()])
  const [before, after] = [await town.signIn(), await town.signIn()]
  const isHeld = new Map<string, () => void>()
  const held = ({ refreshToken }: TokenSession): Promise<void> => new Promise(resolve => {
    isHeld.set(refreshToken, resolve)
  })
  const holding = [held(before), held(after)]
  town.gateway.detour = async (forward, refreshToken) => {
    const hold = isHeld.get(refreshToken)
    isHeld.delete(refreshToken)
    if (hold === undefined) return await forward()
    if (refreshToken === after.refreshToken) await forward()
    hold()
    return await new Promise(() => {})
  }
  const orphans = Promise.allSettled([one.token(before), two.token(after)])
  await Promise.all(holding)
  await Promise.all([one.kill(), two.kill()])
  await orphans

  /** Asks as a browser does that was told to come again, until it is told something else. */
  async function askUntilAnswered (session: TokenSession): Promise<MemberAnswer> {
    const answer = await survivor.token(session)
    if (answer.status !== 503) return answer
    return await askUntilAnswered(session)
  }
  const [first, second] = await Promise.all([before, after].map(askUntilAnswered))
  t.match(first, { status: 200, kind: 'token' }, 'a refresh token that was not used is used')
  t.ok(await town.isGood(first?.accessToken))
  t.match(second, { status: 200, kind: 'lost' }, 'one that was spent is lost, and not taken for revoked')
  t.match(await survivor.token(after), { status: 200, kind: 'lost' })
  t.equal(town.gateway.seen.filter(one => one === after.refreshToken).length, 2, 'and it is not sent a third time')
})
