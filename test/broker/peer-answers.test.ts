import { test } from 'tap'
import { PeerAnswers } from '../../lib/broker/peer-answers.ts'
import { StoreUnavailable } from '../../lib/errors.ts'
import { createKey, connectionReset, htmlAnswer, json, type ScriptedProvider } from '../oidc/_scripted-provider.ts'
import { NotedStore } from '../session/_noted-store.ts'
import { vaultOf } from '../session/_session.ts'
import { HOUR, PeerBench } from './_peers.ts'

const unavailable = { code: 'FST_LOGIN_PROVIDER_UNAVAILABLE', statusCode: 503 }
const rotated = await createKey('two', 'ES256')
const invalid = /^invalid: it does not verify/

/** Nobody is there. */
function away (peer: ScriptedProvider): void {
  peer.answers.discovery = connectionReset
  peer.answers.keys = connectionReset
}

test('a peer that is away when a process begins is known by what it said to another one', async t => {
  const bench = await PeerBench.create()
  await t.rejects(async () => {
    away(bench.archive)
    await bench.verdict(bench.start(), await bench.token(bench.archive))
  }, unavailable, 'nothing was kept')
  bench.archive.repair()
  await bench.heard()
  away(bench.archive)
  const later = bench.start()
  t.equal(await bench.verdict(later, await bench.token(bench.archive)), 'archive:alice')
  const asked = bench.archive.requests.length
  t.equal(await bench.verdict(later, await bench.token(bench.archive, { jti: 'two' })), 'archive:alice')
  t.equal(bench.archive.requests.length, asked, 'it is not asked again at once')
})

test('what a peer said serves for 24 hours, however often a process begins anew, and no longer', async t => {
  const bench = await PeerBench.create()
  await bench.heard()
  away(bench.archive)
  bench.now += 24 * HOUR - 1
  const later = bench.start()
  t.equal(await bench.verdict(later, await bench.token(bench.archive)), 'archive:alice')
  bench.now += 1
  await t.rejects(async () => await bench.verdict(bench.start(), await bench.token(bench.archive)), unavailable)
  bench.now += 301_000 // A token that was seen is believed for 5 minutes.
  await t.rejects(async () => await bench.verdict(later, await bench.token(bench.archive)), unavailable, 'nor in a process that knows it')
})

test('a peer that answers is believed, and not what it said before', async t => {
  const bench = await PeerBench.create()
  await bench.heard()
  const old = await bench.token(bench.archive)
  bench.archive.keys = [rotated]
  t.match(await bench.verdict(bench.start(), old), invalid)
  bench.archive.signer = rotated
  away(bench.archive)
  const text = await bench.token(bench.archive)
  t.equal(await bench.verdict(bench.start(), text), 'archive:alice', 'what it said last is kept')
  await t.rejects(async () => await bench.verdict(bench.start(), old), unavailable, 'nobody knows whether it has the old key again')
})

test('a peer that withdraws all its keys has none, also while it is away later', async t => {
  const bench = await PeerBench.create()
  await bench.heard()
  const text = await bench.token(bench.archive)
  bench.archive.keys = []
  t.match(await bench.verdict(bench.start(), text), invalid)
  away(bench.archive)
  await t.rejects(async () => await bench.verdict(bench.start(), text), unavailable)
})

const faults: Readonly<Record<string, () => Response>> = {
  'fails with 500': () => json({}, 500),
  'fails with 503': () => json({ keys: [] }, 503),
  'is not found, as behind a proxy': () => json({}, 404),
  'is gone': () => json({ keys: [] }, 410),
  'asks who we are': () => json({}, 401),
  'is too busy': () => json({}, 429),
  'sends us elsewhere': () => new Response(null, { status: 302, headers: { location: 'https://evil.example/keys' } }),
  'sends a page': () => htmlAnswer(),
  'sends nothing': () => new Response(null, { status: 204 }),
  'sends half an answer': () => new Response('{"keys":[', { headers: { 'content-type': 'application/json' } }),
  'sends a list': () => json([]),
  'sends what is no set': () => json({ keys: { one: {} } }),
  'sends more than a megabyte': () => json({ keys: [], more: 'x'.repeat(1_100_000) })
}

for (const [fault, answer] of Object.entries(faults)) {
  test(`a peer that ${fault} is one that is away`, async t => {
    for (const endpoint of ['discovery', 'keys'] as const) {
      const bench = await PeerBench.create()
      bench.archive.answers[endpoint] = answer
      await t.rejects(async () => await bench.verdict(bench.start(), await bench.token(bench.archive)), unavailable)
      bench.archive.repair()
      await bench.heard()
      bench.archive.answers[endpoint] = answer
      t.equal(await bench.verdict(bench.start(), await bench.token(bench.archive)), 'archive:alice', endpoint)
      t.notOk(bench.archive.requests.some(({ url }) => url.hostname === 'evil.example'), 'nobody asks elsewhere')
      t.ok(bench.archive.requests.every(({ redirect }) => redirect === 'manual'))
    }
  })
}

