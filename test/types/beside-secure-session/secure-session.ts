import fastifyCookie from '@fastify/cookie'
import fastifySecureSession, { type Session } from '@fastify/secure-session'
import Fastify from 'fastify'
import authPlugin from 'fastify-login'
import { assertType, type Equals } from '../equals.js'

declare module '@fastify/secure-session' {
  interface SessionData { cart: string[] }
}

const app = Fastify()
app.register(fastifyCookie)
app.register(fastifySecureSession, { key: Buffer.alloc(32) })
app.register(authPlugin, { secret: 'x' })

app.get('/', { onRequest: [app.loginRequired] }, async (request, reply) => {
  assertType<Equals<typeof request.session, Session>>(true)
  assertType<Equals<ReturnType<typeof request.session.get<'cart'>>, string[] | undefined>>(true)
  reply.setCookie('theme', 'dark')
  return request.currentUser.isAuthenticated ? request.session.get('cart') : request.cookies['theme']
})
