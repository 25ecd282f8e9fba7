import fastifyCookie from '@fastify/cookie'
import fastifySession, { type FastifySessionObject } from '@fastify/session'
import Fastify from 'fastify'
import authPlugin from 'fastify-login'
import { devProvider } from 'fastify-login/dev-provider'
import { signedIn } from 'fastify-login/testing'
import { assertType, type Equals } from '../equals.js'

declare module 'fastify' {
  interface Session { cart?: string[] }
}

const app = Fastify()
app.register(fastifyCookie)
app.register(fastifySession, { secret: 'x'.repeat(32) })
app.register(authPlugin, { secret: 'x', publicUrl: 'http://localhost:3000', oidc: await devProvider(app) })
await signedIn(app, 'alice')

app.get('/', { onRequest: [app.loginRequired] }, async request => {
  // The types of @fastify/secure-session declare another request.session: they must stay inside our package.
  assertType<Equals<typeof request.session, FastifySessionObject>>(true)
  assertType<Equals<typeof request.session.sessionId, string>>(true)
  return request.currentUser.isAuthenticated ? request.session.cart : []
})
