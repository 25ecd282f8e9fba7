import { once } from 'node:events'
import { createServer, type IncomingMessage, type Server, type ServerResponse } from 'node:http'
import type { AddressInfo } from 'node:net'
import { html } from '../pages/html.ts'
import { layout, type Page } from '../pages/layout.ts'
import { isSameText } from '../same-text.ts'
import { ClientError } from './client-error.ts'

/** Where a browser comes back to, on this machine (RFC 8252, section 7.3). */
export interface CallbackServer {
  /** With the port that it got. */
  readonly redirectUri: string
  /** What the browser brought, once it was told so. */
  readonly arrived: Promise<URLSearchParams>
  /** At once, with whatever is still connected. */
  close (): void
}

const ADDRESS = '127.0.0.1'
const PATH = '/callback'

/** Nothing of a request is in these. */
const pages = {
  done: () => layout('You may close this window', html`<p>The program goes on where you started it.</p>`),
  refused: () => layout('You are not signed in', html`<p>The program says why. You may close this window.</p>`),
  strange: () => layout('There is nothing here', html`<p>A program waits here for somebody to sign in.</p>`)
}

function send (response: ServerResponse, status: number, { body, headers }: Page): void {
  response.writeHead(status, { ...headers, connection: 'close' }).end(body)
}

function isOurs (query: URLSearchParams, state: string): boolean {
  const [given, ...more] = query.getAll('state')
  return given !== undefined && more.length === 0 && isSameText(given, state)
}

/** What an answer of the server is; undefined for any other request, which leaves us waiting. */
function readAnswer ({ method, url = '', headers }: IncomingMessage, host: string, state: string): URLSearchParams | undefined {
  // A name that leads here is somebody's page, which has found our port (DNS rebinding).
  if (method !== 'GET' || headers.host !== host || !url.startsWith(`${PATH}?`)) return undefined
  const query = new URLSearchParams(url.slice(PATH.length))
  return isOurs(query, state) ? query : undefined
}

async function listen (server: Server, ports: readonly number[]): Promise<number> {
  for (const port of ports) {
    try {
      server.listen(port, ADDRESS)
      await once(server, 'listening')
      return (server.address() as AddressInfo).port
    } catch {
      // The next one may be free.
    }
  }
  throw new ClientError('ARGUMENT_INVALID', `No port of ${ports.join(', ')} is free for the browser to come back to.`)
}

/** Listens for the one request that brings the state back. Whatever else comes is sent away. */
export async function startCallbackServer (ports: readonly number[], state: string): Promise<CallbackServer> {
  const server = createServer()
  const port = await listen(server, ports)
  const arrived = new Promise<URLSearchParams>(resolve => {
    server.on('request', function answer (request: IncomingMessage, response: ServerResponse) {
      const query = readAnswer(request, `${ADDRESS}:${port}`, state)
      if (query === undefined) {
        send(response, 404, pages.strange())
        return
      }
      server.off('request', answer)
      server.on('request', (_request, other) => { send(other, 404, pages.strange()) })
      response.once('close', () => { resolve(query) })
      send(response, 200, query.has('error') ? pages.refused() : pages.done())
    })
  })
  return {
    redirectUri: `http://${ADDRESS}:${port}${PATH}`,
    arrived,
    close () {
      server.close()
      server.closeAllConnections()
    }
  }
}
