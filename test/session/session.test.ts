import { deepFreeze } from '../../lib/deep-freeze.ts'
import type { Claims } from '../../lib/user.ts'
import { test } from 'tap'
import {
  beginSession, isLive, isRollDue, isStillFresh, lastEndOf, packSession, renewSession, rollSession, type Session,
  unpackSession
} from '../../lib/session/session.ts'
import { aSession, limits, NOON } from './_session.ts'

const name = Object.freeze({ handle: 'h'.repeat(65), generation: undefined })
const nobodyRemembered = Object.freeze({ ...limits, remember: false } as const)

/** The session that the next request sees. */
function travel (session: Session): Session | undefined {
  return unpackSession(JSON.parse(JSON.stringify(packSession(session))), session.handle)
}

test('a session ends after the absolute time, a remembered one after its own', async t => {
  t.equal(aSession().endsAt, NOON + limits.absolute)
  t.equal(aSession({ remember: true }).endsAt, NOON + 5000)
})

test('where nobody is remembered a login that asks for it is an ordinary one', async t => {
  const session = beginSession({ userId: '2', remember: true }, name, NOON, nobodyRemembered)
  t.equal(session.isRemembered, false)
  t.equal(session.endsAt, NOON + limits.absolute)
})

test('a ttl takes the place of both lengths, and is what renewing starts again', async t => {
  for (const remember of [false, true]) {
    const session = aSession({ ttl: 7, remember })
    t.equal(session.endsAt, NOON + 7)
    t.equal(renewSession(session, NOON + 5, limits).endsAt, NOON + 12)
  }
})

test('a session outlives by no renewal the end that the provider stated', async t => {
  const session = aSession({ endsBy: NOON + 50 })
  t.equal(session.endsAt, NOON + 50)
  t.equal(renewSession(session, NOON + 20, limits).endsAt, NOON + 50)
  t.equal(aSession({ endsBy: NOON + 9000 }).endsAt, NOON + limits.absolute)
})

test('a session holds up to the second of its end', async t => {
  const session = aSession({ remember: true })
  t.equal(isLive(session, session.endsAt - 1, limits), true)
  t.equal(isLive(session, session.endsAt, limits), false)
})

test('a clock that tells nothing lets no session live', async t => {
  for (const session of [aSession(), aSession({ remember: true })]) t.equal(isLive(session, NaN, limits), false)
})

test('a session that is not used ends after the idle time', async t => {
  const session = aSession()
  t.equal(isLive(session, NOON + limits.idle - 1, limits), true)
  t.equal(isLive(session, NOON + limits.idle, limits), false)
})

test('a remembered session goes on after the idle time, but is no longer fresh', async t => {
  const session = aSession({ remember: true })
  t.equal(isLive(session, NOON + limits.idle, limits), true)
  t.equal(isStillFresh(session, NOON + limits.idle - 1, limits), true)
  t.equal(isStillFresh(session, NOON + limits.idle, limits), false)
})

test('a login may say that it is not fresh', async t => {
  t.equal(aSession().isFresh, true)
  t.equal(isStillFresh(aSession({ fresh: false }), NOON, limits), false)
})

test('a login may say when the person proved who they are, and that is never later than now', async t => {
  t.equal(aSession().authenticatedAt, NOON)
  t.equal(aSession({ authenticatedAt: NOON - 50 }).authenticatedAt, NOON - 50)
  t.equal(aSession({ authenticatedAt: NOON + 50 }).authenticatedAt, NOON)
})

test('a write is due after the interval', async t => {
  t.equal(isRollDue(aSession(), NOON + limits.rollInterval - 1, limits), false)
  t.equal(isRollDue(aSession(), NOON + limits.rollInterval, limits), true)
})

test('rolling moves the idle time and nothing else', async t => {
  const session = aSession({ claims: { a: 1 } })
  const rolled = rollSession(session, NOON + 20, limits)
  t.same(rolled, { ...session, writtenAt: NOON + 20 })
  t.equal(isLive(rolled, NOON + 20 + limits.idle - 1, limits), true)
})

test('neither rolling nor renewing makes a session fresh again', async t => {
  const session = aSession({ remember: true })
  for (const prolong of [rollSession, renewSession]) {
    const later = prolong(session, NOON + limits.idle, limits)
    t.equal(later.isFresh, false)
    t.equal(prolong(later, NOON + limits.idle + 1, limits).isFresh, false)
  }
})

test('renewing gives the full length again and keeps the id and the time of the login', async t => {
  const session = aSession()
  const renewed = renewSession(session, NOON + 50, limits)
  t.same(renewed, { ...session, writtenAt: NOON + 50, endsAt: NOON + 50 + limits.absolute })
})

test('a remembered session that is renewed where nobody is remembered any more gets the absolute time', async t => {
  t.equal(renewSession(aSession({ remember: true }), NOON, nobodyRemembered).endsAt, NOON + limits.absolute)
})

