import { type ChildProcess, fork } from 'node:child_process'
import { once } from 'node:events'
import { join } from 'node:path'
import { test, type Test } from 'tap'
import { startPostgres } from '../_postgres.ts'
import { startRedis } from '../_redis.ts'
import { needsPostgres, needsRedis } from '../_services.ts'

interface Outcome {
  readonly kid: string
  readonly published: readonly string[]
  readonly added: number
}

/** A process that has a store open, and asks for a key when it is told to. */
async function startProcess (t: Test, url: string): Promise<ChildProcess> {
  const child = fork(join(import.meta.dirname, '_keys-process.ts'), [url, 'x'.repeat(32)], {
    execArgv: ['--import', join(import.meta.dirname, '../_setup.js')]
  })
  const exit = once(child, 'exit')
  t.teardown(async () => {
    child.kill('SIGKILL')
    await exit
  })
  await Promise.race([once(child, 'message'), exit])
  return child
}

async function assertOneKey (t: Test, url: string): Promise<void> {
  const children = await Promise.all(Array.from({ length: 20 }, () => startProcess(t, url)))
  const answers = children.map(async child => {
    const [outcome] = await Promise.race([once(child, 'message'), once(child, 'exit')]) as [Outcome]
    return outcome
  })
  for (const child of children) child.send('go')
  const outcomes = await Promise.all(answers)
  t.equal(new Set(outcomes.map(({ kid }) => kid)).size, 1, 'all sign with one key')
  t.same(new Set(outcomes.flatMap(({ published }) => published)), new Set([outcomes[0]?.kid]), 'and publish no other')
  t.equal(outcomes.reduce((sum, { added }) => sum + added, 0), 1, 'which one of them tells of')
}

test('20 processes that start at once on an empty PostgreSQL end with one signing key', needsPostgres(), async t => {
  const { url } = await startPostgres(t)
  await assertOneKey(t, url)
})

test('so do 20 processes on an empty Redis', needsRedis(), async t => {
  const { url, stop } = await startRedis()
  t.teardown(stop)
  await assertOneKey(t, url)
})
