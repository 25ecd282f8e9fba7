import { randomBytes } from 'node:crypto'
import { test } from 'tap'
import { BrokerTokens } from '../../lib/broker/broker-tokens.ts'
import type { SigningKeys } from '../../lib/broker/signing-keys.ts'
import { LONGEST_TOKEN } from '../../lib/options/broker-settings.ts'
import { GENERATION_LIFE } from '../../lib/session/generation.ts'
import { handleOf, isHandle, newSessionId, userKeyIn, userKeyOf } from '../../lib/session/handle.ts'
import { StoredRevocations } from '../../lib/session/stored-revocations.ts'
import { MemoryStore } from '../../lib/stores/memory/memory-store.ts'
import { createClock } from '../../lib/testing/index.ts'
import { anIssuer, aStart, taken } from '../session/_issued.ts'
import { NOON, SESSION, vaultOf } from '../session/_session.ts'
import { aBroker, ISSUER, type TestBroker, type TestBrokerOptions } from './_broker.ts'

const identity = { issuer: 'https://id.example', subject: 'ada-lovelace', provider: 'work' }
const REVOKED = { refusal: 'revoked' }
const EXPIRED = { refusal: 'expired' }
const INVALID = { refusal: 'invalid' }
const OTHER = 'https://files.example'

/** Processes of one application. */
async function someBrokers (number: number, options: TestBrokerOptions = {}): Promise<readonly TestBroker[]> {
  const clock = createClock(NOON * 1000)
  const ground = { clock, shared: new MemoryStore({ now: clock.now }), vault: await vaultOf(randomBytes(32)) }
  return await Promise.all(Array.from({ length: number }, () => aBroker({ ...ground, ...options })))
}

test('a token tells what it was issued with, and is told apart from any other', async t => {
  const { tokens } = await aBroker({ audience: [ISSUER, OTHER] })
  const start = aStart({ identity, claims: { roles: ['editor'] }, scopes: ['a', 'b'], clientId: 'cli', authenticatedAt: NOON - 5 })
  const [{ text, handle, expiresAt }, other] = [await tokens.issue(start), await tokens.issue(start)]
  const token = taken(await tokens.verify(text))
  t.match({ ...token }, {
    userId: 'ada',
    identity,
    subject: 'ada',
    clientId: 'cli',
    audience: [ISSUER, OTHER],
    scopes: ['a', 'b'],
    claims: { iss: ISSUER, sub: 'ada', roles: ['editor'] },
    id: handle,
    issuedAt: NOON,
    expiresAt: NOON + 60,
    authenticatedAt: NOON - 5
  })
  t.equal(token.reveal(), text)
  t.equal(expiresAt, NOON + 60)
  t.ok(isHandle(handle))
  t.equal(userKeyIn(handle), userKeyOf(SESSION, 'ada'))
  t.not(other.handle, handle)
})

test('a token that was seen before costs no cryptography and no promise', async t => {
  const { tokens } = await aBroker()
  const { text } = await tokens.issue(aStart())
  const first = taken(await tokens.verify(text))
  t.equal(tokens.verify(text), first)
  t.equal(tokens.look(text), first)
  t.equal(tokens.lookAgain(text), first)
  const unseen = await tokens.issue(aStart())
  for (const other of [unseen.text, `x${text.slice(1)}`, text.slice(-22), '']) t.equal(tokens.lookAgain(other), undefined)
})

test('a token that was seen before is refused in the same tick in which it was ended', async t => {
  const { tokens } = await aBroker()
  const { text, handle, expiresAt } = await tokens.issue(aStart())
  taken(await tokens.verify(text))
  const ending = tokens.revoke(handle, expiresAt)
  t.same(tokens.lookAgain(text), REVOKED)
  await ending
})

test('a token that was seen before is refused once its key was dropped', async t => {
  const { tokens, keys } = await aBroker()
  const { text } = await tokens.issue(aStart())
  taken(await tokens.verify(text))
  await keys.rotate({ drop: true })
  t.match(await tokens.lookAgain(text), INVALID)
  t.match(await tokens.verify(text), INVALID)
})

test('a token ends at its second, also one that was seen before', async t => {
  const { tokens, clock } = await aBroker()
  const [one, other] = [await tokens.issue(aStart({ expiresIn: 60 })), await tokens.issue(aStart({ expiresIn: 60 }))]
  clock.advance(59.999)
  taken(await tokens.verify(one.text))
  clock.advance(0.001)
  t.same(tokens.verify(one.text), EXPIRED)
  t.same(tokens.lookAgain(one.text), EXPIRED)
  t.same(await tokens.verify(other.text), EXPIRED)
})

