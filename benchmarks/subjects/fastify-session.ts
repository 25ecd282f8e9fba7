import cookie from '@fastify/cookie'
import session, { type FastifySessionOptions } from '@fastify/session'
import { RedisStore } from 'connect-redis'
import { createApp, LOGIN_PATH, LOGIN_SCHEMA, type LoginRoute, REFUSAL, serve } from './fastify-peer.ts'
import { type Person, personOf } from './people.ts'
import { connectRedis } from './redis-client.ts'
import type { RunningSubject, Subject } from './subject.ts'

declare module 'fastify' {
  interface Session { person?: Person }
}

/**
 * `@fastify/session`, with sessions of strangers not kept (`saveUninitialized: false`), as its README recommends.
 * The cookie is not Secure, because the plugin would not send such a one without TLS; that costs nothing.
 */
async function start (options: Partial<FastifySessionOptions>, close?: () => unknown): Promise<RunningSubject> {
  const app = createApp()
  await app.register(cookie)
  await app.register(session, {
    secret: 'a secret that is known to all: 0123456789',
    saveUninitialized: false,
    cookie: { path: '/', httpOnly: true, secure: false, sameSite: 'lax', maxAge: 86_400_000 },
    ...options
  })
  app.post<LoginRoute>(LOGIN_PATH, { schema: LOGIN_SCHEMA }, async (request, reply) => {
    request.session.person = personOf(request.params.index)
    return await reply.code(204).send()
  })
  app.get('/me', {
    onRequest (request, reply, done) {
      if (request.session.person === undefined) reply.code(401).send(REFUSAL)
      else done()
    }
  }, async request => request.session.person)
  app.addHook('onClose', async () => { await close?.() })
  return await serve(app)
}

/** In memory, by its own store, without prolonging sessions: the fastest that it has. */
export const inMemory: Subject = {
  start: () => start({ rolling: false })
}

/** In Redis by connect-redis: one read for each request. */
export const inRedis: Subject = {
  async start (settings) {
    const client = await connectRedis(settings)
    return await start({ rolling: false, store: new RedisStore({ client }) }, () => client.close())
  }
}

/** The same, and each request prolongs the session, which is the plugin's default: a read and a write. */
export const rollingInRedis: Subject = {
  async start (settings) {
    const client = await connectRedis(settings)
    return await start({ rolling: true, store: new RedisStore({ client }) }, () => client.close())
  }
}
