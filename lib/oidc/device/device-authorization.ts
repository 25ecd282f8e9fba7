import * as oauth from 'oauth4webapi'
import { ProviderRefused, ProviderUnavailable } from '../../errors.ts'
import { isAcceptableAddress } from '../../options/public-url.ts'
import { promptOf } from '../login/authorization.ts'
import type { LoginDemands } from '../login/demands.ts'
import { strengthOf } from '../login/strength.ts'
import { clientAuth } from '../provider/client-auth.ts'
import { toLoginError } from '../provider/failure.ts'
import type { Provider } from '../provider/provider.ts'

/** What a provider gives a device that cannot be redirected to (RFC 8628, section 3.2). */
export interface DeviceAuthorization {
  /** Only we and the provider know it. */
  readonly deviceCode: string
  /** What the person types. */
  readonly userCode: string
  /** Where the person types it. */
  readonly verificationUri: string
  /** The same with the code in it, for a QR code. */
  readonly verificationUriComplete: string | undefined
  /** Seconds to wait between two questions. */
  readonly interval: number
  /** Seconds until the codes end. */
  readonly expiresIn: number
}

/** RFC 8628, section 3.2. */
const DEFAULT_INTERVAL = 5
/** Seconds: longer than any code lives. */
const LONGEST_INTERVAL = 3600
/** Characters. A person has to type the one and to read the other; what is longer is no such code or address. */
const LONGEST = Object.freeze({
  device_code: 8192, user_code: 64, verification_uri: 2048, verification_uri_complete: 2048
})

function invalid (message: string): never {
  throw new oauth.OperationProcessingError(message)
}

function toDeviceAuthorization (answer: oauth.DeviceAuthorizationResponse, isPlainHttp: boolean): DeviceAuthorization {
  for (const [name, longest] of Object.entries(LONGEST)) {
    if (String(answer[name] ?? '').length > longest) invalid(`"${name}" is longer than ${longest} characters`)
  }
  const { verification_uri: verificationUri, verification_uri_complete: verificationUriComplete } = answer
  for (const address of [verificationUri, verificationUriComplete ?? verificationUri]) {
    // It becomes a link of a page of ours.
    if (!isAcceptableAddress(address, isPlainHttp)) invalid('The verification address is none that may be used')
  }
  return {
    deviceCode: answer.device_code,
    userCode: answer.user_code,
    verificationUri,
    verificationUriComplete,
    interval: Math.min(Math.ceil(answer.interval ?? DEFAULT_INTERVAL), LONGEST_INTERVAL),
    expiresIn: Math.floor(answer.expires_in)
  }
}

/**
 * Asks a provider for codes (RFC 8628, section 3.1). The parameters of OpenID Connect go along: a provider that does
 * not know them here ignores them, and the login is judged by what comes back.
 *
 * @throws ProviderRefused, ProviderAnswerInvalid, ProviderUnavailable
 */
export async function authorizeDevice (
  provider: Provider, { demands, scopes }: { readonly demands: LoginDemands, readonly scopes: readonly string[] }
): Promise<DeviceAuthorization> {
  const { client, settings, request } = provider
  const { acr, maxAge } = strengthOf(settings, demands)
  const server = await provider.server()
  const parameters = Object.entries({
    ...settings.authorizationParameters,
    ...demands.parameters,
    scope: scopes.join(' '),
    prompt: promptOf(settings, server, demands),
    max_age: maxAge?.toString(),
    acr_values: acr.join(' ') || undefined
  }).filter((entry): entry is [string, string] => entry[1] !== undefined)
  try {
    if (!isAcceptableAddress(server.device_authorization_endpoint, settings.isPlainHttp)) {
      invalid('The provider names no "device_authorization_endpoint", so "routes.callback" cannot be false')
    }
    const asked = new URLSearchParams(parameters)
    for (const resource of settings.resources) asked.append('resource', resource)
    const answer = await oauth.deviceAuthorizationRequest(
      server, client, clientAuth(settings, server), asked, request)
    const authorization = await oauth.processDeviceAuthorizationResponse(server, client, answer)
    return toDeviceAuthorization(authorization, settings.isPlainHttp)
  } catch (cause) {
    const error = toLoginError(cause)
    const isRefused = cause instanceof oauth.ResponseBodyError && !(error instanceof ProviderUnavailable)
    throw isRefused ? new ProviderRefused({ cause }) : error
  }
}
