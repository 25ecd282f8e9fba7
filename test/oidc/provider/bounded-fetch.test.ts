import type { RequestListener } from 'node:http'
import { setImmediate } from 'node:timers/promises'
import { setFlagsFromString } from 'node:v8'
import { runInNewContext } from 'node:vm'
import { gzipSync } from 'node:zlib'
import { test } from 'tap'
import { createBoundedFetch } from '../../../lib/oidc/provider/bounded-fetch.ts'
import { serve } from './_serve.ts'

const PATIENT = { timeout: 10_000, maxBytes: 1000 }

test('an answer comes whole, with its status and headers', async t => {
  const url = await serve(t, (request, response) => {
    response.writeHead(400, 'Odd', { 'content-type': 'text/plain', 'x-method': request.method })
    request.pipe(response)
  })
  const answer = await createBoundedFetch(fetch, PATIENT)(url, { method: 'POST', body: 'a=b', headers: { 'x-a': 'b' } })
  t.equal(answer.status, 400)
  t.equal(answer.statusText, 'Odd')
  t.equal(answer.headers.get('x-method'), 'POST')
  t.equal(await answer.text(), 'a=b')
})

test('a packed answer is unpacked, and does not say that it is packed', async t => {
  const url = await serve(t, (_request, response) => {
    response.writeHead(200, { 'content-encoding': 'gzip' }).end(gzipSync('hello'))
  })
  const answer = await createBoundedFetch(fetch, PATIENT)(url, {})
  t.equal(await answer.text(), 'hello')
  t.equal(answer.headers.get('content-encoding'), null)
  t.equal(answer.headers.get('content-length'), null)
})

test('an answer may have as many bytes as the bound says, and not one more', async t => {
  for (const [bytes, isWhole] of [[1000, true], [1001, false]] as const) {
    const url = await serve(t, (_request, response) => { response.end('x'.repeat(bytes)) })
    const answer = createBoundedFetch(fetch, PATIENT)(url, {})
    if (isWhole) t.equal((await (await answer).text()).length, bytes)
    else await t.rejects(answer, RangeError)
  }
})

test('a small answer that unpacks to a huge one is given up while it streams', async t => {
  const bomb = gzipSync(Buffer.alloc(100_000_000))
  t.ok(bomb.length < 110_000)
  const url = await serve(t, (_request, response) => { response.writeHead(200, { 'content-encoding': 'gzip' }).end(bomb) })
  const before = process.memoryUsage().arrayBuffers
  await t.rejects(createBoundedFetch(fetch, { ...PATIENT, maxBytes: 1_048_576 })(url, {}), RangeError)
  t.ok(process.memoryUsage().arrayBuffers - before < 50_000_000, 'it was never in memory as a whole')
})

test('an answer that never ends is given up, and its connection is closed', async t => {
  const closed: unknown[] = []
  const url = await serve(t, (_request, response) => {
    const more = (): void => { response.write('x'.repeat(10_000), error => error ?? more()) }
    more()
    response.on('close', () => closed.push('closed'))
  })
  await t.rejects(createBoundedFetch(fetch, PATIENT)(url, {}), RangeError)
  while (closed.length === 0) await setImmediate()
  t.same(closed, ['closed'])
})

test('an answer that does not begin, or does not end, in time is given up with a TimeoutError', async t => {
  const hanging: Record<string, RequestListener> = {
    'no head': () => {},
    'no end': (_request, response) => { response.write('x') }
  }
  for (const [name, listener] of Object.entries(hanging)) {
    const url = await serve(t, listener)
    await t.rejects(createBoundedFetch(fetch, { ...PATIENT, timeout: 50 })(url, {}), { name: 'TimeoutError' }, name)
  }
})

test('a transport that listens to no signal is bounded in time too', async t => {
  const deaf: typeof fetch = () => new Promise(() => {})
  await t.rejects(createBoundedFetch(deaf, { ...PATIENT, timeout: 1 })('http://127.0.0.1/', {}), { name: 'TimeoutError' })
})

test('the bound in time outlives a collection of garbage', async t => {
  setFlagsFromString('--expose-gc')
  const collect = runInNewContext('gc') as () => void
  const deaf: typeof fetch = () => new Promise(() => {})
  const collecting = setInterval(collect, 1)
  t.teardown(() => clearInterval(collecting))
  const options = { signal: new AbortController().signal }
  const answer = createBoundedFetch(deaf, { ...PATIENT, timeout: 50 })('http://127.0.0.1/', options)
  await t.rejects(answer, { name: 'TimeoutError' })
})

test('a redirect is an answer like any other', async t => {
  const asked: unknown[] = []
  const url = await serve(t, (request, response) => {
    asked.push(request.url)
    response.writeHead(302, { location: '/elsewhere' }).end()
  })
  const answer = await createBoundedFetch(fetch, PATIENT)(url, {})
  t.equal(answer.status, 302)
  t.same(asked, ['/'])
})

test('a connection that breaks is what fetch says about it', async t => {
  const early = await serve(t, request => { request.socket.destroy() })
  await t.rejects(createBoundedFetch(fetch, PATIENT)(early, {}), TypeError)
  const late = await serve(t, (request, response) => {
    response.writeHead(200, { 'content-length': 100 })
    response.write('x', () => { request.socket.destroy() })
  })
  await t.rejects(createBoundedFetch(fetch, PATIENT)(late, {}), TypeError)
})

test('an answer without a body stays one', async t => {
  for (const status of [204, 205, 304]) {
    const empty: typeof fetch = async () => new Response(null, { status })
    const answer = await createBoundedFetch(empty, PATIENT)('http://127.0.0.1/', {})
    t.equal(answer.status, status)
    t.equal(answer.body, null)
  }
})
