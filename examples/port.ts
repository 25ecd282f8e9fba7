import { once } from 'node:events'
import { type AddressInfo, createServer } from 'node:net'

async function listenOnce (port: number, host: string): Promise<number> {
  const server = createServer().listen(port, host)
  await once(server, 'listening')
  const { port: taken } = server.address() as AddressInfo
  server.close()
  await once(server, 'close')
  return taken
}

/** Whether a port is free on both addresses that `localhost` may mean. A machine without IPv6 has only one. */
async function isFree (port: number): Promise<boolean> {
  const attempts = await Promise.allSettled([listenOnce(port, '127.0.0.1'), listenOnce(port, '::1')])
  return !attempts.some(attempt => attempt.status === 'rejected' && attempt.reason.code === 'EADDRINUSE')
}

/**
 * The port to listen on: the one that is wanted, or a free one where another program has it.
 *
 * @param text value of the variable PORT
 */
export async function choosePort (text = '3000'): Promise<number> {
  const wanted = Number(text)
  if (!(Number.isInteger(wanted) && wanted >= 0 && wanted < 65_536)) throw new RangeError(`PORT is no port number: ${text}`)
  return wanted !== 0 && await isFree(wanted) ? wanted : await listenOnce(0, '127.0.0.1')
}
