import { randomBytes } from 'node:crypto'
import { test } from 'tap'
import { LEAD } from '../../lib/broker/key-ring.ts'
import { StoredKeys } from '../../lib/broker/stored-keys.ts'
import type { SigningKeys } from '../../lib/broker/signing-keys.ts'
import { digestOf } from '../../lib/digest.ts'
import { LONGEST_TOKEN } from '../../lib/options/broker-settings.ts'
import { MemoryStore } from '../../lib/stores/memory/memory-store.ts'
import { createClock } from '../../lib/testing/index.ts'
import type { Vault } from '../../lib/vault.ts'
import { NOON, SESSION, vaultOf } from '../session/_session.ts'
import { ISSUER, usual } from './_broker.ts'

const KEY = `broker-keys:${digestOf(ISSUER)}`
const DAY = 86_400
const SEALED = { code: 'FST_LOGIN_SIGNING_KEYS_SEALED', statusCode: 500 }
const AWAY = { code: 'FST_LOGIN_STORE_UNAVAILABLE', statusCode: 503 }
const away = { value: async () => { throw new Error('the store is away') } }

/** A store, and as many processes with it as a test wants. */
async function aHouse (vault?: Vault) {
  const clock = createClock(NOON * 1000)
  const store = new MemoryStore({ now: clock.now })
  const shared = vault ?? await vaultOf()
  const told: unknown[] = []
  function start (settings: Partial<typeof usual> = {}, own = shared): StoredKeys {
    return new StoredKeys({
      settings: { ...usual, ...settings },
      vault: own,
      store,
      events: { emit: (name, event) => { told.push([name, event]) } },
      now: clock.now
    })
  }
  return { clock, store, told, start, vault: shared }
}

const published = async (keys: SigningKeys): Promise<readonly unknown[]> =>
  (await keys.jwks()).keys.map(({ kid }) => kid)
const signing = async (keys: SigningKeys): Promise<string> => (await keys.signer()).kid

test('the first key is made when somebody asks, and all processes have the same one', async t => {
  const { start, told, store } = await aHouse()
  const processes = Array.from({ length: 8 }, () => start())
  t.equal(await store.get(KEY), undefined)
  const names = await Promise.all(processes.map(signing))
  t.equal(new Set(names).size, 1)
  t.same(told, [['signingKeyAdded', { keyId: names[0], signsFrom: NOON }]], 'which is told once')
  t.same(await published(start()), [names[0]])
})

test('the record in the store opens for nobody without the secret, and shows no key', async t => {
  const { start, store } = await aHouse()
  const kid = await signing(start())
  const { value = '' } = await store.get(KEY) ?? {}
  t.notMatch(value, kid)
  t.notMatch(Buffer.from(value.split('.', 1).join(''), 'base64url').toString('latin1'), /"d"|EC|P-256/)
})

test('a new key is published ten minutes before it signs, and the old one kept until its last token has ended', async t => {
  const { start, clock, told } = await aHouse()
  const [one, other] = [start(), start()]
  const old = await signing(one)
  await signing(other)
  const added = await one.rotate()
  t.same(added, { keyId: added.keyId, signsFrom: NOON + LEAD })
  t.same(await published(one), [old, added.keyId])
  clock.advance(30)
  t.same(await published(other), [old, added.keyId], 'other processes read of it within half a minute')
  clock.advance(LEAD - 31)
  t.same([await signing(one), await signing(other)], [old, old])
  clock.advance(1)
  t.same([await signing(one), await signing(other)], [added.keyId, added.keyId])
  clock.advance(LONGEST_TOKEN + 29)
  t.equal((await other.find(old))?.kid, old)
  clock.advance(1)
  t.equal(await other.find(old), undefined)
  t.same(await published(other), [added.keyId])
  t.same(told.at(-1), ['signingKeyAdded', added])
})

test('a schedule is looked at on use: one process adds the key for all', async t => {
  const { start, clock, told } = await aHouse()
  const processes = Array.from({ length: 5 }, () => start({ rotateKeys: 3600 }))
  const [old] = await Promise.all(processes.map(signing))
  clock.advance(3600 - LEAD - 1)
  await Promise.all(processes.map(signing))
  t.equal(told.length, 1)
  clock.advance(30)
  const found = await Promise.all(processes.map(published))
  t.equal(told.length, 2)
  t.equal(new Set(found.map(names => names.join())).size, 1)
  clock.advance(LEAD)
  const names = await Promise.all(processes.map(signing))
  t.equal(new Set(names).size, 1)
  t.not(names[0], old)
})

