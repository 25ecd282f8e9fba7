/** Fastify instances whose server, logger or type provider is not the usual one. */
import { createServer } from 'node:http'
import Fastify, {
  type FastifyBaseLogger, type FastifyInstance, type FastifyPluginAsync, type FastifyTypeProvider
} from 'fastify'
import authPlugin, { AuthUser, loginRequired } from 'fastify-login'
import { devProvider } from 'fastify-login/dev-provider'
import { signedIn } from 'fastify-login/testing'

interface Provider extends FastifyTypeProvider { validator: this['schema'], serializer: this['schema'] }

declare const logger: FastifyBaseLogger & { audit (text: string): void }

const secret = 'x'
const typed = Fastify().withTypeProvider<Provider>()
const logged = Fastify({ loggerInstance: logger })
const secure = Fastify({ https: {} })
const http2 = Fastify({ http2: true })
const own = Fastify({ serverFactory: handler => createServer(handler) })

typed.register(authPlugin, { secret })
typed.get('/', { onRequest: [typed.loginRequired], preHandler: [loginRequired({ fresh: true })] }, async request => request.currentUser)
await signedIn(typed, 'alice')
await devProvider(typed)

logged.register(authPlugin, { secret })
logged.get('/', { onRequest: [logged.loginRequired], preHandler: loginRequired }, async request => request.currentUser)
await signedIn(logged, 'alice')
await devProvider(logged)

secure.register(authPlugin, { secret })
secure.get('/', { onRequest: [secure.loginRequired] }, async (request, reply) => await request.commitLogin(reply))
await signedIn(secure, new AuthUser('alice'))
await devProvider(secure)

http2.register(authPlugin, { secret })
http2.get('/', { onRequest: [http2.loginRequired] }, async (request, reply) => await request.commitLogin(reply))
await signedIn(http2, 'alice')
await devProvider(http2)

own.register(authPlugin, { secret })
own.get('/', { onRequest: own.loginRequired }, async request => request.currentUser)

export const routes: FastifyPluginAsync = async (app: FastifyInstance) => {
  app.get('/', { onRequest: [app.loginRequired] }, async request => request.currentUser)
}
