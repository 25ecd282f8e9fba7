import { join } from 'node:path'
import mysql from 'mysql2/promise'
import type { Test } from 'tap'
import { type DatabaseProgram, DatabaseServer } from './_database-server.ts'
import { mariadbPaths } from './_services.ts'

async function run (url: string, ...texts: readonly string[]): Promise<void> {
  const connection = await mysql.createConnection({ uri: url, connectTimeout: 5000 })
  try {
    for (const text of texts) await connection.query(text)
  } finally {
    connection.destroy()
  }
}

/** A server that starts clears its temporary folder: each has one of its own. */
const settings = (folder: string): readonly string[] =>
  ['--no-defaults', `--datadir=${join(folder, 'data')}`, `--tmpdir=${folder}`]

const program: DatabaseProgram = {
  name: 'mariadb',
  users: ['mysql', 'nobody'],
  install: folder => ({
    file: String(mariadbPaths()?.install),
    args: [...settings(folder), '--auth-root-authentication-method=normal', '--skip-test-db']
  }),
  serve: (folder, port) => ({
    file: String(mariadbPaths()?.server),
    args: [...settings(folder), '--bind-address=127.0.0.1', `--port=${port}`, `--socket=${join(folder, 'socket')}`,
      `--pid-file=${join(folder, 'pid')}`, '--innodb-flush-log-at-trx-commit=2', '--skip-name-resolve',
      '--innodb-fast-shutdown=2', '--max-connections=200']
  }),
  url: port => `mysql://root@127.0.0.1:${port}/app`,
  ask: async url => run(url.replace(/app$/, 'mysql'), 'CREATE DATABASE IF NOT EXISTS app'),
  flush: url => run(url, 'FLUSH TABLES', 'SET GLOBAL innodb_log_checkpoint_now = ON'),
  ending: 'SIGTERM'
}

/** Starts a MariaDB that ends with the test. It takes seconds: one for each file. */
export async function startMariadb (t: Test): Promise<DatabaseServer> {
  const server = await DatabaseServer.start(program)
  t.teardown(() => server.close())
  return server
}

/** A database of its own on a server. */
export async function newMariadbDatabase (server: DatabaseServer, name: string, options = ''): Promise<string> {
  await run(server.url, `CREATE DATABASE ${name} ${options}`)
  return server.url.replace(/\w+$/, name)
}
