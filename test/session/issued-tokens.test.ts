import { randomBytes } from 'node:crypto'
import { test } from 'tap'
import type { LogoutMarks } from '../../lib/logout-marks.ts'
import { GENERATION_LIFE } from '../../lib/session/generation.ts'
import { handleOf, isHandle, newSessionId, userKeyIn, userKeyOf } from '../../lib/session/handle.ts'
import { packSession } from '../../lib/session/session.ts'
import { StoredRevocations } from '../../lib/session/stored-revocations.ts'
import { MemoryStore } from '../../lib/stores/memory/memory-store.ts'
import { createClock } from '../../lib/testing/index.ts'
import { anIssuer, aStart, type Issuer, taken } from './_issued.ts'
import { aSession, NOON, SESSION, vaultOf } from './_session.ts'

const identity = { issuer: 'https://id.example', subject: 'ada-lovelace', provider: 'work' }
const REVOKED = { refusal: 'revoked' }

test('a token tells what it was issued with, and is told apart from any other', async t => {
  const { tokens } = await anIssuer()
  const start = aStart({
    identity, claims: { name: 'Ada', roles: ['editor'] }, scopes: ['a', 'b'], clientId: 'cli', authenticatedAt: NOON - 5
  })
  const [{ text, handle, expiresAt }, other] = [await tokens.issue(start), await tokens.issue(start)]
  const token = taken(await tokens.verify(text))
  t.same({ ...token }, {
    userId: 'ada',
    identity,
    subject: 'ada-lovelace',
    clientId: 'cli',
    audience: [],
    scopes: ['a', 'b'],
    claims: { name: 'Ada', roles: ['editor'] },
    id: handle,
    issuedAt: NOON,
    expiresAt: NOON + 60,
    authenticatedAt: NOON - 5,
    confirmation: undefined
  })
  t.equal(token.reveal(), text)
  t.equal(expiresAt, NOON + 60)
  t.ok(isHandle(handle))
  t.equal(userKeyIn(handle), userKeyOf(SESSION, 'ada'))
  t.not(other.handle, handle)
})

test('a token that was issued with no more than an id says no more', async t => {
  const { tokens } = await anIssuer()
  const token = taken(await tokens.verify((await tokens.issue(aStart())).text))
  t.match({ ...token }, {
    identity: undefined, subject: 'ada', clientId: undefined, scopes: [], claims: {}, authenticatedAt: undefined
  })
})

test('nobody can change what a token says for the requests after', async t => {
  const { tokens } = await anIssuer()
  const { text } = await tokens.issue(aStart({ identity, claims: { deep: { list: [{}] } }, scopes: ['a'] }))
  const token = taken(await tokens.verify(text))
  for (const part of [token, token.claims, token.claims['deep'], token.scopes, token.audience, token.identity]) {
    t.ok(Object.isFrozen(part))
  }
})

test('a person cannot have proved later than now who they are', async t => {
  const { tokens } = await anIssuer()
  const { text } = await tokens.issue(aStart({ authenticatedAt: NOON + 1000 }))
  t.equal(taken(await tokens.verify(text)).authenticatedAt, NOON)
})

test('every token is one b64token, as a header takes it (RFC 6750, section 2.1)', async t => {
  const { tokens } = await anIssuer()
  for (let length = 0; length < 12; length++) {
    const { text } = await tokens.issue(aStart({ userId: `x${'ä\u0000'.repeat(length)}` }))
    t.match(text, /^[A-Za-z0-9._~+/-]+=*$/)
  }
})

test('a token that was seen before is opened no second time, and judged without waiting', async t => {
  let opened = 0
  const vault = await vaultOf()
  const open: typeof vault.open = (purpose, text) => {
    opened++
    return vault.open(purpose, text)
  }
  const { tokens } = await anIssuer({ vault: { ...vault, open } })
  const { text } = await tokens.issue(aStart())
  const first = tokens.verify(text)
  t.notOk(first instanceof Promise)
  t.equal(tokens.verify(text), first)
  t.equal(opened, 1)
})

test('a token that was seen before is known by its whole text, and no other is', async t => {
  const { tokens } = await anIssuer()
  const { text } = await tokens.issue(aStart())
  t.equal(tokens.lookAgain(text), undefined, 'nobody has seen it')
  const first = taken(await tokens.verify(text))
  t.equal(tokens.lookAgain(text), first)
  for (const other of [`x${text.slice(1)}`, ` ${text}`, text.slice(-22), `${text}=`, '']) t.equal(tokens.lookAgain(other), undefined)
})

