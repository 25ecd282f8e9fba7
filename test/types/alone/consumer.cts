import Fastify = require('fastify')
import login = require('fastify-login')
import authPlugin, { loginRequired, Unauthorized } from 'fastify-login'
import { signedIn } from 'fastify-login/testing'
import type { DevProvider } from 'fastify-login/dev-provider'

const app = Fastify()
// @ts-expect-error Fastify takes the namespace, which its types do not say: write login.default
app.register(login, { secret: 'x' })
app.register(login.default, { secret: 'x' })
app.register(login.authPlugin, { secret: 'x' })
app.register(authPlugin, { secret: 'x' })
app.register(import('fastify-login'), { secret: 'x' })
app.get('/', { onRequest: [app.loginRequired, loginRequired({ maxAge: 60 })] }, async request => request.currentUser)
app.setErrorHandler((error, _request, reply) => {
  reply.send(error instanceof Unauthorized ? error.loginUrl : error)
})
void signedIn(app, 'alice')
export type { DevProvider }
