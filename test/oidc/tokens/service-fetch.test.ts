import { decodeJwt } from 'jose'
import { type Test, test } from 'tap'
import { dpopKeyFrom } from '../../../lib/oidc/provider/dpop.ts'
import { createProvider } from '../../../lib/oidc/provider/provider.ts'
import { type ServiceFetch, toUsable } from '../../../lib/oidc/tokens/service-fetch.ts'
import { resolveOidcSettings } from '../../../lib/options/oidc-settings.ts'

const address = 'https://api.example.com/a?b=c'
const key = dpopKeyFrom('x'.repeat(32))

interface Sent {
  readonly url: string
  readonly init: RequestInit
  readonly headers: Headers
}

interface Bench {
  readonly fetch: ServiceFetch
  readonly sent: Sent[]
  /** The next answers; after them each is 200. */
  readonly answers: Response[]
}

/** A token, bound to a key or not, and a service. */
function createBench (t: Test, { isBound = false, issuer = 'https://id.example.com', allowHttp = false } = {}): Bench {
  const sent: Sent[] = []
  const answers: Response[] = []
  const service = async (url: string | URL, init: RequestInit = {}): Promise<Response> => {
    sent.push({ url: String(url), init, headers: new Headers(init.headers) })
    return answers.shift() ?? new Response('here you are')
  }
  t.intercept(globalThis, 'fetch', { value: service })
  const provider = createProvider(resolveOidcSettings({ issuer, clientId: 'web', allowHttp }, allowHttp), () => 1_700_000_000_000)
  const token = { accessToken: 'a-token', tokenType: isBound ? 'DPoP' : 'bearer', scopes: [], issuedAt: 1 }
  return { ...toUsable(provider, token, isBound ? key : undefined), sent, answers }
}

const nonceWanted = (nonce: string): Response => new Response('no', {
  status: 401, headers: { 'www-authenticate': 'DPoP error="use_dpop_nonce"', 'dpop-nonce': nonce }
})

test('a bearer token goes along, with whatever else the caller says', async t => {
  const { fetch, sent } = createBench(t)
  const signal = new AbortController().signal
  const answer = await fetch(address, { method: 'put', body: 'text', headers: { 'x-a': '1' }, signal, redirect: 'follow' })
  t.equal(await answer.text(), 'here you are')
  const [{ url, init, headers } = { url: '', init: {}, headers: new Headers() }] = sent
  t.equal(url, address)
  t.match(init, { method: 'PUT', body: 'text', signal, redirect: 'manual' }, 'but no redirect is followed')
  t.same([headers.get('authorization'), headers.get('x-a'), headers.get('dpop')], ['Bearer a-token', '1', null])
})

test('a bound token goes with a new proof for each request, by the clock of the application', async t => {
  const { fetch, sent } = createBench(t, { isBound: true })
  await fetch(address)
  await fetch(new URL('/other', address), { method: 'DELETE' })
  const proofs = sent.map(({ headers }) => decodeJwt(String(headers.get('dpop'))))
  t.match(proofs, [
    { htm: 'GET', htu: 'https://api.example.com/a', ath: String }, { htm: 'DELETE', htu: 'https://api.example.com/other' }
  ])
  t.not(proofs[0]?.jti, proofs[1]?.jti)
  for (const { iat = 0 } of proofs) t.ok(Math.abs(iat - 1_700_000_000) <= 2)
  t.equal(sent[0]?.headers.get('authorization'), 'DPoP a-token')
})

test('a service that wants a nonce is asked once more, and the next request brings it at once', async t => {
  const { fetch, sent, answers } = createBench(t, { isBound: true })
  answers.push(nonceWanted('first'))
  t.equal((await fetch(address, { method: 'POST', body: 'text' })).status, 200)
  t.equal((await fetch(address)).status, 200)
  t.same(sent.map(({ headers }) => decodeJwt(String(headers.get('dpop')))['nonce']), [undefined, 'first', 'first'])
  t.same(sent.map(({ init: { body } }) => body), ['text', 'text', undefined])
})

test('the nonce of one service is told to no other', async t => {
  const { fetch, sent, answers } = createBench(t, { isBound: true })
  answers.push(nonceWanted('first'))
  await fetch(address)
  await fetch('https://other.example.com/')
  t.equal(decodeJwt(String(sent[2]?.headers.get('dpop')))['nonce'], undefined)
})

test('a service that wants a nonce again and again gets two tries, and its answer is the answer', async t => {
  const { fetch, sent, answers } = createBench(t, { isBound: true })
  answers.push(nonceWanted('first'), nonceWanted('second'))
  const answer = await fetch(address)
  t.equal(answer.status, 401)
  t.equal(await answer.text(), 'no')
  t.equal(sent.length, 2)
})

test('a body that can be read once is sent once', async t => {
  const { fetch, sent, answers } = createBench(t, { isBound: true })
  answers.push(nonceWanted('first'))
  const body = new Blob(['text']).stream()
  t.equal((await fetch(address, { method: 'POST', body, duplex: 'half' })).status, 401)
  t.equal(sent.length, 1)
  t.equal((await fetch(address, { method: 'POST', body: new Blob(['text']).stream(), duplex: 'half' })).status, 200)
})

test('a service that refuses a token has its say: nothing is thrown, nothing is tried again', async t => {
  for (const isBound of [false, true]) {
    const { fetch, sent, answers } = createBench(t, { isBound })
    const headers = { 'www-authenticate': 'Bearer error="invalid_token"' }
    answers.push(new Response('expired', { status: 401, headers }), new Response(null, { status: 302 }))
    t.equal(await (await fetch(address)).text(), 'expired')
    t.equal((await fetch(address)).status, 302)
    t.equal(sent.length, 2)
  }
})

test('what the transport throws is thrown', async t => {
  const { fetch } = createBench(t)
  t.intercept(globalThis, 'fetch', { value: async () => { throw new TypeError('fetch failed') } })
  await t.rejects(fetch(address), { message: 'fetch failed' })
})

test('a caller cannot put another token or another proof into the request', async t => {
  const { fetch, sent } = createBench(t, { isBound: true })
  await t.rejects(fetch(address, { headers: { authorization: 'x' } }), TypeError)
  t.equal(sent.length, 0)
  await fetch(address, { headers: { DPoP: 'x' } })
  t.match(decodeJwt(String(sent[0]?.headers.get('dpop'))), { htm: 'GET' })
  const bearer = createBench(t)
  await bearer.fetch(address, { headers: { DPoP: 'x' } })
  t.equal(bearer.sent[0]?.headers.get('authorization'), 'Bearer a-token')
})

test('a token goes nowhere in clear, but to this machine, or where plain http is allowed', async t => {
  const invalid = { code: 'FST_LOGIN_ARGUMENT_INVALID' }
  const { fetch, sent } = createBench(t)
  for (const wrong of ['http://api.example.com/', '/a', 'ftp://localhost/', 'data:,', undefined as never, 7 as never]) {
    await t.rejects(fetch(wrong), invalid)
  }
  t.equal(sent.length, 0)
  for (const right of ['http://localhost:9000/', 'http://127.0.0.1/', new URL('http://[::1]/')]) await fetch(right)
  t.equal(sent.length, 3)
  const allowed = createBench(t, { issuer: 'http://id.internal', allowHttp: true })
  await allowed.fetch('http://api.internal/')
  t.equal(allowed.sent.length, 1)
})
