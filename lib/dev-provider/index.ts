/**
 * A real OpenID Provider on a loopback port of its own, for development and tests.
 *
 * @module fastify-login/dev-provider
 */
import { type DevProviderOptions } from './settings.ts'
import { startDevProvider } from './start.ts'

export { type Person } from './people.ts'
export { type DevClient, type DevProviderOptions, type TokensGiven } from './settings.ts'
export { startDevProvider, type DevProvider } from './start.ts'

/** What {@link devProvider} needs of a Fastify instance; every one fits, whatever its server, logger and types are. */
interface ClosingApp {
  addHook (name: 'onClose', hook: () => Promise<void>): unknown
}

/** What goes under `oidc` in the options of the plugin. */
interface DevProviderRegistration {
  /** Address of the provider, like `http://127.0.0.1:40123`. */
  readonly issuer: string
  readonly clientId: string
  readonly clientSecret: string
}

/**
 * Starts a development provider that lives as long as the application: it closes in the application's `onClose`.
 * Needs the package `oidc-provider` and refuses `NODE_ENV=production`.
 *
 * @throws ConfigurationError under `NODE_ENV=production`, for a wrong option, and without the package `oidc-provider`
 *
 * @example
 * const oidc = await devProvider(app)
 * await app.register(authPlugin, { secret, publicUrl: 'http://localhost:3000', oidc })
 */
export async function devProvider (
  app: ClosingApp, options: DevProviderOptions = {}
): Promise<DevProviderRegistration> {
  let closeProvider = async () => {}
  app.addHook('onClose', async function closeDevProvider () { await closeProvider() })
  const { issuer, clientId, clientSecret, close } = await startDevProvider(options)
  closeProvider = close
  return { issuer, clientId, clientSecret }
}
