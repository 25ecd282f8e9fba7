import { setTimeout as pause } from 'node:timers/promises'
import { inspect } from 'node:util'
import { test } from 'tap'
import { Tracking } from '../../../lib/stores/redis/tracking.ts'
import type { TrackingListeners } from '../../../lib/stores/redis/tracking-connection.ts'
import { defer, type Deferred } from './_deferred.ts'

/** A connection that does what the test says. */
interface StandIn {
  readonly listeners: TrackingListeners
  /** How many pings wait for their answer. */
  readonly pings: Deferred[]
  readonly started: Deferred
  isClosed: boolean
}

function setUp ({ refusal }: { refusal?: Error } = {}) {
  const clock = { now: 1000 }
  const connections: StandIn[] = []
  const changes: Array<string | null> = []
  const states: unknown[] = []
  const written: string[] = []
  const tracking = new Tracking({
    open (listeners) {
      if (refusal !== undefined) throw refusal
      const connection: StandIn = { listeners, pings: [], started: defer(), isClosed: false }
      connections.push(connection)
      return {
        start: () => connection.started.promise,
        ping () {
          const ping = defer()
          connection.pings.push(ping)
          return ping.promise
        },
        close () { connection.isClosed = true }
      }
    },
    async write (key) { written.push(key) },
    prefix: 'app:',
    onChange (key) { changes.push(key) },
    onState (state, cause) { states.push(cause instanceof Error ? [state, cause.message.replace('Error: ', '')] : state) },
    now: () => clock.now
  })
  function last (): StandIn {
    const connection = connections.at(-1)
    if (connection === undefined) throw new Error('nothing was opened')
    return connection
  }
  /** Connects, and tells of the proof. */
  async function comeUp (): Promise<StandIn> {
    tracking.isSure()
    const connection = last()
    connection.started.resolve()
    await pause(0)
    connection.listeners.onChange([`app:${written.at(-1)}`])
    await pause(0)
    return connection
  }
  return { clock, connections, changes, states, written, tracking, last, comeUp }
}

test('it connects when somebody asks, and once', async t => {
  const { tracking, connections } = setUp()
  t.equal(connections.length, 0)
  t.notOk(tracking.isSure())
  t.notOk(tracking.isSure())
  t.equal(connections.length, 1)
})

test('it is not sure before a change of its own was told', async t => {
  const { tracking, last, written } = setUp()
  tracking.isSure()
  await pause(0)
  t.same(written, [], 'it writes when the server tracks')
  last().started.resolve()
  await pause(0)
  t.match(written, [/^tracking:[\w-]{16}$/])
  for (const told of [[], ['app:other'], null]) {
    last().listeners.onChange(told)
    await pause(0)
    t.notOk(tracking.isUp)
    t.notOk(tracking.isSure())
  }
  last().listeners.onChange(['app:other', `app:${written[0]}`])
  await pause(0)
  t.ok(tracking.isUp)
  t.ok(tracking.isSure())
})

test('each connection has a proof of its own', async t => {
  const { tracking, comeUp, clock, written } = setUp()
  await comeUp()
  tracking.restart(new Error('another server'))
  clock.now += 60_000
  const { listeners } = await comeUp()
  t.not(written[0], written[1])
  listeners.onLost(new Error('lost'))
  clock.now += 60_000
  tracking.isSure()
  listeners.onChange([`app:${written[1]}`])
  t.notOk(tracking.isUp)
})

test('what is told goes on without the prefix, also before the proof', async t => {
  const { tracking, last, changes } = setUp()
  tracking.isSure()
  last().listeners.onChange(['app:a', 'app:b'])
  last().listeners.onChange(null)
  t.same(changes, ['a', 'b', null])
})

test('a proof holds for less than a second, from when it was asked for', async t => {
  const { tracking, comeUp, clock } = setUp()
  const { pings } = await comeUp()
  clock.now += 999
  t.ok(tracking.isSure())
  clock.now += 1
  t.notOk(tracking.isSure())
  clock.now += 500
  pings[0]?.resolve()
  await pause(0)
  t.ok(tracking.isUp)
  t.ok(tracking.isSure(), 'it was asked for 501 milliseconds ago')
  t.equal(pings.length, 2, 'and the next one is due')
})

