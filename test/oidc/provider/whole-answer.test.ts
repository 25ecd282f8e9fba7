import type { IncomingMessage } from 'node:http'
import { brotliCompressSync, deflateRawSync, deflateSync, gzipSync } from 'node:zlib'
import { test } from 'tap'
import { createTransport } from '../../../lib/oidc/provider/transport.ts'
import { toResponse } from '../../../lib/oidc/provider/whole-answer.ts'
import { serve } from './_serve.ts'

const transport = createTransport()
const fetch = transport.boundedFetch({ timeout: 10_000, maxBytes: 1000 })

test('an answer that was packed although nobody asked for it is unpacked, and does not say that it is packed', async t => {
  t.teardown(transport.close)
  const packed = { gzip: gzipSync, 'X-GZIP': gzipSync, deflate: deflateSync, br: brotliCompressSync, 'identity, gzip': gzipSync }
  for (const [coding, pack] of Object.entries(packed)) {
    const url = await serve(t, (_request, response) => {
      response.writeHead(200, { 'content-encoding': coding }).end(pack('hello'))
    })
    const answer = await fetch(url, {})
    t.equal(await answer.text(), 'hello', coding)
    t.equal(answer.headers.get('content-encoding'), null)
    t.equal(answer.headers.get('content-length'), null)
  }
})

test('a packed answer without a body has none', async t => {
  const url = await serve(t, (_request, response) => { response.writeHead(200, { 'content-encoding': 'gzip' }).end() })
  t.equal(await (await fetch(url, {})).text(), '')
})

test('a small answer that unpacks to a huge one is given up before it is in memory', async t => {
  const bomb = gzipSync(Buffer.alloc(900_000))
  t.ok(bomb.length < 1000)
  const url = await serve(t, (_request, response) => { response.writeHead(200, { 'content-encoding': 'gzip' }).end(bomb) })
  await t.rejects(fetch(url, {}), { code: 'ERR_BUFFER_TOO_LARGE' })
})

test('what is packed wrongly is no answer', async t => {
  const half = gzipSync('hello').subarray(0, -9)
  const url = await serve(t, (_request, response) => { response.writeHead(200, { 'content-encoding': 'gzip' }).end(half) })
  await t.rejects(fetch(url, {}), Error)
})

const MAX_BYTES = 1000
const TEXT = '{"a":"é"}'

async function answerOf (body: Buffer, headers: Readonly<Record<string, string>>): Promise<Response> {
  const rawHeaders = Object.entries(headers).flat()
  const message = { statusCode: 200, statusMessage: 'OK', headers, rawHeaders } as unknown as IncomingMessage
  return await toResponse({ message, body }, MAX_BYTES)
}

test('an answer is unpacked in each way that the global fetch unpacks it', async t => {
  const packed: ReadonlyArray<readonly [coding: string, body: Buffer]> = [
    ['gzip', gzipSync(TEXT)], ['X-GZip', gzipSync(TEXT)], ['br', brotliCompressSync(TEXT)],
    ['deflate', deflateSync(TEXT)], ['deflate', deflateRawSync(TEXT)],
    ['gzip, br', brotliCompressSync(gzipSync(TEXT))], ['identity', Buffer.from(TEXT)]
  ]
  for (const [coding, body] of packed) {
    t.equal(await (await answerOf(body, { 'content-encoding': coding })).text(), TEXT, coding)
  }
})

test('an answer stays as it came where nobody knows how it is packed: some say there what is not packed at all', async t => {
  for (const coding of ['UTF-8', 'none', 'gzip, utf-8']) {
    t.equal(await (await answerOf(Buffer.from(TEXT), { 'content-encoding': coding })).text(), TEXT, coding)
  }
})

test('an answer that unpacks to more than the bound is refused, also where it is packed many times', async t => {
  const bomb = gzipSync(Buffer.alloc(MAX_BYTES + 1))
  await t.rejects(answerOf(bomb, { 'content-encoding': 'gzip' }), RangeError)
  await t.rejects(answerOf(gzipSync(bomb), { 'content-encoding': 'gzip, gzip' }), RangeError)
  await t.rejects(answerOf(bomb, { 'content-encoding': Array(6).fill('gzip').join() }), TypeError)
})

test('an answer that does not say of which type it is gets none', async t => {
  t.equal((await answerOf(Buffer.from(TEXT), {})).headers.get('content-type'), null)
  t.equal((await answerOf(Buffer.from(TEXT), { 'content-type': 'a/b' })).headers.get('content-type'), 'a/b')
})
