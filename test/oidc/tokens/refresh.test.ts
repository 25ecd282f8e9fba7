import { decodeJwt } from 'jose'
import { test } from 'tap'
import { dpopKeyFrom } from '../../../lib/oidc/provider/dpop.ts'
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

const wantsNonce: Answer = () => json({ error: 'use_dpop_nonce' }, 400, { 'dpop-nonce': 'given' })
const dpopKey = dpopKeyFrom('x'.repeat(32))

/** A session whose tokens are bound to a key. */
async function boundBench (): Promise<TokenBench> {
  const bench = await createTokenBench({ dpop: true })
  await bench.signIn({ dpopKey }, { tokenType: 'DPoP' })
  bench.endpoint.answer = { token_type: 'DPoP' }
  return bench
}

/** The nonces in the proofs of all requests. */
function noncesOf ({ scripted }: TokenBench): readonly unknown[] {
  return scripted.requests.filter(({ url }) => url.pathname === '/token')
    .map(({ headers }) => decodeJwt(String(headers.get('dpop')))['nonce'])
}

test('a bound refresh token is used with a proof of its key (RFC 9449, section 5)', async t => {
  const bench = await boundBench()
  t.match(await run(bench), { kind: 'answered', token: { tokenType: 'DPoP' } })
  const { headers } = bench.scripted.last('token')
  t.match(decodeJwt(String(headers.get('dpop'))), { htm: 'POST', htu: 'https://id.example.com/token' })
  const unbound = await createTokenBench()
  await run(unbound)
  t.equal(unbound.scripted.last('token').headers.get('dpop'), null)
})

test('an endpoint that wants a nonce gets it at once, in each try, and not a third time (RFC 9449, section 8)', async t => {
  const once = await boundBench()
  once.endpoint.next.push(wantsNonce)
  t.match(await run(once), { kind: 'answered' })
  t.same(noncesOf(once), [undefined, 'given'])
  t.equal(once.patience.now(), 0, 'nobody waited')

  const busy = await boundBench()
  busy.endpoint.next.push(wantsNonce, () => json({}, 503), wantsNonce)
  t.match(await run(busy), { kind: 'answered' })
  t.same(noncesOf(busy), [undefined, 'given', undefined, 'given'])

  const twice = await boundBench()
  twice.endpoint.next.push(wantsNonce, wantsNonce)
  t.match(await run(twice), { kind: 'invalid', mayBeDone: false })
  t.equal(twice.endpoint.granted, 0)
  t.equal(twice.endpoint.requests.length, 2)

  const unasked = await createTokenBench()
  unasked.endpoint.next.push(wantsNonce)
  t.match(await run(unasked), { kind: 'invalid' })
  t.equal(unasked.endpoint.requests.length, 1)
})

test('a nonce that comes too late for another try is an outage, and the refresh token is unspent', async t => {
  const bench = await boundBench()
  bench.endpoint.next.push(request => {
    bench.clock.advance(4.001)
    return wantsNonce(request)
  })
  t.match(await run(bench), { kind: 'unavailable', mayBeDone: false })
  t.equal(bench.endpoint.requests.length, 1)
})

test('what a nonce was given for and then lost may be done all the same', async t => {
  const bench = await boundBench()
  bench.endpoint.next.push(wantsNonce, connectionReset)
  t.match(await run(bench, 100), { kind: 'unavailable', mayBeDone: true })
})

test('a bearer token in place of a bound one is not taken, nor a bound one in place of a bearer token', async t => {
  const bound = await boundBench()
  bound.endpoint.answer = { token_type: 'Bearer' }
  t.match(await run(bound), { kind: 'faulty', error: { code: 'FST_LOGIN_PROVIDER_ANSWER_INVALID' } })
  const unbound = await createTokenBench()
  unbound.endpoint.answer = { token_type: 'DPoP' }
  t.match(await run(unbound), { kind: 'faulty' })
})
