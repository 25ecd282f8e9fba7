import { fork, spawn } from 'node:child_process'
import { once } from 'node:events'
import { join } from 'node:path'
import { setTimeout as pause } from 'node:timers/promises'
import { Cluster, Redis } from 'ioredis'
import { createClient } from 'redis'
import { type Test, test } from 'tap'
import { ConfigurationError } from '../../../lib/errors.ts'
import type { RedisClient } from '../../../lib/stores/redis/client.ts'
import { type LocalCopyOptions, RedisStore } from '../../../lib/stores/redis/redis-store.ts'
import type { Entry } from '../../../lib/stores/store.ts'
import { storeContract } from '../../../lib/testing/store-contract.ts'
import { type RedisServer, type RedisServerOptions, startRedis } from '../../_redis.ts'
import { needsRedis } from '../../_services.ts'
import { type Proxy, startProxy } from './_proxy.ts'

type Make = (t: Test, url: string) => Promise<RedisClient>

const ioredis: Make = async (t, url) => {
  const client = new Redis(url, { enableAutoPipelining: true, keyPrefix: 'shop,é:' })
  client.on('error', () => {})
  t.teardown(() => client.disconnect())
  return client
}

const nodeRedis: Make = async (t, url) => {
  const client = createClient({ url })
  client.on('error', () => {})
  t.teardown(() => client.destroy())
  return await client.connect()
}

const drivers = [['ioredis', ioredis], ['node-redis', nodeRedis]] as const
const later = { expiresAt: Date.now() + 3_600_000 }

interface Setup {
  readonly server: RedisServer
  readonly proxy: Proxy
  readonly client: RedisClient
  /** Copies, and reads and tracks through the proxy. */
  readonly store: RedisStore
  /** Another process, as far as the first can tell. */
  readonly other: RedisStore
  readonly states: readonly string[]
}

async function setUp (t: Test, make: Make, options: LocalCopyOptions & RedisServerOptions = {}): Promise<Setup> {
  const server = await startRedis(options)
  t.teardown(() => server.stop())
  const proxy = await startProxy(t, server.port)
  const client = await make(t, proxy.url)
  const states: string[] = []
  const localCopy = { ...options, onChange (state: string, cause?: unknown) { states.push(`${state} ${cause}`) } }
  const store = new RedisStore(client, { localCopy })
  t.teardown(() => store.close())
  return { server, proxy, client, store, other: new RedisStore(await make(t, server.url)), states }
}

/** Asks until what is known can be told. */
async function untilSure (store: RedisStore): Promise<void> {
  while (store.peek([]) === undefined) await pause(5)
}

async function know (store: RedisStore, ...keys: readonly string[]): Promise<ReadonlyArray<Entry | undefined>> {
  while (true) {
    const known = store.peek(keys)
    if (known !== undefined) return known
    await store.getMany(keys)
    await pause(1)
  }
}

const isUnknown = (store: RedisStore, key: string): boolean => store.peek([key]) === undefined

/** As a request does. */
async function ask (store: RedisStore, key: string): Promise<string | undefined> {
  const [entry] = store.peek([key]) ?? await store.getMany([key])
  return entry?.value
}

