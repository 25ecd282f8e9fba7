import { type ChildProcess, fork } from 'node:child_process'
import { once } from 'node:events'
import { join } from 'node:path'

interface Teardown { teardown (handler: () => Promise<unknown>): unknown }

/** A program that told where it listens. */
export interface ListeningProcess {
  readonly address: string
  readonly child: ChildProcess
}

/** Starts a program of the tests, which sends its address when it listens. It is killed at the end of the test. */
export async function startListening (
  t: Teardown, program: string, env: Readonly<Record<string, string>> = {}
): Promise<ListeningProcess> {
  const child = fork(program, {
    env: { ...process.env, ...env }, execArgv: ['--import', join(import.meta.dirname, '_setup.js')]
  })
  const exit = once(child, 'exit')
  t.teardown(async () => {
    child.kill('SIGKILL')
    await exit
  })
  const [address] = await Promise.race([once(child, 'message'), exit]) as [string]
  return { address, child }
}
