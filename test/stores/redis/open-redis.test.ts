import { EventEmitter, once } from 'node:events'
import { createServer } from 'node:net'
import { setTimeout as pause } from 'node:timers/promises'
import * as ioRedis from 'ioredis'
import * as nodeRedis from 'redis'
import { test, type Test } from 'tap'
import { openRedis } from '../../../lib/stores/redis/open-redis.ts'
import type { Store } from '../../../lib/stores/store.ts'
import { startRedis } from '../../_redis.ts'
import { needsRedis } from '../../_services.ts'

const drivers = [['ioredis', ioRedis], ['redis', nodeRedis]] as const
const end = { expiresAt: Date.now() + 3_600_000 }

/** Imports those packages only. */
function having (packages: Readonly<Record<string, unknown>>): (name: string) => Promise<unknown> {
  return async name => {
    if (packages[name] === undefined) throw new Error(`Cannot find package '${name}'`)
    return packages[name]
  }
}

/** Clients that answer nothing, or refuse to say good-bye. */
function setUp ({ quit = async (): Promise<unknown> => 'OK' } = {}) {
  const clients: EventEmitter[] = []
  const calls: unknown[][] = []
  class Client extends EventEmitter {
    isCluster = false
    constructor (...args: unknown[]) {
      super()
      clients.push(this)
      calls.push(['new', ...args])
    }

    async call (): Promise<unknown> { return null }
    async sendCommand (): Promise<unknown> { return null }
    async connect (): Promise<void> {
      calls.push(['connect'])
      throw new Error('no server')
    }

    async quit (): Promise<unknown> { return await quit() }
    async close (): Promise<unknown> { return await quit() }
    disconnect (): void { calls.push(['disconnect']) }
    destroy (): void { calls.push(['destroy']) }
  }
  const names = (): unknown[] => calls.map(([name]) => name)
  const packages = { ioredis: { Redis: Client }, redis: { createClient: (options: unknown) => new Client(options) } }
  return { clients, calls, names, packages }
}

test('ioredis is taken where both packages are installed', async t => {
  const { calls, packages } = setUp()
  await openRedis('redis://host:1/2', {}, having(packages))
  t.match(calls, [['new', 'redis://host:1/2', {
    enableAutoPipelining: true, autoResendUnfulfilledCommands: false, maxRetriesPerRequest: 0, connectTimeout: 2000
  }]])
})

test('redis is taken where ioredis is missing, and connects at once', async t => {
  const { calls, packages: { redis } } = setUp()
  await openRedis('redis://host:1/2', {}, having({ redis }))
  t.match(calls, [['new', {
    url: 'redis://host:1/2', commandOptions: { timeout: 2000 }, commandsQueueMaxLength: 10_000, socket: { connectTimeout: 2000 }
  }], ['connect']])
})

test('where neither is installed the error says what to install', async t => {
  await t.rejects(openRedis('redis://host', {}, having({})), { code: 'FST_LOGIN_CONFIGURATION', message: /npm install ioredis/ })
})

test('an error of the connection ends no process and is nobody\'s rejection', async t => {
  for (const name of ['ioredis', 'redis'] as const) {
    const { clients, packages } = setUp()
    await openRedis('redis://host', {}, having({ [name]: packages[name] }))
    t.ok(clients[0]?.emit('error', new Error('ECONNREFUSED')), name)
  }
})

test('it tries again for ever, at least every 2 seconds', async t => {
  const { calls, packages } = setUp()
  await openRedis('redis://host', {}, having(packages))
  await openRedis('redis://host', {}, having({ redis: packages.redis }))
  const [first, second] = calls.map(([, ...args]) => Object(args.at(-1)))
  for (const delayOf of [first.retryStrategy, second.socket.reconnectStrategy]) {
    t.same([1, 2, 19, 20, 1000, 1e9].map(attempts => delayOf(attempts)), [100, 200, 1900, 2000, 2000, 2000])
  }
})

