import { once } from 'node:events'
import { createServer, request } from 'node:http'
import { type AddressInfo } from 'node:net'

export interface Proxy {
  readonly origin: string
  /** Where it sends requests to. */
  target: string
}

/** A reverse proxy that takes a path away from each request, or leaves it. */
export async function startProxy (
  t: { teardown (handler: () => void): unknown }, path: string, isStripping: boolean
): Promise<Proxy> {
  const server = createServer((incoming, outgoing) => {
    const { url = '/', method, headers } = incoming
    if (!url.startsWith(path)) return outgoing.writeHead(404).end()
    const inner = isStripping ? url.slice(path.length).replace(/^(?!\/)/, '/') : url
    const onward = request(new URL(inner, proxy.target), { method: String(method), headers: { ...headers, host: 'inside.invalid' } })
    onward.on('response', answer => {
      outgoing.writeHead(answer.statusCode ?? 502, answer.headersDistinct)
      answer.pipe(outgoing)
    })
    onward.on('error', () => outgoing.destroy())
    incoming.pipe(onward)
    return undefined
  }).listen(0, 'localhost')
  await once(server, 'listening')
  t.teardown(() => {
    server.close()
    server.closeAllConnections()
  })
  const proxy: Proxy = { origin: `http://localhost:${(server.address() as AddressInfo).port}`, target: '' }
  return proxy
}