test('metadata that name another issuer, or plain http, take the place of nothing', async t => {
  const bench = await PeerBench.create()
  const bad = [
    { issuer: bench.museum.issuer }, { issuer: `${bench.archive.issuer}/` }, { issuer: undefined },
    { jwks_uri: 'http://archive.example/keys' }, { jwks_uri: undefined }, { jwks_uri: 'file:///etc/passwd' }
  ]
  for (const metadata of bad) {
    bench.archive.metadata = metadata
    await t.rejects(async () => await bench.verdict(bench.start(), await bench.token(bench.archive)), unavailable)
  }
  t.same(bench.kept, [])
  t.equal(bench.archive.count('keys'), 0)
  bench.archive.repair()
  await bench.heard()
  for (const metadata of bad) {
    bench.archive.metadata = metadata
    t.equal(await bench.verdict(bench.start(), await bench.token(bench.archive)), 'archive:alice')
  }
})

test('a key that nobody knows is no fault of the token while its peer is away', async t => {
  const bench = await PeerBench.create()
  await bench.heard()
  away(bench.archive)
  const text = await bench.token(bench.archive, {}, { kid: 'two' })
  const process = bench.start()
  for (const when of ['first', 'next']) {
    await t.rejects(async () => await bench.verdict(process, text), unavailable, when)
  }
  t.equal(await bench.verdict(process, await bench.token(bench.archive)), 'archive:alice')
})

test('a process that knows what a peer said asks the store for nothing', async t => {
  const bench = await PeerBench.create()
  const process = await bench.heard()
  away(bench.archive)
  bench.store.calls = []
  bench.now += HOUR
  t.equal(await bench.verdict(process, await bench.token(bench.archive)), 'archive:alice')
  t.same(bench.store.calls, [])
})

test('a store that fails is no fault of a peer', async t => {
  const bench = await PeerBench.create()
  const store = new NotedStore(() => bench.now)
  const fail = async (): Promise<never> => { throw new StoreUnavailable() }
  for (const call of ['get', 'set', 'delete', 'keys']) store.before.set(call, fail)
  const process = bench.start({ store })
  t.equal(await bench.verdict(process, await bench.token(bench.archive)), 'archive:alice')
  t.ok(store.calls.includes('set'))
  away(bench.archive)
  const later = bench.start({ store })
  await t.rejects(async () => await bench.verdict(later, await bench.token(bench.archive)), unavailable)
  await t.rejects(process.answers.forgetOthers([]), { code: 'FST_LOGIN_STORE_UNAVAILABLE' })
})

test('of one set of keys up to 64 kB are kept, and a larger one leaves nothing of those before it', async t => {
  const bench = await PeerBench.create()
  const sizeOf = (keys: readonly object[]): number => Buffer.byteLength(JSON.stringify({ keys }))
  const [key] = bench.archive.keys
  const padded = (length: number) => () => json({ keys: [{ ...key?.jwk, note: 'x'.repeat(length) }] })
  const room = 65_536 - sizeOf([{ ...key?.jwk, note: '' }])
  bench.archive.answers.keys = padded(room)
  await bench.heard()
  away(bench.archive)
  t.equal(await bench.verdict(bench.start(), await bench.token(bench.archive)), 'archive:alice')
  bench.archive.repair()
  bench.archive.answers.keys = padded(room + 1)
  t.equal(await bench.verdict(bench.start(), await bench.token(bench.archive)), 'archive:alice', 'it is used')
  away(bench.archive)
  await t.rejects(async () => await bench.verdict(bench.start(), await bench.token(bench.archive)), unavailable, 'and not kept')
})

test('nobody reads in the store whom an application trusts, or what they said', async t => {
  const bench = await PeerBench.create()
  await bench.heard()
  const all = JSON.stringify([...bench.store.written])
  for (const word of ['archive', 'example', 'keys"', String(bench.archive.keys[0]?.jwk.x)]) t.notMatch(all, word)
})