test('a proof that is answered late counts from when it was asked for', async t => {
  const { tracking, comeUp, clock } = setUp()
  const { pings } = await comeUp()
  clock.now += 300
  tracking.isSure()
  clock.now += 900
  pings[0]?.resolve()
  await pause(0)
  t.ok(tracking.isSure())
  clock.now += 100
  t.notOk(tracking.isSure())
})

test('it asks four times a second at most, one at a time, and never by itself', async t => {
  const { tracking, comeUp, clock } = setUp()
  const { pings } = await comeUp()
  clock.now += 249
  tracking.isSure()
  t.equal(pings.length, 0)
  clock.now += 1
  for (let index = 0; index < 3; index++) tracking.isSure()
  clock.now += 300
  tracking.isSure()
  t.equal(pings.length, 1)
  pings[0]?.resolve()
  await pause(400)
  t.equal(pings.length, 1)
  tracking.isSure()
  t.equal(pings.length, 2)
})

test('what was idle is sure again after one answer, and has forgotten nothing', async t => {
  const { tracking, comeUp, clock, changes } = setUp()
  const { pings } = await comeUp()
  changes.length = 0
  clock.now += 3_600_000
  t.notOk(tracking.isSure())
  pings[0]?.resolve()
  await pause(0)
  t.ok(tracking.isSure())
  t.same(changes, [])
})

test('a server that is silent for a second is lost', async t => {
  const { tracking, comeUp, clock, changes, states } = setUp()
  const connection = await comeUp()
  clock.now += 500
  tracking.isSure()
  while (!connection.isClosed) await pause(20)
  t.equal(changes.at(-1), null)
  t.notOk(tracking.isUp)
  t.match(states, [['down', /No answer/]])
})

test('a server that refuses a ping is lost', async t => {
  const { tracking, comeUp, clock, states } = setUp()
  const connection = await comeUp()
  clock.now += 500
  tracking.isSure()
  connection.pings[0]?.reject(new Error('NOPERM'))
  await pause(0)
  t.ok(connection.isClosed)
  t.same(states, [['down', 'NOPERM']])
})

test('a connection that is lost takes all with it at once', async t => {
  const { tracking, comeUp, changes } = setUp()
  const connection = await comeUp()
  connection.listeners.onLost(new Error('reset'))
  t.equal(changes.at(-1), null)
  t.ok(connection.isClosed)
  t.notOk(tracking.isUp)
  t.notOk(tracking.isSure())
})

test('who reads from another server now begins anew', async t => {
  const { tracking, comeUp, clock, changes, connections } = setUp()
  tracking.restart(new Error('nobody has asked yet'))
  t.same(changes, [])
  const connection = await comeUp()
  tracking.restart(new Error('another server'))
  t.equal(changes.at(-1), null)
  t.ok(connection.isClosed)
  clock.now += 200
  await comeUp()
  t.equal(connections.length, 2)
  t.ok(tracking.isSure())
})

test('what a connection tells after its end is not heard', async t => {
  const { tracking, comeUp, clock, changes, connections } = setUp()
  const first = await comeUp()
  clock.now += 500
  tracking.isSure()
  first.listeners.onLost(new Error('reset'))
  clock.now += 200
  const second = await comeUp()
  const heard = changes.length
  first.listeners.onChange(['app:a'])
  first.listeners.onLost(new Error('reset again'))
  first.pings[0]?.reject(new Error('closed'))
  await pause(0)
  t.equal(changes.length, heard)
  t.notOk(second.isClosed)
  t.ok(tracking.isSure())
  t.equal(connections.length, 2)
})

