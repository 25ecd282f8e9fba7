import { join } from 'node:path'
import pg from 'pg'
import type { Test } from 'tap'
import { type DatabaseProgram, DatabaseServer } from './_database-server.ts'
import { postgresFolder } from './_services.ts'

async function run (url: string, text: string): Promise<void> {
  const client = new pg.Client({ connectionString: url, connectionTimeoutMillis: 5000 })
  client.on('error', () => {}) // a server that ends tells every client
  try {
    await client.connect()
    await client.query(text)
  } finally {
    await client.end()
  }
}

const settings = {
  listen_addresses: '127.0.0.1',
  unix_socket_directories: '',
  fsync: 'off', // what a killed process wrote is in the files all the same
  full_page_writes: 'off',
  max_connections: '200'
}

const program: DatabaseProgram = {
  name: 'postgres',
  users: ['postgres', 'nobody'],
  install: folder => ({
    file: join(String(postgresFolder()), 'initdb'),
    args: ['-D', join(folder, 'data'), '-U', 'postgres', '-A', 'trust', '-E', 'UTF8', '--locale=C', '--no-sync']
  }),
  serve: (folder, port) => ({
    file: join(String(postgresFolder()), 'postgres'),
    args: ['-D', join(folder, 'data'), '-p', `${port}`,
      ...Object.entries(settings).flatMap(([name, value]) => ['-c', `${name}=${value}`])]
  }),
  url: port => `postgresql://postgres@127.0.0.1:${port}/postgres`,
  ask: url => run(url, 'SELECT 1'),
  flush: url => run(url, 'CHECKPOINT'),
  ending: 'SIGINT'
}

/** Starts a PostgreSQL that ends with the test. It takes seconds: one for each file. */
export async function startPostgres (t: Test): Promise<DatabaseServer> {
  const server = await DatabaseServer.start(program)
  t.teardown(() => server.close())
  return server
}

/** A database of its own on a server. */
export async function newPostgresDatabase (server: DatabaseServer, name: string): Promise<string> {
  await run(server.url, `CREATE DATABASE ${name}`)
  return server.url.replace(/\w+$/, name)
}
