import { createServer, type Socket } from 'node:net'
import { once } from 'node:events'
import pg from 'pg'
import t from 'tap'
import { openPostgresql } from '../../../lib/stores/sql/open-postgresql.ts'
import { startPostgres } from '../../_postgres.ts'
import { needsPostgres } from '../../_services.ts'
import { testOpened } from './_opened.ts'

const later = () => ({ expiresAt: Date.now() + 3_600_000 })

t.test('where the package is missing it is said what to install', async t => {
  await t.rejects(openPostgresql('postgresql://localhost', {}, () => Promise.reject(new Error('Cannot find package'))),
    { code: 'FST_LOGIN_CONFIGURATION', message: /npm install pg$/ })
})

t.test('what the URL says of TLS goes to the driver', async t => {
  const greetings: Buffer[] = []
  const server = createServer(socket => socket.once('data', data => {
    greetings.push(data)
    socket.end('N')
  })).listen(0, '127.0.0.1')
  await once(server, 'listening')
  const { port } = server.address() as { port: number }
  const store = await openPostgresql(`postgresql://app@127.0.0.1:${port}/app?sslmode=verify-full`, {})
  await t.rejects(store.get('key'), { message: /SSL/ })
  t.equal(greetings[0]?.readInt32BE(4), 80877103, 'the first words of the driver ask for TLS')
  await store.close()
  server.close()
})

t.test('a server that never answers is waited for two seconds, by however many', async t => {
  const sockets = new Set<Socket>()
  const server = createServer(socket => {
    sockets.add(socket)
    socket.on('error', () => {})
  }).listen(0, '127.0.0.1')
  await once(server, 'listening')
  const { port } = server.address() as { port: number }
  const store = await openPostgresql(`postgresql://app@127.0.0.1:${port}/app`, {})
  const answers = await Promise.allSettled(Array.from({ length: 50 }, (_, index) => store.get(`${index}`)))
  t.ok(answers.every(({ status }) => status === 'rejected'))
  t.ok(sockets.size <= 10)
  await store.close()
  for (const socket of sockets) socket.destroy()
  server.close()
})

t.test('PostgreSQL by URL', { ...needsPostgres(), timeout: 300_000 }, async t => {
  const server = await startPostgres(t)

  testOpened(t, server, openPostgresql)

  t.test('a connection that is dropped while nobody uses it ends nothing', async t => {
    const store = await openPostgresql(server.url, {})
    await store.set('idle', 'value', later())
    const admin = new pg.Client({ connectionString: server.url })
    await admin.connect()
    await admin.query('SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE pid <> pg_backend_pid() AND backend_type = $1',
      ['client backend'])
    await admin.end()
    let entry
    while (entry === undefined) entry = await store.get('idle').catch(() => undefined)
    t.match(entry, { value: 'value' })
    await store.close()
  })

  t.test('a server that hangs lets nobody wait for ever, and serves again when it wakes', async t => {
    const store = await openPostgresql(server.url, {})
    t.equal(await store.get('hung'), undefined) // leaves one connection idle, on which the first asks
    await server.pause()
    const answers = await Promise.allSettled(Array.from({ length: 50 }, () => store.get('key')))
    t.ok(answers.every(({ status }) => status === 'rejected'))
    server.resume()
    let version
    while (version === undefined) version = await store.set('hung', 'value', later()).catch(() => undefined)
    t.match(await store.get('hung'), { value: 'value', version })
    await store.close()
  })
})