test('a token ends at its second, also one that was seen before', async t => {
  const { tokens, clock } = await anIssuer()
  const { text } = await tokens.issue(aStart({ expiresIn: 60 }))
  clock.advance(59.999)
  taken(await tokens.verify(text))
  clock.advance(0.001)
  t.same(tokens.verify(text), { refusal: 'expired' })
  t.same(tokens.lookAgain(text), { refusal: 'expired' })
})

test('a token that was seen before is refused in the same tick in which it was ended', async t => {
  const { tokens, revocations } = await anIssuer()
  const [one, other] = [await tokens.issue(aStart()), await tokens.issue(aStart())]
  for (const { text } of [one, other]) taken(await tokens.verify(text))
  const ending = tokens.revoke(one.handle, one.expiresAt)
  t.same(tokens.lookAgain(one.text), REVOKED)
  taken(await tokens.lookAgain(other.text))
  await ending
  const endingAll = revocations.endAll(userKeyOf(SESSION, 'ada'), undefined)
  t.same(tokens.lookAgain(other.text), REVOKED)
  await endingAll
})

test('a token that was ended is revoked at once, and the other ones of its person are not', async t => {
  const { tokens, told } = await anIssuer()
  const [one, other] = [await tokens.issue(aStart({ clientId: 'cli' })), await tokens.issue(aStart())]
  taken(await tokens.verify(one.text))
  await tokens.revoke(one.handle, one.expiresAt)
  await tokens.revoke(one.handle, one.expiresAt)
  t.same(tokens.verify(one.text), REVOKED)
  taken(await tokens.verify(other.text))
  const issued = { userId: 'ada', expiresAt: NOON + 60 }
  t.same(told, [
    ['tokenIssued', { ...issued, handle: one.handle, clientId: 'cli' }],
    ['tokenIssued', { ...issued, handle: other.handle, clientId: undefined }],
    ['tokenRevoked', { handle: one.handle }]
  ], 'and that is told once')
})

test('tokens end with all sessions of their person, also where one session goes on; later ones hold', async t => {
  const { tokens, revocations } = await anIssuer()
  const userKey = userKeyOf(SESSION, 'ada')
  const bobs = await tokens.issue(aStart({ userId: 'bob' }))
  for (const except of [undefined, handleOf(userKey, newSessionId())]) {
    const { text } = await tokens.issue(aStart())
    taken(await tokens.verify(text))
    await revocations.endAll(userKey, except)
    t.same(tokens.verify(text), REVOKED)
  }
  taken(await tokens.verify((await tokens.issue(aStart())).text))
  taken(await tokens.verify(bobs.text))
})

test('tokens of a family end with it, as long as others may be issued, and each has an id', async t => {
  const { tokens, clock } = await anIssuer()
  const family = { handle: handleOf(userKeyOf(SESSION, 'ada'), newSessionId()), generation: undefined }
  const [one, other] = [await tokens.issue(aStart({ family })), await tokens.issue(aStart({ family }))]
  t.equal(one.handle, family.handle)
  const ids = [taken(await tokens.verify(one.text)).id, taken(await tokens.verify(other.text)).id]
  t.equal(new Set([...ids, family.handle]).size, 3)
  t.notOk(isHandle(ids[0]), 'which is no handle, so that nobody takes it for one')

  t.same(tokens.find(one.text), { handle: family.handle, endsBy: NOON + GENERATION_LIFE })
  await tokens.revoke(family.handle, tokens.find(one.text)?.endsBy)
  for (const { text } of [one, other]) t.same(tokens.verify(text), REVOKED)
  clock.advance(86_400)
  t.same(tokens.verify((await tokens.issue(aStart({ family }))).text), REVOKED)
})

test('tokens of a family end when the provider logs its person out, those of a session there and all of a subject', async t => {
  const { tokens, revocations } = await anIssuer()
  const family = { handle: handleOf(userKeyOf(SESSION, 'ada'), newSessionId()), generation: undefined }
  const issueFor = async (marks: LogoutMarks): Promise<string> =>
    (await tokens.issue(aStart({ family: { ...family, marks } }))).text
  const ofLogin = await issueFor({ login: 'a-login', subject: 'a-subject', issuedAt: NOON })
  const ofSubject = await issueFor({ login: undefined, subject: 'a-subject', issuedAt: NOON })
  t.ok(taken(await tokens.verify(ofLogin)))
  await revocations.endLogin('a-login', NOON + 600)
  t.same(await tokens.verify(ofLogin), REVOKED)
  t.ok(taken(await tokens.verify(ofSubject)))
  await revocations.endSubject('a-subject', NOON, NOON + 600)
  t.same(await tokens.verify(ofSubject), REVOKED)
})

