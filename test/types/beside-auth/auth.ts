import fastifyAuth from '@fastify/auth'
import Fastify from 'fastify'
import authPlugin, { loginRequired } from 'fastify-login'

const app = Fastify()
await app.register(fastifyAuth)
await app.register(authPlugin, { secret: 'x' })

app.get('/', { preHandler: app.auth([app.loginRequired, async () => {}]) }, async request => request.currentUser)
app.get('/export', { onRequest: app.auth([loginRequired, loginRequired({ fresh: true })], { relation: 'and' }) },
  async request => request.currentUser)
app.get('/made', { preHandler: app.auth([[app.loginRequired, app.loginRequired({ maxAge: 60 })]]) },
  async request => request.currentUser)
