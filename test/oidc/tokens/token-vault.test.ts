import { test } from 'tap'
import { createClock } from '../../../lib/testing/index.ts'
import type { Grant } from '../../../lib/oidc/tokens/grant.ts'
import { TokenVault } from '../../../lib/oidc/tokens/token-vault.ts'
import { MemoryStore } from '../../../lib/stores/memory/memory-store.ts'
import { aSession, limits, NOON, vaultOf } from '../../session/_session.ts'

const aGrant: Grant = {
  provider: 'oidc',
  issuer: 'https://id.example.com',
  idToken: 'header.payload.signature',
  refreshToken: 'refresh',
  accessTokens: [{
    accessToken: 'access', tokenType: 'bearer', scopes: ['openid'], issuedAt: NOON, expiresAt: NOON + 60
  }],
  scopes: ['openid']
}

test('what a session was granted is there until it is forgotten', async t => {
  const tokens = new TokenVault(await vaultOf(), new MemoryStore({ now: () => NOON * 1000 }))
  const session = aSession()
  await tokens.keep(session, aGrant)
  t.same((await tokens.find(session.handle))?.grant, aGrant)
  await tokens.forget(session.handle)
  t.equal(await tokens.find(session.handle), undefined)
})

test('another session has no token', async t => {
  const tokens = new TokenVault(await vaultOf(), new MemoryStore({ now: () => NOON * 1000 }))
  await tokens.keep(aSession(), aGrant)
  t.equal(await tokens.find(aSession().handle), undefined)
})

test('a token ends with its session', async t => {
  const clock = createClock(NOON * 1000)
  const tokens = new TokenVault(await vaultOf(), new MemoryStore({ now: clock.now }))
  const session = aSession()
  await tokens.keep(session, aGrant)
  clock.advance(limits.absolute)
  t.equal(await tokens.find(session.handle), undefined)
})

test('what lies in the store does not show the token', async t => {
  const store = new MemoryStore({ now: () => NOON * 1000 })
  const session = aSession()
  await new TokenVault(await vaultOf(), store).keep(session, aGrant)
  const entry = await store.get(`tokens:${session.handle}`)
  t.type(entry?.value, 'string')
  t.notMatch(entry?.value, 'payload')
  t.notMatch(Buffer.from(String(entry?.value).replace('.', ''), 'base64url').toString('latin1'), 'payload')
})

test('tokens that were moved to another session are not given to it', async t => {
  const store = new MemoryStore({ now: () => NOON * 1000 })
  const tokens = new TokenVault(await vaultOf(), store)
  const [ada, eve] = [aSession(), aSession()]
  await tokens.keep(ada, aGrant)
  const moved = await store.get(`tokens:${ada.handle}`)
  await store.set(`tokens:${eve.handle}`, String(moved?.value), { expiresAt: NOON * 1000 + 1000 })
  t.equal(await tokens.find(eve.handle), undefined)
  t.same((await tokens.find(ada.handle))?.grant, aGrant)
})

test('what somebody else put into the store is no token', async t => {
  const store = new MemoryStore({ now: () => NOON * 1000 })
  const vault = await vaultOf()
  const tokens = new TokenVault(vault, store)
  const session = aSession()
  const forged = [
    'header.payload.signature', '', (await vaultOf()).seal('tokens', { v: 1, i: 'forged' }),
    vault.seal('session', { v: 1, i: 'forged' }), vault.seal('tokens', { v: 3, s: session.handle, i: 'later version' })
  ]
  for (const text of forged) {
    await store.set(`tokens:${session.handle}`, text, { expiresAt: NOON * 1000 + 1000 })
    t.equal(await tokens.find(session.handle), undefined, text.slice(0, 20))
  }
})

test('what is told about a refresh token opens for it alone, and is no grant', async t => {
  const store = new MemoryStore({ now: () => NOON * 1000 })
  const tokens = new TokenVault(await vaultOf(), store)
  const session = aSession()
  const notice = tokens.sealNotice('digest', { kind: 'revoked' })
  t.same(tokens.openNotice('digest', notice), { kind: 'revoked' })
  t.equal(tokens.openNotice('another', notice), undefined)
  t.equal(tokens.openNotice('digest', 'sent'), undefined)
  await store.set(`tokens:${session.handle}`, notice, { expiresAt: NOON * 1000 + 1000 })
  t.equal(await tokens.find(session.handle), undefined)
})

test('what a session was granted is taken once', async t => {
  const tokens = new TokenVault(await vaultOf(), new MemoryStore({ now: () => NOON * 1000 }))
  const session = aSession()
  await tokens.keep(session, aGrant)
  t.same(await tokens.take(session.handle), aGrant)
  t.equal(await tokens.take(session.handle), undefined)
})

test('a grant is prolonged with its session, never shortened, and only where it is', async t => {
  const clock = createClock(NOON * 1000)
  const tokens = new TokenVault(await vaultOf(), new MemoryStore({ now: clock.now }))
  const session = aSession()
  await tokens.prolong(session)
  t.equal(await tokens.find(session.handle), undefined)
  await tokens.keep(session, aGrant)
  await tokens.prolong({ ...session, endsAt: session.endsAt + 100 })
  await tokens.prolong(session)
  clock.advance(limits.absolute + 50)
  t.same((await tokens.find(session.handle))?.grant, aGrant)
})

test('a grant is prolonged beside a refresh, which is not undone', async t => {
  const store = new MemoryStore({ now: () => NOON * 1000 })
  const tokens = new TokenVault(await vaultOf(), store)
  const session = aSession()
  await tokens.keep(session, aGrant)
  const later = { ...aGrant, refreshToken: 'later' }
  const find = tokens.find.bind(tokens)
  let turns = 0
  tokens.find = async handle => {
    const kept = await find(handle)
    if (turns++ === 0 && kept !== undefined) await tokens.replace(kept, later)
    return kept
  }
  await tokens.prolong({ ...session, endsAt: session.endsAt + 100 })
  t.match(await find(session.handle), { grant: { refreshToken: 'later' }, expiresAt: (session.endsAt + 100) * 1000 })
})

test('where others write all the time, prolonging gives up', async t => {
  const tokens = new TokenVault(await vaultOf(), new MemoryStore({ now: () => NOON * 1000 }))
  const session = aSession()
  await tokens.keep(session, aGrant)
  let turns = 0
  tokens.replace = async () => {
    turns++
    return undefined
  }
  await tokens.prolong({ ...session, endsAt: session.endsAt + 100 })
  t.equal(turns, 8)
})