test('a connection that was lost before it was proved is not believed when it is', async t => {
  const { tracking, last, written, states } = setUp()
  tracking.isSure()
  const { listeners, started } = last()
  started.resolve()
  await pause(0)
  listeners.onChange([`app:${written[0]}`])
  listeners.onLost(new Error('reset'))
  await pause(0)
  t.notOk(tracking.isUp)
  t.notOk(tracking.isSure())
  t.same(states, [['down', 'reset']])
})

test('it waits longer after each failure, 10 seconds at most, and not long after a good time', async t => {
  const { tracking, comeUp, clock, connections, last } = setUp()
  async function delay (): Promise<number> {
    const [before, count] = [clock.now, connections.length]
    while (connections.length === count) {
      clock.now += 100
      tracking.isSure()
    }
    return clock.now - before
  }
  tracking.isSure()
  const delays: number[] = []
  for (let failure = 0; failure < 9; failure++) {
    last().started.reject(new Error('refused'))
    await pause(0)
    delays.push(await delay())
  }
  t.same(delays, [200, 400, 800, 1600, 3200, 6400, 10_000, 10_000, 10_000])
  const { listeners } = await comeUp()
  clock.now += 9_999
  listeners.onLost(new Error('soon'))
  t.equal(await delay(), 10_000)
  const good = await comeUp()
  clock.now += 10_000
  good.listeners.onLost(new Error('at last'))
  t.equal(await delay(), 100)
})

test('it says once that it is down, with the first reason, and once that it is up again', async t => {
  const { comeUp, clock, tracking, states, last } = setUp()
  await comeUp()
  t.same(states, [])
  last().listeners.onLost(new Error('first'))
  for (let failure = 0; failure < 3; failure++) {
    clock.now += 20_000
    tracking.isSure()
    last().listeners.onLost(new Error('further'))
  }
  clock.now += 20_000
  await comeUp()
  t.same(states, [['down', 'first'], 'up'])
})

test('a client that makes no connection, or throws, harms nobody', async t => {
  const { tracking, states } = setUp({ refusal: new Error('bad options') })
  t.notOk(tracking.isSure())
  await pause(0)
  t.same(states, [['down', 'bad options']])
})

test('what a client says of its own commands goes no further than its message', async t => {
  const told: unknown[] = []
  const refusal = Object.assign(new Error('WRONGPASS'), { command: { name: 'auth', args: ['a password'] } })
  const tracking = new Tracking({
    open () { throw refusal }, async write () {}, prefix: '', onChange () {}, onState (_state, cause) { told.push(cause) }
  })
  tracking.isSure()
  await pause(0)
  t.match(told, [{ message: 'Error: WRONGPASS' }])
  t.notMatch(inspect(told, { depth: 9 }), 'a password')
})

test('a connection that never comes is given up', async t => {
  const { tracking, last, states } = setUp()
  tracking.isSure()
  while (!last().isClosed) await pause(20)
  t.match(states, [['down', /No answer/]])
})

test('what is closed is not opened again', async t => {
  const { tracking, comeUp, clock, connections, changes, states } = setUp()
  const connection = await comeUp()
  tracking.close()
  t.ok(connection.isClosed)
  t.equal(changes.at(-1), null)
  connection.listeners.onLost(new Error('closed'))
  clock.now += 1e9
  t.notOk(tracking.isSure())
  t.notOk(tracking.isUp)
  t.equal(connections.length, 1)
  t.same(states, [])
  const unused = setUp()
  unused.tracking.close()
  t.notOk(unused.tracking.isSure())
  t.same(unused.connections, [])
})

test('without a clock of its own it goes by one that never goes back', async t => {
  const connection = { start: async () => {}, ping: async () => {}, close () {} }
  const told: TrackingListeners[] = []
  const tracking: Tracking = new Tracking({
    open (listeners) {
      told.push(listeners)
      return connection
    },
    async write (key) { told[0]?.onChange([`app:${key}`]) },
    prefix: 'app:',
    onChange () {},
    onState () {}
  })
  t.intercept(Date, 'now', { value: () => 0 })
  while (!tracking.isSure()) await pause(1)
  t.ok(tracking.isUp)
})
