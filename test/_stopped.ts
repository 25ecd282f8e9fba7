import { readdirSync, readFileSync } from 'node:fs'
import { setTimeout as wait } from 'node:timers/promises'

/** The state of each thread of a process, as Linux names it: `T` is stopped. */
function threadStates (pid: number): readonly string[] {
  const folder = `/proc/${pid}/task`
  return readdirSync(folder).map(thread => {
    const stat = readFileSync(`${folder}/${thread}/stat`, 'utf8')
    return stat.charAt(stat.lastIndexOf(')') + 2)
  })
}

function isStopped (pid: number): boolean {
  try {
    return threadStates(pid).every(state => state === 'T')
  } catch {
    return true // It has just ended, or this system does not tell.
  }
}

/** Waits for the threads of processes that were sent a SIGSTOP: a signal is sent sooner than it arrives. */
export async function untilStopped (pids: readonly number[]): Promise<void> {
  while (!pids.every(isStopped)) await wait(5)
}
