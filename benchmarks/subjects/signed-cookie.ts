import cookie from '@fastify/cookie'
import type { FastifyRequest } from 'fastify'
import { createApp, LOGIN_PATH, LOGIN_SCHEMA, type LoginRoute, REFUSAL, serve } from './fastify-peer.ts'
import { type Person, personOf } from './people.ts'
import type { Subject } from './subject.ts'

declare module 'fastify' {
  interface FastifyRequest { signedPerson: Person | null }
}

/** The cookie is signed, not sealed: what it says can be read by everybody who sees it. */
function readPerson (request: FastifyRequest): Person | null {
  const { valid, value } = request.unsignCookie(request.cookies['person'] ?? '')
  return valid ? JSON.parse(Buffer.from(value, 'base64url').toString()) as Person : null
}

/**
 * `@fastify/cookie` alone: the person in a signed cookie, by the plugin's own signer (HMAC with SHA-256).
 *
 * The least that can be called a session: nothing is hidden, nothing ends but by its cookie. The person is read once
 * for each request. JSON goes as base64url, because escaping it costs more in each direction.
 */
export const signedCookie: Subject = {
  async start () {
    const app = createApp()
    await app.register(cookie, { secret: 'a secret that is known to all: 0123456789' })
    app.decorateRequest('signedPerson', null)
    const options = { path: '/', httpOnly: true, secure: true, sameSite: 'lax', signed: true } as const
    app.post<LoginRoute>(LOGIN_PATH, { schema: LOGIN_SCHEMA }, async (request, reply) => {
      const value = Buffer.from(JSON.stringify(personOf(request.params.index))).toString('base64url')
      return reply.setCookie('person', value, options).code(204).send()
    })
    app.get('/me', {
      onRequest (request, reply, done) {
        request.signedPerson = readPerson(request)
        if (request.signedPerson === null) reply.code(401).send(REFUSAL)
        else done()
      }
    }, async request => request.signedPerson)
    return await serve(app)
  }
}
