import * as oauth from 'oauth4webapi'
import { toResponseError } from './failure.ts'
import type { Provider, UsableServer } from './provider.ts'
import { type Binding, codeVerifierOf, nonceOf } from './transaction.ts'

/** What one authorization request says beside what is configured. */
export interface AuthorizationInput {
  readonly state: string
  readonly redirectUri: string
  readonly binding: Binding
  readonly transactionId: string
}

/** The address to send the browser to (RFC 6749, section 4.1.1; OpenID Connect Core, section 3.1.2.1). */
export async function authorizationUrl (provider: Provider, input: AuthorizationInput): Promise<string> {
  const { state, redirectUri, binding, transactionId } = input
  const { settings } = provider
  const server = await provider.server()
  const parameters: Record<string, string | undefined> = {
    ...settings.authorizationParameters,
    client_id: settings.clientId,
    redirect_uri: redirectUri,
    response_type: 'code',
    response_mode: settings.responseMode === 'query' ? undefined : settings.responseMode,
    scope: settings.scopes.join(' '),
    state,
    nonce: nonceOf(binding, transactionId),
    code_challenge: await oauth.calculatePKCECodeChallenge(codeVerifierOf(binding, transactionId)),
    code_challenge_method: 'S256',
    prompt: settings.prompt,
    max_age: settings.maxAge?.toString(),
    acr_values: settings.acrValues.length === 0 ? undefined : settings.acrValues.join(' ')
  }
  const url = new URL(server.authorization_endpoint)
  for (const [name, value] of Object.entries(parameters)) {
    if (value !== undefined) url.searchParams.set(name, value)
  }
  return url.href
}

/**
 * Judges an authorization response: issuer (RFC 9207, section 2.4), state, no parameter twice, no error, one code.
 *
 * @throws ResponseInvalid, LoginDenied, ProviderRefused
 */
export function processAuthorizationResponse (
  provider: Provider, server: UsableServer, parameters: URLSearchParams, state: string
): URLSearchParams {
  try {
    // An empty one is none for oauth4webapi, but the standard compares whatever is there.
    if (parameters.get('iss') === '') throw new TypeError('The issuer of the response is empty')
    const response = oauth.validateAuthResponse(server, provider.client, parameters, state)
    const [code = '', ...more] = response.getAll('code')
    if (code === '' || more.length > 0) throw new TypeError('The response must have one code')
    return response
  } catch (cause) {
    throw toResponseError(cause)
  }
}
