import { once } from 'node:events'
import { createServer } from 'node:http'
import { type AddressInfo } from 'node:net'
import { setTimeout as pause } from 'node:timers/promises'
import t from 'tap'
import { run } from '../../lib/cli/run.ts'
import { FakeTerminal } from './_terminal.ts'

async function started (terminal: FakeTerminal): Promise<string> {
  for (;;) {
    const [, issuer] = /issuer +(\S+)/.exec(terminal.out) ?? []
    if (issuer !== undefined) return issuer
    await pause(10)
  }
}

for (const signal of ['SIGINT', 'SIGTERM'] as const) {
  t.test(`dev-provider runs until ${signal}, then closes and gives 0`, async t => {
    const terminal = new FakeTerminal()
    const listeners = process.listenerCount(signal)
    const code = run(['dev-provider', '--port', '0'], terminal)
    const issuer = await started(terminal)
    t.equal((await fetch(`${issuer}/jwks`)).status, 200)
    process.emit(signal)
    t.equal(await code, 0)
    t.equal(process.listenerCount(signal), listeners, 'a second signal finds its usual effect again')
    await t.rejects(fetch(issuer))
    t.match(terminal.out, /client id +dev-client\n +client secret +[\w-]{43}\n +people +alice, bob, carol\n/)
    t.match(terminal.out, `issuer: '${issuer}'`)
    t.equal(terminal.err, '')
  })
}

t.test('the secret of the client may be given, so that it stays the same', async t => {
  const terminal = new FakeTerminal()
  const code = run(['dev-provider', '--port', '0', '--client-secret', 'stays-the-same'], terminal)
  await started(terminal)
  process.emit('SIGTERM')
  t.equal(await code, 0)
  t.match(terminal.out, "clientSecret: 'stays-the-same'")
})

t.test('a port that is taken, or none, is said on stderr', async t => {
  const server = createServer().listen(0, '127.0.0.1')
  await once(server, 'listening')
  t.teardown(() => server.close())
  const { port } = server.address() as AddressInfo
  const terminal = new FakeTerminal()
  t.equal(await run(['dev-provider', '--port', `${port}`], terminal), 1)
  t.match(terminal.err, /^fastify-login: .*EADDRINUSE/)
  t.equal(await run(['dev-provider', '--port', 'many'], terminal), 1)
  t.match(terminal.err, '"devProvider.port" must be a whole number')
})
