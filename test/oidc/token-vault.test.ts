import { test } from 'tap'
import { createClock } from '../../lib/testing/index.ts'
import { TokenVault } from '../../lib/oidc/token-vault.ts'
import { MemoryStore } from '../../lib/stores/memory/memory-store.ts'
import { aSession, limits, NOON, vaultOf } from '../session/_session.ts'

test('the ID token of a session is there until it is forgotten', async t => {
  const tokens = new TokenVault(await vaultOf(), new MemoryStore({ now: () => NOON * 1000 }))
  const session = aSession()
  await tokens.keep(session, 'header.payload.signature')
  t.equal(await tokens.idTokenOf(session.handle), 'header.payload.signature')
  await tokens.forget(session.handle)
  t.equal(await tokens.idTokenOf(session.handle), undefined)
})

test('another session has no token', async t => {
  const tokens = new TokenVault(await vaultOf(), new MemoryStore({ now: () => NOON * 1000 }))
  await tokens.keep(aSession(), 'header.payload.signature')
  t.equal(await tokens.idTokenOf(aSession().handle), undefined)
})

test('a token ends with its session', async t => {
  const clock = createClock(NOON * 1000)
  const tokens = new TokenVault(await vaultOf(), new MemoryStore({ now: clock.now }))
  const session = aSession()
  await tokens.keep(session, 'header.payload.signature')
  clock.advance(limits.absolute)
  t.equal(await tokens.idTokenOf(session.handle), undefined)
})

test('what lies in the store does not show the token', async t => {
  const store = new MemoryStore({ now: () => NOON * 1000 })
  const session = aSession()
  await new TokenVault(await vaultOf(), store).keep(session, 'header.payload.signature')
  const entry = await store.get(`tokens:${session.handle}`)
  t.type(entry?.value, 'string')
  t.notMatch(entry?.value, 'payload')
  t.notMatch(Buffer.from(String(entry?.value).replace('.', ''), 'base64url').toString('latin1'), 'payload')
})

test('tokens that were moved to another session are not given to it', async t => {
  const store = new MemoryStore({ now: () => NOON * 1000 })
  const tokens = new TokenVault(await vaultOf(), store)
  const [ada, eve] = [aSession(), aSession()]
  await tokens.keep(ada, 'header.payload.signature')
  const moved = await store.get(`tokens:${ada.handle}`)
  await store.set(`tokens:${eve.handle}`, String(moved?.value), { expiresAt: NOON * 1000 + 1000 })
  t.equal(await tokens.idTokenOf(eve.handle), undefined)
  t.equal(await tokens.idTokenOf(ada.handle), 'header.payload.signature')
})

test('what somebody else put into the store is no token', async t => {
  const store = new MemoryStore({ now: () => NOON * 1000 })
  const vault = await vaultOf()
  const tokens = new TokenVault(vault, store)
  const session = aSession()
  const forged = [
    'header.payload.signature', '', (await vaultOf()).seal('tokens', { v: 1, i: 'forged' }),
    vault.seal('session', { v: 1, i: 'forged' }), vault.seal('tokens', { v: 2, s: session.handle, i: 'later version' })
  ]
  for (const text of forged) {
    await store.set(`tokens:${session.handle}`, text, { expiresAt: NOON * 1000 + 1000 })
    t.equal(await tokens.idTokenOf(session.handle), undefined, text.slice(0, 20))
  }
})
