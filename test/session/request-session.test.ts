import { test } from 'tap'
import type { SetCookie } from '../../lib/session/cookies.ts'
import { RequestSession } from '../../lib/session/request-session.ts'
import type { Session } from '../../lib/session/session.ts'
import type { Awaitable, Found, Sessions } from '../../lib/session/sessions.ts'
import { createClock } from '../../lib/testing/index.ts'
import { aSession, limits, NOON } from './_session.ts'

/** Sessions that note what is asked of them, and answer at once or later. */
class NotedSessions implements Sessions {
  readonly calls: string[] = []
  readonly written: Session[] = []
  readonly ended = new Set<string>()
  readonly #found: Found | undefined
  readonly #isLate: boolean

  constructor (found: Found | undefined, isLate = false) {
    this.#found = found
    this.#isLate = isLate
  }

  find (_header: string | undefined, which = 'live'): Awaitable<Found | undefined> {
    return this.#note(`find ${which}`, this.#found)
  }

  write (session: Session): Awaitable<readonly SetCookie[]> {
    this.written.push(session)
    return this.#note('write', cookiesOf(session))
  }

  roll (session: Session): Awaitable<readonly SetCookie[] | undefined> {
    if (this.ended.has(session.sessionId)) return this.#note('roll', undefined)
    this.written.push(session)
    return this.#note('roll', cookiesOf(session))
  }

  end ({ sessionId }: Pick<Session, 'sessionId'>): Awaitable<void> {
    this.ended.add(sessionId)
    return this.#note('end', undefined)
  }

  clear (): readonly SetCookie[] {
    this.calls.push('clear')
    return cleared
  }

  #note<T> (call: string, answer: T): Awaitable<T> {
    this.calls.push(call)
    return this.#isLate ? Promise.resolve(answer) : answer
  }
}

const cleared = [{ name: 'login', line: 'login=; Max-Age=0' }]

function cookiesOf ({ sessionId, writtenAt }: Session): readonly SetCookie[] {
  return [{ name: 'login', line: `login=${sessionId}@${writtenAt}` }]
}

function visit (found: Found | undefined, isLate = false) {
  const sessions = new NotedSessions(found, isLate)
  const clock = createClock(NOON * 1000)
  return { sessions, clock, session: new RequestSession(sessions, { limits, now: clock.now }, 'login=x') }
}

const fresh = (): Found => ({ session: aSession(), isStale: false })

test('a request that nobody asked about looks nothing up and writes nothing', async t => {
  const { sessions, session, clock } = visit(fresh())
  clock.advance(limits.rollInterval)
  t.same(session.setCookies(), [])
  t.same(sessions.calls, [])
})

for (const isLate of [false, true]) {
  const where = isLate ? 'in a store' : 'in the cookie'

  test(`a session ${where} is looked up once per request`, async t => {
    const found = fresh()
    const { sessions, session } = visit(found, isLate)
    t.equal(await session.find(), found)
    t.equal(await session.find(), found)
    t.equal(await session.current(), found.session)
    t.same(sessions.calls, ['find live'])
  })

  test(`a session ${where} that is not due is not written`, async t => {
    const { sessions, session, clock } = visit(fresh(), isLate)
    clock.advance(limits.rollInterval - 1)
    await session.find()
    t.same(await session.setCookies(), [])
    t.same(sessions.calls, ['find live'])
  })

  test(`a session ${where} that is due is written once`, async t => {
    const found = fresh()
    const { sessions, session, clock } = visit(found, isLate)
    clock.advance(limits.rollInterval)
    await session.find()
    t.same(await session.setCookies(), cookiesOf({ ...found.session, writtenAt: NOON + limits.rollInterval }))
    t.same(sessions.calls, ['find live', 'roll'])
  })

  test(`a session ${where} that a previous secret sealed is written before it is due`, async t => {
    const { sessions, session } = visit({ ...fresh(), isStale: true }, isLate)
    await session.find()
    t.equal((await session.setCookies()).length, 1)
    t.same(sessions.calls, ['find live', 'roll'])
  })

  test(`a session ${where} that was ended meanwhile is not written`, async t => {
    const found = fresh()
    const { sessions, session, clock } = visit(found, isLate)
    await session.find()
    clock.advance(limits.rollInterval)
    sessions.ended.add(found.session.sessionId)
    t.same(await session.setCookies(), [])
    t.same(sessions.written, [])
  })

  test(`a session ${where} that was ended meanwhile cannot be renewed`, async t => {
    const found = fresh()
    const { sessions, session } = visit(found, isLate)
    await session.find()
    sessions.ended.add(found.session.sessionId)
    t.equal(await session.renew(), undefined)
    t.same(await session.setCookies(), [])
  })

  test(`a login ends the session ${where}, after the new one is written`, async t => {
    const found = fresh()
    const { sessions, session } = visit(found, isLate)
    const begun = await session.login({ userId: '3' })
    t.not(begun.sessionId, found.session.sessionId)
    t.same(sessions.calls, ['write', 'find any', 'end'])
    t.same([...sessions.ended], [found.session.sessionId])
    t.same(await session.setCookies(), cookiesOf(begun))
    t.equal(await session.current(), begun)
  })

  test(`a logout ends the session ${where} and clears the cookie`, async t => {
    const found = fresh()
    const { sessions, session } = visit(found, isLate)
    await session.logout()
    t.same([...sessions.ended], [found.session.sessionId])
    t.same(await session.setCookies(), cleared)
    t.equal(await session.current(), undefined)
  })

  test(`a session ${where} that is renewed is written with its full length`, async t => {
    const { sessions, session, clock } = visit(fresh(), isLate)
    clock.advance(50)
    const renewed = await session.renew()
    t.equal(renewed?.endsAt, NOON + 50 + limits.absolute)
    t.equal(await session.current(), renewed)
    t.same(await session.setCookies(), cookiesOf({ ...aSession(), ...renewed }))
    t.same(sessions.written, [renewed])
  })
}

