import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import { Cluster, Redis } from 'ioredis'
import { createClient, createClientPool, createCluster } from 'redis'
import { type Test, test } from 'tap'
import type { RedisClient } from '../../../lib/stores/redis/client.ts'
import { RedisStore } from '../../../lib/stores/redis/redis-store.ts'
import { createClock } from '../../../lib/testing/clock.ts'
import { storeContract } from '../../../lib/testing/store-contract.ts'
import { type RedisServer, startRedis, startRedisCluster } from '../../_redis.ts'
import { needsRedis } from '../../_services.ts'

type Teardown = (work: () => unknown) => void

/** Clients of one server or of a cluster, each as an application makes it. */
interface Driver {
  readonly name: string
  connect (place: { readonly url: string }, teardown: Teardown): Promise<RedisClient>
}

const ioredis: Driver = {
  name: 'ioredis',
  async connect ({ url }, teardown) {
    const client = new Redis(url)
    client.on('error', () => {})
    teardown(() => client.disconnect())
    return client
  }
}

const pipelining: Driver = {
  name: 'ioredis with automatic pipelining',
  async connect ({ url }, teardown) {
    const client = new Redis(url, { enableAutoPipelining: true, keyPrefix: 'app:' })
    teardown(() => client.disconnect())
    return client
  }
}

const nodeRedis: Driver = {
  name: 'node-redis',
  async connect ({ url }, teardown) {
    const client = createClient({ url })
    client.on('error', () => {})
    teardown(() => client.destroy())
    return await client.connect()
  }
}

const pool: Driver = {
  name: 'a pool of node-redis',
  async connect ({ url }, teardown) {
    const client = createClientPool({ url })
    teardown(() => client.destroy())
    await client.connect()
    return client
  }
}

const ioredisCluster: Driver = {
  name: 'a cluster of ioredis',
  async connect ({ url }, teardown) {
    const client = new Cluster([url])
    teardown(() => client.disconnect())
    return client
  }
}

const pipeliningCluster: Driver = {
  name: 'a cluster of ioredis with automatic pipelining',
  async connect ({ url }, teardown) {
    const client = new Cluster([url], { enableAutoPipelining: true })
    teardown(() => client.disconnect())
    return client
  }
}

const nodeRedisCluster: Driver = {
  name: 'a cluster of node-redis',
  async connect ({ url }, teardown) {
    const client = createCluster({ rootNodes: [{ url }] })
    client.on('error', () => {})
    teardown(() => client.destroy())
    await client.connect()
    return client
  }
}

async function keepContract (t: Test, client: RedisClient): Promise<void> {
  const cases = storeContract(({ now }) => new RedisStore(client, { now }))
  for (const { title, check } of cases) await t.test(title, check)
}

for (const { name, connect } of [ioredis, pipelining, nodeRedis, pool]) {
  test(`${name} keeps the contract of a store`, needsRedis(), async t => {
    const server = await startRedis()
    t.teardown(() => server.stop())
    const client = await connect(server, t.teardown)
    await keepContract(t, client)
  })
}

for (const { name, connect } of [ioredis, nodeRedis]) {
  test(`${name} finds a server again that was restarted`, needsRedis(), async t => {
    const server = await startRedis()
    t.teardown(() => server.stop())
    const client = await connect(server, t.teardown)
    const cases = storeContract(({ now }) => new RedisStore(client, { now }), { restart: () => server.restart() })
    for (const { title, check } of cases.filter(({ title }) => title.includes('restart'))) await t.test(title, check)
  })
}

test('a cluster keeps the contract of a store', needsRedis(), async t => {
  const cluster = await startRedisCluster()
  t.teardown(() => cluster.stop())
  for (const { name, connect } of [ioredisCluster, pipeliningCluster, nodeRedisCluster]) {
    await t.test(`through ${name}`, async t => {
      const client = await connect(cluster, t.teardown)
      await keepContract(t, client)
    })
  }

  await t.test('keys with one {part in braces} are read with one command, others each from its server', async t => {
    for (const { connect } of [ioredisCluster, nodeRedisCluster]) {
      const store = new RedisStore(await connect(cluster, t.teardown))
      const commandsFor = async (keys: readonly string[]) => {
        const lists: string[] = []
        let work = async (): Promise<void> => { await store.getMany(keys) }
        for (const each of cluster.servers) {
          const inner = work
          work = async () => { lists.push(...await each.commandsDuring(inner)) }
        }
        await work()
        return lists.filter(command => command === 'get' || command === 'mget').sort()
      }
      await store.get('{a}')
      t.same(await commandsFor(['x:{alice}', 'y:{alice}', 'z:{alice}:{bob}']), ['mget'])
      t.same(await commandsFor(['x:{alice}', 'y:{bob}', 'x:{carol}']), ['get', 'get', 'get'])
      t.same(await commandsFor(['x{}', 'x{}']), ['mget'])
    }
  })
})

