import { once } from 'node:events'
import { createServer, type IncomingMessage, type Server, type ServerResponse } from 'node:http'
import { type AddressInfo } from 'node:net'
import { exportJWK, generateKeyPair } from 'jose'
import { createConfiguration, type Plan } from './configuration.ts'
import { allowRedirects } from './default-client.ts'
import { answerInteraction, isInteraction } from './interaction.ts'
import { askForConsent } from './offline-access.ts'
import { loadOidcProvider, type OidcProvider } from './oidc-provider.ts'
import { type Person } from './people.ts'
import { type DevProviderOptions, type DevProviderSettings, resolveSettings } from './settings.ts'

/** A development provider that runs. */
export interface DevProvider {
  /**
   * Its address, like `http://127.0.0.1:40123`. It is not called `localhost`: that name often means `::1` first, where
   * another program may listen on the same port; and to an application on `localhost` the provider is another site, as
   * it will be in production.
   */
  readonly issuer: string
  /** The client that needs no registration. */
  readonly clientId: string
  readonly clientSecret: string
  /** Who can sign in. */
  readonly people: readonly Person[]
  /** Stops it and ends its connections. May be called twice. */
  close (): Promise<void>
}

const HOST = '127.0.0.1'

async function generateKey (): Promise<Plan['key']> {
  const { privateKey } = await generateKeyPair('RS256', { extractable: true })
  return { ...await exportJWK(privateKey), alg: 'RS256', use: 'sig' }
}

async function listen (server: Server, port: number): Promise<number> {
  server.listen(port, HOST)
  await once(server, 'listening')
  return (server.address() as AddressInfo).port
}

async function closeServer (server: Server): Promise<void> {
  await new Promise(resolve => {
    server.close(resolve)
    server.closeAllConnections()
  })
}

function tellOfTokens (provider: OidcProvider, { onTokens }: DevProviderSettings): void {
  provider.on('grant.success', ({ oidc: { client: { clientId }, params } }) =>
    onTokens({ clientId, grantType: params.grant_type }))
}

function serve (server: Server, provider: OidcProvider, people: readonly Person[]): void {
  const answer = provider.callback()
  server.on('request', (request: IncomingMessage, response: ServerResponse): unknown => {
    const target = `${request.url}`
    if (isInteraction(target)) return answerInteraction({ provider, people }, request, response)
    request.url = askForConsent(target)
    return answer(request, response)
  })
}

/**
 * Starts a real OpenID Provider on a loopback port of its own, with keys and secrets that are new at every start. For
 * development and tests: whoever reaches it signs in with one click, as anybody.
 *
 * @throws ConfigurationError under `NODE_ENV=production`, for a wrong option, and without the package `oidc-provider`
 *
 * @example
 * const provider = await startDevProvider({ port: 9000 })
 * console.log(provider.issuer, provider.clientId, provider.clientSecret)
 * await provider.close()
 */
export async function startDevProvider (options: DevProviderOptions = {}): Promise<DevProvider> {
  const settings = resolveSettings(options)
  const [module, key] = await Promise.all([loadOidcProvider(), generateKey()])
  const server = createServer()
  const port = await listen(server, settings.port)
  const close = () => closeServer(server)
  try {
    const issuer = `http://${HOST}:${port}`
    const configuration = createConfiguration({ settings, module, port, key })
    const provider = new module.Provider(issuer, configuration)
    const { client_id: clientId, client_secret: clientSecret } = configuration.clients[0]
    allowRedirects(provider, clientId, settings.redirectUris)
    tellOfTokens(provider, settings)
    serve(server, provider, settings.people)
    return { issuer, clientId, clientSecret: String(clientSecret), people: settings.people, close }
  } catch (error) {
    await close()
    throw error
  }
}
