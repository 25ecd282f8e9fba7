import { once } from 'node:events'
import { type AddressInfo, createServer, type Socket } from 'node:net'
import { test } from 'tap'
import { createTransport } from '../../../lib/oidc/provider/transport.ts'

const BOUNDS = { timeout: 10_000, maxBytes: 1000 }

for (const method of ['GET', 'POST']) {
  test(`what comes on a kept connection before a ${method} was sent on it is not the answer to it`, async t => {
    const sockets: Socket[] = []
    const server = createServer(socket => {
      sockets.push(socket)
      socket.on('data', () => { socket.write('HTTP/1.1 200 OK\r\ncontent-length: 4\r\n\r\ngood') })
    }).listen(0, '127.0.0.1')
    await once(server, 'listening')
    const transport = createTransport()
    t.teardown(() => {
      transport.close()
      for (const socket of sockets) socket.destroy()
      server.close()
    })
    const request = transport.boundedFetch(BOUNDS)
    const url = `http://127.0.0.1:${(server.address() as AddressInfo).port}/`
    await request(url, { method })
    // As some do that close a connection which nobody uses. It is in this machine when the request begins.
    sockets[0]?.write('HTTP/1.1 408 Request Timeout\r\nconnection: close\r\ncontent-length: 0\r\n\r\n')
    const answer = await request(url, { method })
    t.equal(answer.status, 200)
    t.equal(await answer.text(), 'good')
    t.equal(sockets.length, 2, 'it was sent on a new connection')
  })
}
