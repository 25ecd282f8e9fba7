import { test } from 'tap'
import { LocalRevocations, type Revocable } from '../../lib/session/revocations.ts'
import type { LogoutMarks } from '../../lib/session/logout-marks.ts'
import { NOON } from './_session.ts'

const named = (handle: string, generation?: string): Revocable => ({ handle, generation })

function endMany (revocations: LocalRevocations, count: number, now: number): void {
  for (let index = 0; index < count; index++) revocations.end(`${now}-${index}`, now + 10, now)
}

test('a session that was ended is known, another is not', async t => {
  const revocations = new LocalRevocations()
  revocations.end('a', NOON + 10, NOON)
  t.equal(revocations.isEnded(named('a')), true)
  t.equal(revocations.isEnded(named('A')), false)
})

test('the list forgets a session that would be over by itself', async t => {
  const revocations = new LocalRevocations()
  endMany(revocations, 999, NOON)
  revocations.end('last', NOON + 20, NOON + 10)
  t.equal(revocations.size, 1)
  t.equal(revocations.isEnded(named('last')), true)
})

test('the list forgets nobody before the end, however often it is swept', async t => {
  const revocations = new LocalRevocations()
  revocations.end('first', NOON + 10_000, NOON)
  for (let turn = 1; turn < 5; turn++) endMany(revocations, 1000, NOON + turn * 100)
  t.equal(revocations.isEnded(named('first')), true)
})

test('the list is swept only when it has doubled, so that a long one does not cost every logout', async t => {
  const revocations = new LocalRevocations()
  endMany(revocations, 1000, NOON)
  endMany(revocations, 999, NOON + 10)
  t.equal(revocations.size, 1999)
  revocations.end('last', NOON + 30, NOON + 20)
  t.equal(revocations.size, 1)
})

test('an older copy of a session that ends it again does not make the list forget it sooner', async t => {
  const revocations = new LocalRevocations()
  revocations.end('renewed', NOON + 1000, NOON)
  revocations.end('renewed', NOON + 5, NOON)
  endMany(revocations, 1000, NOON + 6)
  t.equal(revocations.isEnded(named('renewed')), true)
})

const marks: LogoutMarks = { login: 'login', subject: 'subject', issuedAt: NOON }

test('every session of a login that the provider ended is over, and others go on', async t => {
  const revocations = new LocalRevocations()
  revocations.endLogin('login', NOON + 10, NOON)
  t.equal(revocations.isEnded({ ...named('a'), marks }), true)
  t.equal(revocations.isEnded({ ...named('a'), marks: { ...marks, login: 'other' } }), false)
  t.equal(revocations.isEnded({ ...named('a'), marks: { ...marks, login: undefined, subject: 'login' } }), false)
  t.equal(revocations.isEnded(named('login')), false)
})

test('where the provider ended all sessions of a person, those of later ID tokens go on', async t => {
  const revocations = new LocalRevocations()
  const isEnded = (issuedAt: number): boolean => revocations.isEnded({ ...named('a'), marks: { ...marks, issuedAt } })
  t.equal(isEnded(NOON), false)
  revocations.endSubject('subject', NOON, NOON + 10, NOON)
  t.same([NOON - 1, NOON, NOON + 1].map(isEnded), [true, true, false])
  revocations.endSubject('subject', NOON - 100, NOON + 10, NOON)
  t.same([NOON, NOON + 1].map(isEnded), [true, false], 'what comes late takes nothing back')
  revocations.endSubject('subject', NOON + 1, NOON + 10, NOON)
  t.same([NOON + 1, NOON + 2].map(isEnded), [true, false])
  t.equal(revocations.isEnded({ ...named('a'), marks: { ...marks, subject: 'other' } }), false)
  t.equal(revocations.size, 1)
})

test('a session that was ended with all others is not revived by being excepted later', async t => {
  const revocations = new LocalRevocations()
  revocations.endAll('ended', undefined, NOON)
  revocations.endAll('ended', 'ended', NOON)
  t.equal(revocations.isEnded(named('ended')), true)
})
