import { test } from 'tap'
import type { SetCookie } from '../../lib/session/cookies.ts'
import { RequestSession } from '../../lib/session/request-session.ts'
import type { Awaitable } from '../../lib/awaitable.ts'
import type { EndedSession, Session, SessionStart } from '../../lib/session/session.ts'
import type { SessionInfo } from '../../lib/session/session-info.ts'
import type { Held, Sessions, Written } from '../../lib/session/sessions.ts'
import { createClock } from '../../lib/testing/index.ts'
import { aSession, limits, NOON } from './_session.ts'

/** Sessions that note what is asked of them, and answer at once or later. */
class NotedSessions implements Sessions {
  readonly calls: string[] = []
  readonly written: Session[] = []
  readonly ended = new Set<string>()
  readonly isLocal: boolean
  /** How often somebody else writes the session before we do. */
  races = 0
  readonly #found: Session | undefined
  readonly #isStale: boolean

  constructor (found: Session | undefined, isStale: boolean, isLate = false) {
    this.#found = found
    this.#isStale = isStale
    this.isLocal = !isLate
  }

  find (_header: string | undefined, which = 'live'): Awaitable<Held | undefined> {
    const isOver = this.#found === undefined || (which === 'live' && this.ended.has(this.#found.handle))
    const held = isOver || this.#found === undefined ? undefined : this.#held(this.#found, this.#isStale)
    this.calls.push(`find ${which}`)
    return this.isLocal ? held : Promise.resolve(held)
  }

  async begin (start: SessionStart): Promise<Written> {
    return this.#write('begin', aSession(start))
  }

  async end ({ handle }: EndedSession): Promise<void> {
    this.calls.push('end')
    this.ended.add(handle)
  }

  clear (): readonly SetCookie[] {
    this.calls.push('clear')
    return cleared
  }

  async list (): Promise<readonly SessionInfo[]> {
    throw new Error('no request asks')
  }

  async endAll (): Promise<void> {
    throw new Error('no request asks')
  }

  #held (session: Session, isStale: boolean): Held {
    const roll = async (next: Session): Promise<Written | undefined> => {
      if (!this.ended.has(next.handle) && this.races-- <= 0) return this.#write('roll', next)
      this.calls.push('lost')
      return undefined
    }
    return { session, isStale, roll }
  }

  #write (call: string, session: Session): Written {
    this.calls.push(call)
    this.written.push(session)
    return { held: this.#held(session, false), cookies: cookiesOf(session) }
  }
}

const cleared = [{ name: 'login', line: 'login=; Max-Age=0' }]

function cookiesOf ({ handle, writtenAt }: Session): readonly SetCookie[] {
  return [{ name: 'login', line: `login=${handle}@${writtenAt}` }]
}

function visit (found: Session | undefined, { isLate = false, isStale = false } = {}) {
  const sessions = new NotedSessions(found, isStale, isLate)
  const clock = createClock(NOON * 1000)
  const request = { header: 'login=x', device: 'Firefox on Linux' }
  return { sessions, clock, session: new RequestSession(sessions, { limits, now: clock.now }, request) }
}

test('a request that nobody asked about looks nothing up and writes nothing', async t => {
  const { sessions, session, clock } = visit(aSession())
  clock.advance(limits.rollInterval)
  t.same(session.setCookies(), [])
  t.same(sessions.calls, [])
})

