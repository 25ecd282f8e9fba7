import { existsSync, writeFileSync } from 'node:fs'
import { relative } from 'node:path'
import { test } from 'tap'
import { openSqlite } from '../../../lib/stores/sql/open-sqlite.ts'
import { newFile, nodeSqlite, WasmDatabase } from '../../_sqlite.ts'

const later = { expiresAt: Date.now() + 3_600_000 }

/** A driver that notes what it opened, and what it was told. */
function noting (Database: new (path: string) => WasmDatabase = WasmDatabase) {
  const notes: string[] = []
  class DatabaseSync extends Database {
    constructor (path: string) {
      super(path)
      notes.push(path)
    }

    override exec (text: string): this {
      notes.push(text)
      return super.exec(text)
    }

    override close (): void {
      notes.push('close')
      super.close()
    }
  }
  return { notes, load: async () => ({ DatabaseSync }) }
}

test('a file keeps what was written, and is closed with the store', async t => {
  const file = newFile(t)
  for (const url of [`sqlite:${file}`, `sqlite://${file}`, `sqlite:${relative(process.cwd(), file)}`]) {
    const { notes, load } = noting()
    const store = await openSqlite(url, {}, load)
    await store.add('key', url, later)
    t.match(await store.get('key'), { value: `sqlite:${file}` })
    await store.close()
    await store.close()
    t.match(notes.slice(1), [/busy_timeout = 100; .*journal_mode = WAL/, 'close'])
    t.ok(existsSync(file))
  }
})

test('a database in memory is gone with the store', async t => {
  for (let turn = 0; turn < 2; turn++) {
    const { notes, load } = noting()
    const store = await openSqlite('sqlite::memory:', { now: () => 5 }, load)
    t.equal(notes[0], ':memory:')
    t.type(await store.add('key', 'value', { expiresAt: 6 }), 'string')
    t.match(await store.get('key'), { value: 'value' })
    await store.close()
  }
})

test('a URL without a file is refused', async t => {
  for (const url of ['sqlite:', 'sqlite://', 'sqlite://host/file']) {
    await t.rejects(openSqlite(url, {}, noting().load), { code: 'FST_LOGIN_CONFIGURATION', message: /names no file/ })
  }
})

test('a file that cannot be opened is refused', async t => {
  const file = newFile(t)
  writeFileSync(file, 'no database, '.repeat(100))
  for (const path of [`${file}/store.db`, file]) {
    await t.rejects(openSqlite(`sqlite:${path}`, {}, noting().load),
      { code: 'FST_LOGIN_CONFIGURATION', message: `SQLite cannot open "${path}"`, cause: Error })
  }
})

test('where Node.js has no SQLite it is said what to do', async t => {
  const cause = new Error('No such built-in module: node:sqlite')
  await t.rejects(openSqlite('sqlite::memory:', {}, async () => {
    throw cause
  }), { code: 'FST_LOGIN_CONFIGURATION', message: /Node\.js 22\.13 or later.*better-sqlite3/, cause })
})

test('the SQLite of this Node.js is used where it has one', async t => {
  const file = newFile(t)
  const opening = openSqlite(`sqlite:${file}`, {})
  if (await nodeSqlite() === undefined) {
    await t.rejects(opening, { code: 'FST_LOGIN_CONFIGURATION' })
    return
  }
  const [store, other] = [await opening, await openSqlite(`sqlite:${file}`, {})]
  const added = await Promise.all([store, other, store, other].map(each => each.add('key', 'value', later)))
  t.equal(added.filter(version => version !== undefined).length, 1)
  t.match(await other.get('key'), { value: 'value' })
  t.ok(existsSync(`${file}-wal`))
  await Promise.all([store.close(), other.close()])
})
