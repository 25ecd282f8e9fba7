import { execFile } from 'node:child_process'
import { once } from 'node:events'
import { stat, writeFileSync } from 'node:fs'
import type { RequestListener } from 'node:http'
import { createServer } from 'node:https'
import type { AddressInfo, Socket } from 'node:net'
import { join } from 'node:path'
import { setImmediate } from 'node:timers/promises'
import { promisify } from 'node:util'
import { Worker } from 'node:worker_threads'
import Fastify from 'fastify'
import { type Test, test } from 'tap'
import { authPlugin } from '../../../lib/index.ts'
import type { BoundedFetch, Bounds } from '../../../lib/oidc/provider/bounded-fetch.ts'
import { createTransport } from '../../../lib/oidc/provider/transport.ts'
import { secret } from '../../_app.ts'
import { selfSigned } from '../../_certificate.ts'
import { serve, serveBytes } from './_serve.ts'

const PATIENT: Bounds = { timeout: 10_000, maxBytes: 1000 }
const POST = { method: 'POST', body: new URLSearchParams({ code: 'abc' }) }

function createFetch (t: Test, bounds = PATIENT): BoundedFetch {
  const transport = createTransport()
  t.teardown(transport.close)
  return transport.boundedFetch(bounds)
}

/** A server that counts, and lets the test see each connection. */
async function serveCounted (t: Test, listener: RequestListener) {
  const asked: string[] = []
  const sockets: Socket[] = []
  const url = await serve(t, (request, response) => {
    asked.push(String(request.method))
    listener(request, response)
  }, server => server.on('connection', socket => sockets.push(socket)))
  return { url, asked, sockets }
}

test('a request arrives as it is, and the answer comes with its status, each of its headers and its body', async t => {
  const seen: unknown[] = []
  const url = await serve(t, (request, response) => {
    const { authorization, 'content-length': length, 'accept-encoding': encoding } = request.headers
    seen.push(request.method, authorization, length, encoding)
    response.writeHead(401, 'Odd', { 'content-type': 'text/x', 'www-authenticate': ['Bearer a', 'DPoP b'] })
    request.pipe(response)
  })
  const headers = new Headers({ authorization: 'Basic x' })
  const answer = await createFetch(t)(`${url}token?a=b`, { ...POST, headers })
  t.ok(answer instanceof Response)
  t.match(answer, { status: 401, statusText: 'Odd' })
  t.equal(answer.headers.get('www-authenticate'), 'Bearer a, DPoP b')
  t.equal(answer.headers.get('content-type'), 'text/x')
  t.equal(await answer.text(), 'code=abc')
  t.same(seen, ['POST', 'Basic x', '8', 'identity'])
})

test('a connection is kept for the next request, until the transport is closed', async t => {
  const { url, sockets } = await serveCounted(t, (_request, response) => { response.end('{}') })
  const transport = createTransport()
  const fetch = transport.boundedFetch(PATIENT)
  for (const options of [{}, POST, POST, {}]) t.equal((await fetch(url, options)).status, 200)
  t.equal(sockets.length, 1)
  const [closed] = sockets.map(socket => once(socket, 'close'))
  transport.close()
  await closed
  for (const number of [2, 3]) {
    t.same(await (await fetch(url, {})).json(), {}, 'what is asked later is answered')
    t.equal(sockets.length, number, 'and nothing is kept of it')
  }
})

test('a process ends although a connection waits, and trusts who it was told to trust, by their names only', async t => {
  const { cert, key } = selfSigned('provider')
  const file = join(t.testdir(), 'ca.pem')
  writeFileSync(file, cert)
  const server = createServer({ cert, key }, (_request, response) => { response.end('hello') }).listen(0, 'localhost')
  server.keepAliveTimeout = 100_000
  await once(server, 'listening')
  t.teardown(() => { server.close().closeAllConnections() })
  const { port, address, family } = server.address() as AddressInfo
  const ip = family === 'IPv6' ? `[${address}]` : address
  const program = `
    const { createTransport } = await import('./lib/oidc/provider/transport.ts')
    const fetch = createTransport().boundedFetch({ timeout: 10000, maxBytes: 1000 })
    const ask = url => fetch(url, {}).then(answer => answer.text(), error => error.code)
    console.log(JSON.stringify(await Promise.all(process.argv.slice(1).map(ask))))`
  const ask = async (env: NodeJS.ProcessEnv, ...urls: string[]): Promise<unknown> => {
    const flags = ['--import', './test/_setup.js', '--disable-warning=ExperimentalWarning', '--input-type=module']
    const { stdout } = await promisify(execFile)(process.execPath, [...flags, '-e', program, ...urls], { env })
    return JSON.parse(stdout)
  }
  const url = `https://localhost:${port}/`
  t.same(await ask({ ...process.env, NODE_EXTRA_CA_CERTS: file }, url), ['hello'])
  t.same(await ask({ ...process.env }, url), ['DEPTH_ZERO_SELF_SIGNED_CERT'])
  if (ip === '127.0.0.1') return
  const stranger = await ask({ ...process.env, NODE_EXTRA_CA_CERTS: file }, `https://${ip}:${port}/`)
  t.same(stranger, ['ERR_TLS_CERT_ALTNAME_INVALID'])
})

