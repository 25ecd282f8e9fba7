import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import sqlite from 'node-sqlite3-wasm'
import type { Test } from 'tap'
import type { SqlParameter } from '../lib/stores/sql/client.ts'

/** Real SQLite in the shape of better-sqlite3, for releases of Node.js that have none of their own. */
export class WasmDatabase {
  readonly #database: sqlite.Database

  constructor (path: string) {
    this.#database = new sqlite.Database(path)
  }

  prepare (text: string) {
    const database = this.#database
    return {
      run: (...parameters: SqlParameter[]) => naming(() => database.run(text, parameters)),
      get: (...parameters: SqlParameter[]) => naming(() => database.get(text, parameters) ?? undefined),
      all: (...parameters: SqlParameter[]) => naming(() => database.all(text, parameters))
    }
  }

  exec (text: string): this {
    naming(() => this.#database.exec(text))
    return this
  }

  close (): void {
    if (this.#database.isOpen) this.#database.close()
  }
}

/** better-sqlite3 says what happened as a code. */
function naming <Result> (run: () => Result): Result {
  try {
    return run()
  } catch (error) {
    if (error instanceof Error && error.message === 'database is locked') throw Object.assign(error, { code: 'SQLITE_BUSY' })
    throw error
  }
}

/** What this suite needs of `node:sqlite`, whose types older releases do not have. */
interface SqliteModule {
  readonly DatabaseSync: new (path: string) => WasmDatabase
}

/** SQLite of Node.js itself, where this release has it. */
export async function nodeSqlite (name = 'node:sqlite'): Promise<SqliteModule['DatabaseSync'] | undefined> {
  const { DatabaseSync }: Partial<SqliteModule> = await import(name).catch(() => ({}))
  return DatabaseSync
}

/** Path of a file that is not there yet, and that is removed with the test. */
export function newFile (t: Test): string {
  const folder = mkdtempSync(join(tmpdir(), 'fastify-login-sqlite-'))
  t.teardown(() => rmSync(folder, { recursive: true, force: true }))
  return join(folder, 'store.db')
}