test('a session comes through the cookie as it was', async t => {
  const plain = aSession()
  const rich = aSession({
    identity: { issuer: 'https://id.example', subject: 's', provider: 'oidc' },
    claims: { name: 'Ada', deep: { list: [1, { a: null }] } },
    userinfo: { email: 'ada@example.com' },
    scopes: ['openid', 'mail'],
    remember: true,
    fresh: false,
    ttl: 10,
    endsBy: NOON + 9
  })
  t.same(travel(plain), plain)
  t.same(travel(rich), rich)
})

test('an empty session costs few bytes', async t => {
  t.ok(JSON.stringify(packSession(aSession())).length < 120)
})

test('a seal of another version holds no session', async t => {
  t.equal(unpackSession({ ...packSession(aSession()), v: 2 }, ''), undefined)
  t.equal(unpackSession({}, ''), undefined)
})

test('claims are what the next request sees of them, at once', async t => {
  const session = aSession({ claims: { at: new Date(0), none: undefined, nan: NaN }, userinfo: { at: new Date(0) } })
  t.same(session.claims, { at: '1970-01-01T00:00:00.000Z', nan: null })
  t.same(session.userinfo, { at: '1970-01-01T00:00:00.000Z' })
})

test('claims with the names of an object\'s own members are ordinary claims', async t => {
  const claims = JSON.parse('{"__proto__":{"isAdmin":true},"constructor":"c","toString":"t"}') as Record<string, unknown>
  const session = travel(aSession({ claims }))
  t.same(Object.keys(session?.claims ?? {}), ['__proto__', 'constructor', 'toString'])
  t.equal((session?.claims as { isAdmin?: boolean }).isAdmin, undefined)
})

test('what the caller does to the claims later does not change the session', async t => {
  const claims = { roles: ['reader'] }
  const scopes = ['openid']
  const session = aSession({ claims, scopes })
  claims.roles.push('admin')
  scopes.push('mail')
  t.same(session.claims, { roles: ['reader'] })
  t.same(session.scopes, ['openid'])
})

test('an opened session is frozen all the way down, because requests share it', async t => {
  const opened = travel(aSession({
    identity: { issuer: 'i', subject: 's', provider: 'p' }, claims: { deep: { list: [{}] } }, userinfo: { a: {} }, scopes: ['a']
  }))
  const seen: unknown[] = []
  function walk (value: unknown): void {
    if (typeof value !== 'object' || value === null) return
    seen.push(value)
    t.ok(Object.isFrozen(value))
    Object.values(value).forEach(walk)
  }
  walk(opened)
  t.equal(seen.length, 9)
})

test('no copy of a session lives longer than its last end, however it was renewed', async t => {
  for (const start of [{}, { remember: true }, { ttl: 9000 }, { ttl: 9000, remember: true }, { ttl: 3 }]) {
    const session = aSession(start)
    const now = session.endsAt - 1
    const renewed = renewSession(session, now, limits)
    t.ok(lastEndOf(session, now, limits) >= renewed.endsAt, JSON.stringify(start))
    t.ok(lastEndOf({ handle: 'x', endsAt: session.endsAt }, now, limits) >= session.endsAt)
  }
})

test('the last end is no later than it must be', async t => {
  t.equal(lastEndOf(aSession(), NOON, limits), NOON + limits.absolute)
  t.equal(lastEndOf(aSession({ remember: true }), NOON, limits), NOON + 5000)
  t.equal(lastEndOf({ handle: 'x', endsAt: NOON }, NOON, limits), NOON + 5000)
  t.equal(lastEndOf({ handle: 'x', endsAt: NOON }, NOON, nobodyRemembered), NOON + limits.absolute)
})

test('claims that are no plain JSON are refused by name', async t => {
  const circle: Record<string, unknown> = {}
  circle.self = circle
  for (const claims of [{ amount: 1n }, circle]) {
    t.throws(() => beginSession({ userId: '2', claims }, name, NOON, limits), { code: 'FST_LOGIN_ARGUMENT_INVALID' })
  }
})

test('claims that are nested too deeply are too large, and no fault of the server', async t => {
  const nested = (levels: number): Claims => JSON.parse(`${'{"a":'.repeat(levels)}1${'}'.repeat(levels)}`)
  const tooLarge = { code: 'FST_LOGIN_SESSION_TOO_LARGE', statusCode: 400 }
  // Whether a Node can write what is so deep depends on the Node, and on whether it is frozen.
  for (const claims of [nested(1000), nested(20_000), deepFreeze(nested(20_000))]) {
    t.throws(() => beginSession({ userId: '2', claims }, name, NOON, limits), tooLarge)
  }
  t.doesNotThrow(() => beginSession({ userId: '2', claims: nested(999) }, name, NOON, limits))
})

test('where nobody is remembered any more, a session that was remembered ends by being idle', async t => {
  const session = aSession({ remember: true })
  t.ok(isLive(session, NOON + limits.idle, limits))
  t.notOk(isLive(session, NOON + limits.idle, nobodyRemembered))
})
