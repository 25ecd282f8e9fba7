import { test } from 'tap'
import { newSessionId, userKeyOf } from '../../lib/session/handle.ts'
import { StoredRevocations } from '../../lib/session/stored-revocations.ts'
import type { LogoutMarks } from '../../lib/logout-marks.ts'
import { NotedStore } from './_noted-store.ts'
import { NOON } from './_session.ts'

const userKey = userKeyOf('login', '2')
const handle = userKey + newSessionId()
const day = 86_400
const now = (): number => NOON * 1000

function setUp (): { store: NotedStore, revocations: StoredRevocations } {
  const store = new NotedStore(now)
  return { store, revocations: new StoredRevocations(store, now) }
}

test('a session that was ended is known wherever the store is', async t => {
  const { store, revocations } = setUp()
  t.equal(await revocations.end(handle, NOON + day), true)
  t.equal(await revocations.end(handle, NOON + day), false, 'it is ended once')
  t.equal(await new StoredRevocations(store, now).isEnded({ handle, generation: undefined }), true)
  t.equal(await revocations.isEnded({ handle: userKey + newSessionId(), generation: undefined }), false)
})

test('to end all sessions is one write', async t => {
  const { store, revocations } = setUp()
  await revocations.endAll(userKey, undefined)
  t.same(store.calls, ['set'])
  t.equal(await revocations.isEnded({ handle, generation: undefined }), true)
  const generation = await revocations.generationOf(userKey)
  t.equal(await revocations.isEnded({ handle, generation: generation?.id }), false)
})

test('to end all sessions but one is one write over what was read', async t => {
  const { store, revocations } = setUp()
  await revocations.endAll(userKey, handle)
  t.same(store.calls, ['get', 'add'])
  store.calls = []
  await revocations.endAll(userKey, handle)
  t.same(store.calls, ['get', 'replace'])
  t.equal(await revocations.isEnded({ handle, generation: undefined }), false)
})

test('a session that is ended with all others while it is excepted stays ended', async t => {
  for (const call of ['add', 'replace']) {
    const { store, revocations } = setUp()
    if (call === 'replace') await revocations.endAll(userKey, undefined)
    const generation = await revocations.generationOf(userKey)
    store.before.set(call, async () => {
      store.before.delete(call)
      await revocations.endAll(userKey, undefined)
    })
    await revocations.endAll(userKey, handle)
    t.equal(await revocations.isEnded({ handle, generation: generation?.id }), true)
  }
})

const marks: LogoutMarks = { login: 'login', subject: 'subject', issuedAt: NOON }

test('what a provider ended is asked for together with all else', async t => {
  const { store, revocations } = setUp()
  const session = { handle, generation: undefined, marks }
  t.equal(await revocations.isEnded(session), false)
  t.same(store.calls, ['getMany'])
  await revocations.endLogin('login', NOON + day)
  t.equal(await revocations.isEnded(session), true)
  t.equal(await revocations.isEnded({ ...session, marks: { ...marks, login: undefined } }), false)
})

test('where a provider ended all sessions of a person, the latest time counts, whoever writes at the same time', async t => {
  const { store, revocations } = setUp()
  const isEnded = async (issuedAt: number): Promise<boolean> =>
    await revocations.isEnded({ handle, generation: undefined, marks: { ...marks, issuedAt } })
  await revocations.endSubject('subject', NOON, NOON + day)
  t.same(await Promise.all([NOON - 1, NOON, NOON + 1].map(isEnded)), [true, true, false])
  await revocations.endSubject('subject', NOON - 100, NOON + day)
  t.equal(await isEnded(NOON), true)
  store.before.set('replace', async () => {
    store.before.delete('replace')
    await revocations.endSubject('subject', NOON + 50, NOON + day)
  })
  await revocations.endSubject('subject', NOON + 10, NOON + day)
  t.equal(await isEnded(NOON + 50), true)
})

test('where others end sessions all the time it is given up, and said', async t => {
  const { store, revocations } = setUp()
  await revocations.endAll(userKey, undefined)
  store.before.set('replace', () => revocations.endAll(userKey, undefined))
  await t.rejects(revocations.endAll(userKey, handle), { code: 'FST_LOGIN_STORE_UNAVAILABLE' })
})