test('nothing is issued that would outlive its key', async t => {
  const { tokens } = await aBroker()
  taken(await tokens.verify((await tokens.issue(aStart({ expiresIn: LONGEST_TOKEN }))).text))
  for (const expiresIn of [LONGEST_TOKEN + 1, Number.NaN, Infinity]) {
    await t.rejects(tokens.issue(aStart({ expiresIn })), { code: 'FST_LOGIN_ARGUMENT_INVALID' })
  }
})

test('what is for another service is not taken here, but can be asked about and ended', async t => {
  const { tokens } = await aBroker({ audience: [ISSUER, OTHER] })
  const { text, handle } = await tokens.issue(aStart({ audience: [OTHER] }))
  for (const time of ['first', 'second']) t.match(await tokens.verify(text), INVALID, time)
  t.match(tokens.lookAgain(text), INVALID)
  t.equal(taken(await tokens.look(text)).userId, 'ada')
  t.equal((await tokens.find(text))?.handle, handle)
  taken(await tokens.verify((await tokens.issue(aStart({ audience: [ISSUER] }))).text))
})

test('what does not say that this application is its issuer is somebody else’s', async t => {
  const { tokens, vault } = await aBroker()
  const { text } = await (await aBroker({ issuer: `${ISSUER}/other` })).tokens.issue(aStart())
  const sealed = await (await anIssuer({ vault })).tokens.issue(aStart())
  const [header = '', payload = ''] = text.split('.')
  const encode = (json: unknown): string => Buffer.from(JSON.stringify(json)).toString('base64url')
  const texts = [
    text, sealed.text, '', '.', '..', 'a.b.c', 'null', '\ud800', `${header}.${payload}.`, `${header}.${encode({})}.x`,
    `${header}.${encode({ iss: [ISSUER] })}.x`, `${header}.${encode({ iss: `${ISSUER}/` })}.x`, `${header}.e30.x.y`,
    `${encode({ alg: 'none' })}.${encode([])}.`, 'x'.repeat(100_000)
  ]
  for (const one of texts) {
    t.equal(tokens.verify(one), undefined)
    t.equal(tokens.find(one), undefined)
  }
})

test('a token that is longer than any of ours is not looked at', async t => {
  const { tokens } = await aBroker()
  const { text } = await tokens.issue(aStart())
  const [header, payload = '', signature] = text.split('.')
  const claims = JSON.parse(Buffer.from(payload, 'base64url').toString()) as object
  const long = Buffer.from(JSON.stringify({ ...claims, x: 'x'.repeat(6000) })).toString('base64url')
  t.equal(tokens.verify(`${header}.${long}.${signature}`), undefined)
})

test('no token with one character changed, cut off or added anywhere is taken, and the right one still is', async t => {
  const { tokens } = await aBroker()
  const { text } = await tokens.issue(aStart())
  taken(await tokens.verify(text))
  const kid = text.indexOf('.')
  // A changed name of a key is looked for, which takes a second each time.
  const changed = Array.from(text, (character, index) => index < kid
    ? []
    : [
        text.slice(0, index) + (character === 'A' ? 'B' : 'A') + text.slice(index + 1),
        text.slice(0, index) + text.slice(index + 1),
        text.slice(0, index),
        `${text.slice(0, index)}A${text.slice(index)}`
      ]).flat()
  const extended = [`${text}=`, `${text} `, `${text}.`, `${text}\u0000`, `${text}\n`]
  const isTaken = async (one: string): Promise<boolean> => 'userId' in (await tokens.verify(one) ?? {})
  const takenOnes = await Promise.all([...changed, ...extended].map(async one => await isTaken(one) ? one : []))
  t.same(takenOnes.flat(), [])
  taken(await tokens.verify(text))
})

test('a token that was ended is revoked at once, and the other ones of its person are not', async t => {
  const { tokens, told } = await aBroker()
  const [one, other] = [await tokens.issue(aStart({ clientId: 'cli' })), await tokens.issue(aStart())]
  taken(await tokens.verify(one.text))
  t.same(await tokens.find(one.text), { handle: one.handle, endsBy: one.expiresAt })
  await tokens.revoke(one.handle, one.expiresAt)
  await tokens.revoke(one.handle, one.expiresAt)
  t.same(tokens.verify(one.text), REVOKED)
  taken(await tokens.verify(other.text))
  const issued = { userId: 'ada', expiresAt: NOON + 60 }
  t.same(told.slice(1), [
    ['tokenIssued', { ...issued, handle: one.handle, clientId: 'cli' }],
    ['tokenIssued', { ...issued, handle: other.handle, clientId: undefined }],
    ['tokenRevoked', { handle: one.handle }]
  ], 'and that is told once')
})

test('whoever names a token by its handle alone ends it for as long as it can live', async t => {
  const { tokens, clock } = await aBroker()
  const { text, handle } = await tokens.issue(aStart({ expiresIn: LONGEST_TOKEN }))
  await tokens.revoke(handle)
  clock.advance(LONGEST_TOKEN - 1)
  t.same(await tokens.verify(text), REVOKED)
})

