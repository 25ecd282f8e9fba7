import { once } from 'node:events'
import { createServer, type IncomingMessage, request } from 'node:http'
import type { AddressInfo } from 'node:net'
import { connect } from 'node:net'
import { text } from 'node:stream/consumers'
import { test, type Test } from 'tap'
import { startCallbackServer } from '../../lib/client/callback-server.ts'

async function start (t: Test) {
  const server = await startCallbackServer([0], 'the-state')
  t.teardown(() => { server.close() })
  let query: URLSearchParams | undefined
  server.arrived.then(arrived => { query = arrived })
  return { ...server, query: () => query }
}

async function get (url: string, options: { method?: string, headers?: Record<string, string> } = {}) {
  const sent = request(url, { agent: false, ...options })
  sent.end()
  const [response] = await once(sent, 'response') as [IncomingMessage]
  return { status: response.statusCode, headers: response.headers, body: await text(response) }
}

test('a browser comes back once, and sees a page that says so and loads nothing', async t => {
  const { redirectUri, arrived } = await start(t)
  t.match(redirectUri, /^http:\/\/127\.0\.0\.1:\d+\/callback$/)
  const { status, headers, body } = await get(`${redirectUri}?code=c&state=the-state&iss=i`)
  t.equal(status, 200)
  t.same(Object.fromEntries(await arrived), { code: 'c', state: 'the-state', iss: 'i' })
  t.match(body, 'You may close this window')
  t.notMatch(body, /<script|src=|href=|the-state/)
  t.match(headers, { 'content-security-policy': /^default-src 'none'/, 'cache-control': /no-store/, connection: 'close' })
  t.equal((await get(`${redirectUri}?code=other&state=the-state`)).status, 404, 'a second one is nobody')
})

test('a browser that brings an error is told so', async t => {
  const { redirectUri, arrived } = await start(t)
  const { body } = await get(`${redirectUri}?error=access_denied&error_description=%3Cscript%3E&state=the-state`)
  t.match(body, 'You are not signed in')
  t.notMatch(body, '<script>')
  t.equal((await arrived).get('error'), 'access_denied')
})

test('whoever else comes is sent away, and the program goes on waiting', async t => {
  const { redirectUri, query } = await start(t)
  const answer = `${redirectUri}?code=c&state=the-state`
  const { port } = new URL(redirectUri)
  const strangers = [
    get(`http://127.0.0.1:${port}/`), get(`http://127.0.0.1:${port}/favicon.ico`),
    get(redirectUri), get(`${redirectUri}/?code=c&state=the-state`), get(`${redirectUri}?code=c`),
    get(`${redirectUri}?code=c&state=the-stat`), get(`${redirectUri}?code=c&state=the-state&state=the-state`),
    get(answer, { method: 'POST' }), get(answer, { method: 'HEAD' }),
    get(answer, { headers: { host: `attacker.example:${port}` } }), get(answer, { headers: { host: `localhost:${port}` } }),
    get(answer, { headers: { host: '127.0.0.1' } })
  ]
  for (const { status } of await Promise.all(strangers)) t.equal(status, 404)
  t.equal(query(), undefined)
  t.equal((await get(answer)).status, 200)
})

test('it is over at once, also for whoever holds a connection', async t => {
  const { redirectUri, close } = await start(t)
  const held = connect(Number(new URL(redirectUri).port), '127.0.0.1')
  await once(held, 'connect')
  held.write('GET /callback?')
  const ended = once(held, 'close')
  held.on('error', () => {})
  // The server has it once it has answered somebody else.
  await get(redirectUri)
  close()
  await ended
  await t.rejects(get(redirectUri), { code: 'ECONNREFUSED' })
})

test('it takes the first port that is free, and says where none is', async t => {
  const taken = createServer().listen(0, '127.0.0.1')
  await once(taken, 'listening')
  t.teardown(() => taken.close())
  const { port } = taken.address() as AddressInfo
  const { close } = await startCallbackServer([port, 0], 's')
  close()
  await t.rejects(startCallbackServer([port], 's'), { code: 'ARGUMENT_INVALID', message: `No port of ${port} is free` })
})
