import Fastify, { type FastifyHttpOptions, type FastifyInstance } from 'fastify'
import { once } from 'node:events'
import http, { type IncomingHttpHeaders, type IncomingMessage, type RequestOptions, type Server } from 'node:http'
import type { AddressInfo } from 'node:net'
import type { Test } from 'tap'
import { authPlugin, type AuthOptions } from '../../lib/index.ts'
import { resolveSettings } from '../../lib/options/settings.ts'
import { openReturnPath } from '../../lib/routes/create-sign-in.ts'
import { createVault } from '../../lib/vault.ts'
import { secret } from '../_app.ts'

export { secret } from '../_app.ts'
export { signedIn } from '../../lib/testing/index.ts'

export interface AppOptions extends Partial<AuthOptions> {
  readonly server?: FastifyHttpOptions<Server>
}

/** An application with the plugin and nothing else; the test closes it. */
export async function createApp (t: Test, { server = {}, ...options }: AppOptions = {}): Promise<FastifyInstance> {
  const app = Fastify(server)
  t.teardown(() => app.close())
  await app.register(authPlugin, { secret: secret(), ...options })
  return app
}

/** A provider that nobody asks before somebody really signs in. */
export const withProvider = {
  publicUrl: 'http://localhost:3000', oidc: { issuer: 'http://localhost:1', clientId: 'x' }
} as const satisfies Partial<AuthOptions>

/** A handler that counts how often it ran. */
export class Inside {
  runs = 0
  readonly handler = async (): Promise<string> => {
    this.runs++
    return 'inside'
  }
}

/** A record of a log. */
interface LogLine {
  readonly level: number
  readonly msg: string
}

/** Keeps what an application logs; goes under `server: { logger: log.logger }`. */
export class Log {
  readonly lines: LogLine[] = []
  readonly logger = {
    level: 'warn',
    stream: { write: (line: string): void => { this.lines.push(JSON.parse(line) as LogLine) } }
  }

  get messages (): readonly string[] {
    return this.lines.map(({ msg }) => msg)
  }
}

/** Headers of a browser that goes to a page. */
export const navigation = {
  'sec-fetch-mode': 'navigate', 'sec-fetch-dest': 'document', 'sec-fetch-site': 'same-origin', accept: 'text/html'
} as const

/** Opens the return path that a sign-in address carries; the root where it carries none. */
export async function readReturnPath (t: Test, address: unknown, options: AuthOptions): Promise<unknown> {
  const scope = Fastify()
  t.teardown(() => scope.close())
  const { secrets, cookie } = resolveSettings(options)
  const vault = await createVault(scope, secrets, cookie.name)
  const sealed = new URL(String(address)).searchParams.get('returnTo')
  return sealed === null ? 'the root' : openReturnPath(vault, sealed)?.returnTo
}

export interface RawAnswer {
  readonly statusCode: number
  readonly headers: IncomingHttpHeaders
  readonly body: string
}

/** Asks over a real socket, with the path exactly as it is written. Gives what came, also of a broken answer. */
export async function ask (
  app: FastifyInstance, options: RequestOptions & { readonly payload?: string }
): Promise<RawAnswer> {
  if (!app.server.listening) await app.listen({ port: 0, host: '127.0.0.1' })
  const { port } = app.server.address() as AddressInfo
  const request = http.request({ host: '127.0.0.1', port, agent: false, ...options })
  request.end(options.payload)
  const [answer] = await once(request, 'response') as [IncomingMessage]
  answer.setEncoding('utf8')
  let body = ''
  try {
    for await (const chunk of answer) body += String(chunk)
  } catch {
    // What had come is the answer.
  }
  return { statusCode: Number(answer.statusCode), headers: answer.headers, body }
}
