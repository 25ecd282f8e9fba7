import { once } from 'node:events'
import { createServer, type RequestListener, type Server } from 'node:http'
import { type AddressInfo, createServer as createSocketServer, type Socket } from 'node:net'

interface Teardown { teardown (handler: () => void): unknown }

/** Address of a server on a real socket, which the test may look at. */
export async function serve (t: Teardown, listener: RequestListener, look?: (server: Server) => void): Promise<string> {
  const server = createServer(listener).listen(0, '127.0.0.1')
  look?.(server)
  await once(server, 'listening')
  t.teardown(() => {
    server.close()
    server.closeAllConnections()
  })
  return `http://127.0.0.1:${(server.address() as AddressInfo).port}/`
}

/** Address of a server that answers each piece of a request with these bytes, whether they are HTTP or not. */
export async function serveBytes (t: Teardown, answer: (socket: Socket, asked: string) => void): Promise<string> {
  const sockets = new Set<Socket>()
  const server = createSocketServer(socket => {
    sockets.add(socket)
    socket.on('data', data => { answer(socket, data.toString()) }).on('error', () => {})
  }).listen(0, '127.0.0.1')
  await once(server, 'listening')
  t.teardown(() => {
    server.close()
    for (const socket of sockets) socket.destroy()
  })
  return `http://127.0.0.1:${(server.address() as AddressInfo).port}/`
}
