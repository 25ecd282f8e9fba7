import type { ServerResponse } from 'node:http'
import { setTimeout } from 'node:timers/promises'
import { gzipSync } from 'node:zlib'
import t, { test, type Test } from 'tap'
import { createApp, secret } from '../guard/_app.ts'
import { bearer } from '../guard/_bearer.ts'
import { NotedStore } from '../session/_noted-store.ts'
import { addPeer, ES256, publicUrl, tokenOf } from './_peer.ts'
import { type Outage, type ProviderOnSocket, ProviderServer } from './_provider-server.ts'

const MB = 1_000_000
const JSON_TYPE = { 'content-type': 'application/json' }
const providers = await ProviderServer.start(t)

/** An application that begins now, and trusts these peers. */
async function begin (t: Test, store: NotedStore, peers: Readonly<Record<string, ProviderOnSocket>>, key = secret()) {
  const issuers = Object.entries(peers).map(([name, { scripted }]) => [name, scripted.issuer])
  const broker = { store, trustedIssuers: Object.fromEntries(issuers) }
  const app = await createApp(t, { secret: key, publicUrl, broker })
  app.get('/', { onRequest: [app.loginRequired] }, async ({ currentUser }) => currentUser)
  return async (text: string): Promise<string> => {
    const answer = await app.inject({ url: '/', headers: bearer(text) })
    return answer.statusCode === 200 ? answer.json().id : String(answer.statusCode)
  }
}

/** Sends for ever, until the connection is closed. */
function pour (response: ServerResponse, part: Buffer): void {
  const more = (): void => { while (!response.destroyed && response.write(part)); }
  response.on('drain', more)
  more()
}

const bomb = gzipSync(`{"keys":[],"more":"${'x'.repeat(100 * MB)}"}`)

const outages: Readonly<Record<string, Outage>> = {
  'answers 100 MB': response => {
    response.writeHead(200, JSON_TYPE)
    pour(response, Buffer.alloc(65_536, ' '))
  },
  'answers 100 MB in 100 kB': response => { response.writeHead(200, { ...JSON_TYPE, 'content-encoding': 'gzip' }).end(bomb) },
  'never answers': () => {},
  'closes the connection': (_response, request) => { request.socket.destroy() },
  'breaks off': response => {
    response.writeHead(200, { ...JSON_TYPE, 'content-length': '1000' }).write('{"keys":[')
    response.destroy()
  },
  'fails with 503': response => { response.writeHead(503, JSON_TYPE).end('{}') },
  'is not there': response => { response.writeHead(404).end() },
  'has 10,000 keys': response => {
    const keys = Array.from({ length: 10_000 }, (_, index) => ({ ...ES256.jwk, kid: `k${index}` }))
    response.writeHead(200, JSON_TYPE).end(JSON.stringify({ keys }))
  }
}

async function assertKept (t: Test, endpoint: 'discovery' | 'keys', outage: Outage): Promise<void> {
  const [archive, museum] = [await addPeer(providers), await addPeer(providers)]
  const [store, own] = [new NotedStore(), secret()]
  archive.break(endpoint, outage)
  const unknown = await begin(t, store, { archive, museum }, own)
  const texts = await Promise.all([archive, museum].map(({ scripted }) => tokenOf(scripted)))
  t.same(await Promise.all(texts.map(unknown)), ['503', 'museum:alice'], 'the other peer is asked all the while')
  archive.repair()
  store.written.clear()
  const known = await begin(t, store, { archive }, own)
  t.equal(await known(await tokenOf(archive.scripted)), 'archive:alice')
  while (store.written.size < 2) await setTimeout(10)
  const { closed } = archive.break(endpoint, outage)
  const later = await begin(t, store, { archive }, own)
  t.equal(await later(await tokenOf(archive.scripted)), 'archive:alice')
  await closed
  t.ok(archive.sent.every(bytes => bytes < 20 * MB), `${archive.sent}`)
}

for (const [fault, outage] of Object.entries(outages)) {
  test(`a peer that ${fault} is unknown, and one that was known stays so`, async t => {
    await Promise.all([assertKept(t, 'discovery', outage), assertKept(t, 'keys', outage)])
  })
}

test('a peer that sends us to another host makes us ask nobody there', async t => {
  const [archive, evil] = [await addPeer(providers), await addPeer(providers)]
  for (const endpoint of ['discovery', 'keys'] as const) {
    for (const status of [301, 302, 303, 307, 308]) {
      archive.repair()
      archive.break(endpoint, response => {
        const location = `${evil.scripted.issuer}/${endpoint === 'keys' ? 'keys' : '.well-known/openid-configuration'}`
        response.writeHead(status, { location }).end()
      })
      const ask = await begin(t, new NotedStore(), { archive })
      t.equal(await ask(await tokenOf(archive.scripted)), '503', `${endpoint} ${status}`)
    }
  }
  t.equal(evil.scripted.requests.length, 0)
})

test('a flood of made-up keys asks the peer that is named once, and the others never', async t => {
  const [archive, museum] = [await addPeer(providers), await addPeer(providers)]
  const ask = await begin(t, new NotedStore(), { archive, museum })
  for (const { scripted } of [archive, museum]) await ask(await tokenOf(scripted))
  const kids = Array.from({ length: 200 }, (_, index) => `${index}`)
  const texts = await Promise.all(kids.map(kid => tokenOf(archive.scripted, { kid })))
  t.same(new Set(await Promise.all(texts.map(ask))), new Set(['401']))
  t.same([archive, museum].map(({ scripted }) => scripted.count('keys')), [2, 1])
})
