import { once } from 'node:events'
import { type AddressInfo, createServer } from 'node:net'

/** A port of localhost that nobody listens on, for an application that must know its address before it listens. */
export async function freePort (): Promise<number> {
  const server = createServer().listen(0, 'localhost')
  await once(server, 'listening')
  const { port } = server.address() as AddressInfo
  server.close()
  await once(server, 'close')
  return port
}
