import { readdirSync, readFileSync } from 'node:fs'
import { setTimeout as wait } from 'node:timers/promises'

/** The state in a `stat` file of Linux: `T` is stopped, `Z` has ended and was not asked about yet. */
function stateIn (file: string): string {
  const stat = readFileSync(file, 'utf8')
  return stat.charAt(stat.lastIndexOf(')') + 2)
}

/** The state of each thread of a process. */
function threadStates (pid: number): readonly string[] {
  const folder = `/proc/${pid}/task`
  return readdirSync(folder).map(thread => stateIn(`${folder}/${thread}/stat`))
}

function isStopped (pid: number): boolean {
  try {
    // One that has ended stays a zombie for as long as its paused parent cannot ask about it.
    return threadStates(pid).every(state => state === 'T' || state === 'Z')
  } catch {
    return true // It has just ended, or this system does not tell.
  }
}

/** Waits for the threads of processes that were sent a SIGSTOP: a signal is sent sooner than it arrives. */
export async function untilStopped (pids: readonly number[]): Promise<void> {
  while (!pids.every(isStopped)) await wait(5)
}

function hasEnded (pid: number): boolean {
  try {
    return stateIn(`/proc/${pid}/stat`) === 'Z'
  } catch {
    return true
  }
}

/** Waits for processes that were sent a SIGKILL, also where they are nobody's children any more. */
export async function untilEnded (pids: readonly number[]): Promise<void> {
  while (!pids.every(hasEnded)) await wait(5)
}

/** Nothing for a process that has ended, also while it is looked at. */
function childrenOf (pid: number): string {
  try {
    return readFileSync(`/proc/${pid}/task/${pid}/children`, 'utf8')
  } catch {
    return ''
  }
}

/** Processes that a process started, and those that they started; none where the system does not tell. */
export function descendantsOf (pid: number): readonly number[] {
  const children = childrenOf(pid).split(' ').filter(text => text !== '').map(Number)
  return children.flatMap(child => [child, ...descendantsOf(child)])
}
