import { once } from 'node:events'
import { createServer, type IncomingMessage, type Server, type ServerResponse } from 'node:http'
import type { AddressInfo } from 'node:net'
import { text } from 'node:stream/consumers'
import { ScriptedProvider } from '../oidc/_scripted-provider.ts'

/** The endpoints that a login needs. */
export const endpoints = ['discovery', 'keys', 'token', 'userinfo'] as const
export type LoginEndpoint = typeof endpoints[number]
type Endpoint = LoginEndpoint | 'revocation'

/** Answers on the socket itself, as no fetch could. */
export type Outage = (response: ServerResponse, request: IncomingMessage) => unknown

interface Teardown { teardown (handler: () => unknown): unknown }

/** A scripted provider on a real socket. */
export class ProviderOnSocket {
  readonly scripted: ScriptedProvider
  /** In place of what the provider would answer. */
  readonly outages: Partial<Record<Endpoint, Outage>> = {}
  /** Bytes that each answer with an outage put on its connection. */
  readonly sent: number[] = []
  #hit: () => void = () => {}

  constructor (scripted: ScriptedProvider) {
    this.scripted = scripted
  }

  /** Breaks an endpoint; gives what is fulfilled when somebody asks it, and when that connection is closed. */
  break (endpoint: Endpoint, outage: Outage): { readonly hit: Promise<void>, readonly closed: Promise<void> } {
    const hit = new Promise<void>(resolve => { this.#hit = resolve })
    const closed = new Promise<void>(resolve => {
      this.outages[endpoint] = (response, request) => {
        const { socket } = request
        const before = socket.bytesWritten
        response.once('close', () => {
          this.sent.push(socket.bytesWritten - before)
          resolve()
        })
        this.#hit()
        outage(response, request)
      }
    })
    return { hit, closed }
  }

  repair (): void {
    for (const endpoint of [...endpoints, 'revocation'] as const) delete this.outages[endpoint]
  }

  async answer (request: IncomingMessage, response: ServerResponse): Promise<void> {
    const url = new URL(String(request.url), new URL(this.scripted.issuer).origin)
    const name = url.pathname.split('/').at(-1)
    if (name === 'authorize') return authorize(this.scripted, url, response)
    const outage = this.outages[name === 'revoke' ? 'revocation' : endpoints.find(endpoint => endpoint === name) ?? 'discovery']
    if (outage !== undefined) {
      outage(response, request)
      return
    }
    const { method = 'GET', headers: { authorization } } = request
    const headers = authorization === undefined ? {} : { authorization }
    const body = method === 'POST' ? await text(request) : null
    const answer = await this.scripted.fetch(url.href, { method, headers, body })
    response.writeHead(answer.status, { 'content-type': 'application/json' }).end(await answer.text())
  }
}

/** The person says yes at once. */
function authorize (provider: ScriptedProvider, url: URL, response: ServerResponse): void {
  const { origin } = new URL(String(url.searchParams.get('redirect_uri')))
  response.writeHead(303, { location: origin + provider.authorize(url.href) }).end()
}

/** Providers on one socket of this machine, each below a path of its own. */
export class ProviderServer {
  readonly #server: Server
  readonly #providers = new Map<number, ProviderOnSocket>()
  #count = 0

  private constructor (server: Server) {
    this.#server = server
  }

  static async start (t: Teardown): Promise<ProviderServer> {
    const providers = new ProviderServer(createServer())
    const server = providers.#server
    server.on('request', (request, response) => {
      // Metadata of RFC 8414 are above the path of their issuer.
      const number = Number(/^(?:\/\.well-known\/[\w-]+)?\/(\d+)(?:\/|$)/.exec(String(request.url))?.[1])
      const provider = providers.#providers.get(number)
      provider?.answer(request, response).catch((error: unknown) => { response.destroy(error as Error) })
    })
    server.listen(0, '127.0.0.1')
    await once(server, 'listening')
    t.teardown(() => {
      server.close()
      server.closeAllConnections()
    })
    return providers
  }

  async add (): Promise<ProviderOnSocket> {
    const { port } = this.#server.address() as AddressInfo
    const number = this.#count++
    const provider = new ProviderOnSocket(await ScriptedProvider.create(`http://127.0.0.1:${port}/${number}`))
    this.#providers.set(number, provider)
    return provider
  }
}