test('a family that was begun before all sessions of its person were ended gives no token that holds', async t => {
  const { tokens, revocations } = await anIssuer()
  const userKey = userKeyOf(SESSION, 'ada')
  await revocations.endAll(userKey, undefined)
  const generation = (await revocations.generationOf(userKey))?.id
  const family = { handle: handleOf(userKey, newSessionId()), generation }
  const { text } = await tokens.issue(aStart({ family }))
  taken(await tokens.verify(text))
  await revocations.endAll(userKey, undefined)
  t.same(tokens.verify(text), REVOKED)
  t.same(tokens.verify((await tokens.issue(aStart({ family }))).text), REVOKED)
})

test('what ends a token is found as long as somebody has its text', async t => {
  const { tokens, clock } = await anIssuer()
  const { text, handle, expiresAt } = await tokens.issue(aStart())
  clock.advance(3600)
  t.same(tokens.find(text), { handle, endsBy: expiresAt })
  t.equal(tokens.find(text.slice(1)), undefined)
})

test('whoever names a token by its handle alone ends it for as long as it can live', async t => {
  const { tokens, clock } = await anIssuer()
  const { text, handle } = await tokens.issue(aStart({ expiresIn: GENERATION_LIFE }))
  await tokens.revoke(handle)
  clock.advance(GENERATION_LIFE - 1)
  t.same(tokens.verify(text), REVOKED)
})

test('a token is known and ended in every process with the same secret and store', async t => {
  const clock = createClock(NOON * 1000)
  const [secret, store] = [randomBytes(32), new MemoryStore({ now: clock.now })]
  const start = async (): Promise<Issuer> => await anIssuer({
    clock, vault: await vaultOf(secret), revocations: new StoredRevocations(store, clock.now)
  })
  const [one, other] = [await start(), await start()]
  const { text, handle } = await one.tokens.issue(aStart())
  taken(await other.tokens.verify(text))
  await one.tokens.revoke(handle, NOON + 60)
  t.same(await other.tokens.verify(text), REVOKED)

  const second = await one.tokens.issue(aStart())
  taken(await one.tokens.verify(second.text))
  await other.revocations.endAll(userKeyOf(SESSION, 'ada'), undefined)
  t.same(await one.tokens.verify(second.text), REVOKED)
})

test('a store that is away is no verdict, and a token that has ended asks for none', async t => {
  const clock = createClock(NOON * 1000)
  const store = new MemoryStore({ now: clock.now })
  const { tokens } = await anIssuer({ clock, revocations: new StoredRevocations(store, clock.now) })
  const { text } = await tokens.issue(aStart())
  t.intercept(store, 'peek', { value: undefined })
  t.intercept(store, 'getMany', { value: async () => { throw new Error('the store is away') } })
  await t.rejects(async () => await tokens.verify(text), { message: 'the store is away' })
  clock.advance(60)
  t.same(tokens.verify(text), { refusal: 'expired' })
})

test('what a previous secret sealed holds as long as that secret is known, and no longer', async t => {
  const [current, previous] = [randomBytes(32), randomBytes(32)]
  const { text } = await (await anIssuer({ vault: await vaultOf(previous) })).tokens.issue(aStart())
  const rotated = await anIssuer({ vault: await vaultOf(current, SESSION, [previous]) })
  const [one, other] = [taken(await rotated.tokens.verify(text)), taken(await rotated.tokens.verify(text))]
  t.not(one, other, 'it is not kept opened')
  t.equal((await anIssuer({ vault: await vaultOf(current) })).tokens.verify(text), undefined)
})

test('another secret, and another registration with the same secret, take no token', async t => {
  const secret = randomBytes(32)
  const { tokens } = await anIssuer({ vault: await vaultOf(secret, '__Host-login') })
  const { text } = await tokens.issue(aStart())
  const admin = await anIssuer({ vault: await vaultOf(secret, '__Host-login-admin'), name: '__Host-login-admin' })
  t.equal(admin.tokens.verify(text), undefined)
  t.equal(admin.tokens.find(text), undefined)
  t.equal((await anIssuer()).tokens.verify(text), undefined)
})

