import { AuthUser } from '../../lib/index.ts'
import t, { type Test } from 'tap'
import { buildInstances } from '../../examples/broker/app.ts'
import { freePort } from '../_free-port.ts'

async function startInstances (t: Test) {
  const ports = [await freePort(), await freePort()] as const
  const apps = await buildInstances({ ports })
  for (const [index, app] of apps.entries()) {
    t.teardown(() => app.close())
    await app.listen({ port: Number(ports[index]), host: 'localhost' })
  }
  const [archive, reports] = apps
  return { archive, reports, addresses: ports.map(port => `http://localhost:${port}`) }
}

async function ask (address: string | undefined, token: string): Promise<{ status: number, body: unknown }> {
  const answer = await fetch(`${address}/me`, { headers: { authorization: `Bearer ${token}` } })
  return { status: answer.status, body: await answer.json() }
}

const alice = new AuthUser('alice', { claims: { name: 'Alice Adams', roles: ['editor', 'admin'] } })

t.test('a token of one instance opens both, and its roles count at the other as that one says', async t => {
  const { archive, addresses } = await startInstances(t)
  const { accessToken } = await archive.login.issueToken(alice)
  t.match(await ask(addresses[0], accessToken), { status: 200, body: { you: { id: 'alice' }, roles: ['editor', 'admin'] } })
  const elsewhere = await ask(addresses[1], accessToken)
  t.match(elsewhere, { status: 200, body: { here: 'reports', you: { id: 'archive:alice' }, audience: addresses } })
  t.match(elsewhere, { body: { roles: ['guest-editor'] } })
  t.notMatch(JSON.stringify(elsewhere.body), /admin/)
})

t.test('after the keys of one are dropped, its older tokens open nothing there', async t => {
  const { reports, addresses } = await startInstances(t)
  const { accessToken } = await reports.login.issueToken(alice)
  t.equal((await ask(addresses[0], accessToken)).status, 200)
  await reports.login.rotateKeys({ drop: true })
  t.equal((await ask(addresses[1], accessToken)).status, 401)
  const next = await reports.login.issueToken(alice)
  t.equal((await ask(addresses[0], next.accessToken)).status, 200, 'the other one meets a new key, and asks for it')
})
