import { once } from 'node:events'
import { createServer } from 'node:net'

/**
 * Systems give ports above 32,767 to whoever asks for any, and so may give one away between our look at it and our use.
 * The servers of a Redis cluster speak to one another on a port that is higher by 10,000, which is below that too.
 */
const FIRST = 12_000
const COUNT = 10_000

/** More than most processes ask for: those that run at once look at different ports. */
const PORTS_OF_A_PROCESS = 24

let last = process.pid * PORTS_OF_A_PROCESS

/** Whether a port is free on both addresses that `localhost` may mean. A machine without IPv6 has only one. */
async function isFree (port: number): Promise<boolean> {
  for (const host of ['127.0.0.1', '::1']) {
    const server = createServer().listen(port, host)
    try {
      await once(server, 'listening')
    } catch (error) {
      if (Object(error).code === 'EADDRINUSE') return false
      continue
    }
    server.close()
    await once(server, 'close')
  }
  return true
}

/** A port of this machine that nobody listens on, for a server that must know its address before it listens. */
export async function freePort (): Promise<number> {
  const port = FIRST + last++ % COUNT
  return await isFree(port) ? port : await freePort()
}