interface Setup {
  readonly server: RedisServer
  readonly client: Redis
  readonly store: RedisStore
  readonly later: { readonly expiresAt: number }
}

async function setUp (t: { teardown: Teardown }, args: readonly string[] = []): Promise<Setup> {
  const server = await startRedis({ args })
  t.teardown(() => server.stop())
  const client = new Redis(server.url)
  t.teardown(() => client.disconnect())
  return { server, client, store: new RedisStore(client), later: { expiresAt: Date.now() + 3_600_000 } }
}

test('every operation without tags is one command', needsRedis(), async t => {
  const server = await startRedis()
  t.teardown(() => server.stop())
  const later = { expiresAt: Date.now() + 3_600_000 }
  for (const { name, connect } of [ioredis, nodeRedis]) {
    const store = new RedisStore(await connect(server, t.teardown))
    for (const operation of ['add', 'take', 'delete'] as const) await store[operation]('warm', 'x', later) // it knows the scripts
    const version = await store.set('key', 'value', later)
    const commands = await server.commandsDuring(async () => {
      await store.get('key')
      await store.getMany(['key', 'other', 'third'])
      await store.add('key', 'value', later)
      await store.replace('key', version, 'value', later)
      await store.set('key', 'value', later)
      await store.take('key')
      await store.delete('key')
      await store.getMany([])
    })
    t.same(commands.filter(command => command !== 'client'),
      ['get', 'mget', 'evalsha', 'evalsha', 'set', 'evalsha', 'evalsha'], name)
  }
})

test('works on where the server has forgotten the scripts', needsRedis(), async t => {
  const { client, store, server, later } = await setUp(t)
  t.not(await store.add('a', 'first', { ...later, tags: ['x'] }), undefined)
  await client.script('FLUSH')
  t.not(await store.add('b', 'first', { ...later, tags: ['x'] }), undefined)
  t.same([...await store.keys('x')].sort(), ['a', 'b'])
  await client.script('FLUSH')
  const commands = await server.commandsDuring(async () => {
    t.equal(await store.take('b'), 'first')
    t.equal(await store.take('a'), 'first')
  })
  t.same(commands, ['evalsha', 'eval', 'evalsha'], 'after one failure the server knows the script again')
})

test('all keys begin with the prefix, and stores with other prefixes do not meet', needsRedis(), async t => {
  const { client, store, later } = await setUp(t)
  const other = new RedisStore(client, { prefix: 'other:' })
  await store.set('key', 'mine', { ...later, tags: ['tag'] })
  t.equal(await other.get('key'), undefined)
  t.same(await other.keys('tag'), [])
  await other.set('key', 'theirs', { ...later, tags: ['tag'] })
  t.match(await store.get('key'), { value: 'mine' })
  t.same((await client.keys('*')).sort(),
    ['fastify-login:key:key', 'fastify-login:tag:tag', 'other:key:key', 'other:tag:tag'])
})

test('a key and a tag never meet, whatever they are called', needsRedis(), async t => {
  const { client, later } = await setUp(t)
  const [outer, inner] = [new RedisStore(client, { prefix: '' }), new RedisStore(client, { prefix: 'key:' })]
  await outer.set('tag:a', 'value', { ...later, tags: ['tag:a', 'a'] })
  t.match(await outer.get('tag:a'), { value: 'value' })
  t.same(await outer.keys('a'), ['tag:a'])
  t.equal(await inner.get('a'), undefined)
})

test('the server ends a value by itself, whatever the clock of the application says', needsRedis(), async t => {
  const { client } = await setUp(t)
  for (const year of [1990, 2090]) {
    const clock = createClock(Date.UTC(year))
    const store = new RedisStore(client, { now: clock.now })
    await store.set('key', 'value', { expiresAt: clock.now() + 60_000.5, tags: ['tag'] })
    for (const key of ['fastify-login:key:key', 'fastify-login:tag:tag']) {
      const life = await client.pttl(key)
      t.ok(life > 0 && life <= 60_002, `${key} lives ${life} ms`)
    }
    t.match(await store.get('key'), { value: 'value', expiresAt: clock.now() + 60_000.5 })
    await store.replace('key', (await store.get('key'))?.version ?? '', 'value', { expiresAt: clock.now() + 3_600_000 })
    t.ok(await client.pttl('fastify-login:key:key') > 60_002, 'a later write prolongs')
    await client.flushall()
  }
})

