import { test } from 'tap'
import type { ProgramRequest } from '../../lib/programs/authorization-request.ts'
import { bench, LOOPBACK, pkce } from './_bench.ts'

const query = new URLSearchParams({
  response_type: 'code', client_id: 'cli', code_challenge: pkce().challenge, code_challenge_method: 'S256', scope: 'openid'
})

test('what a person is asked comes back as it was asked, for 10 minutes', async t => {
  const { programs: { requests }, clock } = await bench()
  const request = requests.judge(query, false)
  const text = requests.seal(request)
  t.match(requests.open(text), { program: { clientId: 'cli' }, request: JSON.parse(JSON.stringify(request)) as ProgramRequest })
  clock.advance(600)
  t.equal(requests.open(text), undefined)
})

test('nothing else is a request', async t => {
  const { programs: { requests, codes }, vault } = await bench()
  const request = requests.judge(query, false)
  t.ok(codes)
  for (const text of ['', 'x', vault.seal('state', { v: 1, k: 'request', t: 9e9, r: request }), vault.seal('program', { v: 2, k: 'request', t: 9e9, r: request }), vault.seal('program', { v: 1, k: 'code', t: 9e9, r: request })]) {
    t.equal(requests.open(text), undefined)
  }
})

test('a program that is not registered any more, or in another way, is asked for nobody', async t => {
  const before = await bench()
  const text = before.programs.requests.seal(before.programs.requests.judge(query, false))
  const { vault, clock } = before
  for (const programs of [{}, { cli: {} }, { cli: { redirectUris: ['https://a.example/'] } }, { cli: { redirectUris: [LOOPBACK], passThrough: true } }]) {
    const after = await bench({ vault, clock, programs })
    t.equal(after.programs.requests.open(text), undefined)
  }
})
