import fastifyJwt from '@fastify/jwt'
import Fastify from 'fastify'
import authPlugin from 'fastify-login'
import { assertType, type Equals } from '../equals.js'

declare module '@fastify/jwt' {
  interface FastifyJWT { payload: { sub: string }, user: { sub: string } }
}

const app = Fastify()
app.register(fastifyJwt, { secret: 'x' })
app.register(authPlugin, { secret: 'x' })

app.get('/', { onRequest: [app.loginRequired] }, async (request, reply) => {
  await request.jwtVerify()
  assertType<Equals<typeof request.user, { sub: string }>>(true)
  return request.currentUser.isAuthenticated && await reply.jwtSign({ sub: request.currentUser.id })
})