test('a value that ends at once leaves nothing at the server', needsRedis(), async t => {
  const { client, store, later } = await setUp(t)
  const past = { expiresAt: Date.now() - 1, tags: ['tag'] }
  await store.set('set', 'value', later)
  await store.set('set', 'value', past)
  await store.add('added', 'value', past)
  const version = await store.set('replaced', 'value', later)
  await store.replace('replaced', version, 'value', past)
  t.same(await client.keys('*'), [])
})

test('an end that is no number is refused, and harms nothing', needsRedis(), async t => {
  const { store, later } = await setUp(t)
  const version = await store.set('key', 'value', later)
  for (const expiresAt of [NaN, Infinity]) {
    await t.rejects(store.set('key', 'x', { expiresAt }))
    await t.rejects(store.replace('key', version, 'x', { expiresAt }))
    await t.rejects(store.add('other', 'x', { expiresAt }))
  }
  t.match(await store.get('key'), { value: 'value', version })
  t.equal(await store.get('other'), undefined)
})

test('what a client sends twice because it lost its connection counts once', needsRedis(), async t => {
  const { client, later } = await setUp(t)
  const twice = new RedisStore({
    isCluster: false,
    async call (command, ...args) {
      await client.call(command, ...args)
      return await client.call(command, ...args)
    }
  })
  await new RedisStore(client).add('warm', '', later) // the server knows the script
  const version = await twice.add('key', 'value', later)
  t.match(await twice.get('key'), { value: 'value', version })
  const next = await twice.replace('key', version ?? '', 'next', later)
  t.match(await twice.get('key'), { value: 'next', version: next })
  t.type(next, 'string')
})

test('a tag lets go of what was deleted when it is read, and of what ended when it is written', needsRedis(), async t => {
  const { client, store, later } = await setUp(t)
  const members = async (): Promise<string[]> => (await client.zrange('fastify-login:tag:tag', 0, '-1')).sort()
  for (const key of ['a', 'b', 'c']) await store.set(key, '', { ...later, tags: ['tag'] })
  await store.delete('a')
  await store.set('b', '', later)
  t.same(await members(), ['a', 'b', 'c'])
  t.same(await store.keys('tag'), ['c'])
  t.same(await members(), ['c'])
  await client.zadd('fastify-login:tag:tag', 'XX', '1', 'c')
  await store.set('d', '', { ...later, tags: ['tag'] })
  t.same(await members(), ['d'])
})

test('a tag does not let go of a key whose record comes while it is read', needsRedis(), async t => {
  const { client, later } = await setUp(t)
  const store = new RedisStore(client)
  const reader = new RedisStore({
    isCluster: false,
    async call (command, ...args) {
      const reply = await client.call(command, ...args)
      if (command === 'mget') await store.set('key', 'value', { ...later, tags: ['tag'] })
      return reply
    }
  })
  await client.zadd('fastify-login:tag:tag', String(Date.now() + 60_000), 'key') // as a writer does before it writes
  t.same(await reader.keys('tag'), [])
  t.same(await store.keys('tag'), ['key'])
})

test('a writer names its key again, should a reader have let go of it before there was a record', needsRedis(), async t => {
  const { client, later } = await setUp(t)
  const reader = new RedisStore(client)
  const writer = new RedisStore({
    isCluster: false,
    async call (command, ...args) {
      if (command === 'set') t.same(await reader.keys('tag'), [])
      return await client.call(command, ...args)
    }
  })
  await writer.set('key', 'value', { ...later, tags: ['tag'] })
  t.same(await reader.keys('tag'), ['key'])
})

test('what has ended only by the clock of one reader stays in its tag for the others', needsRedis(), async t => {
  const { client, store, later } = await setUp(t)
  const ahead = new RedisStore(client, { now: () => Date.now() + 7_200_000 })
  await store.set('key', 'value', { ...later, tags: ['tag'] })
  t.same(await ahead.keys('tag'), [])
  t.same(await store.keys('tag'), ['key'])
})

test('a refused write with a nearer end leaves a tag as long as it was', needsRedis(), async t => {
  const { client, store, later } = await setUp(t)
  await store.set('key', 'value', { ...later, tags: ['tag'] })
  const before = Number(await client.zscore('fastify-login:tag:tag', 'key'))
  await store.add('key', 'value', { expiresAt: Date.now() + 1000, tags: ['tag'] })
  t.ok(Number(await client.zscore('fastify-login:tag:tag', 'key')) >= before)
  t.ok(await client.pttl('fastify-login:tag:tag') > 3_000_000)
})

test('a text that the store has not written is an error, and stays', needsRedis(), async t => {
  const { client, store } = await setUp(t)
  await client.set('fastify-login:key:key', 'foreign')
  await t.rejects(store.get('key'), { message: 'Redis holds a text that no RedisStore has written' })
  t.equal(await client.get('fastify-login:key:key'), 'foreign')
})

