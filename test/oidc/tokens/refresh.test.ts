import { test } from 'tap'
import { refresh } from '../../../lib/oidc/tokens/refresh.ts'
import { isRefreshable } from '../../../lib/oidc/tokens/refreshed-grant.ts'
import { type Answer, connectionReset, htmlAnswer, json, timeOut } from '../_scripted-provider.ts'
import { createTokenBench, SCOPES, type TokenBench } from '../_token-bench.ts'

async function run (bench: TokenBench, lastStart = 4_000, changes: object = {}) {
  const grant = await bench.grant()
  if (grant === undefined || !isRefreshable(grant)) throw new Error('nothing was kept')
  const request = { grant, scopes: SCOPES, isNarrowed: false, resource: undefined, ...changes }
  return await refresh(bench.provider, await bench.provider.server(), request, bench.patience, lastStart)
}

const failing: Readonly<Record<string, Answer>> = {
  'says 503': () => json({}, 503),
  'says 429': () => json({ error: 'slow_down' }, 429),
  'answers HTML with 502': () => htmlAnswer(502),
  'breaks the connection': connectionReset,
  'does not answer in time': timeOut
}

for (const [name, answer] of Object.entries(failing)) {
  test(`an endpoint that ${name} is asked three times, with growing pauses`, async t => {
    const bench = await createTokenBench()
    const times: number[] = []
    const noted: Answer = request => {
      times.push(bench.patience.now())
      return answer(request)
    }
    bench.endpoint.next.push(noted, noted, noted)
    t.match(await run(bench), { kind: 'unavailable' })
    t.same(times, [0, 250, 1250])
  })

  test(`an endpoint that ${name} twice gives a token to the third try`, async t => {
    const bench = await createTokenBench()
    bench.endpoint.next.push(answer, answer)
    t.match(await run(bench), { kind: 'answered' })
    t.equal(bench.endpoint.requests.length, 3)
  })
}

test('a short Retry-After is waited for, a longer one ends the tries (RFC 9110, section 10.2.3)', async t => {
  for (const [seconds, kind, requests] of [['2', 'answered', 2], ['4', 'unavailable', 1], ['soon', 'unavailable', 1]] as const) {
    const bench = await createTokenBench()
    bench.endpoint.next.push(() => json({}, 503, { 'retry-after': seconds }))
    t.match(await run(bench), { kind }, seconds)
    t.equal(bench.endpoint.requests.length, requests, seconds)
  }
})

test('no try is begun so late that another process could take its place', async t => {
  const bench = await createTokenBench()
  bench.endpoint.next.push(() => {
    bench.clock.advance(3.9)
    return json({}, 503)
  })
  t.match(await run(bench), { kind: 'unavailable' })
  t.equal(bench.endpoint.requests.length, 1)
  t.equal(bench.patience.now(), 3900, 'and nobody waits for it')
  t.match(await run(bench, 3_000), { kind: 'unavailable', mayBeDone: false }, 'not even the first, of a process that slept')
  t.equal(bench.endpoint.requests.length, 1)
})

test('what is no outage is asked once', async t => {
  for (const answer of [() => json({ error: 'invalid_grant' }, 400), () => json({ error: 'invalid_client' }, 401), () => htmlAnswer()]) {
    const bench = await createTokenBench()
    bench.endpoint.next.push(answer)
    t.not((await run(bench)).kind, 'answered')
    t.equal(bench.endpoint.requests.length, 1)
  }
})

test('what an earlier try may have done is not forgotten', async t => {
  const bench = await createTokenBench()
  bench.endpoint.next.push(connectionReset, () => json({ error: 'invalid_grant' }, 400))
  t.match(await run(bench), { kind: 'refused', mayBeDone: true })
  bench.endpoint.next.push(() => json({}, 503), () => json({ error: 'invalid_grant' }, 400))
  t.match(await run(bench), { kind: 'refused', mayBeDone: false })
})

test('a narrowed refresh names its scopes and its resource (RFC 8707, section 2.2)', async t => {
  const bench = await createTokenBench()
  const resource = 'https://api.example'
  const result = await run(bench, 4_000, { scopes: ['a', 'b'], isNarrowed: true, resource })
  t.match(Object.fromEntries(bench.endpoint.requests[0] ?? []), { scope: 'a b', resource })
  t.match(result, { kind: 'answered', token: { scopes: ['a', 'b'], asked: ['a', 'b'], isNarrowed: true, resource } })
  await run(await createTokenBench(), 4_000, { scopes: [], isNarrowed: true, resource })
  t.notOk(bench.endpoint.requests[1]?.has('scope'))
})

test('a refresh token that comes with a faulty answer is known', async t => {
  const faults: ReadonlyArray<Record<string, unknown>> = [
    { access_token: undefined }, { token_type: 'mac' }, { id_token: 'none' }, { access_token: 7 }
  ]
  for (const fault of faults) {
    const bench = await createTokenBench()
    bench.endpoint.answer = { refresh_token: 'the next', ...fault }
    t.match(await run(bench), { kind: 'faulty', refreshToken: 'the next' }, JSON.stringify(fault))
  }
  const bench = await createTokenBench()
  bench.endpoint.answer = { refresh_token: undefined, id_token: 'none' }
  t.match(await run(bench), { kind: 'faulty', refreshToken: bench.issued.refreshToken })
})
