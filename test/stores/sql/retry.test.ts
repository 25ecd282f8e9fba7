import { test } from 'tap'
import { postgresql } from '../../../lib/stores/sql/postgresql-client.ts'
import { type SqlClient } from '../../../lib/stores/sql/client.ts'
import { retrying } from '../../../lib/stores/sql/retry.ts'

/** A client that fails so often with a code before it answers. */
function failing (times: number, code: string) {
  const calls: unknown[] = []
  async function run <Answer> (answer: Answer, ...args: unknown[]): Promise<Answer> {
    calls.push(args)
    if (calls.length <= times) throw Object.assign(new Error(`failed ${calls.length}`), { code })
    return answer
  }
  const client: SqlClient = {
    dialect: postgresql,
    rows: (...args) => run([{ a: 1 }], ...args),
    change: (...args) => run(2, ...args),
    close: () => run(undefined, 'close')
  }
  return { calls, client: retrying(client) }
}

test('what lost to others is tried again, as it was', async t => {
  for (const code of ['40001', '40P01', '23505', '42P07']) {
    const { client, calls } = failing(2, code)
    t.same(await client.rows('SELECT', [1]), [{ a: 1 }])
    t.same(calls, Array(3).fill(['SELECT', [1]]))
  }
  const { client, calls } = failing(1, '40001')
  t.equal(await client.change('DELETE', [1]), 2)
  t.equal(calls.length, 2)
})

test('after eight attempts it fails with the last error', async t => {
  const { client, calls } = failing(100, '40001')
  await t.rejects(client.change('DELETE', []), { message: 'failed 8' })
  t.equal(calls.length, 8)
})

test('what may have happened is not tried again', async t => {
  for (const code of ['ECONNRESET', '22001', '57014']) {
    const { client, calls } = failing(1, code)
    await t.rejects(client.change('DELETE', []), { message: 'failed 1' })
    t.equal(calls.length, 1)
  }
})

test('closing goes through', async t => {
  const { client, calls } = failing(0, '')
  await client.close()
  t.same(calls, [['close']])
})
