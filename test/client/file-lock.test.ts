import { execFile } from 'node:child_process'
import { readdir, readFile, rm, utimes, writeFile } from 'node:fs/promises'
import { hostname } from 'node:os'
import { join } from 'node:path'
import { promisify } from 'node:util'
import { test } from 'tap'
import { withLock } from '../../lib/client/file-lock.ts'

/** The number of a process that has ended. */
async function endedPid (): Promise<number> {
  const { stdout } = await promisify(execFile)(process.execPath, ['--print', 'process.pid'])
  return Number(stdout)
}

async function makeOld (path: string, seconds: number): Promise<void> {
  const at = Date.now() / 1000 - seconds
  await utimes(path, at, at)
}

test('one at a time does something, and nothing is left of the lock', async t => {
  const folder = t.testdir()
  const file = join(folder, 'tokens.json')
  let inside = 0
  let most = 0
  const results = await Promise.all(Array.from({ length: 8 }, (_, index) => withLock(file, async lock => {
    inside++
    most = Math.max(most, inside)
    t.equal(await lock.isHeld(), true)
    inside--
    return index
  })))
  t.same(results, [0, 1, 2, 3, 4, 5, 6, 7])
  t.equal(most, 1)
  t.same(await readdir(folder), [])
})

test('work that throws gives the lock back', async t => {
  const file = join(t.testdir(), 'tokens.json')
  await t.rejects(withLock(file, async () => { throw new Error('no') }), { message: 'no' })
  t.equal(await withLock(file, async () => 'yes'), 'yes')
})

test('the lock of a process of this machine that has ended is nobody\'s', async t => {
  const file = join(t.testdir(), 'tokens.json')
  await writeFile(`${file}.lock`, `some-id ${await endedPid()} ${hostname()}\n`)
  t.equal(await withLock(file, async () => 'done'), 'done')
})

test('any lock is nobody\'s after 30 seconds, also half of one and one of another clock', async t => {
  for (const [text, age] of [['', 31], [`some-id ${process.pid} ${hostname()}\n`, 31], [`some-id ${process.pid} elsewhere\n`, -31]] as const) {
    const folder = t.testdir()
    const file = join(folder, 'tokens.json')
    await writeFile(`${file}.lock`, text)
    await makeOld(`${file}.lock`, age)
    t.equal(await withLock(file, async () => 'done'), 'done')
    t.same(await readdir(folder), [])
  }
})

test('a lock that lives is waited for, and in the end it is named', async t => {
  const file = join(t.testdir(), 'tokens.json')
  const ended = await endedPid()
  for (const text of ['', `some-id ${process.pid} ${hostname()}\n`, `some-id ${ended} elsewhere\n`, `some-id -1 ${hostname()}\n`]) {
    await writeFile(`${file}.lock`, text)
    const waiting = withLock(file, async () => 'done', { patience: 100 })
    await t.rejects(waiting, { code: 'FILE_UNUSABLE', message: /another process has locked it.*tokens\.json\.lock/ })
    t.equal(await readFile(`${file}.lock`, 'utf8'), text, 'it is left alone')
  }
  const waiting = withLock(file, async () => 'done')
  await rm(`${file}.lock`)
  t.equal(await waiting, 'done')
})

test('the signal of the caller ends the wait', async t => {
  const file = join(t.testdir(), 'tokens.json')
  await writeFile(`${file}.lock`, '')
  const stopped = new AbortController()
  const waiting = withLock(file, async () => 'done', { signal: stopped.signal })
  stopped.abort()
  await t.rejects(waiting, { name: 'AbortError' })
})

test('who was stopped for so long that others took the lock sees that, and leaves theirs alone', async t => {
  const file = join(t.testdir(), 'tokens.json')
  await withLock(file, async lock => {
    await rm(`${file}.lock`)
    t.equal(await lock.isHeld(), false)
    await writeFile(`${file}.lock`, 'theirs')
    t.equal(await lock.isHeld(), false)
  })
  t.equal(await readFile(`${file}.lock`, 'utf8'), 'theirs')
})

test('many find a lock that is nobody\'s at once, and one at a time goes in', async t => {
  const folder = t.testdir()
  const file = join(folder, 'tokens.json')
  await writeFile(`${file}.lock`, '')
  await makeOld(`${file}.lock`, 60)
  let inside = 0
  await Promise.all(Array.from({ length: 8 }, () => withLock(file, async () => {
    inside++
    t.equal(inside, 1)
    await new Promise(resolve => setImmediate(resolve))
    inside--
  })))
  t.same(await readdir(folder), [])
})

test('a process that ended while it cleaned up stands in nobody\'s way', async t => {
  const folder = t.testdir()
  const file = join(folder, 'tokens.json')
  for (const name of ['lock', 'lock.broom']) {
    await writeFile(`${file}.${name}`, '')
    await makeOld(`${file}.${name}`, 60)
  }
  t.equal(await withLock(file, async () => 'done'), 'done')
  t.same(await readdir(folder), [])
})

test('a folder that is none is said as such', async t => {
  const folder = t.testdir({ file: '' })
  await t.rejects(withLock(join(folder, 'file/tokens.json'), async () => 'done'), { code: 'FILE_UNUSABLE', message: /ENOTDIR/ })
})