for (const [name, make] of drivers) {
  test(`${name}: a store with a local copy keeps the contract, and knows what it has read`, needsRedis(), async t => {
    const server = await startRedis()
    t.teardown(() => server.stop())
    const client = await make(t, server.url)
    const stores: RedisStore[] = []
    t.teardown(async () => { for (const store of stores) await store.close() })
    const makeStore = async ({ now }: { now: () => number }): Promise<RedisStore> => {
      const store = new RedisStore(client, { now, localCopy: true })
      stores.push(store)
      await untilSure(store)
      return store
    }
    for (const { title, check } of storeContract(makeStore)) await t.test(title, check)
  })

  test(`${name}: what was read is known until it changes, whoever changes it`, needsRedis(), async t => {
    const { store, other, client } = await setUp(t, make)
    await other.set('key', 'first', later)
    t.match(await know(store, 'key', 'absent'), [{ value: 'first' }, undefined])
    const changes: ReadonlyArray<readonly [string | undefined, () => Promise<unknown>]> = [
      ['set', () => other.set('key', 'set', later)],
      ['replaced', async () => await other.replace('key', (await other.get('key'))?.version ?? '', 'replaced', later)],
      [undefined, () => other.take('key')],
      ['added', () => other.add('key', 'added', later)],
      [undefined, () => other.delete('key')],
      ['tagged', () => other.set('key', 'tagged', { ...later, tags: ['tag'] })]
    ]
    for (const [value, change] of changes) {
      await change()
      while (await ask(store, 'key') !== value) await pause(1)
      t.equal((await know(store, 'key'))[0]?.value, value)
    }
    const own = new RedisStore(client, { prefix: 'fastify-login:key:' })
    await own.set('key', 'of another store', later)
    await untilSure(store)
    t.match(store.peek(['key']), [{ value: 'tagged' }])
  })

  test(`${name}: our own change is true as soon as it is answered, even when the server is heard late`, needsRedis(), async t => {
    const { store, proxy } = await setUp(t, make)
    await know(store, 'key')
    proxy.tracking()[0]?.hold()
    const version = await store.set('key', '1', later)
    t.ok(isUnknown(store, 'key'))
    await store.getMany(['key'])
    const reader = proxy.connections.find(each => each !== proxy.tracking()[0])
    reader?.hold()
    const replacing = store.replace('key', version, '2', later)
    while (reader?.holdsAnswers() !== true) await pause(1)
    t.ok(isUnknown(store, 'key'), 'nor is the old known while it is asked for')
    reader.release()
    await replacing
    t.equal(await ask(store, 'key'), '2')
    t.equal(await store.take('key'), '2')
    t.equal(await ask(store, 'key'), undefined)
    await store.add('key', '3', later)
    t.equal(await ask(store, 'key'), '3')
    await store.delete('key')
    t.equal(await ask(store, 'key'), undefined)
  })

  test(`${name}: what was read while our own change was on its way is not kept`, needsRedis(), async t => {
    const { store, server, proxy } = await setUp(t, make)
    const version = await store.set('key', 'old', later)
    await untilSure(store)
    const admin = new Redis(server.url)
    t.teardown(() => admin.disconnect())
    await admin.script('FLUSH') // so that the change takes two commands
    const [tracking] = proxy.tracking()
    const reader = proxy.connections.find(each => each !== tracking)
    for (const connection of [tracking, reader]) connection?.hold()
    const replacing = store.replace('key', version, 'new', later)
    while (reader?.holdsAnswers() !== true) await pause(1)
    const reading = store.getMany(['key'])
    await pause(20)
    reader.release()
    t.match(await reading, [{ value: 'old' }])
    await replacing
    t.equal(await ask(store, 'key'), 'new')
  })

  test(`${name}: an answer that is overtaken by the news of its end is not kept`, needsRedis(), async t => {
    const { store, other, proxy } = await setUp(t, make)
    await other.set('key', 'old', later)
    await know(store, 'marker')
    const [reader] = proxy.connections
    reader?.hold()
    const reading = store.getMany(['key'])
    while (reader?.holdsAnswers() !== true) await pause(1)
    await other.delete('key')
    await other.set('marker', 'told', later)
    while (!isUnknown(store, 'marker')) await pause(1)
    reader.release()
    t.match(await reading, [{ value: 'old' }])
    t.ok(isUnknown(store, 'key'))
    t.equal(await ask(store, 'key'), undefined)
  })

  test(`${name}: a read that began before the tracking is not kept`, needsRedis(), async t => {
    const { store, other, proxy } = await setUp(t, make)
    await other.set('key', 'old', later)
    await store.getMany(['warm'])
    const [reader] = proxy.connections
    reader?.hold()
    const reading = store.getMany(['key'])
    while (reader?.holdsAnswers() !== true) await pause(1)
    store.peek([])
    while (proxy.tracking().length === 0) await pause(1)
    reader.release()
    await reading
    await untilSure(store)
    t.ok(isUnknown(store, 'key'))
  })

  test(`${name}: everything is forgotten when everything is gone`, needsRedis(), async t => {
    const { store, other, server } = await setUp(t, make)
    const admin = new Redis(server.url)
    t.teardown(() => admin.disconnect())
    for (const command of ['flushall', 'flushdb'] as const) {
      await other.set('key', 'value', later)
      await know(store, 'key', 'absent')
      await admin[command]()
      while (!isUnknown(store, 'absent')) await pause(1)
      t.equal(await ask(store, 'key'), undefined, command)
    }
    await know(store, 'key')
    await admin.script('FLUSH')
    await other.add('key', 'added', later)
    while (await ask(store, 'key') !== 'added') await pause(1)
  })

  test(`${name}: what a full server throws out is not known any more`, needsRedis(), async t => {
    const { store, other, server } = await setUp(t, make, { args: ['--maxmemory-policy', 'allkeys-random'] })
    const admin = new Redis(server.url)
    t.teardown(() => admin.disconnect())
    await other.set('key', 'value', later)
    await know(store, 'key')
    await admin.config('SET', 'maxmemory', '1')
    while (!isUnknown(store, 'key')) await pause(1)
    await admin.config('SET', 'maxmemory', '0')
    t.equal(await ask(store, 'key'), undefined)
  })

  test(`${name}: what ends is not told, whatever the server says`, needsRedis(), async t => {
    const { client, other } = await setUp(t, make)
    let now = Date.now()
    const store = new RedisStore(client, { now: () => now, localCopy: true })
    t.teardown(() => store.close())
    await other.set('key', 'value', later)
    await know(store, 'key')
    now = later.expiresAt - 1
    await untilSure(store)
    t.match(store.peek(['key']), [{ value: 'value' }])
    now = later.expiresAt
    t.same(store.peek(['key']), [undefined])
  })

  test(`${name}: a flood of keys pushes out what was read first, and no more is kept than was said`, needsRedis(), async t => {
    const { store } = await setUp(t, make, { bounds: { entries: 10, bytes: 1e6 } })
    await untilSure(store)
    const keys = Array.from({ length: 1000 }, (_, index) => `key${index}`)
    for (const key of keys) await store.getMany([key])
    await untilSure(store)
    t.same(keys.filter(key => !isUnknown(store, key)), keys.slice(-10))
  })

  test(`${name}: a server that is killed takes all with it at once, and one with other data is read anew`, needsRedis(), async t => {
    const { store, other, server, states } = await setUp(t, make)
    await other.set('key', 'value', later)
    await know(store, 'key')
    await server.kill()
    while (states.length === 0) await pause(1) // nobody asks meanwhile
    t.match(states[0], /^down /)
    t.ok(isUnknown(store, 'key'))
    await server.restart()
    await untilSure(store)
    t.ok(isUnknown(store, 'key'))
    t.equal(await ask(store, 'key'), undefined)
    t.equal(states.length, 2)
    t.match(states[1], /^up /)
  })

  test(`${name}: the connection that tracks is killed alone: all is forgotten, and it comes back`, needsRedis(), async t => {
    const { store, other, proxy, states } = await setUp(t, make)
    await other.set('key', 'value', later)
    await know(store, 'key')
    proxy.tracking()[0]?.reset()
    while (states.length === 0) await pause(1)
    t.ok(isUnknown(store, 'key'))
    await other.set('key', 'meanwhile', later)
    t.equal(await ask(store, 'key'), 'meanwhile', 'sessions go on')
    t.match(await know(store, 'key'), [{ value: 'meanwhile' }])
    t.equal(proxy.tracking().length, 2)
  })

  test(`${name}: the connection that reads is lost: all is forgotten, for another server may answer now`, needsRedis(), async t => {
    const { store, other, proxy, states } = await setUp(t, make)
    await other.set('key', 'value', later)
    await know(store, 'key')
    const [tracking] = proxy.tracking()
    proxy.connections.find(each => each !== tracking)?.reset()
    while (states.length === 0) await pause(1)
    t.match(states[0], /client lost its connection/)
    t.ok(isUnknown(store, 'key'))
    await know(store, 'key')
    t.equal(proxy.tracking().length, 2)
  })

  test(`${name}: a server that hangs is believed for no longer than a second`, needsRedis(), async t => {
    const { store, other, server, states } = await setUp(t, make)
    await other.set('key', 'value', later)
    await know(store, 'key')
    await server.pause()
    const end = performance.now() + 1000
    let at = 0
    while (states.length === 0 || at < end + 500) {
      at = performance.now() // it looks at its clock after us
      if (store.peek(['key']) !== undefined) t.ok(at < end, `believed at ${at - end}`)
      await pause(20)
    }
    server.resume()
    t.match(await know(store, 'key'), [{ value: 'value' }])
  })

  test(`${name}: a logout that is told to nobody holds within a second, and nobody is back after it`, needsRedis(), async t => {
    const { store, other, proxy } = await setUp(t, make)
    await other.set('key', 'value', later)
    await know(store, 'key')
    const [tracking] = proxy.tracking()
    tracking?.hold()
    const end = performance.now() + 1000
    await other.delete('key')
    let isOut = false
    while (proxy.tracking().length < 2 || !isOut) {
      const at = performance.now()
      const isIn = await ask(store, 'key') !== undefined
      if (isIn) t.notOk(isOut || at >= end, 'signed in again')
      isOut ||= !isIn
      await pause(5)
    }
    tracking?.release()
    t.same(await know(store, 'key'), [undefined])
  })

  test(`${name}: a process that was blocked asks before it believes`, needsRedis(), async t => {
    const { store, other } = await setUp(t, make)
    await other.set('key', 'value', later)
    await know(store, 'key')
    const block = (milliseconds: number): void => {
      for (const end = performance.now() + milliseconds; performance.now() < end;);
    }
    block(1000)
    t.ok(isUnknown(store, 'key'))
    await untilSure(store)
    t.match(store.peek(['key']), [{ value: 'value' }], 'nothing was missed meanwhile')
  })

  test(`${name}: an end in one process is seen in others that are under load, and stays seen`, needsRedis(), async t => {
    const { server } = await setUp(t, make)
    const client = name === 'ioredis' ? new Redis(server.url) : await createClient({ url: server.url }).connect()
    t.teardown(() => client instanceof Redis ? client.disconnect() : client.destroy())
    const store = new RedisStore(client)
    const names = ['session:{a}', 'generation:{a}', 'ended-login:a', 'ended-subject:a']
    const keys = Array.from({ length: 5 }, (_, index) => names.map(key => `${key}${index}`)).flat()
    for (const key of keys) if (key.startsWith('session')) await store.set(key, 'value', later)
    const children = [1, 2].map(() => startCopying(t, [server.url, name, ...keys]))
    for (const child of children) while (!child.messages.includes('copying')) await pause(10)
    for (const key of keys) {
      if (key.startsWith('session')) await store.delete(key)
      else await store.set(key, 'ended', later)
      const told = (message: unknown): boolean => Array.isArray(message) && message[0] === key
      for (const { messages } of children) while (!messages.some(told)) await pause(1)
    }
    await pause(50)
    for (const { messages } of children) {
      t.same(messages.map(String).filter(message => message.endsWith('back')), [])
      t.equal(messages.length, 1 + keys.length)
    }
  })
}

