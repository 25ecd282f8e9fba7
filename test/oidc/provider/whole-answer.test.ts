import { brotliCompressSync, deflateSync, gzipSync } from 'node:zlib'
import { test } from 'tap'
import { createTransport } from '../../../lib/oidc/provider/transport.ts'
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

test('what is packed in another way, twice or wrongly is no answer', async t => {
  const faults = { compress: gzipSync('hello'), 'gzip, gzip': gzipSync(gzipSync('hello')), gzip: gzipSync('hello').subarray(0, -9) }
  for (const [coding, bytes] of Object.entries(faults)) {
    const url = await serve(t, (_request, response) => { response.writeHead(200, { 'content-encoding': coding }).end(bytes) })
    await t.rejects(fetch(url, {}), Error, coding)
  }
})
