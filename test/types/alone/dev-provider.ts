import Fastify from 'fastify'
import authPlugin from 'fastify-login'
import {
  devProvider, type DevProvider, type DevProviderOptions, type Person, startDevProvider
} from 'fastify-login/dev-provider'
import { assertType, type Equals } from '../equals.js'

const app = Fastify()
const oidc = await devProvider(app)
app.register(authPlugin, { secret: 'x', publicUrl: 'http://localhost:3000', oidc })
app.register(authPlugin, { secret: 'x', publicUrl: 'http://localhost:3000', oidc: { ...oidc, userinfo: true } })

const people: readonly Person[] = [{ sub: 'dave', name: 'Dave', roles: ['admin'] }]
const options: DevProviderOptions = { port: 9000, people, redirectUris: ['http://localhost:3000/auth/callback'] }
const provider = await startDevProvider(options)
assertType<Equals<typeof provider, DevProvider>>(true)
assertType<Equals<typeof provider.people, readonly Person[]>>(true)
await provider.close()
app.register(authPlugin, { secret: 'x', publicUrl: 'http://localhost:3000', oidc: await devProvider(app, options) })

// @ts-expect-error an unknown option
await devProvider(app, { prot: 9000 })
// @ts-expect-error people have subjects
await startDevProvider({ people: [{ name: 'Dave' }] })
