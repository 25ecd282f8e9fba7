import type { FastifyInstance } from 'fastify'
import type { RunningSubject } from './subject.ts'

/** Starts an application on a free port of loopback. */
export async function listen (app: FastifyInstance, signIn: RunningSubject['signIn']): Promise<RunningSubject> {
  const address = await app.listen({ port: 0, host: '127.0.0.1' })
  return { port: Number(new URL(address).port), signIn, close: () => app.close() }
}