test('a redirect is an answer like any other, and nobody else hears of the request', async t => {
  const { url: elsewhere, asked } = await serveCounted(t, (_request, response) => { response.end() })
  const url = await serve(t, (_request, response) => { response.writeHead(307, { location: elsewhere }).end() })
  const answer = await createFetch(t)(url, { ...POST, headers: { authorization: 'Basic x' } })
  t.equal(answer.status, 307)
  t.same(asked, [])
})

test('an answer without a body stays one, and what comes before an answer is none', async t => {
  for (const status of [204, 304]) {
    const url = await serve(t, (_request, response) => { response.writeHead(status).end() })
    const answer = await createFetch(t)(url, {})
    t.match(answer, { status, body: null })
  }
  const hinting = await serve(t, (_request, response) => {
    response.writeProcessing()
    response.writeEarlyHints({ link: '</a>; rel=preload' })
    response.end('hello')
  })
  const answer = await createFetch(t)(hinting, {})
  t.equal(await answer.text(), 'hello')
  t.equal(answer.headers.get('content-type'), null)
})

test('an answer may have as many bytes as the bound says, and one that goes on is given up', async t => {
  for (const [bytes, isWhole] of [[1000, true], [1001, false]] as const) {
    const url = await serve(t, (_request, response) => { response.end('x'.repeat(bytes)) })
    const answer = createFetch(t)(url, {})
    if (isWhole) t.equal((await (await answer).text()).length, bytes)
    else await t.rejects(answer, RangeError)
  }
  const { url, sockets } = await serveCounted(t, (_request, response) => {
    const more = (): void => { response.write('x'.repeat(10_000), error => error ?? more()) }
    more()
  })
  await t.rejects(createFetch(t)(url, {}), RangeError)
  while (sockets[0]?.destroyed !== true) await setImmediate()
  t.equal(sockets.length, 1, 'it is not asked for again')
})

test('an answer that does not begin, or does not end, in time is given up with a TimeoutError', async t => {
  const hanging: Record<string, RequestListener> = {
    'no head': () => {},
    'no end': (_request, response) => { response.write('x') }
  }
  for (const [name, listener] of Object.entries(hanging)) {
    const { url, asked, sockets } = await serveCounted(t, listener)
    await t.rejects(createFetch(t, { ...PATIENT, timeout: 50 })(url, {}), { name: 'TimeoutError' }, name)
    while (sockets[0]?.destroyed !== true) await setImmediate()
    t.same(asked, ['GET'], 'it is not asked again')
  }
})

test('what is no whole answer is none', async t => {
  const head = 'HTTP/1.1 200 OK\r\n'
  const faults: Record<string, string> = {
    'no HTTP': 'hello\r\n\r\n',
    'shorter than it says': `${head}content-length: 9\r\n\r\nhello`,
    'two lengths': `${head}content-length: 5\r\ncontent-length: 6\r\n\r\nhello`,
    'a length beside chunks': `${head}content-length: 5\r\ntransfer-encoding: chunked\r\n\r\n0\r\n\r\n`,
    'chunks that are none': `${head}transfer-encoding: chunked\r\n\r\nhello\r\n`,
    'chunks without the last': `${head}transfer-encoding: chunked\r\n\r\n5\r\nhello\r\n`,
    'another protocol': 'HTTP/1.1 101 Switching Protocols\r\nupgrade: x\r\nconnection: upgrade\r\n\r\n',
    'ten thousand headers': `${head}${'a: b\r\n'.repeat(10_000)}\r\n`,
    'no status that there is': 'HTTP/1.1 999 Odd\r\ncontent-length: 0\r\n\r\n',
    nothing: ''
  }
  for (const [name, bytes] of Object.entries(faults)) {
    const url = await serveBytes(t, socket => { socket.end(bytes) })
    await t.rejects(createFetch(t)(url, {}), Error, name)
  }
  const reset = await serveBytes(t, socket => { socket.write(`${head}content-length: 9\r\n\r\nx`, () => socket.resetAndDestroy()) })
  await t.rejects(createFetch(t)(reset, {}), { code: 'ECONNRESET' })
  await t.rejects(createFetch(t)('http://127.0.0.1:1/', {}), { code: 'ECONNREFUSED' })
})

test('bytes after an answer are no part of it, and of no other', async t => {
  const url = await serveBytes(t, (socket, asked) => {
    const path = asked.slice('GET '.length, asked.indexOf(' HTTP'))
    socket.write(`HTTP/1.1 200 OK\r\ncontent-length: ${path.length}\r\n\r\n${path}`)
    socket.write('HTTP/1.1 200 OK\r\ncontent-length: 4\r\n\r\nevil')
  })
  const fetch = createFetch(t)
  for (const path of ['/one', '/two']) {
    const answer = await fetch(new URL(path, url).href, {}).then(answer => answer.text(), () => 'none')
    t.not(answer, 'evil')
    await setImmediate()
  }
})

