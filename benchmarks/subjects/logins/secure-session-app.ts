import secureSession from '@fastify/secure-session'
import Fastify, { type FastifyInstance } from 'fastify'
import { createHash } from 'node:crypto'
import { SECRET } from './settings.ts'

/** What is remembered of a login while the person is at the provider. */
interface Begun { readonly state: string, readonly nonce: string, readonly verifier: string }

declare module '@fastify/secure-session' {
  interface SessionData {
    login: Begun
    claims: Readonly<Record<string, unknown>>
  }
}

declare module 'fastify' {
  interface FastifyRequest { readonly begun: FastifyRequest['session'] }
}

const COOKIE = { path: '/', httpOnly: true, sameSite: 'lax' } as const

/** An application with two sealed cookies: what is remembered of a login that was begun, and the session. */
export async function createApp (): Promise<FastifyInstance> {
  const app = Fastify()
  const key = createHash('sha256').update(SECRET).digest()
  await app.register(secureSession, [
    { sessionName: 'begun', key, cookie: { ...COOKIE, maxAge: 600 } },
    { sessionName: 'session', key, cookie: COOKIE }
  ])
  app.get('/me', async (request, reply) => request.session.get('claims') ?? reply.code(401).send())
  return app
}
