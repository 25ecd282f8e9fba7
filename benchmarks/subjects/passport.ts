import { Authenticator } from '@fastify/passport'
import secureSession from '@fastify/secure-session'
import { createApp, LOGIN_PATH, LOGIN_SCHEMA, type LoginRoute, REFUSAL, serve } from './fastify-peer.ts'
import { type Person, personOf } from './people.ts'
import type { Subject } from './subject.ts'

declare module 'fastify' {
  interface PassportUser extends Person {}
}

/**
 * Sessions of `@fastify/passport` on `@fastify/secure-session`.
 *
 * The whole person is serialized into the sealed cookie, so that no request has to look one up. The guard is the one
 * of its README, in the form of a callback, which is faster.
 */
export const passport: Subject = {
  async start () {
    const app = createApp()
    const authenticator = new Authenticator()
    authenticator.registerUserSerializer(async (person: Person) => person)
    authenticator.registerUserDeserializer(async (person: Person) => person)
    const cookie = { path: '/', httpOnly: true, secure: true, sameSite: 'lax' } as const
    await app.register(secureSession, { key: Buffer.alloc(32, 'k'), cookie })
    await app.register(authenticator.initialize())
    await app.register(authenticator.secureSession())
    app.post<LoginRoute>(LOGIN_PATH, { schema: LOGIN_SCHEMA }, async (request, reply) => {
      await request.logIn(personOf(request.params.index))
      return await reply.code(204).send()
    })
    app.get('/me', {
      preValidation (request, reply, done) {
        if (request.isAuthenticated()) done()
        else reply.code(401).send(REFUSAL)
      }
    }, async request => request.user)
    return await serve(app)
  }
}
