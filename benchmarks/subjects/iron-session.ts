import type { FastifyReply, FastifyRequest } from 'fastify'
import { getIronSession, type IronSession, type SessionOptions } from 'iron-session'
import { createApp, LOGIN_PATH, LOGIN_SCHEMA, type LoginRoute, REFUSAL, serve } from './fastify-peer.ts'
import { type Person, personOf } from './people.ts'
import type { Subject } from './subject.ts'

interface SessionData { person?: Person }

declare module 'fastify' {
  interface FastifyRequest { ironSession: SessionData | null }
}

const OPTIONS: SessionOptions = {
  password: 'a password that is known to all: 0123456789',
  cookieName: 'session',
  cookieOptions: { secure: true }
}

function openSession (request: FastifyRequest, reply: FastifyReply): Promise<IronSession<SessionData>> {
  return getIronSession<SessionData>(request.raw, reply.raw, OPTIONS)
}

/**
 * iron-session on Fastify: the person is sealed in the cookie, and opened for each request.
 *
 * It has no faster settings: key derivation and cipher are fixed. The guard opens the session once and keeps it for
 * the handler. This is release 8, the last that runs on every Node that the plugin supports.
 */
export const ironSession: Subject = {
  async start () {
    const app = createApp()
    app.decorateRequest('ironSession', null)
    app.post<LoginRoute>(LOGIN_PATH, { schema: LOGIN_SCHEMA }, async (request, reply) => {
      const session = await openSession(request, reply)
      session.person = personOf(request.params.index)
      await session.save()
      return await reply.code(204).send()
    })
    app.get('/me', {
      async onRequest (request, reply) {
        request.ironSession = await openSession(request, reply)
        if (request.ironSession.person === undefined) return await reply.code(401).send(REFUSAL)
      }
    }, async request => request.ironSession?.person)
    return await serve(app)
  }
}
