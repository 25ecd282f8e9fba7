import { once } from 'node:events'
import type { AddressInfo } from 'node:net'
import express, { type ErrorRequestHandler, type Express } from 'express'
import { REFUSAL } from './fastify-peer.ts'
import { logIn } from './login-route.ts'
import { PUBLIC_BODY } from './people.ts'
import type { RunningSubject } from './subject.ts'

/**
 * Express as its own page on performance wants it (NODE_ENV is production), and without what no other subject does:
 * an ETag of each body and a header that names it.
 */
export function createExpress (): Express {
  const app = express()
  app.disable('x-powered-by')
  app.disable('etag')
  app.get('/public', (_request, response) => { response.json(PUBLIC_BODY) })
  return app
}

/** Instead of the one of Express, which writes to the terminal what it tells a stranger. */
const answerError: ErrorRequestHandler = (error: { status?: number }, _request, response, _next) => {
  response.status(error.status ?? 500).json(error.status === 401 ? REFUSAL : { message: String(error) })
}

/** Starts an application on a free port of loopback. Without `signIn` people sign in by `POST /login/:index`. */
export async function serveExpress (
  app: Express,
  { signIn, close }: { signIn?: RunningSubject['signIn'], close?: () => unknown } = {}
): Promise<RunningSubject> {
  app.use(answerError)
  const server = app.listen(0, '127.0.0.1')
  await once(server, 'listening')
  const { port } = server.address() as AddressInfo
  return {
    port,
    signIn: signIn ?? (people => logIn(port, people)),
    async close () {
      server.close()
      server.closeAllConnections()
      await close?.()
    }
  }
}
