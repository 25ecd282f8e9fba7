import Fastify, { type FastifyInstance } from 'fastify'
import { listen } from './listen.ts'
import { logIn } from './login-route.ts'
import { PUBLIC_BODY } from './people.ts'
import type { RunningSubject } from './subject.ts'

/** The path where `logIn` signs people in. */
export const LOGIN_PATH = '/login/:index'

export interface LoginRoute { readonly Params: { readonly index: number } }

/** Of `LOGIN_PATH`, so that its index is a number. */
export const LOGIN_SCHEMA = { params: { type: 'object', properties: { index: { type: 'integer' } } } }

/** What a stranger is answered. */
export const REFUSAL = { statusCode: 401, error: 'Unauthorized', message: 'Sign in first.' }

/** An application without a logger, with the route that is the same for everybody. */
export function createApp (): FastifyInstance {
  const app = Fastify()
  app.get('/public', async () => PUBLIC_BODY)
  return app
}

/** Starts an application where people sign in by `LOGIN_PATH`. */
export async function serve (app: FastifyInstance): Promise<RunningSubject> {
  const running = await listen(app, async people => await logIn(running.port, people))
  return running
}
