import { setTimeout as pause } from 'node:timers/promises'
import { Cluster, Redis } from 'ioredis'
import { createClient, createClientPool, createCluster } from 'redis'
import { type Test, test } from 'tap'
import { ConfigurationError } from '../../../lib/errors.ts'
import type { RedisClient } from '../../../lib/stores/redis/client.ts'
import { trackedClient } from '../../../lib/stores/redis/tracking-connection.ts'
import { startRedis } from '../../_redis.ts'
import { needsRedis } from '../../_services.ts'
import { startProxy } from './_proxy.ts'

type Make = (t: Test, url: string) => Promise<RedisClient>

const ioredis: Make = async (t, url) => {
  const client = new Redis(url, { socketTimeout: 100, replyMapping: 'resp3' })
  client.on('error', () => {})
  t.teardown(() => client.disconnect())
  return client
}

const nodeRedis: Make = async (t, url) => {
  const client = createClient({ url, emitInvalidate: true })
  client.on('error', () => {})
  t.teardown(() => client.destroy())
  return await client.connect()
}

const drivers = [['ioredis', ioredis], ['node-redis', nodeRedis]] as const

/** A connection of its own, with what it heard. */
async function open (t: Test, client: RedisClient) {
  const told: Array<readonly string[] | null> = []
  const losses: unknown[] = []
  const connection = trackedClient(client).open({
    onChange (names) { told.push(names) }, onLost (cause) { losses.push(cause) }
  })
  t.teardown(() => connection.close())
  return { connection, told, losses }
}

async function setUp (t: Test, make: Make) {
  const server = await startRedis()
  t.teardown(() => server.stop())
  const other = new Redis(server.url)
  t.teardown(() => other.disconnect())
  const proxy = await startProxy(t, server.port)
  const client = await make(t, proxy.url)
  return { server, other, proxy, client, ...await open(t, client) }
}

