import * as oauth from 'oauth4webapi'
import { ProviderRefused, ProviderUnavailable } from '../../errors.ts'
import { clientAuth } from '../provider/client-auth.ts'
import { toLoginError } from '../provider/failure.ts'
import type { Provider, UsableServer } from '../provider/provider.ts'

/** Characters: a reference goes into an address, and providers make short ones. */
const LONGEST_REFERENCE = 2_048

/** Whether the parameters of a sign-in go to the provider directly: where we want it, or the provider does. */
export function isPushed ({ settings }: Provider, server: UsableServer): boolean {
  return settings.pushedAuthorization || server.require_pushed_authorization_requests === true
}

/** The provider says here what it would have said to the browser (RFC 9126, section 2.3). */
function toPushError (cause: unknown): Error {
  const error = toLoginError(cause)
  const isRefusal = cause instanceof oauth.ResponseBodyError && !(error instanceof ProviderUnavailable)
  return isRefusal ? new ProviderRefused({ cause }) : error
}

/**
 * Hands the parameters of an authorization request to the provider and gives those that the browser carries in their
 * place: who asks, and a reference (RFC 9126).
 *
 * @throws ProviderRefused, ProviderAnswerInvalid, ProviderUnavailable
 */
export async function pushAuthorization (
  provider: Provider, server: UsableServer, parameters: URLSearchParams
): Promise<URLSearchParams> {
  const { client, settings, request } = provider
  try {
    const response = await oauth.pushedAuthorizationRequest(
      server, client, clientAuth(settings, server), parameters, request)
    const { request_uri: reference } = await oauth.processPushedAuthorizationResponse(server, client, response)
    if (reference.length > LONGEST_REFERENCE) {
      throw new oauth.OperationProcessingError('The "request_uri" of the provider is too long for an address')
    }
    return new URLSearchParams({ client_id: settings.clientId, request_uri: reference })
  } catch (cause) {
    throw toPushError(cause)
  }
}
