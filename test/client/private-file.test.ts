import { execFileSync } from 'node:child_process'
import { existsSync } from 'node:fs'
import { chmod, mkdir, readdir, readFile, stat, symlink, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { test, type Test } from 'tap'
import { codeOf, makePrivateFolder, moveAside, readPrivate, writePrivate } from '../../lib/client/private-file.ts'

/** A file that is as it should be, in a folder that is. */
async function start (t: Test, text = 'kept') {
  const folder = join(t.testdir(), 'own')
  await mkdir(folder, { mode: 0o700 })
  const path = join(folder, 'tokens.json')
  await writeFile(path, text, { mode: 0o600 })
  return { folder, path }
}

/** Reading is refused by name and with a cure, and the file is as it was. */
async function refuses (t: Test, path: string, why: RegExp): Promise<void> {
  const error = await readPrivate(path).catch(reason => reason)
  t.match(error, { code: 'FILE_UNUSABLE', message: why })
  t.match(error.message, path)
}

test('a file is written for its owner alone, and whole', async t => {
  const path = join(t.testdir(), 'state/fastify-login/tokens.json')
  t.equal(await readPrivate(path), undefined)
  await makePrivateFolder(path)
  await writePrivate(path, 'one')
  await writePrivate(path, 'two')
  t.equal(await readPrivate(path), 'two')
  t.equal((await stat(path)).mode & 0o777, 0o600)
  t.equal((await stat(join(path, '..'))).mode & 0o777, 0o700)
  t.same(await readdir(join(path, '..')), ['tokens.json'], 'no draft is left')
})

test('a reader never sees half of a file', async t => {
  const { path } = await start(t, 'a'.repeat(200_000))
  for (let round = 0; round < 20; round++) {
    const writing = writePrivate(path, (round % 2 === 0 ? 'b' : 'a').repeat(200_000))
    t.match(await readPrivate(path), /^(a{200000}|b{200000})$/)
    await writing
  }
})

test('a file that others can read or write is refused', async t => {
  for (const mode of [0o640, 0o604, 0o620, 0o602, 0o666]) {
    const { path } = await start(t)
    await chmod(path, mode)
    await refuses(t, path, /others can read or write it.*chmod 600/)
  }
})

test('a folder that others can write to is refused, also for writing', async t => {
  const { folder, path } = await start(t)
  await chmod(folder, 0o770)
  await refuses(t, path, /others can write to its folder.*chmod go-w/)
  await t.rejects(makePrivateFolder(path), { code: 'FILE_UNUSABLE', message: /others can write to its folder/ })
  await chmod(folder, 0o1777)
  await refuses(t, path, /others can write to its folder/)
  await chmod(folder, 0o755)
  t.equal(await readPrivate(path), 'kept')
})

test('a file or a folder of somebody else is refused', async t => {
  const { path } = await start(t)
  const own = Number(process.getuid?.())
  t.intercept(process, 'getuid', { value: () => own + 1 })
  await refuses(t, path, own === 0 ? /belongs to somebody else/ : /others can write to its folder/)
})

test('Windows has no modes to judge by', async t => {
  const { path } = await start(t)
  await chmod(path, 0o644)
  t.intercept(process, 'getuid', { value: undefined })
  t.equal(await readPrivate(path), 'kept')
})

test('a symbolic link is refused, wherever it leads', async t => {
  const { folder, path } = await start(t)
  await symlink(path, join(folder, 'link.json'))
  await refuses(t, join(folder, 'link.json'), /symbolic link/)
  await symlink(join(folder, 'nowhere'), join(folder, 'dangling.json'))
  await refuses(t, join(folder, 'dangling.json'), /symbolic link/)
  t.equal(await readFile(path, 'utf8'), 'kept')
})

test('what is no file is refused, and a pipe keeps nobody waiting', async t => {
  const { folder } = await start(t)
  await refuses(t, folder, /it is no file/)
  execFileSync('mkfifo', ['-m', '600', join(folder, 'pipe')])
  await refuses(t, join(folder, 'pipe'), /it is no file/)
})

test('a huge file is neither read nor written', async t => {
  const { path } = await start(t, 'x'.repeat(1_048_577))
  await refuses(t, path, /longer than 1048576 bytes/)
  const small = await start(t)
  await t.rejects(writePrivate(small.path, 'ä'.repeat(600_000)), { code: 'FILE_UNUSABLE', message: /would be longer/ })
  t.equal(await readPrivate(small.path), 'kept')
})

test('what the file system refuses is said by its word, and leaves nothing behind', async t => {
  const { folder, path } = await start(t)
  await refuses(t, join(path, 'below'), /ENOTDIR/)
  await t.rejects(makePrivateFolder(join(path, 'below', 'tokens.json')), { code: 'FILE_UNUSABLE', message: /ENOTDIR|EEXIST/ })
  await mkdir(join(folder, 'taken'))
  await t.rejects(writePrivate(join(folder, 'taken'), 'text'), { code: 'FILE_UNUSABLE', message: /EISDIR|EEXIST|ENOTEMPTY/ })
  t.same((await readdir(folder)).sort(), ['taken', 'tokens.json'])
  t.equal(codeOf('odd'), 'odd')
})

test('what cannot be used is moved aside, and nothing is lost', async t => {
  const { path } = await start(t)
  const aside = String(await moveAside(path))
  t.match(aside, `${path}.unusable-`)
  t.equal(await readFile(aside, 'utf8'), 'kept')
  t.equal(await moveAside(path), undefined)
  await t.rejects(moveAside(join(aside, 'below')), { code: 'FILE_UNUSABLE', message: /ENOTDIR/ })
})

test('a folder, a pipe, or a link to one is not moved from where others need it', async t => {
  const { folder } = await start(t)
  execFileSync('mkfifo', ['-m', '600', join(folder, 'pipe')])
  await mkdir(join(folder, 'below'))
  await symlink('pipe', join(folder, 'link'))
  await symlink('nowhere', join(folder, 'dangling'))
  for (const name of ['pipe', 'below', 'link']) {
    await t.rejects(moveAside(join(folder, name)), { code: 'FILE_UNUSABLE', message: /it is no file.*--file/ }, name)
    t.ok(existsSync(join(folder, name)), name)
  }
  t.match(await moveAside(join(folder, 'dangling')), /unusable-/)
})
