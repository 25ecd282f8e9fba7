import { test } from 'tap'
import { ConfigurationError } from '../../../lib/errors.ts'
import { connect, type RedisClient } from '../../../lib/stores/redis/client.ts'

function record () {
  const calls: unknown[][] = []
  return { calls, answer: async (...args: unknown[]) => { calls.push(args) } }
}

test('ioredis is called with a command and its arguments', async t => {
  for (const isCluster of [true, false]) {
    const { calls, answer } = record()
    const connection = connect({ isCluster, call: answer })
    await connection.send('key', 'set', 'key', 'value')
    t.same(calls, [['set', 'key', 'value']])
    t.equal(connection.isCluster, isCluster)
  }
})

test('a client of node-redis gets a list', async t => {
  const { calls, answer } = record()
  const connection = connect({ sendCommand: answer })
  await connection.send('key', 'set', 'key', 'value')
  t.same(calls, [[['set', 'key', 'value']]])
  t.equal(connection.isCluster, false)
})

test('a cluster of node-redis is told the key, and never to ask a replica', async t => {
  const { calls, answer } = record()
  const connection = connect({ masters: [], sendCommand: answer })
  await connection.send('key', 'get', 'key')
  t.same(calls, [['key', false, ['get', 'key']]])
  t.equal(connection.isCluster, true)
})

test('what is no client that is known is refused', async t => {
  const strangers: readonly unknown[] = [undefined, null, 'redis://localhost', {}, { get () {} }, { sendCommand () {}, getSentinelNode () {} }]
  for (const stranger of strangers) t.throws(() => connect(stranger as RedisClient), ConfigurationError)
})
