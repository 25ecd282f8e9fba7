import Fastify from 'fastify'
import { once } from 'node:events'
import { type AddressInfo, connect } from 'node:net'
import { text } from 'node:stream/consumers'
import { type Test, test } from 'tap'
import type { ProofEvidence } from '../../lib/bearer-token.ts'
import { proofEvidence } from '../../lib/guard/proof-evidence.ts'
import { TokenProof } from '../../lib/oidc/bearer/token-proof.ts'
import { resolveSettings } from '../../lib/options/settings.ts'
import { MemoryStore } from '../../lib/stores/memory/memory-store.ts'
import { selfSigned } from '../_certificate.ts'
import { secret } from '../_app.ts'
import { Prover, tokenBoundTo } from '../oidc/bearer/_proofs.ts'

const { x509 } = selfSigned('program')

interface Sent {
  readonly method?: string
  readonly target?: string
  readonly headers?: readonly string[]
  readonly publicUrl?: string
}

type Read = Pick<ProofEvidence, 'method' | 'url' | 'proofs' | 'scheme'>

/** What is read of a request, byte for byte as it is sent. */
async function read (t: Test, sent: Sent): Promise<Read> {
  const { method = 'GET', target = '/mail', headers = [], publicUrl = 'https://app.example.com' } = sent
  const app = Fastify({ forceCloseConnections: true })
  t.teardown(() => app.close())
  const settings = resolveSettings({ secret: secret(), publicUrl, bearer: { issued: true } })
  let evidence: Read | undefined
  app.all('*', async request => {
    const { scheme, url, proofs, method: asked } = proofEvidence(request, 'dpop', settings)
    evidence = { scheme, url, proofs, method: asked }
  })
  await app.listen({ port: 0, host: '127.0.0.1' })
  const socket = connect((app.server.address() as AddressInfo).port, '127.0.0.1')
  await once(socket, 'connect')
  socket.end([`${method} ${target} HTTP/1.1`, 'Host: evil.example', 'Connection: close', ...headers, '', ''].join('\r\n'))
  const answer = await text(socket)
  if (evidence === undefined) throw new Error(answer)
  return evidence
}

test('the address is that of publicUrl and the path, whatever Host says', async t => {
  const forwarded = ['X-Forwarded-Host: evil.example', 'Forwarded: host=evil.example']
  t.same(await read(t, { headers: forwarded }), { scheme: 'dpop', method: 'GET', url: 'https://app.example.com/mail', proofs: [] })
  t.match(await read(t, { target: '/mail?a=/b#c' }), { url: 'https://app.example.com/mail' })
  t.match(await read(t, { target: '/?' }), { url: 'https://app.example.com/' })
  t.match(await read(t, { target: '//evil.example/x' }), { url: 'https://app.example.com//evil.example/x' })
  t.match(await read(t, { target: '/%C3%A9%2F' }), { url: 'https://app.example.com/%C3%A9%2F' })
  t.match(await read(t, { target: 'http://evil.example/mail?a' }), { url: 'https://app.example.com/mail' }, 'a target in absolute form')
})

test('a target that a router and an address read differently is none: its proof would be one for another route', async t => {
  const twofold = ['/a/../mail', '/a/%2e%2E/mail', '/a/.%2e', '/./mail', '/mail/%2e', '/a/\\..\\..\\mail', 'http://evil.example/a/../mail']
  for (const target of twofold) t.equal((await read(t, { target })).url, '', target)
  for (const target of ['/a/...', '/.well-known/x', '/a..b/c.', '/a/..%2Fmail', '/%2E%2E%2Email']) {
    t.equal((await read(t, { target })).url, `https://app.example.com${target}`)
  }
})

test('a path of publicUrl is before it, whether a proxy has left it or not', async t => {
  const publicUrl = 'https://example.com/shop'
  for (const target of ['/mail', '/shop/mail']) t.match(await read(t, { publicUrl, target }), { url: 'https://example.com/shop/mail' })
})

test('the method is as it was sent', async t => {
  for (const method of ['POST', 'HEAD', 'DELETE']) t.match(await read(t, { method }), { method })
})

test('each DPoP header counts, where Node would make one of them', async t => {
  t.same((await read(t, { headers: ['DPoP: one'] })).proofs, ['one'])
  t.same((await read(t, { headers: ['DPoP: one', 'X-Other: dpop', 'dpop: two'] })).proofs, ['one', 'two'])
  t.same((await read(t, { headers: ['DPoP:'] })).proofs, [''])
})

test('without publicUrl, or without a path, there is no address that could be proved', async t => {
  const app = Fastify()
  t.teardown(() => app.close())
  const [alone, withUrl] = [{}, { publicUrl: 'https://app.example.com' }]
    .map(options => resolveSettings({ secret: secret(), bearer: { issued: true }, ...options }))
  if (alone === undefined || withUrl === undefined) throw new Error('no settings')
  app.get('/', async request => {
    const urls = ['*', '.evil.example/', '@evil.example/', 'ftp://app.example.com/', ''].map(originalUrl =>
      proofEvidence(Object.create(request, { originalUrl: { value: originalUrl } }), 'dpop', withUrl).url)
    return [proofEvidence(request, 'dpop', alone).url, ...urls]
  })
  t.same((await app.inject('/')).json(), ['', '', '', '', '', ''])
})

test('the request of an independent client proves itself, and one that somebody repeats does not (RFC 9449, section 7)', async t => {
  const client = await Prover.create()
  const token = tokenBoundTo({ keyThumbprint: client.thumbprint })
  const proof = new TokenProof(new MemoryStore(), { name: undefined, now: Date.now })
  const app = Fastify()
  t.teardown(() => app.close())
  const settings = resolveSettings({ secret: secret(), publicUrl: 'https://example.com/shop', bearer: { issued: true } })
  app.all('/*', async request => await proof.check(token, proofEvidence(request, 'dpop', settings)) ?? 'theirs')
  const origin = await app.listen({ port: 0, host: '127.0.0.1' })
  const headers = await client.sendAs(token.reveal(), 'DELETE', 'https://example.com/shop/mail/1?a=b')
  const send = async (method: string, path: string): Promise<string> =>
    await (await fetch(`${origin}${path}`, { method, headers })).text()

  t.match(await send('POST', '/mail/1'), '"invalid"')
  t.match(await send('DELETE', '/mail/2'), '"invalid"')
  t.equal(await send('DELETE', '/mail/1?c=d'), 'theirs')
  t.match(await send('DELETE', '/mail/1?c=d'), '"invalid"')
})

test('the certificate is read when somebody asks', async t => {
  const app = Fastify()
  t.teardown(() => app.close())
  let asked = 0
  const clientCertificate = (): Uint8Array => {
    asked++
    return x509.raw
  }
  const settings = resolveSettings({ secret: secret(), bearer: { issued: true, clientCertificate } })
  app.get('/', async request => {
    const evidence = proofEvidence(request, 'bearer', settings)
    const before = asked
    return { scheme: evidence.scheme, before, isOwn: x509.raw.equals(evidence.certificate() ?? new Uint8Array()) }
  })
  t.same((await app.inject('/')).json(), { scheme: 'bearer', before: 0, isOwn: true })
})
