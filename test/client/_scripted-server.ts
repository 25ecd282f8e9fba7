import { once } from 'node:events'
import { createServer, type IncomingHttpHeaders, type IncomingMessage, type ServerResponse } from 'node:http'
import type { AddressInfo } from 'node:net'
import { text } from 'node:stream/consumers'

interface Teardown { teardown (handler: () => unknown): unknown }

/** What a server says next. `'drop'` ends the connection, `'hang'` says nothing. */
export type Reply = 'drop' | 'hang' | { readonly status?: number, readonly type?: string, readonly body: unknown }

export interface Asked {
  readonly path: string
  readonly form: URLSearchParams
  readonly headers: IncomingHttpHeaders
}

/** A host that says what a test wrote down for it; the last reply of a path is said for ever. */
export interface ScriptedServer {
  readonly origin: string
  readonly asked: readonly Asked[]
  /** Requests to a path. */
  of (path: string): readonly Asked[]
}

export const METADATA = '/.well-known/oauth-authorization-server'

/** The metadata of a host that has everything. */
export function metadataOf (origin: string): Record<string, unknown> {
  return {
    issuer: origin,
    authorization_endpoint: `${origin}/authorize`,
    token_endpoint: `${origin}/token`,
    device_authorization_endpoint: `${origin}/device`,
    authorization_response_iss_parameter_supported: true
  }
}

export const codes = Object.freeze({
  device_code: 'the-device-code', user_code: 'ABCD-EFGH', verification_uri: 'https://id.example/device', expires_in: 600
})

export const tokens = Object.freeze({
  access_token: 'the-access-token', token_type: 'Bearer', expires_in: 600, refresh_token: 'the-next', scope: 'reports.read'
})

export const refusal = (error: string, description?: string): Reply =>
  ({ status: 400, body: { error, error_description: description } })

/** Starts one on a free port of 127.0.0.1 until the end of the test. Without other words it has metadata. */
export async function startScripted (
  t: Teardown, script: (origin: string) => Readonly<Record<string, readonly Reply[]>> = () => ({})
): Promise<ScriptedServer> {
  const asked: Asked[] = []
  const left = new Map<string, Reply[]>()
  function next (path: string, origin: string): Reply {
    const replies = left.get(path)
    const reply = replies !== undefined && replies.length > 1 ? replies.shift() : replies?.[0]
    return reply ?? (path === METADATA ? { body: metadataOf(origin) } : { status: 404, type: 'text/plain', body: '' })
  }
  async function answer (request: IncomingMessage, response: ServerResponse): Promise<void> {
    const path = String(request.url)
    asked.push({ path, form: new URLSearchParams(await text(request)), headers: request.headers })
    const reply = next(path, origin)
    if (reply === 'hang') return
    if (reply === 'drop') {
      response.destroy()
      return
    }
    const { status = 200, type = 'application/json', body } = reply
    response.writeHead(status, { 'content-type': type }).end(typeof body === 'string' ? body : JSON.stringify(body))
  }
  const server = createServer((request, response) => { answer(request, response) })
  server.listen(0, '127.0.0.1')
  await once(server, 'listening')
  const origin = `http://127.0.0.1:${(server.address() as AddressInfo).port}`
  for (const [path, replies] of Object.entries(script(origin))) left.set(path, [...replies])
  t.teardown(() => {
    server.close()
    server.closeAllConnections()
  })
  return { origin, asked, of: path => asked.filter(one => one.path === path) }
}
