import { randomUUID } from 'node:crypto'
import { type FileHandle, open, rm, writeFile } from 'node:fs/promises'
import { hostname } from 'node:os'
import { setTimeout as pause } from 'node:timers/promises'
import { codeOf, toFileError, unusable } from './private-file.ts'

/** Milliseconds after which a lock is nobody's: longer than a refresh takes, which is bounded. */
const STALE = 30_000
/** Milliseconds to wait for a lock. */
const PATIENCE = 40_000
const STEP = 40

export interface LockOptions {
  readonly signal?: AbortSignal | undefined
  /** Milliseconds to wait until the others are done. @default 40,000 */
  readonly patience?: number
}

/** A lock that is held. */
export interface HeldLock {
  /** Whether nobody has taken it over, as they may from a process that was stopped for long. */
  isHeld (): Promise<boolean>
}

/** A lock as it lies on the disk. */
interface Lock {
  readonly text: string
  readonly at: number
}

/** Makes the file; false where there is one. */
async function take (path: string, text: string): Promise<boolean> {
  try {
    await writeFile(path, text, { flag: 'wx', mode: 0o600 })
    return true
  } catch (cause) {
    if (codeOf(cause) === 'EEXIST') return false
    throw cause
  }
}

async function readAndClose (file: FileHandle): Promise<Lock> {
  try {
    return { text: await file.readFile('utf8'), at: (await file.stat()).mtimeMs }
  } finally {
    await file.close()
  }
}

/** Undefined where there is none any more. */
async function look (path: string): Promise<Lock | undefined> {
  try {
    return await readAndClose(await open(path, 'r'))
  } catch {
    return undefined
  }
}

function hasEnded (pid: number): boolean {
  try {
    process.kill(pid, 0)
    return false
  } catch (cause) {
    return codeOf(cause) === 'ESRCH'
  }
}

/** Whether its owner is gone: one of this machine that has ended, or any that should have been done long ago. */
function isStale ({ text, at }: Lock): boolean {
  const [, pid, host] = /^[\w-]+ ([1-9]\d{0,9}) (.*)\n$/.exec(text) ?? []
  if (host === hostname() && hasEnded(Number(pid))) return true
  return Math.abs(Date.now() - at) > STALE
}

/**
 * Removes a lock whose owner is gone. One process at a time does so, and looks again: the lock may be a new one by
 * then.
 */
async function sweep (path: string, owner: string): Promise<void> {
  const broom = `${path}.broom`
  if (!await take(broom, owner)) {
    const left = await look(broom)
    if (left !== undefined && isStale(left)) await rm(broom, { force: true })
    return
  }
  const lock = await look(path)
  if (lock !== undefined && isStale(lock)) await rm(path, { force: true })
  await rm(broom, { force: true })
}

async function acquire (path: string, owner: string, { signal, patience = PATIENCE }: LockOptions): Promise<void> {
  const giveUpAt = performance.now() + patience
  while (!await take(path, owner)) {
    const lock = await look(path)
    if (lock !== undefined && isStale(lock)) await sweep(path, owner)
    if (performance.now() > giveUpAt) {
      throw unusable(path.replace(/\.lock$/, ''), 'another process has locked it', `If none is at work, remove ${path}.`)
    }
    await pause(STEP * (1 + Math.random()), undefined, signal === undefined ? {} : { signal })
  }
}

/**
 * Does something while no other process does, on this machine or on another with the same disk.
 *
 * @throws ClientError `FILE_UNUSABLE` where others do not come to an end, and whatever the work throws
 */
export async function withLock<T> (
  file: string, work: (lock: HeldLock) => Promise<T>, options: LockOptions = {}
): Promise<T> {
  const path = `${file}.lock`
  const owner = `${randomUUID()} ${process.pid} ${hostname()}\n`
  async function isHeld (): Promise<boolean> {
    return (await look(path))?.text === owner
  }
  try {
    await acquire(path, owner, options)
  } catch (cause) {
    options.signal?.throwIfAborted()
    throw toFileError(file, cause)
  }
  try {
    return await work({ isHeld })
  } finally {
    if (await isHeld()) await rm(path, { force: true })
  }
}
