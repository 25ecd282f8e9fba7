import { calculateJwkThumbprint } from 'jose'
import * as oauth from 'oauth4webapi'
import { digestOf } from '../../digest.ts'
import type { OidcSettings } from '../../options/oidc-settings.ts'
import { dpopKeyFrom } from '../provider/dpop.ts'
import { toResponseError } from '../provider/failure.ts'
import type { Provider, UsableServer } from '../provider/provider.ts'
import { respondingServer } from '../provider/token-issuer.ts'
import type { LoginDemands } from './demands.ts'
import { isPushed, pushAuthorization } from './pushed-authorization.ts'
import { strengthOf } from './strength.ts'
import { type Binding, codeVerifierOf, dpopSecretOf, nonceOf } from './transaction.ts'

/** What one authorization request says beside what is configured. */
export interface AuthorizationInput {
  readonly state: string
  readonly redirectUri: string
  readonly binding: Binding
  readonly transactionId: string
  readonly demands: LoginDemands
  readonly scopes: readonly string[]
}

/**
 * A person who must prove it now is asked to, whatever is configured; `max_age` makes the provider say when it was. A
 * provider that names what it knows, without `create` (Initiating User Registration, section 4), is not asked for it.
 */
export function promptOf (
  settings: OidcSettings, { prompt_values_supported: supported }: UsableServer, demands: LoginDemands
): string | undefined {
  const { silent, fresh = false, prompt = settings.prompt } = demands
  if (silent !== undefined) return 'none'
  const words = prompt?.split(' ') ?? []
  if (fresh) return words.includes('consent') ? 'login consent' : 'login'
  const canCreate = !Array.isArray(supported) || supported.includes('create')
  const known = canCreate ? words : words.filter(word => word !== 'create')
  return known.length === 0 ? undefined : known.join(' ')
}

/** An endpoint with parameters; they take the place of those that it has itself. */
function withParameters (endpoint: string, parameters: URLSearchParams): string {
  const url = new URL(endpoint)
  for (const name of parameters.keys()) url.searchParams.delete(name)
  for (const [name, value] of parameters) url.searchParams.append(name, value)
  return url.href
}

/** Binds the code to the key of the login: nobody else can exchange it (RFC 9449, section 10). */
async function dpopThumbprint (
  { settings }: Provider, { binding, transactionId }: AuthorizationInput
): Promise<string | undefined> {
  if (!settings.dpop) return undefined
  return await calculateJwkThumbprint(dpopKeyFrom(dpopSecretOf(binding, transactionId)))
}

/**
 * The address to send the browser to (RFC 6749, section 4.1.1; OpenID Connect Core, section 3.1.2.1).
 *
 * @throws ProviderUnavailable, ProviderAnswerInvalid, ProviderRefused
 */
export async function authorizationUrl (provider: Provider, input: AuthorizationInput): Promise<string> {
  const { state, redirectUri, binding, transactionId, demands, scopes } = input
  const { settings } = provider
  const { acr, maxAge } = strengthOf(settings, demands)
  const server = await provider.server()
  const parameters: Record<string, string | undefined> = {
    ...settings.authorizationParameters,
    ...demands.parameters,
    client_id: settings.clientId,
    redirect_uri: redirectUri,
    response_type: 'code',
    response_mode: settings.responseMode === 'query' ? undefined : settings.responseMode,
    scope: scopes.join(' '),
    state,
    nonce: nonceOf(binding, transactionId),
    code_challenge: digestOf(codeVerifierOf(binding, transactionId)), // RFC 7636, section 4.2
    code_challenge_method: 'S256',
    prompt: promptOf(settings, server, demands),
    max_age: maxAge?.toString(),
    acr_values: acr.length === 0 ? undefined : acr.join(' '),
    dpop_jkt: await dpopThumbprint(provider, input)
  }
  const asked = new URLSearchParams()
  for (const resource of settings.resources) asked.append('resource', resource)
  for (const [name, value] of Object.entries(parameters)) {
    if (value !== undefined) asked.set(name, value)
  }
  const carried = isPushed(provider, server) ? await pushAuthorization(provider, server, asked) : asked
  return withParameters(server.authorization_endpoint, carried)
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
    const responding = respondingServer(server, parameters.get('iss'))
    const response = oauth.validateAuthResponse(responding, provider.client, parameters, state)
    const [code = '', ...more] = response.getAll('code')
    if (code === '' || more.length > 0) throw new TypeError('The response must have one code')
    return response
  } catch (cause) {
    throw toResponseError(cause)
  }
}
