import { test } from 'tap'
import { createKey, KeyRing, LEAD, type WrittenKey } from '../../lib/broker/key-ring.ts'
import { LONGEST_TOKEN } from '../../lib/options/broker-settings.ts'
import { ISSUER } from './_broker.ts'

const T = 1_000_000
const KEPT = LONGEST_TOKEN + 30

const written = async (...times: readonly number[]): Promise<readonly WrittenKey[]> =>
  await Promise.all(times.map(async time => (await createKey('ES256', time)).written))

async function aRing (times: readonly number[], now = T): Promise<{ ring: KeyRing, clock: { now: number } }> {
  const clock = { now }
  return { ring: await KeyRing.read({ v: 1, i: ISSUER, k: await written(...times) }, ISSUER, () => clock.now), clock }
}

test('a key signs from its time until the next one does, whatever the order in the record', async t => {
  const { ring, clock } = await aRing([T + 500, T, T + 1000])
  const signing: number[] = []
  for (const now of [T, T + 499, T + 500, T + 999, T + 1000, T + 1e6]) {
    clock.now = now
    signing.push(ring.signing.signsFrom - T)
  }
  t.same(signing, [0, 0, 500, 500, 1000, 1000])
})

test('a key verifies before it signs, and until its last token has ended', async t => {
  const { ring, clock } = await aRing([T, T + 600])
  const [old, young] = ring.alive
  t.equal(ring.alive.length, 2)
  t.ok(ring.find(String(young?.kid)))
  clock.now = T + 600 + KEPT - 1
  t.ok(ring.find(String(old?.kid)))
  clock.now = T + 600 + KEPT
  t.equal(ring.find(String(old?.kid)), undefined)
  t.same(ring.alive.map(({ kid }) => kid), [young?.kid])
})

test('a clock that is behind all keys signs with the first of them, and one that is far ahead with the last', async t => {
  const { ring, clock } = await aRing([T, T + 600])
  clock.now = 0
  t.equal(ring.signing.signsFrom, T)
  clock.now = T * 1000
  t.equal(ring.signing.signsFrom, T + 600)
})

test('a new key is due one lead before the time of the last one is over', async t => {
  const { ring, clock } = await aRing([T])
  const plan = { alg: 'ES256', rotateKeys: 3600, isFirstLook: false } as const
  clock.now = T + 3600 - LEAD - 1
  t.notOk(ring.needsKey(plan))
  clock.now++
  t.ok(ring.needsKey(plan))
  t.notOk(ring.needsKey({ ...plan, rotateKeys: undefined }), 'but where only the application says so')
})

test('no key is due while another one waits for its time; one that a wrong clock made is not waited for', async t => {
  const plan = { alg: 'ES256', rotateKeys: 3600, isFirstLook: false } as const
  const waiting = await aRing([T, T + 10_000], T + 9_500)
  t.ok(waiting.ring.pending)
  t.notOk(waiting.ring.needsKey(plan))
  const wrong = await aRing([T, T + 1e8], T + 9_500)
  t.equal(wrong.ring.pending, undefined)
  t.ok(wrong.ring.needsKey(plan))
})

test('another algorithm makes a key due once, at the first look of a process', async t => {
  const { ring } = await aRing([T])
  const plan = { alg: 'EdDSA', rotateKeys: undefined, isFirstLook: true } as const
  t.ok(ring.needsKey(plan))
  t.notOk(ring.needsKey({ ...plan, isFirstLook: false }))
  t.notOk((await aRing([T, T + 100])).ring.needsKey(plan), 'and not while a key waits for its time')
})

test('what is no ring of the issuer is read as none', async t => {
  const [key] = await written(T) as [WrittenKey]
  const { d, ...publicKey } = key.j
  const records: readonly unknown[] = [
    {}, { v: 1, i: ISSUER }, { v: 1, i: ISSUER, k: [] }, { v: 1, i: ISSUER, k: {} }, { v: 2, i: ISSUER, k: [key] },
    { v: 1, i: 'https://other.example', k: [key] }, { v: 1, i: ISSUER, k: [null] }, { v: 1, i: ISSUER, k: [{}] },
    { v: 1, i: ISSUER, k: [{ ...key, f: 'now' }] }, { v: 1, i: ISSUER, k: [{ ...key, a: 'EdDSA' }] },
    { v: 1, i: ISSUER, k: [{ ...key, a: 'none' }] }, { v: 1, i: ISSUER, k: [{ ...key, j: { ...key.j, x: 'AAAA' } }] },
    { v: 1, i: ISSUER, k: [key, { ...key, j: { kty: 'EC', crv: 'P-256' } }] },
    { v: 1, i: ISSUER, k: [{ ...key, j: publicKey }] }
  ]
  for (const record of records) {
    await t.rejects(KeyRing.read(record, ISSUER, () => T), JSON.stringify(record)?.slice(0, 60))
  }
  await KeyRing.read({ v: 1, i: ISSUER, k: [key] }, ISSUER, () => T)
})