test('a client says good-bye when the store is closed, and is cut off where that fails', async t => {
  const { names, packages } = setUp()
  await (await openRedis('redis://host', {}, having(packages))).close()
  t.same(names(), ['new', 'disconnect'])
  const second = setUp()
  await (await openRedis('redis://host', {}, having({ redis: second.packages.redis }))).close()
  t.same(second.names(), ['new', 'connect'])
  for (const name of ['ioredis', 'redis'] as const) {
    const stubborn = setUp({ quit: async () => { throw new Error('no server') } })
    await (await openRedis('redis://host', {}, having({ [name]: stubborn.packages[name] }))).close()
    t.equal(stubborn.names().at(-1), name === 'redis' ? 'destroy' : 'disconnect')
  }
})

/** Tries until it succeeds; the test runner ends the test that waits for ever. */
async function eventually (store: Store): Promise<void> {
  while (await store.get('key').then(() => false, () => true)) await pause(20)
}

for (const [name, driver] of drivers) {
  const open = async (t: Test, url: string): Promise<Store> => {
    const store = await openRedis(url, {}, having({ [name]: driver }))
    t.teardown(() => store.close())
    return store
  }

  test(`${name}: what is written is there after the server restarted`, needsRedis(), async t => {
    const server = await startRedis({ persistent: true })
    t.teardown(() => server.stop())
    const store = await open(t, server.url)
    await store.set('key', 'value', end)
    t.equal((await store.get('key'))?.value, 'value')
    await server.restart()
    await eventually(store)
    t.equal((await store.get('key'))?.value, 'value')
  })

  test(`${name}: an application starts while the server is down, and works when it comes up`, needsRedis(), async t => {
    const server = await startRedis()
    t.teardown(() => server.stop())
    await server.kill()
    const store = await open(t, server.url)
    await t.rejects(store.get('key'))
    await server.restart()
    await eventually(store)
    t.type(await store.set('key', 'value', end), 'string')
  })

  test(`${name}: while the server is down operations fail, and none is made later`, needsRedis(), async t => {
    const server = await startRedis()
    t.teardown(() => server.stop())
    const store = await open(t, server.url)
    await store.get('key')
    await server.kill()
    const results = await Promise.allSettled(Array.from({ length: 100 }, (_, index) => store.set(`late${index}`, '', end)))
    t.same([...new Set(results.map(({ status }) => status))], ['rejected'])
    await server.restart()
    await eventually(store)
    const entries = await store.getMany(Array.from({ length: 100 }, (_, index) => `late${index}`))
    t.same(entries.filter(entry => entry !== undefined), [])
  })

  test(`${name}: an operation whose connection breaks fails, and is not sent again`, async t => {
    const sent: string[] = []
    const sockets: unknown[] = []
    const server = createServer(socket => {
      sockets.push(socket)
      socket.on('error', () => {})
      socket.on('data', bytes => {
        const text = String(bytes)
        if (/\r\nget\r\n/i.test(text)) {
          sent.push(text)
          socket.destroy()
          return
        }
        socket.write(text.replaceAll(/\*\d+\r\n(?:\$\d+\r\n[^\r]*\r\n)+/g, '+OK\r\n'))
      })
    }).listen(0, '127.0.0.1')
    await once(server, 'listening')
    t.teardown(() => { server.close() })
    const store = await open(t, `redis://127.0.0.1:${Object(server.address()).port}`)
    await t.rejects(store.get('key'))
    while (sockets.length < 2) await pause(20)
    await pause(50)
    t.equal(sent.length, 1)
  })

  test(`${name}: a local copy is closed with the store`, needsRedis(), async t => {
    const server = await startRedis()
    t.teardown(() => server.stop())
    const store = await openRedis(server.url, { localCopy: true }, having({ [name]: driver }))
    while (store.peek?.([]) === undefined) await pause(5)
    const admin = new ioRedis.Redis(server.url)
    t.teardown(() => admin.disconnect())
    const isTracking = async (): Promise<boolean> => / flags=\w*t/.test(String(await admin.client('LIST')))
    t.ok(await isTracking())
    await store.close()
    while (await isTracking()) await pause(5)
    t.equal(store.peek?.([]), undefined)
  })

  test(`${name}: a store can be closed while the server is down`, async t => {
    const store = await open(t, 'redis://127.0.0.1:1')
    await store.close()
    await t.rejects(store.get('key'))
  })
}

test('the packages themselves are found', async t => {
  const store = await openRedis('redis://127.0.0.1:1', {})
  await t.rejects(store.get('key'))
  await store.close()
})
