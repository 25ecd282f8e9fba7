import cookie from '@fastify/cookie'
import jwt from '@fastify/jwt'
import { createApp, LOGIN_PATH, LOGIN_SCHEMA, type LoginRoute, serve } from './fastify-peer.ts'
import { CACHED, FASTEST, type JwtWay, SIGNING, toPerson, toToken, UNCACHED } from './jwt.ts'
import { personOf } from './people.ts'
import type { Subject } from './subject.ts'

/** `@fastify/jwt` in a cookie (HS256): what the token says is signed, not sealed. */
function inCookie ({ verify, guard }: JwtWay): Subject {
  return {
    async start () {
      const app = createApp()
      await app.register(cookie)
      await app.register(jwt, {
        secret: 'a secret that is known to all: 0123456789',
        cookie: { cookieName: 'token', signed: false },
        sign: SIGNING,
        verify: { ...verify, algorithms: ['HS256'] }
      })
      const options = { path: '/', httpOnly: true, secure: true, sameSite: 'lax' } as const
      app.post<LoginRoute>(LOGIN_PATH, { schema: LOGIN_SCHEMA }, async (request, reply) => {
        const token = app.jwt.sign(toToken(personOf(request.params.index)))
        return await reply.setCookie('token', token, options).code(204).send()
      })
      const onRequest = guard(app, request => request.cookies['token'])
      app.get('/me', { onRequest }, async request => toPerson(request.user))
      return await serve(app)
    }
  }
}

export const uncached = inCookie(UNCACHED)
export const cached = inCookie(CACHED)
export const fastest = inCookie(FASTEST)
