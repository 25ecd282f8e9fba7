import Fastify from 'fastify'
import { test } from 'tap'
import { deviceKey, openRecord, sealRecord } from '../../../lib/oidc/device/device-record.ts'
import { createVault } from '../../../lib/vault.ts'
import { beginAt, buildDeviceSite, poll } from '../_devices.ts'
import { assertFailurePage } from '../_refusal.ts'
import { MemoryStore } from '../../../lib/stores/memory/memory-store.ts'

test('a record is read by the login that it was written for, and by nobody else', async t => {
  const vault = await createVault(Fastify(), [Buffer.alloc(32, 'abcdefghijklmnop')], 'a')
  const sealed = sealRecord(vault, 'one', { state: 'finished', at: 7 })
  t.same(openRecord(vault, 'one', sealed), { state: 'finished', at: 7 })
  t.equal(openRecord(vault, 'two', sealed), undefined)
  t.equal(openRecord(vault, 'one', vault.seal('tokens', { v: 1, d: 'one', r: { state: 'finished', at: 7 } })), undefined)
  t.equal(openRecord(vault, 'one', vault.seal('device', { v: 2, d: 'one' })), undefined)
  t.equal(openRecord(vault, 'one', 'x'), undefined)
})

test('the store holds the codes and the tokens sealed, and forgets them with the login', async t => {
  const store = new MemoryStore({})
  const { site, devices } = await buildDeviceSite(t, { session: { store, mode: 'cookie' } })
  const visitor = site.visitor()
  const page = await beginAt(visitor)
  const key = deviceKey(idOf(site.vault, page))
  const waiting = await store.get(key)
  t.ok(waiting)
  t.same(site.leaks(String(waiting?.value)), [])
  t.notMatch(waiting?.value, 'BDFH')
  devices.error = undefined
  site.clock.advance(5)
  await poll(visitor, page)
  t.same(site.leaks(String((await store.get(key))?.value)), [], 'nor tokens that nobody has taken yet')
  await visitor.get(page)
  t.ok(String((await store.get(key))?.value).length < 250, 'afterwards nothing of them is left')
})

test('a record that somebody put in the place of another is none', async t => {
  const store = new MemoryStore({})
  const { site } = await buildDeviceSite(t, { session: { store, mode: 'cookie' } })
  const [visitor, thief] = [site.visitor(), site.visitor()]
  const [page, own] = [await beginAt(visitor), await beginAt(thief)]
  const entry = await store.get(deviceKey(idOf(site.vault, page)))
  await store.set(deviceKey(idOf(site.vault, own)), String(entry?.value), { expiresAt: Date.now() + 60_000 })
  assertFailurePage(t, site, await thief.get(own), { status: 400, code: 'FST_LOGIN_STATE_INVALID' })
})

function idOf (vault: { open (purpose: 'state', text: string): { payload: unknown } | undefined }, page: string): string {
  const opened = vault.open('state', String(new URL(page, 'https://app.example.com').searchParams.get('state')))
  return String((opened?.payload as { d?: unknown } | undefined)?.d)
}