test('keys that are retired leave the record with the next change', async t => {
  const { start, clock, vault, store } = await aHouse()
  const keys = start({ rotateKeys: 3600 })
  for (let hour = 0; hour < 100; hour++) {
    await signing(keys)
    clock.advance(3600)
  }
  const { payload } = vault.open('broker', (await store.get(KEY))?.value ?? '') ?? {}
  const { k: kept } = payload as { readonly k: readonly unknown[] }
  t.ok(kept.length > 20 && kept.length < 30, `${kept.length} keys`)
  t.equal((await published(keys)).length, kept.length)
})

test('processes that rotate at one moment add one key', async t => {
  const { start, told } = await aHouse()
  const processes = Array.from({ length: 8 }, () => start())
  const added = await Promise.all(processes.map(keys => keys.rotate()))
  t.equal(new Set(added.map(({ keyId }) => keyId)).size, 1, 'which is the first one, where there was none')
  const again = await Promise.all(processes.map(keys => keys.rotate()))
  t.equal(new Set(again.map(({ keyId }) => keyId)).size, 1)
  t.equal((await published(start())).length, 2)
  t.equal(told.length, 2)
})

test('what drops signs at once, and of all other keys nothing is left', async t => {
  const { start, clock } = await aHouse()
  const [one, other] = [start(), start()]
  const old = await signing(one)
  await signing(other)
  const { keyId: waiting } = await one.rotate()
  const added = await one.rotate({ drop: true })
  t.equal(added.signsFrom, NOON)
  t.equal(await signing(one), added.keyId)
  for (const kid of [old, waiting]) t.equal(await one.find(kid), undefined)
  t.same(await published(one), [added.keyId])
  t.equal((await other.find(added.keyId))?.kid, added.keyId, 'another process looks for the new one at once')
  t.equal(await other.find(old), undefined)
  clock.advance(30)
  t.equal(await signing(other), added.keyId)
})

test('what drops at the moment at which others read and rotate leaves no other key', async t => {
  const { start, clock } = await aHouse()
  const processes = Array.from({ length: 6 }, () => start())
  const old = await signing(processes[0] as StoredKeys)
  const dropping = start()
  const [added] = await Promise.all([
    dropping.rotate({ drop: true }), ...processes.map(keys => keys.rotate()), ...processes.map(signing)
  ])
  clock.advance(30)
  for (const keys of processes) {
    t.equal(await keys.find(old), undefined)
    t.equal((await keys.find(added.keyId))?.kid, added.keyId)
  }
})

test('a record that a secret sealed which is not here is never written over, but by what drops', async t => {
  const { start, store, clock } = await aHouse()
  const [mine, theirs] = [start(), start({}, await vaultOf())]
  const kid = await signing(theirs)
  const before = await store.get(KEY)
  clock.advance(40 * DAY)
  for (const work of [() => mine.signer(), () => mine.jwks(), async () => await mine.find(kid), () => mine.rotate()]) {
    await t.rejects(work() as Promise<unknown>, SEALED)
  }
  t.same(await store.get(KEY), before)
  const { keyId } = await mine.rotate({ drop: true })
  t.equal(await signing(mine), keyId)
})

test('a ring that is taken away by another secret serves no longer', async t => {
  const { start, clock } = await aHouse()
  const mine = start()
  const kid = await signing(mine)
  await start({}, await vaultOf()).rotate({ drop: true })
  clock.advance(30)
  await t.rejects(async () => await mine.find(kid), SEALED)
  await t.rejects(mine.signer(), SEALED)
})

test('a record that is half written, of another purpose or of another issuer is taken for none, and left', async t => {
  const { start, store, vault } = await aHouse()
  await signing(start({ issuer: `${ISSUER}/other` }))
  await signing(start())
  const options = { expiresAt: (NOON + DAY) * 1000 }
  const { value = '' } = await store.get(KEY) ?? {}
  const { payload } = vault.open('broker', value) ?? {}
  const other = (await store.get(`broker-keys:${digestOf(`${ISSUER}/other`)}`))?.value ?? ''
  const records = [
    '', '{}', value.slice(0, -1), value.slice(0, 100), value.slice(1), `${value}A`, other,
    vault.seal('bearer', payload as object), vault.seal('broker', {}), vault.seal('broker', { ...payload as object, k: [] })
  ]
  for (const record of records) {
    await store.set(KEY, record, options)
    await t.rejects(start().signer(), SEALED)
    await t.rejects(start().rotate(), SEALED)
    t.equal((await store.get(KEY))?.value, record)
  }
})