test('no request is sent for an address with a user in it', async t => {
  await t.rejects(createFetch(t)('http://ada:secret@127.0.0.1:1/', {}), TypeError)
})

test('a request that may arrive twice is sent once more where a kept connection has ended, and only once', async t => {
  for (const [name, mostEnded, isAnswered] of [['once', 1, true], ['always', 9, false]] as const) {
    let ended = 0
    const { url, asked, sockets } = await serveCounted(t, (request, response) => {
      if (asked.length <= 2 || ended === mostEnded) return response.end('{}')
      ended++
      return request.socket.destroy()
    })
    const fetch = createFetch(t)
    await Promise.all([fetch(url, {}), fetch(url, {})])
    const answer = fetch(url, {})
    if (isAnswered) t.equal((await answer).status, 200, name)
    else await t.rejects(answer, { code: 'ECONNRESET' }, name)
    t.equal(asked.length, 4)
    t.equal(sockets.length, 3, 'the other kept connection may have ended too')
  }
})

test('a request that was answered in part, or for too long not at all, is not sent again', async t => {
  const faults: Record<string, RequestListener> = {
    ECONNRESET (request, response) { response.write('x', () => { request.socket.destroy() }) },
    TimeoutError () {}
  }
  for (const [reason, fault] of Object.entries(faults)) {
    const { url, asked } = await serveCounted(t, (request, response) => {
      if (asked.length === 1) response.end('{}')
      else fault(request, response)
    })
    const fetch = createFetch(t, { ...PATIENT, timeout: reason === 'TimeoutError' ? 300 : 10_000 })
    await fetch(url, {})
    const error = await fetch(url, {}).catch(error => error)
    t.ok([error.code, error.name].includes(reason), reason)
    t.same(asked, ['GET', 'GET'])
  }
})

test('a request that must not arrive twice is never sent again', async t => {
  const { url, asked } = await serveCounted(t, (request, response) => {
    if (asked.length === 1) response.end('{}')
    else request.socket.destroy()
  })
  const fetch = createFetch(t)
  await fetch(url, {})
  await t.rejects(fetch(url, POST), { code: 'ECONNRESET' })
  t.same(asked, ['GET', 'POST'])
})

/** A server in a thread of its own, that ends each connection a moment after its first answer. */
const FORGETFUL = `
  const { parentPort } = require('node:worker_threads')
  const asked = []
  const server = require('node:http').createServer((request, response) => {
    asked.push(request.method)
    response.end(JSON.stringify(asked))
    if (asked.length === 1) setTimeout(() => request.socket.destroy(), 20)
  })
  server.listen(0, '127.0.0.1', () => parentPort.postMessage(server.address().port))`

test('a connection that ended while the process was busy is not used for what must not arrive twice', async t => {
  const worker = new Worker(FORGETFUL, { eval: true })
  t.teardown(() => worker.terminate())
  const [port] = await once(worker, 'message')
  const fetch = createFetch(t)
  const url = `http://127.0.0.1:${port}/`
  await fetch(url, {})
  await setImmediate()
  const answer = await new Promise<Response>((resolve, reject) => {
    // Where sockets are read: what comes to them meanwhile is seen in the turn after the next.
    stat('.', () => {
      Atomics.wait(new Int32Array(new SharedArrayBuffer(4)), 0, 0, 400)
      fetch(url, POST).then(resolve, reject)
    })
  })
  t.same(await answer.json(), ['GET', 'POST'])
})

test('a global fetch that somebody has put there is what sends', async t => {
  const asked: unknown[] = []
  t.intercept(globalThis, 'fetch', { value: async (url: unknown) => { asked.push(url); return new Response('theirs') } })
  const answer = await createFetch(t)('http://127.0.0.1:1/', {})
  t.equal(await answer.text(), 'theirs')
  t.same(asked, ['http://127.0.0.1:1/'])
})

test('an application that is closed leaves no connection to its provider behind', async t => {
  const { url, sockets } = await serveCounted(t, ({ headers }, response) => {
    const issuer = `http://${headers.host}`
    const [authorization, token, keys] = ['auth', 'token', 'keys'].map(path => `${issuer}/${path}`)
    response.setHeader('content-type', 'application/json').end(JSON.stringify({
      issuer, authorization_endpoint: authorization, token_endpoint: token, jwks_uri: keys
    }))
  })
  const app = Fastify()
  const oidc = { issuer: new URL(url).origin, clientId: 'web' }
  await app.register(authPlugin, { secret: secret(), publicUrl: 'http://localhost:3000', oidc })
  t.equal((await app.inject('/auth/login')).statusCode, 302)
  t.equal(sockets.length, 1)
  await app.close()
  // Long before the end of an idle connection: that is as many turns of the loop as the news takes.
  for (let turn = 0; turn < 1000 && sockets[0]?.destroyed === false; turn++) await setImmediate()
  t.equal(sockets[0]?.destroyed, true)
})