test('tokens end with all sessions of their person; later ones hold', async t => {
  const { tokens, revocations } = await aBroker()
  const userKey = userKeyOf(SESSION, 'ada')
  const bobs = await tokens.issue(aStart({ userId: 'bob' }))
  for (let time = 0; time < 2; time++) {
    const { text } = await tokens.issue(aStart())
    taken(await tokens.verify(text))
    await revocations.endAll(userKey, undefined)
    t.same(tokens.verify(text), REVOKED)
  }
  taken(await tokens.verify((await tokens.issue(aStart())).text))
  taken(await tokens.verify(bobs.text))
})

test('tokens of a family end with it, with a logout at the provider, and with all sessions of their person', async t => {
  const { tokens, revocations } = await aBroker()
  const userKey = userKeyOf(SESSION, 'ada')
  const marks = { subject: 'a-subject', issuedAt: NOON }
  const ends: ReadonlyArray<(handle: string) => unknown> = [
    async handle => await tokens.revoke(handle),
    async () => await revocations.endLogin('a-login', NOON + 600),
    async () => await revocations.endAll(userKey, undefined)
  ]
  for (const [index, end] of ends.entries()) {
    const generation = (await revocations.generationOf(userKey))?.id
    const login = index === 1 ? 'a-login' : 'x'
    const family = { handle: handleOf(userKey, newSessionId()), generation, marks: { ...marks, login } }
    const issued = [await tokens.issue(aStart({ family })), await tokens.issue(aStart({ family }))]
    const ids = await Promise.all(issued.map(async ({ text }) => taken(await tokens.verify(text)).id))
    t.equal(new Set([...ids, family.handle]).size, 3)
    t.notOk(isHandle(ids[0]), 'whose id is no handle, so that nobody takes it for one')
    t.same(await tokens.find(issued[0]?.text ?? ''), { ...family, endsBy: NOON + GENERATION_LIFE })
    await end(family.handle)
    for (const { text } of issued) t.same(tokens.verify(text), REVOKED)
  }
})

test('what ends a token is found after its end too, and no longer when its key was dropped', async t => {
  const { tokens, keys, clock } = await aBroker()
  const [seen, unseen] = [await tokens.issue(aStart()), await tokens.issue(aStart())]
  taken(await tokens.verify(seen.text))
  clock.advance(3600)
  for (const { text, handle, expiresAt: endsBy } of [seen, unseen]) t.same(await tokens.find(text), { handle, endsBy })
  await keys.rotate({ drop: true })
  for (const { text } of [seen, unseen]) t.equal(await tokens.find(text), undefined)
  const [header, payload] = seen.text.split('.')
  t.equal(await tokens.find(`${header}.${payload}.${'A'.repeat(86)}`), undefined)
})

test('a token is known and ended in every process with the same secret and store', async t => {
  const clock = createClock(NOON * 1000)
  const shared = new MemoryStore({ now: clock.now })
  const revocations = new StoredRevocations(shared, clock.now)
  const [one, other] = await someBrokers(2, { clock, shared, revocations }) as [TestBroker, TestBroker]
  const { text, handle } = await one.tokens.issue(aStart())
  taken(await other.tokens.verify(text))
  await one.tokens.revoke(handle, NOON + 60)
  t.same(await other.tokens.verify(text), REVOKED)
})

test('a store that is away is no verdict', async t => {
  const clock = createClock(NOON * 1000)
  const [shared, ended] = [new MemoryStore({ now: clock.now }), new MemoryStore({ now: clock.now })]
  const { tokens } = await aBroker({ clock, shared, revocations: new StoredRevocations(ended, clock.now) })
  const { text } = await tokens.issue(aStart({ expiresIn: 3600 }))
  const away = { value: async () => { throw new Error('the store is away') } }
  t.intercept(ended, 'peek', { value: undefined })
  const list = t.intercept(ended, 'getMany', away)
  await t.rejects(async () => await tokens.verify(text), { message: 'the store is away' })
  list.restore()
  t.intercept(shared, 'get', away)
  taken(await tokens.verify(text))
  clock.advance(600)
  const unavailable = { code: 'FST_LOGIN_STORE_UNAVAILABLE', statusCode: 503 }
  await t.rejects(async () => await tokens.verify(text), unavailable)
  await t.rejects(async () => await tokens.find(text), unavailable)
  await t.rejects(tokens.issue(aStart()), unavailable)
  clock.advance(3000)
  t.same(tokens.verify(text), EXPIRED, 'but one that has ended asks for none')
})

