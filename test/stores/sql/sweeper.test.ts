import { test } from 'tap'
import { type SqlClient } from '../../../lib/stores/sql/client.ts'
import { SqlSweeper } from '../../../lib/stores/sql/sweeper.ts'
import { nameTables } from '../../../lib/stores/sql/tables.ts'
import { sqlite } from '../../../lib/stores/sql/sqlite-client.ts'

const HOUR = 3_600_000

function setUp (change: () => Promise<number> = async () => 0) {
  const seen: Array<readonly [text: string, parameters: readonly unknown[]]> = []
  const client: SqlClient = {
    dialect: sqlite,
    rows: async () => [],
    change: (text, parameters) => {
      seen.push([text, parameters])
      return change()
    },
    close: async () => {}
  }
  return { seen, sweeper: new SqlSweeper(client, nameTables('login', sqlite.quote)) }
}

test('both tables are swept of what ended an hour ago', async t => {
  const { seen, sweeper } = setUp()
  sweeper.sweepNowAndThen(5 * HOUR + 0.5)
  await sweeper.settle()
  t.match(seen, [
    [/^DELETE FROM "login" .* LIMIT 2000/, [4 * HOUR]],
    [/^DELETE FROM "login_tags" .* LIMIT 2000/, [4 * HOUR]]
  ])
})

test('it sweeps once a minute at most', async t => {
  const { seen, sweeper } = setUp()
  for (const seconds of [0, 1, 59.999, 60, 61, 119.999, 120]) {
    sweeper.sweepNowAndThen(HOUR + seconds * 1000)
    await sweeper.settle()
  }
  t.equal(seen.length / 2, 3)
})

test('nobody waits for a sweep but who settles', async t => {
  let end = () => {}
  const { seen, sweeper } = setUp(() => new Promise(resolve => { end = () => resolve(0) }))
  sweeper.sweepNowAndThen(HOUR)
  let isSettled = false
  const settled = sweeper.settle().then(() => { isSettled = true })
  await new Promise(resolve => setImmediate(resolve))
  t.equal(seen.length, 1)
  t.equal(isSettled, false)
  end()
  await new Promise(resolve => setImmediate(resolve))
  end()
  await settled
  t.equal(seen.length, 2)
})

test('a sweep that fails fails nothing else, and the next one sweeps', async t => {
  let isBroken = true
  const { seen, sweeper } = setUp(async () => {
    if (isBroken) throw new Error('no answer')
    return 0
  })
  sweeper.sweepNowAndThen(HOUR)
  await t.resolves(sweeper.settle())
  isBroken = false
  sweeper.sweepNowAndThen(2 * HOUR)
  await sweeper.settle()
  t.equal(seen.length, 3)
})
