import { createServer, type Socket } from 'node:net'
import { once } from 'node:events'
import mysql from 'mysql2/promise'
import t from 'tap'
import { openMysql } from '../../../lib/stores/sql/open-mysql.ts'
import { startMariadb } from '../../_mariadb.ts'
import { needsMariadb } from '../../_services.ts'
import { testOpened } from './_opened.ts'

const later = () => ({ expiresAt: Date.now() + 3_600_000 })

t.test('where the package is missing it is said what to install', async t => {
  await t.rejects(openMysql('mysql://localhost', {}, () => Promise.reject(new Error('Cannot find package'))),
    { code: 'FST_LOGIN_CONFIGURATION', message: /npm install mysql2$/ })
})

t.test('a server that never answers is waited for two seconds, by however many', async t => {
  const sockets = new Set<Socket>()
  const server = createServer(socket => {
    sockets.add(socket)
    socket.on('error', () => {})
  }).listen(0, '127.0.0.1')
  await once(server, 'listening')
  const { port } = server.address() as { port: number }
  const store = await openMysql(`mysql://app@127.0.0.1:${port}/app`, {})
  const first = store.get('first')
  await t.rejects(first)
  const answers = await Promise.allSettled(Array.from({ length: 50 }, (_, index) => store.get(`${index}`)))
  t.ok(answers.every(({ status }) => status === 'rejected'))
  await store.close()
  for (const socket of sockets) socket.destroy()
  server.close()
})

t.test('MariaDB by URL', { ...needsMariadb(), timeout: 300_000 }, async t => {
  const server = await startMariadb(t)

  testOpened(t, server, openMysql)

  t.test('what the URL says of TLS goes to the driver', async t => {
    const store = await openMysql(`${server.url}?ssl={"rejectUnauthorized":true}`, {})
    await t.rejects(store.get('key'), { code: 'HANDSHAKE_NO_SSL_SUPPORT' })
    await store.close()
  })

  t.test('a connection that is dropped while nobody uses it ends nothing', async t => {
    const store = await openMysql(server.url, {})
    await store.set('idle', 'value', later())
    const admin = await mysql.createConnection(server.url)
    const [rows] = await admin.query<mysql.RowDataPacket[]>(
      'SELECT id FROM information_schema.processlist WHERE id <> CONNECTION_ID() AND user = ?', ['root'])
    for (const { id } of rows) await admin.query('KILL ?', [id]).catch(() => {})
    admin.destroy()
    t.ok(rows.length > 0)
    let entry
    while (entry === undefined) entry = await store.get('idle').catch(() => undefined)
    t.match(entry, { value: 'value' })
    await store.close()
  })

  t.test('a server that hangs lets nobody wait for ever, and serves again when it wakes', async t => {
    const store = await openMysql(server.url, {})
    t.equal(await store.get('hung'), undefined) // leaves one connection idle, on which the first asks
    await server.pause()
    const answers = await Promise.allSettled(Array.from({ length: 250 }, () => store.get('key')))
    t.ok(answers.every(({ status }) => status === 'rejected'))
    server.resume()
    let version
    while (version === undefined) version = await store.set('hung', 'value', later()).catch(() => undefined)
    t.match(await store.get('hung'), { value: 'value', version })
    await store.close()
  })

  t.test('who comes while all connections are busy is served late, or told so', async t => {
    const store = await openMysql(server.url, {})
    const answers = await Promise.allSettled(Array.from({ length: 150 }, (_, index) => store.set(`${index}`, 'value', later())))
    t.ok(answers.every(({ status }) => status === 'fulfilled'))
    await store.close()
  })
})