test('what was sealed for something else, a session above all, is no token, and a token is nothing else', async t => {
  const { tokens, vault } = await anIssuer()
  const session = aSession({ userId: 'ada' })
  const payload = { v: 1, u: 'ada', r: newSessionId(), i: NOON, e: NOON + 60 }
  for (const purpose of ['session', 'ticket', 'binding', 'state', 'logout-state', 'return-path', 'tokens', 'device'] as const) {
    for (const sealed of [payload, { ...packSession(session), s: session.handle }]) {
      t.equal(tokens.verify(vault.seal(purpose, sealed)), undefined, purpose)
    }
    t.equal(vault.open(purpose, (await tokens.issue(aStart())).text), undefined, purpose)
  }
  taken(await tokens.verify(vault.seal('bearer', payload)))
  t.equal(tokens.verify(vault.seal('bearer', { ...payload, v: 2 })), undefined, 'nor of another version')
  t.equal(tokens.verify(vault.seal('bearer', {})), undefined)
})

test('no token with one character changed, cut off or added anywhere is taken, and the right one still is', async t => {
  const { tokens } = await anIssuer()
  const { text } = await tokens.issue(aStart())
  taken(await tokens.verify(text))
  const changed = Array.from(text, (character, index) => [
    text.slice(0, index) + (character === 'A' ? 'B' : 'A') + text.slice(index + 1),
    text.slice(0, index) + text.slice(index + 1),
    text.slice(0, index),
    text.slice(index + 1),
    `${text.slice(0, index)}A${text.slice(index)}`
  ]).flat()
  const extended = [`${text}=`, ` ${text}`, `${text} `, `Bearer ${text}`, `${text},${text}`, `${text}.`, `${text}\u0000`]
  t.same([...changed, ...extended].filter(one => tokens.verify(one) !== undefined), [])
  taken(await tokens.verify(text))
})

test('whatever else comes is no token and throws nothing', async t => {
  const { tokens } = await anIssuer()
  const texts = [
    '', '.', ' ', 'null', '{}', '__proto__', 'a.b.c', '\ud800', '😀'.repeat(40), 'x'.repeat(100_000),
    `${'A'.repeat(7000)}.${'A'.repeat(32)}`, `${'A'.repeat(90_000)}.${'A'.repeat(32)}`
  ]
  for (const text of texts) t.equal(tokens.verify(text), undefined)
})

test('nobody is taken for somebody else, whatever ids are made of', async t => {
  const { tokens } = await anIssuer()
  const ids = ['\ud800', '\ud801', '\udc00', '\ufffd', 'ada', 'ada ', 'Ada', 'a\u0000', '__proto__', 'é', 'e\u0301', '"', '😀', 'x'.repeat(2000)]
  const issued = await Promise.all(ids.map(userId => tokens.issue(aStart({ userId }))))
  for (const [index, { text }] of issued.entries()) t.equal(taken(await tokens.verify(text)).userId, ids[index])
  t.equal(new Set(issued.map(({ handle }) => userKeyIn(handle))).size, ids.length)
})

test('claims come back as they were, names that objects have included', async t => {
  const { tokens } = await anIssuer()
  const text = '{"__proto__":{"isAdmin":true},"constructor":1,"v":2,"u":"bob","toString":"x","__ts":0}'
  const { text: sealed } = await tokens.issue(aStart({ claims: JSON.parse(text) as Record<string, unknown> }))
  const { claims, userId } = taken(await tokens.verify(sealed))
  t.equal(JSON.stringify(claims), text)
  t.equal(claims['isAdmin'], undefined)
  t.equal(userId, 'ada')
})

test('a token that would be too long for a header is not issued, and nothing is told', async t => {
  const { tokens, told } = await anIssuer()
  const fitting = await tokens.issue(aStart({ claims: { ballast: 'x'.repeat(5700) } }))
  t.ok(fitting.text.length > 7500 && fitting.text.length <= 8000)
  taken(await tokens.verify(fitting.text))
  let nested: Record<string, unknown> = {}
  for (let depth = 0; depth < 100_000; depth++) nested = { nested }
  for (const large of [{ claims: { ballast: 'x'.repeat(6000) } }, { userId: 'x'.repeat(6000) }, { claims: nested }]) {
    await t.rejects(tokens.issue(aStart(large)), { code: 'FST_LOGIN_TOKEN_TOO_LARGE', statusCode: 400 })
  }
  t.equal(told.length, 1)
})

test('claims that are no plain JSON are refused', async t => {
  const { tokens } = await anIssuer()
  const circle: Record<string, unknown> = {}
  circle['circle'] = circle
  for (const claims of [{ size: 1n }, circle]) {
    await t.rejects(tokens.issue(aStart({ claims })), { code: 'FST_LOGIN_ARGUMENT_INVALID' })
  }
})
