import type { OidcClient } from '../oidc/client/oidc-client.ts'
import type { OidcClients } from '../oidc/client/oidc-clients.ts'
import { authorizeDevice, type DeviceAuthorization } from '../oidc/device/device-authorization.ts'
import { isAboutPerson } from '../oidc/login/program-demand.ts'
import type { ProgramSettings } from '../options/program-settings.ts'
import { authorizationRefusal, withoutDeviceFlow } from './device-refusal.ts'
import { OAuthRefusal } from './oauth-refusal.ts'
import type { ProgramDevice } from './program-device.ts'
import { OFFLINE } from './program-scopes.ts'

/** What a provider is asked for. */
export type Asked = Pick<ProgramDevice, 'demands' | 'asked'>

/** Our client at the provider of a program. @throws OAuthRefusal `invalid_request` */
export function clientFor ({ provider }: ProgramSettings, clients: OidcClients): OidcClient {
  const client = provider === undefined ? clients.only : clients.find(provider)
  if (client !== undefined) return client
  throw new OAuthRefusal('invalid_request', 'The program is registered with none of several providers, and cannot choose one here.')
}

/**
 * Where the program gets the tokens of the provider, they hold what it wants, and of the configured scopes what tells
 * who somebody is.
 */
export function askedFor (
  { isPassThrough }: ProgramSettings, { provider }: OidcClient, wanted: readonly string[]
): Asked {
  const { scopes } = provider.settings
  if (!isPassThrough) return { demands: {}, asked: scopes }
  const needed = wanted.filter(scope => !isAboutPerson(scope) && scope !== OFFLINE)
  return { demands: { scopes: needed }, asked: [...new Set([...needed, ...scopes.filter(isAboutPerson), ...wanted])] }
}

/** @throws OAuthRefusal, ProviderUnavailable */
export async function askForCodes ({ provider }: OidcClient, { demands, asked }: Asked): Promise<DeviceAuthorization> {
  try {
    const { device_authorization_endpoint: endpoint } = await provider.server()
    if (endpoint === undefined) throw withoutDeviceFlow()
    return await authorizeDevice(provider, { demands, scopes: asked })
  } catch (error) {
    throw authorizationRefusal(error)
  }
}
