import Fastify, { type FastifyRequest } from 'fastify'
import { once } from 'node:events'
import type { IncomingMessage } from 'node:http'
import { connect } from 'node:http2'
import { request as send } from 'node:https'
import type { AddressInfo } from 'node:net'
import { text } from 'node:stream/consumers'
import { type Test, test } from 'tap'
import { clientCertificateOf } from '../../lib/guard/client-certificate.ts'
import type { BearerOptions } from '../../lib/options/bearer-options.ts'
import { resolveSettings } from '../../lib/options/settings.ts'
import { selfSigned, type SelfSigned } from '../_certificate.ts'
import { secret } from '../_app.ts'
import { Log } from './_app.ts'

const program = selfSigned('program')
const server = selfSigned('localhost')
/** Asks for certificates and takes any: what they are good for, the token says. */
const https = { key: server.key, cert: server.cert, requestCert: true, rejectUnauthorized: false }

const settingsOf = (clientCertificate?: BearerOptions['clientCertificate']) => resolveSettings({
  secret: secret(), bearer: { issued: true, ...clientCertificate === undefined ? {} : { clientCertificate } }
})

/** What is read of a request that has not come over TLS. */
async function readPlain (t: Test, clientCertificate?: unknown, log = new Log()): Promise<unknown> {
  const app = Fastify({ logger: log.logger })
  t.teardown(() => app.close())
  const settings = settingsOf(clientCertificate as BearerOptions['clientCertificate'])
  let read: unknown
  app.get('/', async request => { read = clientCertificateOf(request, settings) })
  const answer = await app.inject('/')
  return answer.statusCode === 200 ? read : answer.json()
}

test('without TLS and without a proxy nobody shows a certificate', async t => {
  t.equal(await readPlain(t), undefined)
})

test('the application says what the proxy has seen: DER bytes, or PEM text of a chain', async t => {
  const { raw } = program.x509
  for (const shown of [raw, new Uint8Array(raw), program.cert, `${program.cert}\n${server.cert}`, Buffer.from(program.cert)]) {
    t.same(await readPlain(t, () => shown), raw)
  }
  t.same(await readPlain(t, (request: FastifyRequest) => request.method === 'GET' ? raw : undefined), raw)
})

test('what cannot be read is no certificate', async t => {
  const [begin] = program.cert.split('\n')
  for (const shown of [undefined, null, '', 'x', begin, 'é', program.cert.slice(0, 200), new Uint8Array(), new Uint8Array(9000)]) {
    t.equal(await readPlain(t, () => shown), undefined, String(shown).slice(0, 30))
  }
})

test('an answer that is none is said to the author', async t => {
  for (const answer of [7, true, {}, [program.cert], Promise.resolve(program.cert), Promise.reject(new Error('late'))]) {
    t.match(await readPlain(t, () => answer), { statusCode: 500, code: 'FST_LOGIN_ARGUMENT_INVALID', message: /"bearer\.clientCertificate"/ })
  }
})

test('where the application fails nobody knows, and it may refuse the request itself', async t => {
  const log = new Log()
  t.match(await readPlain(t, () => { throw new Error('no such header') }, log), { statusCode: 503, code: 'FST_LOGIN_STORE_UNAVAILABLE' })
  t.match(log.messages[0], '"bearer.clientCertificate" failed')
  const refusal = Object.assign(new Error('Use the front door.'), { statusCode: 421 })
  t.match(await readPlain(t, () => { throw refusal }), { statusCode: 421 })
})

interface TlsServer { ask (client?: SelfSigned): Promise<string> }

async function startTls (t: Test, clientCertificate?: BearerOptions['clientCertificate']): Promise<TlsServer> {
  const app = Fastify({ https, forceCloseConnections: true })
  t.teardown(() => app.close())
  const settings = settingsOf(clientCertificate)
  app.get('/', async request => Buffer.from(clientCertificateOf(request, settings) ?? []).toString('base64'))
  await app.listen({ port: 0, host: '127.0.0.1' })
  const { port } = app.server.address() as AddressInfo
  return {
    async ask (client) {
      const shown = client === undefined ? {} : { key: client.key, cert: client.cert }
      const sent = send({ host: '127.0.0.1', port, ca: server.cert, agent: false, ...shown }).end()
      const [answer] = await once(sent, 'response') as [IncomingMessage]
      return await text(answer)
    }
  }
}

test('over TLS it is the certificate of the connection (RFC 8705, section 3)', async t => {
  const { ask } = await startTls(t)
  t.equal(await ask(program), program.x509.raw.toString('base64'))
  t.equal(await ask(), '')
})

test('where the application says it, the connection is that of a proxy', async t => {
  const { ask } = await startTls(t, () => undefined)
  t.equal(await ask(program), '')
})

test('over HTTP/2 it is the certificate of the connection too', async t => {
  const app = Fastify({ http2: true, https })
  t.teardown(() => app.close())
  const settings = settingsOf()
  app.get('/', async request => {
    const certificate = clientCertificateOf(request as unknown as FastifyRequest, settings)
    return Buffer.from(certificate ?? []).toString('base64')
  })
  await app.listen({ port: 0, host: '127.0.0.1' })
  const { port } = app.server.address() as AddressInfo
  const session = connect(`https://127.0.0.1:${port}`, { ca: server.cert, key: program.key, cert: program.cert })
  t.equal(await text(session.request({ ':path': '/' })), program.x509.raw.toString('base64'))
  session.destroy()
})
