import Fastify, { type FastifyInstance } from 'fastify'
import { type DevProvider, type DevProviderOptions, startDevProvider } from '../../lib/dev-provider/index.ts'
import { authPlugin, type AuthOptions, type OidcOptions } from '../../lib/index.ts'
import { secret } from '../_app.ts'
import { freePort } from '../_free-port.ts'

interface Teardown { teardown (handler: () => Promise<unknown>): unknown }

/** A real provider that ends with the test. */
export async function startProvider (t: Teardown, options?: DevProviderOptions): Promise<DevProvider> {
  const provider = await startDevProvider(options)
  t.teardown(() => provider.close())
  return provider
}

export interface ApplicationOptions extends Omit<Partial<AuthOptions>, 'oidc'> {
  readonly provider: Pick<DevProvider, 'issuer' | 'clientId' | 'clientSecret'>
  readonly oidc?: Partial<OidcOptions>
  /** Routes of the application are below it, as where a proxy does not strip the path of `publicUrl`. */
  readonly prefix?: string
  /** Where it listens, for a provider that must know before. @default a free port */
  readonly port?: number
  /** Adds further routes of the application. */
  readonly addPages?: (scope: FastifyInstance) => void
}

export interface Application {
  readonly app: FastifyInstance
  /** Where it listens. */
  readonly origin: string
  /** Names of its cookies. */
  readonly session: string
  readonly binding: string
}

function addRoutes (scope: FastifyInstance): void {
  scope.get('/', async () => 'the root')
  scope.get('/who', async ({ currentUser }) => {
    if (!currentUser.isAuthenticated) return currentUser
    return { ...currentUser.toJSON(), userinfo: currentUser.userinfo }
  })
  scope.get('/deep/*', { onRequest: [scope.loginRequired] }, async request => request.originalUrl)
  scope.get('/login-link', async request => request.loginUrl({ returnTo: String(request.headers['x-return-to']) }))
}

/** An application on a real socket of localhost, which is another site than a provider on 127.0.0.1. */
export async function startApplication (t: Teardown, options: ApplicationOptions): Promise<Application> {
  const {
    provider: { issuer, clientId, clientSecret }, oidc, prefix = '', port = await freePort(), addPages = () => {}, ...others
  } = options
  const origin = `http://localhost:${port}`
  const app = Fastify({ forceCloseConnections: true })
  t.teardown(() => app.close())
  const auth: AuthOptions = {
    secret: secret(), publicUrl: origin, oidc: { issuer, clientId, clientSecret, ...oidc }, ...others
  }
  await app.register(authPlugin, auth)
  await app.register(async scope => {
    addRoutes(scope)
    addPages(scope)
  }, { prefix })
  await app.listen({ port, host: 'localhost' })
  const name = `login-${new URL(String(auth.publicUrl)).port}`
  return { app, origin, session: name, binding: `${oidc?.responseMode === 'form_post' ? '__Host-' : ''}${name}-binding` }
}