test('who can write to the store moves no answer, and makes none last', async t => {
  const bench = await PeerBench.create()
  await bench.heard()
  const { museum, archive, store } = bench
  const process = bench.start()
  await bench.verdict(process, await bench.token(museum))
  const [archiveAt = '', archiveKeys = '', museumAt = '', museumKeys = ''] = bench.kept
  const valueOf = (key: string): string => String(store.written.get(key)?.[0])
  const write = async (key: string, value: string): Promise<unknown> =>
    await store.set(key, value, { expiresAt: bench.now + 100 * HOUR })
  away(archive)
  away(museum)
  const stolen = await bench.token(archive, { iss: museum.issuer })
  await write(museumKeys, valueOf(archiveKeys))
  await t.rejects(async () => await bench.verdict(bench.start(), stolen), unavailable, 'keys of another peer')
  await write(museumKeys, valueOf(museumAt))
  await t.rejects(async () => await bench.verdict(bench.start(), stolen), unavailable, 'metadata in place of keys')
  await write(museumKeys, valueOf(museumKeys))
  t.match(await bench.verdict(bench.start(), await bench.token(museum)), 'museum:alice')

  const answer = { keys: archive.keys.map(({ jwk }) => jwk) }
  const sealed = { v: 1, k: 'peer-answer', d: archiveKeys, t: bench.now, a: answer }
  const others = [{ k: 'ring' }, { v: 2 }, { t: bench.now + 60_001 }, { a: { keys: 7 } }, { d: archiveAt }]
  const texts = others.map(other => bench.vault.seal('broker', { ...sealed, ...other }))
  const forged = [(await vaultOf()).seal('broker', sealed), bench.vault.seal('program', sealed), JSON.stringify(answer)]
  for (const text of ['', 'x', ...forged, ...texts]) {
    await write(archiveKeys, text)
    const later = bench.start()
    await t.rejects(async () => await bench.verdict(later, await bench.token(archive)), unavailable, text.slice(0, 20))
  }
  await write(archiveKeys, bench.vault.seal('broker', sealed))
  t.equal(await bench.verdict(bench.start(), await bench.token(archive)), 'archive:alice', 'and so is one that is taken')
  await write(archiveKeys, valueOf(archiveKeys))
  await write(archiveAt, valueOf(archiveAt))
  t.equal(await bench.verdict(bench.start(), await bench.token(archive)), 'archive:alice')
  bench.now += 24 * HOUR
  await t.rejects(async () => await bench.verdict(bench.start(), await bench.token(archive)), unavailable, 'a record that was written to last')
  const { answers, peers: [peer] } = bench.start()
  if (peer === undefined) throw new Error('no peer')
  t.equal(await answers.of(peer).find(String(peer.provider.discoveryUrl)), undefined)
})

test('what a peer said is kept by the address that it said it at', async t => {
  const bench = await PeerBench.create()
  await bench.heard()
  away(bench.archive)
  const moved = { ...bench.trusted, archive: { ...bench.trusted.archive, jwksUri: 'https://archive.example/moved/keys' } }
  const elsewhere = bench.start({ trustedIssuers: moved })
  await t.rejects(async () => await bench.verdict(elsewhere, await bench.token(bench.archive)), unavailable)
  const same = { ...bench.trusted, archive: { ...bench.trusted.archive, jwksUri: `${bench.archive.issuer}/keys` } }
  t.equal(await bench.verdict(bench.start({ trustedIssuers: same }), await bench.token(bench.archive)), 'archive:alice')
  const kept = bench.kept.length
  bench.archive.repair()
  t.equal(await bench.verdict(bench.start({ trustedIssuers: same }), await bench.token(bench.archive)), 'archive:alice')
  t.equal(bench.kept.length, kept, 'what the application says itself is not kept')
})

test('of whom is no peer any more nothing is left in the store, and nothing is read', async t => {
  const bench = await PeerBench.create()
  const { archive, museum, store } = bench
  const before = await bench.heard()
  await bench.verdict(before, await bench.token(museum))
  const [archiveAt = '', archiveKeys = '', museumAt = '', museumKeys = ''] = bench.kept
  await store.set('peer-answer:of-another-application', 'x', { expiresAt: bench.now + HOUR })
  const after = bench.start({ trustedIssuers: { museum: bench.trusted.museum } })
  await after.answers.forgetOthers(after.peers)
  for (const key of [archiveAt, archiveKeys]) t.equal(await store.get(key), undefined)
  for (const key of [museumAt, museumKeys, 'peer-answer:of-another-application']) t.ok(await store.get(key))
  const asked = archive.requests.length
  store.calls = []
  t.equal(await bench.verdict(after, await bench.token(archive)), 'invalid: nobody trusts its issuer')
  t.equal(archive.requests.length, asked)
  t.same(store.calls, [])

  away(archive)
  await t.rejects(async () => await bench.verdict(bench.start(), await bench.token(archive)), unavailable, 'a peer that comes back begins anew')
  await after.answers.forgetOthers([])
  t.equal(await store.get(museumAt), undefined)
})

test('two applications in one store keep, and forget, each its own', async t => {
  const bench = await PeerBench.create()
  await bench.heard()
  const [archiveAt = ''] = bench.kept
  const { peers } = bench.start()
  const { vault, store } = bench
  const other = new PeerAnswers({ vault, store, issuer: 'https://app.example/other', now: () => bench.now })
  await other.forgetOthers([])
  t.ok(await bench.store.get(archiveAt))
  const [archive] = peers
  t.equal(archive === undefined ? 'no peer' : await other.of(archive).find(String(archive.provider.discoveryUrl)), undefined)
})
