import { refuse } from './check.ts'
import type { OidcSettings } from './oidc-settings.ts'
import { isAcceptableAddress } from './public-url.ts'
import type { RouteSettings } from './route-settings.ts'

type DeviceParts = Pick<OidcSettings, 'responseMode' | 'metadata' | 'isPlainHttp' | 'silentLogin' | 'flows'>

/**
 * What cannot be together with sign-in by device code.
 *
 * @param option where the caller wrote the provider
 */
export function assertDeviceLogin (
  { responseMode, metadata, isPlainHttp, silentLogin, flows }: DeviceParts,
  { deviceLogin }: Pick<RouteSettings, 'deviceLogin'>, option: string
): void {
  if (deviceLogin === undefined) return
  if (responseMode === 'form_post') {
    refuse(`${option}.responseMode`, 'is form_post, but with "routes.callback: false" no browser brings an answer. Leave it out.')
  }
  if (silentLogin) {
    refuse(`${option}.silentLogin`, 'is true, but with "routes.callback: false" nobody signs in without a question. Leave it out.')
  }
  const [flow] = Object.keys(flows)
  if (flow !== undefined) {
    refuse(`${option}.flows.${flow}`, 'is a page that people come back from, but with "routes.callback: false" they cannot. Leave it out.')
  }
  if (metadata === undefined || isAcceptableAddress(metadata.device_authorization_endpoint, isPlainHttp)) return
  refuse(`${option}.metadata.device_authorization_endpoint`, 'must be an address that begins with https://, because "routes.callback" is false.')
}
