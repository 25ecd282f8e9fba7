import { test } from 'tap'
import { digestOfToken, RefreshNotices } from '../../../lib/oidc/tokens/refresh-notices.ts'
import type { TokenBench } from '../_token-bench.ts'
import { createTokenBench } from '../_token-bench.ts'

const digest = digestOfToken('a refresh token')

function noticesOf ({ vault, store, clock }: TokenBench): RefreshNotices {
  return new RefreshNotices(vault, store, clock.now)
}

test('one at a time has the lock, which opens by itself after 15 seconds', async t => {
  const bench = await createTokenBench()
  const [one, two] = [noticesOf(bench), noticesOf(bench)]
  const unlock = await one.lock(digest)
  t.type(unlock, 'function')
  t.equal(await two.lock(digest), undefined)
  t.type(await two.lock(digestOfToken('another')), 'function')
  await unlock?.()
  const unlockSecond = await two.lock(digest)
  t.type(unlockSecond, 'function')
  bench.clock.advance(14.9)
  t.equal(await one.lock(digest), undefined)
  bench.clock.advance(0.1)
  t.type(await one.lock(digest), 'function')
  await unlockSecond?.()
  t.equal(await two.lock(digest), undefined, 'who slept opens no lock of another')
})

test('what came of a refresh is told for 30 seconds', async t => {
  const bench = await createTokenBench()
  const notices = noticesOf(bench)
  const grant = await bench.grant()
  if (grant === undefined) throw new Error('nothing was kept')
  await notices.tell(digest, { kind: 'granted', grant })
  bench.clock.advance(29.9)
  t.same(await notices.read(digest), { notice: { kind: 'granted', grant }, wasSent: false, outage: undefined })
  bench.clock.advance(0.1)
  t.same(await notices.read(digest), { notice: undefined, wasSent: false, outage: undefined })
})

test('that a token was sent is known until somebody says what came of it', async t => {
  const bench = await createTokenBench()
  const notices = noticesOf(bench)
  await notices.markSent(digest, bench.clock.now() + 600_000)
  bench.clock.advance(599)
  t.same(await notices.read(digest), { notice: undefined, wasSent: true, outage: undefined })
  await notices.unmark(digest)
  t.match(await notices.read(digest), { wasSent: false })
})

test('an outage is told for two seconds', async t => {
  const bench = await createTokenBench()
  const notices = noticesOf(bench)
  for (const outage of ['unavailable', 'invalid'] as const) {
    await notices.tellOutage(digest, outage)
    bench.clock.advance(1.9)
    t.match(await notices.read(digest), { outage })
    bench.clock.advance(0.1)
    t.match(await notices.read(digest), { outage: undefined })
  }
})

test('what was not sealed here for this refresh token is nothing', async t => {
  const bench = await createTokenBench()
  const notices = noticesOf(bench)
  await notices.tell(digestOfToken('another'), { kind: 'revoked' })
  const moved = await bench.store.get(`refresh:${digestOfToken('another')}`)
  const kept = await bench.store.get(`tokens:${bench.handle}`)
  for (const value of [moved?.value, kept?.value, '{"kind":"revoked"}', '']) {
    await bench.store.set(`refresh:${digest}`, String(value), { expiresAt: bench.clock.now() + 1000 })
    t.same(await notices.read(digest), { notice: undefined, wasSent: false, outage: undefined })
  }
  await bench.store.set(`refresh-outage:${digest}`, 'for ever', { expiresAt: bench.clock.now() + 1000 })
  t.match(await notices.read(digest), { outage: undefined })
})

test('the store shows no token', async t => {
  const bench = await createTokenBench()
  bench.clock.advance(300)
  const token = await bench.token()
  const grant = await bench.grant()
  for (const secret of [token, bench.issued.refreshToken, grant?.refreshToken, grant?.idToken]) {
    t.notOk(bench.store.dump.includes(String(secret)))
  }
})