/** What such a process tells. */
function startCopying (t: Test, args: readonly string[]): { readonly messages: readonly unknown[] } {
  const child = fork(join(import.meta.dirname, '_copying-process.ts'), args, {
    execArgv: ['--import', join(import.meta.dirname, '../../_setup.js')]
  })
  const exit = once(child, 'exit')
  t.teardown(async () => {
    child.kill('SIGKILL')
    await exit
  })
  const messages: unknown[] = []
  child.on('message', message => { messages.push(message) })
  return { messages }
}

test('nothing is believed where the server tells of the keys of another place', needsRedis(), async t => {
  const { server, states } = await setUp(t, ioredis)
  const elsewhere = await startRedis()
  t.teardown(() => elsewhere.stop())
  const [client, stranger] = [new Redis(server.url), new Redis(elsewhere.url)]
  t.teardown(() => { for (const each of [client, stranger]) each.disconnect() })
  const mixed = Object.assign(client, { duplicate: stranger.duplicate.bind(stranger) })
  const told: unknown[] = []
  const store = new RedisStore(mixed, { localCopy: { onChange (...args) { told.push(args) } } })
  t.teardown(() => store.close())
  store.peek([])
  while (told.length === 0) {
    await store.getMany(['key'])
    t.ok(isUnknown(store, 'key'))
    await pause(20)
  }
  t.match(told, [['down', { message: /No answer/ }]])
  t.same(states, [])
})