for (const isLate of [false, true]) {
  const where = isLate ? 'in a store' : 'in the cookie'

  test(`a session ${where} is looked up once per request`, async t => {
    const found = aSession()
    const { sessions, session } = visit(found, { isLate })
    t.equal((await session.find())?.session, found)
    t.equal(await session.find(), await session.find())
    t.equal(await session.current(), found)
    t.same(sessions.calls, ['find live'])
  })

  test(`a session ${where} that is not due is not written`, async t => {
    const { sessions, session, clock } = visit(aSession(), { isLate })
    clock.advance(limits.rollInterval - 1)
    await session.find()
    t.same(await session.setCookies(), [])
    t.same(sessions.calls, ['find live'])
  })

  test(`a session ${where} that is due is written once`, async t => {
    const found = aSession()
    const { sessions, session, clock } = visit(found, { isLate })
    clock.advance(limits.rollInterval)
    await session.find()
    t.same(await session.setCookies(), cookiesOf({ ...found, writtenAt: NOON + limits.rollInterval }))
    t.same(sessions.calls, ['find live', 'roll'])
  })

  test(`a session ${where} that a previous secret sealed is written before it is due`, async t => {
    const { sessions, session } = visit(aSession(), { isLate, isStale: true })
    await session.find()
    t.equal((await session.setCookies()).length, 1)
    t.same(sessions.calls, ['find live', 'roll'])
  })

  test(`a session ${where} that was ended meanwhile is not written`, async t => {
    const found = aSession()
    const { sessions, session, clock } = visit(found, { isLate })
    await session.find()
    clock.advance(limits.rollInterval)
    sessions.ended.add(found.handle)
    t.same(await session.setCookies(), [])
    t.same(sessions.written, [])
  })

  test(`a session ${where} that was ended meanwhile cannot be renewed`, async t => {
    const found = aSession()
    const { sessions, session } = visit(found, { isLate })
    await session.find()
    sessions.ended.add(found.handle)
    t.equal(await session.renew(), undefined)
    t.same(await session.setCookies(), [])
  })

  test(`a login ends the session ${where}, after the new one is written`, async t => {
    const found = aSession()
    const { sessions, session } = visit(found, { isLate })
    const begun = await session.login({ userId: '3' })
    t.not(begun.handle, found.handle)
    t.same(sessions.calls, ['begin', 'find any', 'end'])
    t.same([...sessions.ended], [found.handle])
    t.same(await session.setCookies(), cookiesOf(begun))
    t.equal(await session.current(), begun)
  })

  test(`a logout ends the session ${where} and clears the cookie`, async t => {
    const found = aSession()
    const { sessions, session } = visit(found, { isLate })
    await session.end('logout')
    t.same([...sessions.ended], [found.handle])
    t.same(await session.setCookies(), cleared)
    t.equal(await session.current(), undefined)
  })

  test(`a session ${where} that is renewed is written with its full length`, async t => {
    const { sessions, session, clock } = visit(aSession(), { isLate })
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
  await session.end('logout')
  t.same(session.setCookies(), cleared)
  t.equal(sessions.ended.size, 0)
})

test('there is nothing to renew for a stranger', async t => {
  const { session } = visit(undefined)
  t.equal(await session.renew(), undefined)
  t.same(session.setCookies(), [])
})

test('of two logins in one request the second counts, and the first is dead', async t => {
  const { session, sessions } = visit(aSession())
  const first = await session.login({ userId: '3' })
  const second = await session.login({ userId: '4' })
  t.ok(sessions.ended.has(first.handle))
  t.notOk(sessions.ended.has(second.handle))
  t.same(session.setCookies(), cookiesOf(second))
})

test('a request that has logged out has nothing more to end', async t => {
  const { session, sessions } = visit(aSession())
  await session.end('logout')
  await session.end('logout')
  t.same(sessions.calls, ['find any', 'end', 'clear', 'clear'])
})

test('a session that was renewed here ends by the logout after it', async t => {
  const { session, sessions } = visit(aSession())
  const renewed = await session.renew()
  await session.end('logout')
  t.same([...sessions.ended], [renewed?.handle])
})

test('a logout that failed can be tried again, also of a session that was renewed or begun here', async t => {
  for (const change of ['renew', 'login'] as const) {
    const { session, sessions } = visit(aSession())
    const changed = change === 'renew' ? await session.renew() : await session.login({ userId: '3' })
    const end = sessions.end.bind(sessions)
    sessions.end = async () => { throw new Error('the store is down') }
    await t.rejects(session.end('logout'), { message: 'the store is down' })
    t.equal(await session.current(), changed)
    sessions.end = end
    await session.end('logout')
    t.ok(sessions.ended.has(String(changed?.handle)))
    t.same(session.setCookies(), cleared)
  }
})

test('a login that is followed by a logout leaves nothing behind', async t => {
  const { session, sessions } = visit(aSession())
  const begun = await session.login({ userId: '3' })
  await session.end('logout')
  t.equal(sessions.ended.size, 2)
  t.ok(sessions.ended.has(begun.handle))
  t.same(session.setCookies(), cleared)
})

test('a logout that is followed by a login leaves the new session', async t => {
  const { session, sessions } = visit(aSession())
  await session.end('logout')
  const begun = await session.login({ userId: '3' })
  t.same(session.setCookies(), cookiesOf(begun))
  t.notOk(sessions.ended.has(begun.handle))
})

test('a session that was begun here can be renewed here', async t => {
  const { session, clock } = visit(undefined)
  const begun = await session.login({ userId: '3' })
  clock.advance(10)
  const renewed = await session.renew()
  t.equal(renewed?.handle, begun.handle)
  t.equal(renewed?.endsAt, begun.endsAt + 10)
})

test('where the new session cannot be written the old one goes on', async t => {
  const { session, sessions } = visit(aSession())
  sessions.begin = async () => { throw new Error('too large') }
  await t.rejects(session.login({ userId: '3' }), { message: 'too large' })
  t.equal(sessions.ended.size, 0)
  t.not(await session.current(), undefined)
})

test('asking twice for the cookies writes the same ones', async t => {
  const { session } = visit(undefined)
  await session.login({ userId: '3' })
  t.same(session.setCookies(), session.setCookies())
})

test('a session that others write at the same time is renewed all the same', async t => {
  const found = aSession()
  const { session, sessions, clock } = visit(found)
  sessions.races = 3
  clock.advance(10)
  t.equal((await session.renew())?.endsAt, found.endsAt + 10)
  t.same(sessions.calls, ['find live', 'lost', 'find live', 'lost', 'find live', 'lost', 'find live', 'roll'])
})

test('a session that is never free is not renewed for ever', async t => {
  const { session, sessions } = visit(aSession())
  sessions.races = Infinity
  t.equal(await session.renew(), undefined)
  t.equal(sessions.calls.filter(call => call === 'lost').length, 8)
})

test('asking twice for the cookies prolongs the session once, and gives the same', async t => {
  const { session, sessions, clock } = visit(aSession())
  clock.advance(limits.rollInterval)
  await session.find()
  const cookies = await session.setCookies()
  t.equal(cookies.length, 1)
  t.equal(await session.setCookies(), cookies)
  t.equal(sessions.written.length, 1)
})

test('a session whose person logs out while it is written does not come back', async t => {
  const found = aSession()
  const { sessions, session } = visit(found)
  let isWritten = (): void => {}
  const writing = new Promise<void>(resolve => { isWritten = resolve })
  const roll = async (next: Session): Promise<Written> => {
    await writing
    return { held: { session: next, isStale: false, roll }, cookies: cookiesOf(next) }
  }
  sessions.find = () => ({ session: found, isStale: false, roll })
  const renewing = session.renew()
  await session.end('logout')
  isWritten()
  t.equal(await renewing, undefined)
  t.equal(await session.current(), undefined)
  t.same(await session.setCookies(), cleared)
})
