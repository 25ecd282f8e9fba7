import { join } from 'node:path'
import { setTimeout } from 'node:timers/promises'
import t, { test, type Test } from 'tap'
import { secret } from '../_app.ts'
import { startListening } from '../_listening-process.ts'
import { startPostgres } from '../_postgres.ts'
import { startRedis } from '../_redis.ts'
import { needsPostgres, needsRedis } from '../_services.ts'
import { bearer } from '../guard/_bearer.ts'
import { addPeer, tokenOf } from './_peer.ts'
import { type Outage, ProviderServer } from './_provider-server.ts'

const providers = await ProviderServer.start(t)

/** Processes that share a database: the first hears a peer, which is away when the next begin. */
async function restart (t: Test, store: string): Promise<void> {
  const peer = await addPeer(providers)
  const env = { STORE: store, PEER: peer.scripted.issuer, SECRET: secret() }
  const start = async (more: Readonly<Record<string, string>> = {}) => {
    const { address, child } = await startListening(t, join(import.meta.dirname, '_peer-process.ts'), { ...env, ...more })
    const ask = async (text: string): Promise<string> => {
      const answer = await fetch(address, { headers: bearer(text) })
      return answer.ok ? (await answer.json() as { readonly id: string }).id : String(answer.status)
    }
    const kept = async (): Promise<number> => Number(await (await fetch(`${address}/kept`)).text())
    return { ask, kept, child }
  }
  const close: Outage = (_response, request) => { request.socket.destroy() }
  const takeAway = (): void => { for (const endpoint of ['discovery', 'keys'] as const) peer.break(endpoint, close) }
  const text = await tokenOf(peer.scripted)
  takeAway()
  const early = await start()
  t.equal(await early.ask(text), '503', 'nobody has heard it')
  peer.repair()
  // What failed is told for a second.
  while (await early.ask(text) === '503') await setTimeout(100)
  t.equal(await early.ask(text), 'archive:alice')
  while (await early.kept() < 2) await setTimeout(20)
  early.child.kill('SIGKILL')

  takeAway()
  t.equal(await (await start()).ask(text), 'archive:alice', 'by what the first process has heard')
  t.equal(await (await start({ SECRET: secret() })).ask(text), '503', 'another application opens nothing of it')
  const without = await start({ TRUST: 'no' })
  t.equal(await without.ask(text), '401', 'a peer that was removed')
  while (await without.kept() > 0) await setTimeout(20)
  t.equal(await (await start()).ask(text), '503', 'and that comes back begins anew')
}

test('a peer that is away when a process begins is known by what lies in PostgreSQL', needsPostgres(), async t => {
  await restart(t, (await startPostgres(t)).url)
})

test('a peer that is away when a process begins is known by what lies in Redis', needsRedis(), async t => {
  const redis = await startRedis()
  t.teardown(() => redis.stop())
  await restart(t, redis.url)
})