test('nothing is rolled for a stranger', async t => {
  const { session, sessions } = visit(undefined)
  await session.find()
  t.same(session.setCookies(), [])
  t.same(sessions.calls, ['find live'])
})

test('a stranger who logs out still gets the cookie cleared', async t => {
  const { session, sessions } = visit(undefined)
  await session.logout()
  t.same(session.setCookies(), cleared)
  t.equal(sessions.ended.size, 0)
})

test('there is nothing to renew for a stranger', async t => {
  const { session } = visit(undefined)
  t.equal(await session.renew(), undefined)
  t.same(session.setCookies(), [])
})

test('of two logins in one request the second counts, and the first is dead', async t => {
  const { session, sessions } = visit(fresh())
  const first = await session.login({ userId: '3' })
  const second = await session.login({ userId: '4' })
  t.ok(sessions.ended.has(first.sessionId))
  t.notOk(sessions.ended.has(second.sessionId))
  t.same(session.setCookies(), cookiesOf(second))
})

test('a request that has logged out has nothing more to end', async t => {
  const { session, sessions } = visit(fresh())
  await session.logout()
  await session.logout()
  t.same(sessions.calls, ['find any', 'end', 'clear', 'clear'])
})

test('a session that was renewed here ends by the logout after it', async t => {
  const { session, sessions } = visit(fresh())
  const renewed = await session.renew()
  await session.logout()
  t.same([...sessions.ended], [renewed?.sessionId])
})

test('a login that is followed by a logout leaves nothing behind', async t => {
  const { session, sessions } = visit(fresh())
  const begun = await session.login({ userId: '3' })
  await session.logout()
  t.equal(sessions.ended.size, 2)
  t.ok(sessions.ended.has(begun.sessionId))
  t.same(session.setCookies(), cleared)
})

test('a logout that is followed by a login leaves the new session', async t => {
  const { session, sessions } = visit(fresh())
  await session.logout()
  const begun = await session.login({ userId: '3' })
  t.same(session.setCookies(), cookiesOf(begun))
  t.notOk(sessions.ended.has(begun.sessionId))
})

test('a session that was begun here can be renewed here', async t => {
  const { session, clock } = visit(undefined)
  const begun = await session.login({ userId: '3' })
  clock.advance(10)
  const renewed = await session.renew()
  t.equal(renewed?.sessionId, begun.sessionId)
  t.equal(renewed?.endsAt, begun.endsAt + 10)
})

test('where the new session cannot be written the old one goes on', async t => {
  const { session, sessions } = visit(fresh())
  sessions.write = () => { throw new Error('too large') }
  await t.rejects(session.login({ userId: '3' }), { message: 'too large' })
  t.equal(sessions.ended.size, 0)
  t.not(await session.current(), undefined)
})

test('asking twice for the cookies writes the same ones', async t => {
  const { session } = visit(undefined)
  await session.login({ userId: '3' })
  t.same(session.setCookies(), session.setCookies())
})