test('where the server cannot track, or must not, sessions go on without the copy', needsRedis(), async t => {
  const refusals: ReadonlyArray<readonly [readonly string[], readonly string[]]> = [
    [['--rename-command', 'CLIENT', ''], []],
    [[], ['-client|tracking']],
    [[], ['-subscribe']],
    [[], ['resetchannels']]
  ]
  for (const [args, rights] of refusals) {
    const { store, server, states } = await setUp(t, ioredis, { args })
    const admin = new Redis(server.url)
    t.teardown(() => admin.disconnect())
    if (rights.length > 0) await admin.call('acl', 'setuser', 'default', ...rights)
    await store.set('key', 'value', later)
    while (states.length === 0) {
      t.equal(await ask(store, 'key'), 'value')
      await pause(5)
    }
    t.match(states, [/^down .*(NOPERM|unknown command|permission)/i], `${args} ${rights}`)
    t.equal(await ask(store, 'key'), 'value')
  }
})

test('a copy is refused where it cannot be', async t => {
  const cluster = new Cluster([{ port: 1 }], { lazyConnect: true })
  t.throws(() => new RedisStore(cluster, { localCopy: true }), ConfigurationError)
  t.ok(new RedisStore(cluster))
})

test('without a copy nothing is known, and no connection is made for it', needsRedis(), async t => {
  const { proxy } = await setUp(t, ioredis)
  const client = await ioredis(t, proxy.url)
  const store = new RedisStore(client)
  await store.getMany(['key'])
  t.equal(store.peek(['key']), undefined)
  t.same(proxy.tracking(), [])
})