for (const [name, make] of drivers) {
  test(`${name} hears of each change of a key with the prefix, and of no other`, needsRedis(), async t => {
    for (const prefix of ['app:', 'a,b é:', '*{x}[', '']) {
      const { connection, told, other } = await setUp(t, make)
      await connection.start(prefix)
      await other.set(`${prefix}a`, '1')
      await other.multi().set(`${prefix}b,c`, '1').del(`${prefix}a`).exec()
      await other.set('other', '1')
      await connection.ping()
      const names = new Set(told.flat())
      t.same([...names].sort(), [`${prefix}a`, `${prefix}b,c`, ...prefix === '' ? ['other'] : []].sort(), prefix)
      connection.close()
    }
  })

  test(`${name} hears of what the server ends by itself, and of the end of everything`, needsRedis(), async t => {
    const { connection, told, other } = await setUp(t, make)
    await other.set('app:a', '1', 'PX', 5)
    await connection.start('app:')
    while (told.length === 0) await pause(5)
    t.same(told, [['app:a']])
    for (const flush of ['flushall', 'flushdb'] as const) {
      told.length = 0
      await other[flush]()
      while (told.length === 0) await pause(5)
      t.same(told, [null], flush)
    }
  })

  test(`${name} hears of changes whose message comes in pieces`, needsRedis(), async t => {
    const { connection, told, other, proxy } = await setUp(t, make)
    await connection.start('app:')
    proxy.split(3)
    await other.mset('app:first', '1', 'app:é', '1')
    await connection.ping()
    t.same(told.flat().sort(), ['app:first', 'app:é'])
  })

  test(`${name} hears more than 10,000 changes in one message`, needsRedis(), async t => {
    const { connection, told, other } = await setUp(t, make)
    await connection.start('app:')
    const names = Array.from({ length: 12_000 }, (_, index) => `app:${index}`)
    await other.mset(new Map(names.map(name => [name, ''])))
    await connection.ping()
    t.same(told.flat().sort(), names.sort())
  })

  test(`${name} tells when the connection is lost, and does not connect again`, needsRedis(), async t => {
    const { connection, losses, proxy } = await setUp(t, make)
    await connection.start('app:')
    const count = proxy.connections.length
    proxy.tracking()[0]?.reset()
    while (losses.length === 0) await pause(5)
    t.ok(losses[0] instanceof Error)
    connection.close()
    await pause(300)
    t.equal(proxy.connections.length, count)
    await t.rejects(connection.ping())
  })

  test(`${name}: a connection that is reset while it asks fails`, needsRedis(), async t => {
    for (const moment of ['tracking', '__redis__:invalidate']) {
      const { connection, losses, proxy } = await setUp(t, make)
      proxy.resetAt(moment)
      const failing = connection.start('app:')
      failing.catch(() => {})
      while (losses.length === 0) await pause(5)
      connection.close()
      await t.rejects(failing, Error, moment)
    }
  })

  test(`${name}: a server that refuses to track says why`, needsRedis(), async t => {
    for (const [right, message] of [['-client|tracking', /client\|tracking/], ['resetchannels', /channel/]] as const) {
      const { connection, other } = await setUp(t, make)
      await other.call('acl', 'setuser', 'default', right)
      await t.rejects(connection.start('app:'), { message }, right)
      connection.close()
    }
  })

  test(`${name} closes as often as it is told, whatever has become of it`, needsRedis(), async t => {
    const { connection, server, client } = await setUp(t, make)
    const never = await open(t, client)
    never.connection.close()
    await connection.start('app:')
    for (let times = 0; times < 2; times++) connection.close()
    await pause(0)
    await server.kill()
    const late = await open(t, client)
    late.connection.start('app:').catch(() => {})
    while (late.losses.length === 0) await pause(5)
    late.connection.close()
    await pause(0)
  })

  test(`${name} hears of the end of a connection of the client, until it is told not to listen`, needsRedis(), async t => {
    const { client, proxy } = await setUp(t, make)
    const losses: string[] = []
    const stop = trackedClient(client).onLost(() => { losses.push('lost') })
    while (!proxy.connections[0]?.sent().length) await pause(5)
    proxy.connections[0]?.reset()
    while (losses.length === 0) await pause(5)
    stop()
    const before = losses.length
    while (proxy.connections.length < 2) await pause(5)
    proxy.connections[1]?.reset()
    while (proxy.connections.length < 3) await pause(5)
    t.equal(losses.length, before)
  })
}

test('ioredis puts its prefix before that of the store, node-redis none', async t => {
  const lazy = { lazyConnect: true }
  t.equal(trackedClient(new Redis({ ...lazy, keyPrefix: 'app:' })).keyPrefix, 'app:')
  t.equal(trackedClient(new Redis(lazy)).keyPrefix, '')
  t.equal(trackedClient(createClient()).keyPrefix, '')
  const bare = { isCluster: false, async call () {}, duplicate () {}, on () {}, off () {} }
  t.equal(trackedClient(bare).keyPrefix, '')
})

test('a client of node-redis 4 is disconnected', async t => {
  const calls: string[] = []
  for (const tracker of [{ async disconnect () { calls.push('disconnect') } }, {}]) {
    const client = { async sendCommand () {}, on () {}, off () {}, duplicate: () => ({ on () {}, ...tracker }) }
    trackedClient(client).open({ onChange () {}, onLost () {} }).close()
  }
  t.same(calls, ['disconnect'])
})

test('clusters, pools and what makes no connection like its own are refused', async t => {
  const lazy = { lazyConnect: true }
  const strangers: ReadonlyArray<RedisClient> = [
    new Cluster([{ port: 1 }], lazy),
    createCluster({ rootNodes: [{}] }),
    createClientPool(),
    { isCluster: false, async call () {} },
    { async sendCommand () {} }
  ]
  for (const stranger of strangers) {
    t.throws(() => trackedClient(stranger), ConfigurationError)
    t.throws(() => trackedClient(stranger), { message: /"localCopy".*one server/ })
  }
})