test('a rotation under load: no valid token is refused, and none passes that a dropped key has signed', async t => {
  const brokers = await someBrokers(2, { rotateKeys: 3600 })
  const [{ clock, told }] = brokers as readonly [TestBroker]
  const alive: Array<{ readonly text: string, readonly expiresAt: number }> = []
  let refused = 0
  let judged = 0
  async function work (): Promise<void> {
    for (const { tokens } of brokers) alive.push(await tokens.issue(aStart({ expiresIn: 600 })))
    const now = clock.now() / 1000
    alive.splice(0, alive.findIndex(({ expiresAt }) => expiresAt > now))
    await Promise.all(brokers.flatMap(({ tokens }) => alive.map(async ({ text }) => {
      judged++
      if (!('userId' in (await tokens.verify(text) ?? {}))) refused++
    })))
  }
  for (let second = 0; second < 4 * 3600; second += 45) {
    clock.advance(45)
    await work()
  }
  t.equal(refused, 0)
  t.ok(judged > 10_000, `${judged} tokens`)
  const added = brokers.flatMap(broker => broker.told).filter(([name]) => name === 'signingKeyAdded')
  t.ok(added.length >= 4, `${added.length} keys`)
  t.ok(told.length > 0)

  const [one, other] = brokers as [TestBroker, TestBroker]
  await one.keys.rotate({ drop: true })
  for (const { text } of alive) t.match(await one.tokens.verify(text), INVALID)
  clock.advance(30)
  for (const { text } of alive) t.match(await other.tokens.verify(text), { refusal: /invalid|expired/ })
  const fresh = await one.tokens.issue(aStart())
  for (const { tokens } of brokers) taken(await tokens.verify(fresh.text))
})

test('what a dropped key signs passes nowhere, also where it is signed after that', async t => {
  const [one, other] = await someBrokers(2) as [TestBroker, TestBroker]
  await other.tokens.issue(aStart())
  await one.keys.rotate({ drop: true })
  const late = await other.tokens.issue(aStart())
  t.match(await one.tokens.verify(late.text), INVALID)
  const fresh = await one.tokens.issue(aStart())
  taken(await other.tokens.verify(fresh.text))
  t.match(await other.tokens.verify(late.text), INVALID, 'and by then not where it was signed')
})

test('a key of the same name that is another one signs nothing that holds', async t => {
  const [mine, theirs] = [await aBroker(), await aBroker()]
  const { kid } = await mine.keys.signer()
  const renamed: SigningKeys = {
    ...theirs.keys,
    alg: 'ES256',
    find: () => undefined,
    signer: async () => {
      const signer = await theirs.keys.signer()
      return {
        ...signer,
        kid,
        async sign (claims) {
          const [, payload, signature] = (await signer.sign(claims)).split('.')
          const header = JSON.stringify({ alg: 'ES256', kid, typ: 'at+jwt' })
          return `${Buffer.from(header).toString('base64url')}.${payload}.${signature}`
        }
      }
    }
  }
  const parts = { ...theirs, context: SESSION, events: { emit () {} }, now: theirs.clock.now }
  const forger = new BrokerTokens({ ...parts, keys: renamed })
  t.match(await mine.tokens.verify((await forger.issue(aStart())).text), INVALID)
  const theirToken = await theirs.tokens.issue(aStart())
  t.match(await mine.tokens.verify(theirToken.text), INVALID)
})

test('a token that would be too long for a header is not issued, and nothing is told', async t => {
  const { tokens, told } = await aBroker({ mapClaims: claims => claims })
  const fitting = await tokens.issue(aStart({ claims: { ballast: 'x'.repeat(5200) } }))
  taken(await tokens.verify(fitting.text))
  let nested: Record<string, unknown> = {}
  for (let depth = 0; depth < 100_000; depth++) nested = { nested }
  const texts = [{ claims: { ballast: 'x'.repeat(6000) } }, { claims: { ballast: 'x'.repeat(9000) } }, { userId: 'x'.repeat(6000) }]
  for (const large of [...texts, { claims: nested }]) {
    await t.rejects(tokens.issue(aStart(large)), { code: 'FST_LOGIN_TOKEN_TOO_LARGE', statusCode: 400 })
  }
  t.equal(told.filter(([name]) => name === 'tokenIssued').length, 1)
})

test('nobody is taken for somebody else, whatever ids are made of', async t => {
  const { tokens } = await aBroker()
  const ids = ['\ud800', '\ud801', '\udc00', '\ufffd', 'ada', 'ada ', 'Ada', 'a\u0000', '__proto__', 'é', 'e\u0301', '"', '😀', 'x'.repeat(2000)]
  const issued = await Promise.all(ids.map(userId => tokens.issue(aStart({ userId }))))
  for (const [index, { text }] of issued.entries()) t.equal(taken(await tokens.verify(text)).userId, ids[index])
})
