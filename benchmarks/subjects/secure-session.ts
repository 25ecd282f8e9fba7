import secureSession from '@fastify/secure-session'
import { createApp, LOGIN_PATH, LOGIN_SCHEMA, type LoginRoute, REFUSAL, serve } from './fastify-peer.ts'
import { type Person, personOf } from './people.ts'
import type { Subject } from './subject.ts'

declare module '@fastify/secure-session' {
  interface SessionData { person: Person }
}

/**
 * `@fastify/secure-session` by itself: the person is sealed in the cookie, and opened for each request.
 *
 * It gets a key, because deriving one from a secret is slow (at start only), and the cookie options of its README.
 * The session is read by its property: `session.get` makes a proxy each time. The guard answers by itself, which is
 * less work than throwing an error.
 */
export const secureSessionAlone: Subject = {
  async start () {
    const app = createApp()
    const cookie = { path: '/', httpOnly: true, secure: true, sameSite: 'lax' } as const
    await app.register(secureSession, { key: Buffer.alloc(32, 'k'), cookie })
    app.post<LoginRoute>(LOGIN_PATH, { schema: LOGIN_SCHEMA }, async (request, reply) => {
      request.session.set('person', personOf(request.params.index))
      return reply.code(204).send()
    })
    app.get('/me', {
      onRequest (request, reply, done) {
        if (request.session.person === undefined) reply.code(401).send(REFUSAL)
        else done()
      }
    }, async request => request.session.person)
    return await serve(app)
  }
}