test('a record that a previous secret sealed opens, and is sealed with the current one', async t => {
  const [current, previous] = [randomBytes(32), randomBytes(32)]
  const { start, clock } = await aHouse(await vaultOf(previous))
  const kid = await signing(start())
  t.equal(await signing(start({}, await vaultOf(current, SESSION, [previous]))), kid)
  clock.advance(30)
  t.equal(await signing(start({}, await vaultOf(current))), kid)
})

test('the record lives on while it is used', async t => {
  const { start, clock, store } = await aHouse()
  const keys = start()
  const kid = await signing(keys)
  const version = (await store.get(KEY))?.version
  clock.advance(199 * DAY)
  await signing(keys)
  t.equal((await store.get(KEY))?.version, version, 'and is not written each time')
  for (let month = 0; month < 30; month++) {
    clock.advance(30 * DAY)
    t.equal(await signing(keys), kid)
  }
})

test('an outage of the store is bridged with the last keys, for ten minutes', async t => {
  const { start, clock, store } = await aHouse()
  const keys = start()
  const kid = await signing(keys)
  const healthy = t.intercept(store, 'get', away)
  clock.advance(599)
  t.equal(await signing(keys), kid)
  t.equal((await keys.find(kid))?.kid, kid)
  clock.advance(1)
  for (const work of [() => keys.signer(), () => keys.jwks(), async () => await keys.find(kid), () => keys.rotate()]) {
    await t.rejects(work() as Promise<unknown>, AWAY)
  }
  await t.rejects(start().signer(), AWAY)
  healthy.restore()
  t.equal(await signing(keys), kid)
})

test('a store that reads but does not write gives the keys that it has', async t => {
  const { start, clock, store } = await aHouse()
  const keys = start({ rotateKeys: 3600 })
  const kid = await signing(keys)
  const broken = t.intercept(store, 'replace', away)
  for (let hour = 0; hour < 4; hour++) {
    clock.advance(1800)
    t.equal(await signing(keys), kid)
  }
  await t.rejects(keys.rotate(), AWAY)
  broken.restore()
  clock.advance(30)
  t.equal((await published(keys)).length, 2)
})

test('a store in which every write comes too late is an outage', async t => {
  const { start, store } = await aHouse()
  const lost = t.intercept(store, 'add', { value: async () => undefined })
  await t.rejects(start().signer(), AWAY)
  lost.restore()
  const keys = start()
  await signing(keys)
  t.intercept(store, 'replace', { value: async () => undefined })
  await t.rejects(keys.rotate(), AWAY)
})

test('a ring that vanishes while it is kept up serves as it was read', async t => {
  const { start, store, clock } = await aHouse()
  const keys = start({ rotateKeys: 3600 })
  const kid = await signing(keys)
  clock.advance(3600)
  t.intercept(store, 'replace', { value: async () => { await store.delete(KEY) } })
  t.equal(await signing(keys), kid)
})

test('a clock that jumps and comes back leaves a key that signs, and no key that is lost', async t => {
  const { start, clock } = await aHouse()
  const keys = start({ rotateKeys: 3600 })
  const kid = await signing(keys)
  clock.advance(-365 * DAY)
  t.equal(await signing(keys), kid, 'a year back')
  clock.advance(2 * 365 * DAY)
  t.equal(await signing(keys), kid, 'a year ahead, where a key is due')
  clock.advance(-365 * DAY)
  t.equal(await signing(keys), kid)
  const added = await keys.rotate()
  t.equal(added.signsFrom, NOON + LEAD, 'the key that is for next year is not waited for')
  clock.advance(LEAD)
  t.equal(await signing(keys), added.keyId)
  t.equal((await keys.find(kid))?.kid, kid)
})

test('another algorithm takes over ten minutes after the first process with it has started, and old tokens hold', async t => {
  const { start, clock } = await aHouse()
  const before = start({ signingAlg: 'RS256' })
  const kid = await signing(before)
  clock.advance(60)
  const after = start({ signingAlg: 'EdDSA' })
  t.same(await after.signer(), { ...await after.signer(), kid, alg: 'RS256' }, 'nobody has read of the new one so far')
  clock.advance(LEAD)
  const { alg, kid: young } = await after.signer()
  t.equal(alg, 'EdDSA')
  clock.advance(30)
  t.equal(await signing(before), young, 'older processes go along, and change nothing back')
  t.equal((await after.find(kid))?.alg, 'RS256')
})

test('what is no name of a key is looked for, and found nowhere', async t => {
  const { start } = await aHouse()
  const keys = start()
  await signing(keys)
  const names = ['', '__proto__', 'constructor', '\ud800', 'x'.repeat(300)]
  t.same(await Promise.all(names.map(async kid => await keys.find(kid))), names.map(() => undefined))
})
