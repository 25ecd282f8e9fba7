/** One process of several that refresh for programs; `broker-refresh.test.ts` starts it. */
import Fastify from 'fastify'
import { authPlugin, type AuthOptions } from '../../lib/index.ts'

const { ahead, ...options } = JSON.parse(String(process.env['MEMBER'])) as AuthOptions & { readonly ahead: number }
const app = Fastify({ logger: false })
await app.register(authPlugin, { ...options, now: () => Date.now() + ahead })
const address = await app.listen({ port: 0, host: '127.0.0.1' })
process.send?.(address)
process.once('disconnect', () => process.exit())
