import { test } from 'tap'
import { LocalRevocations, type Revocable } from '../../lib/session/revocations.ts'
import type { LogoutMarks } from '../../lib/logout-marks.ts'
import { NOON } from './_session.ts'

const named = (handle: string, generation?: string): Revocable => ({ handle, generation })

/** A list and its clock, in seconds since 1970. */
interface Place { readonly revocations: LocalRevocations, now: number }

function setUp (mostLogouts?: number): Place {
  const place: Place = { revocations: new LocalRevocations(() => place.now * 1000, mostLogouts), now: NOON }
  return place
}

function endMany ({ revocations, now }: Place, count: number): void {
  for (let index = 0; index < count; index++) revocations.end(`${now}-${index}`, now + 10)
}

test('a session that was ended is known, another is not', async t => {
  const { revocations } = setUp()
  t.equal(revocations.end('a', NOON + 10), true)
  t.equal(revocations.end('a', NOON + 10), false, 'it is ended once')
  t.equal(revocations.isEnded(named('a')), true)
  t.equal(revocations.isEnded(named('A')), false)
})

test('what is on the list is gone at its end, also where nobody has swept', async t => {
  const place = setUp()
  const { revocations } = place
  revocations.end('a', NOON + 10)
  revocations.endLogin('login', NOON + 10)
  revocations.endSubject('subject', NOON + 5, NOON + 10)
  revocations.endAll('user', undefined)
  const handles = [named('a'), { ...named('b'), marks }, { ...named('b'), marks: { ...marks, login: undefined } }]
  const isEnded = (): readonly boolean[] => handles.map(session => revocations.isEnded(session))
  place.now = NOON + 9
  t.same(isEnded(), [true, true, true])
  place.now = NOON + 10
  t.same(isEnded(), [false, false, false])
  t.not(revocations.generationOf('user'), undefined)
  place.now = NOON + 400 * 86_400
  t.equal(revocations.generationOf('user'), undefined)
})

test('the list forgets a session that would be over by itself', async t => {
  const place = setUp()
  const { revocations } = place
  endMany(place, 999)
  place.now += 10
  revocations.end('last', NOON + 20)
  t.equal(revocations.size, 1)
  t.equal(revocations.isEnded(named('last')), true)
})

test('the list forgets nobody before the end, however often it is swept', async t => {
  const place = setUp()
  const { revocations } = place
  revocations.end('first', NOON + 10_000)
  for (let turn = 1; turn < 5; turn++) {
    place.now = NOON + turn * 100
    endMany(place, 1000)
  }
  t.equal(revocations.isEnded(named('first')), true)
})

test('the list is swept only when it has doubled, so that a long one does not cost every logout', async t => {
  const place = setUp()
  const { revocations } = place
  endMany(place, 1000)
  place.now += 10
  endMany(place, 999)
  t.equal(revocations.size, 1999)
  place.now += 10
  revocations.end('last', NOON + 30)
  t.equal(revocations.size, 1)
})

test('an older copy of a session that ends it again does not make the list forget it sooner', async t => {
  const place = setUp()
  const { revocations } = place
  revocations.end('renewed', NOON + 1000)
  revocations.end('renewed', NOON + 5)
  place.now += 6
  endMany(place, 1000)
  t.equal(revocations.isEnded(named('renewed')), true)
})

const marks: LogoutMarks = { login: 'login', subject: 'subject', issuedAt: NOON }

test('every session of a login that the provider ended is over, and others go on', async t => {
  const { revocations } = setUp()
  revocations.endLogin('login', NOON + 10)
  t.equal(revocations.isEnded({ ...named('a'), marks }), true)
  t.equal(revocations.isEnded({ ...named('a'), marks: { ...marks, login: 'other' } }), false)
  t.equal(revocations.isEnded({ ...named('a'), marks: { ...marks, login: undefined, subject: 'login' } }), false)
  t.equal(revocations.isEnded(named('login')), false)
})

test('where the provider ended all sessions of a person, those of later ID tokens go on', async t => {
  const { revocations } = setUp()
  const isEnded = (issuedAt: number): boolean => revocations.isEnded({ ...named('a'), marks: { ...marks, issuedAt } })
  t.equal(isEnded(NOON), false)
  revocations.endSubject('subject', NOON, NOON + 10)
  t.same([NOON - 1, NOON, NOON + 1].map(isEnded), [true, true, false])
  revocations.endSubject('subject', NOON - 100, NOON + 10)
  t.same([NOON, NOON + 1].map(isEnded), [true, false], 'what comes late takes nothing back')
  revocations.endSubject('subject', NOON + 1, NOON + 10)
  t.same([NOON + 1, NOON + 2].map(isEnded), [true, false])
  t.equal(revocations.isEnded({ ...named('a'), marks: { ...marks, subject: 'other' } }), false)
  t.equal(revocations.size, 1)
})

test('a list of logouts at the provider that grows too long forgets half, and revives nobody', async t => {
  const place = setUp(100)
  const { revocations } = place
  let longest = 0
  for (let day = 0; day < 1000; day++) {
    place.now = NOON + day * 86_400
    revocations.endLogin(`login-${day}`, place.now + 400 * 86_400)
    revocations.endSubject(`subject-${day}`, place.now, place.now + 400 * 86_400)
    longest = Math.max(longest, revocations.size)
  }
  t.equal(longest, 200)
  const isEnded = (day: number, of: Partial<LogoutMarks>): boolean =>
    revocations.isEnded({ ...named('a'), marks: { login: 'x', subject: 'x', issuedAt: NOON + day * 86_400, ...of } })
  const days = Array.from({ length: 1000 }, (_, day) => day)
  t.same(days.filter(day => !isEnded(day, { login: `login-${day}` }) || !isEnded(day, { subject: `subject-${day}` })), [])
  t.same([isEnded(0, {}), isEnded(999, {})], [true, false], 'of others only those of long ago sign in again')
  t.equal(revocations.isEnded(named('a')), false, 'sessions that came from no provider go on')
})

test('a session that was ended with all others is not revived by being excepted later', async t => {
  const { revocations } = setUp()
  revocations.endAll('ended', undefined)
  revocations.endAll('ended', 'ended')
  t.equal(revocations.isEnded(named('ended')), true)
})