test('what is closed knows nothing, and has let go of the connection and of the client', needsRedis(), async t => {
  const { store, client, proxy, states } = await setUp(t, ioredis)
  const listeners = (): number => client instanceof Redis ? client.listenerCount('close') : NaN
  const before = listeners()
  await know(store, 'key')
  await store.close()
  t.equal(listeners(), before - 1)
  t.ok(isUnknown(store, 'key'))
  await store.getMany(['key'])
  t.ok(isUnknown(store, 'key'))
  t.equal(proxy.tracking().length, 1)
  t.same(states, [])
})

test('nothing is sent while nobody asks', needsRedis(), async t => {
  const { store, server } = await setUp(t, ioredis)
  await know(store, 'key')
  await pause(50)
  t.same(await server.commandsDuring(() => pause(700)), [])
})

test('a process ends although its copy was never closed, when its client is', needsRedis(), async t => {
  const { server } = await setUp(t, ioredis)
  const program = `
    import { Redis } from 'ioredis'
    import { RedisStore } from ${JSON.stringify(join(import.meta.dirname, '../../../lib/stores/redis/redis-store.ts'))}
    const client = new Redis(${JSON.stringify(server.url)})
    const store = new RedisStore(client, { localCopy: true })
    while (store.peek([]) === undefined) await new Promise(resolve => { setTimeout(resolve, 5) })
    await client.quit()
  `
  const args = ['--import', join(import.meta.dirname, '../../_setup.js'), '--input-type=module', '-e', program]
  const child = spawn(process.execPath, args, { stdio: 'inherit' })
  t.teardown(() => child.kill('SIGKILL'))
  const [code] = await once(child, 'exit')
  t.equal(code, 0)
})