test('errors of the server and of the client reject', needsRedis(), async t => {
  const { client, store, later } = await setUp(t, ['--maxmemory', '1'])
  await t.rejects(store.set('key', 'value', later), { message: /^OOM/ })
  await t.rejects(store.add('key', 'value', later), { message: /OOM/ })
  client.disconnect()
  await t.rejects(store.get('key'), { message: /closed/i })
  await t.rejects(store.keys('tag'), { message: /closed/i })
})

test('closing the store leaves the client open', needsRedis(), async t => {
  const { client, store } = await setUp(t)
  await store.close()
  t.equal(await client.ping(), 'PONG')
})

test('where the server writes everything down a value outlives a power cut', needsRedis(), async t => {
  const server = await startRedis({ persistent: true })
  t.teardown(() => server.stop())
  const store = new RedisStore(await ioredis.connect(server, t.teardown))
  const later = { expiresAt: Date.now() + 3_600_000 }
  const version = await store.set('key', 'value', { ...later, tags: ['tag'] })
  await server.kill()
  await server.restart()
  t.same(await store.get('key'), { value: 'value', version, ...later })
  t.same(await store.keys('tag'), ['key'])
})

test('a server that hangs is waited for', needsRedis(), async t => {
  const { server, store, later } = await setUp(t)
  await store.set('key', 'value', later)
  await server.pause()
  const reading = store.get('key')
  server.resume()
  t.match(await reading, { value: 'value' })
})

test('everything that the server holds can be seen', needsRedis(), async t => {
  const { server, store, later } = await setUp(t)
  await store.set('the key', 'the value', { ...later, tags: ['the tag'] })
  const dump = await server.dump()
  for (const text of ['the key', 'the value', 'the tag']) t.ok(dump.includes(text), text)
  t.notOk(dump.includes('the other'))
})

/** The user of the guide, with what a client needs to connect. */
function readGuide () {
  const guide = readFileSync(join(import.meta.dirname, '../../../docs/guides/redis.md'), 'utf8')
  const [, rule = '', rights = ''] = /^ACL (SETUSER login .* nocommands (.*))$/m.exec(guide) ?? []
  const [, connecting = ''] = /needs `([^`]+)` beside them to connect/.exec(guide) ?? []
  return { rule: [...rule.split(' '), ...connecting.split(' ')], rights: rights.split(' ') }
}

test('the rights that the guide names are enough', needsRedis(), async t => {
  const { client, server } = await setUp(t)
  await client.call('acl', ...readGuide().rule)
  const url = server.url.replace('//', '//login:password@')
  for (const { connect } of [ioredis, nodeRedis]) await keepContract(t, await connect({ url }, t.teardown))
})

test('each of the rights that the guide names is needed', needsRedis(), async t => {
  const { client, server, later } = await setUp(t)
  const { rule, rights } = readGuide()
  await client.call('acl', ...rule)
  const url = server.url.replace('//', '//login:password@')
  const store = new RedisStore(await ioredis.connect({ url }, t.teardown))
  async function useAll (): Promise<void> {
    await client.script('FLUSH')
    await store.set('key', 'value', { ...later, tags: ['tag'] })
    await store.add('other', 'value', { ...later, tags: ['tag'] })
    await store.getMany(['key', 'other'])
    await store.take('other')
    await store.keys('tag')
    await store.delete('key')
    await store.get('key')
  }
  await useAll()
  t.equal(rights.length, 15)
  for (const right of rights) {
    await client.call('acl', 'setuser', 'login', right.replace('+', '-'))
    await t.rejects(useAll(), { message: /permission|can't run this command/ }, right)
    await client.call('acl', 'setuser', 'login', right)
  }
})

test('a server that is a cluster by itself is read key by key where keys are of several slots, by a client that knows nothing of it', needsRedis(), async t => {
  const server = await startRedis({ args: ['--cluster-enabled', 'yes'] })
  t.teardown(() => server.stop())
  const client = new Redis(server.url)
  t.teardown(() => client.disconnect())
  await client.call('CLUSTER', 'ADDSLOTSRANGE', '0', '16383')
  while (!String(await client.call('CLUSTER', 'INFO')).includes('cluster_state:ok')) await new Promise(resolve => setTimeout(resolve, 20))
  const store = new RedisStore(client)
  const end = { expiresAt: Date.now() + 60_000 }
  for (const key of ['a', 'b']) await store.set(key, key, end)
  const values = (await store.getMany(['a', 'none', 'b'])).map(entry => entry?.value)
  t.same(values, ['a', undefined, 'b'])
})
