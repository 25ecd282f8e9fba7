import * as oauth from 'oauth4webapi'
import type { DevProvider, DevProviderOptions } from '../../lib/dev-provider/index.ts'
import { Browser, locationOf } from '../dev-provider/_browser.ts'
import { startProvider } from './_application.ts'

/** The service whose tokens are JWTs (RFC 9068), as their `aud` names it. */
export const API = 'https://api.example.com'
/** A service whose tokens are opaque. */
export const OPAQUE_API = 'https://opaque.example.com'
/** Another service, whose tokens are JWTs too. */
export const OTHER_API = 'https://other.example.com'
/** Scopes of all these services. */
export const API_SCOPES: readonly string[] = Object.freeze(['reports.read', 'reports.write'])

/** Where the program gets its codes; nobody listens there. */
const REDIRECT_URI = 'http://127.0.0.1:3998/callback'
const SERVICE = Object.freeze({ clientId: 'service', clientSecret: 'a-secret-of-the-service-that-no-one-knows' })
const PROGRAM = Object.freeze({ clientId: 'program' })
const insecure = { [oauth.allowInsecureRequests]: true }

/** What a token shall be. */
export interface TokenAsked {
  /** @default API */
  readonly resource?: string
  /** @default all of the service */
  readonly scopes?: readonly string[]
  /** Binds the token to the key of the handle. */
  readonly DPoP?: oauth.DPoPHandle
}

/** What a token of a person shall be. */
export interface PersonTokenAsked extends TokenAsked {
  /** @default 'alice' */
  readonly person?: string
  /** Further parameters of the authorization request. */
  readonly parameters?: Readonly<Record<string, string>>
}

/** A real provider behind services: their tokens are for them, and no sign-in. */
export interface ApiProvider extends DevProvider {
  /** A confidential client with client credentials, which may ask about any token. */
  readonly service: typeof SERVICE
  /** A public client, to which people give access. */
  readonly program: typeof PROGRAM
  readonly server: oauth.AuthorizationServer
  /** What proves that a client has a key of its own (RFC 9449). */
  dpop (): Promise<oauth.DPoPHandle>
  /** A token of the service itself, for no person (RFC 6749, section 4.4). */
  serviceToken (asked?: TokenAsked): Promise<oauth.TokenEndpointResponse>
  /** A token that a person gives to the program, by a code. With the scope `openid` there is an ID token too. */
  personToken (asked?: PersonTokenAsked): Promise<oauth.TokenEndpointResponse>
  /** Takes an opaque token back (RFC 7009). */
  revoke (token: string): Promise<void>
}

const configuration = {
  features: {
    clientCredentials: { enabled: true },
    dPoP: { enabled: true },
    resourceIndicators: {
      getResourceServerInfo: (_context: unknown, resource: string) => ({
        scope: API_SCOPES.join(' '), audience: resource, accessTokenFormat: resource === OPAQUE_API ? 'opaque' : 'jwt'
      })
    },
    revocation: { allowedPolicy: () => true }
  }
}

const clients = [
  {
    client_id: SERVICE.clientId,
    client_secret: SERVICE.clientSecret,
    grant_types: ['client_credentials'],
    redirect_uris: [],
    response_types: []
  },
  {
    client_id: PROGRAM.clientId,
    token_endpoint_auth_method: 'none',
    application_type: 'native',
    grant_types: ['authorization_code', 'refresh_token'],
    redirect_uris: [REDIRECT_URI]
  }
]

/** Starts it for a test, on loopback. */
export async function startApiProvider (
  t: { teardown (handler: () => Promise<unknown>): unknown }, options: DevProviderOptions = {}
): Promise<ApiProvider> {
  const { clients: further = [] } = options
  const provider = await startProvider(t, { configuration, ...options, clients: [...clients, ...further] })
  const issuer = new URL(provider.issuer)
  const server = await oauth.processDiscoveryResponse(issuer, await oauth.discoveryRequest(issuer, insecure))
  const service: oauth.Client = { client_id: SERVICE.clientId }
  const program: oauth.Client = { client_id: PROGRAM.clientId }
  const secret = oauth.ClientSecretBasic(SERVICE.clientSecret)

  async function serviceToken (
    { resource = API, scopes = API_SCOPES, ...more }: TokenAsked = {}
  ): Promise<oauth.TokenEndpointResponse> {
    const parameters = { resource, scope: scopes.join(' ') }
    const response = await oauth.clientCredentialsGrantRequest(
      server, service, secret, parameters, { ...insecure, ...more })
    return await oauth.processClientCredentialsResponse(server, service, response)
  }

  async function personToken (
    { resource = API, scopes = API_SCOPES, person = 'alice', parameters = {}, ...more }: PersonTokenAsked = {}
  ): Promise<oauth.TokenEndpointResponse> {
    const verifier = oauth.generateRandomCodeVerifier()
    const url = new URL(String(server.authorization_endpoint))
    url.search = new URLSearchParams({
      client_id: PROGRAM.clientId,
      redirect_uri: REDIRECT_URI,
      response_type: 'code',
      scope: scopes.join(' '),
      resource,
      code_challenge: await oauth.calculatePKCECodeChallenge(verifier),
      code_challenge_method: 'S256',
      ...parameters
    }).toString()
    const browser = new Browser(provider.issuer)
    const done = await browser.submit(await browser.open(url), '/login', { person })
    const answer = oauth.validateAuthResponse(server, program, locationOf(done), oauth.expectNoState)
    const response = await oauth.authorizationCodeGrantRequest(
      server, program, oauth.None(), answer, REDIRECT_URI, verifier,
      { ...insecure, ...more, additionalParameters: { resource } })
    return await oauth.processAuthorizationCodeResponse(server, program, response, {
      expectedNonce: parameters['nonce'] ?? oauth.expectNoNonce
    })
  }

  return {
    ...provider,
    service: SERVICE,
    program: PROGRAM,
    server,
    dpop: async () => oauth.DPoP(service, await oauth.generateKeyPair('ES256', { extractable: true })),
    serviceToken,
    personToken,
    async revoke (token) {
      const response = await oauth.revocationRequest(server, service, secret, token, insecure)
      await oauth.processRevocationResponse(response)
    }
  }
}
