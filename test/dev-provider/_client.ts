import * as oauth from 'oauth4webapi'
import { type DevProvider } from '../../lib/dev-provider/index.ts'
import { type Browser, locationOf } from './_browser.ts'

// Its own word for tests and development: the issuer has no https.
const insecure = { [oauth.allowInsecureRequests]: true }

/** An application that signs in at a development provider, as oauth4webapi does it. */
export interface Client {
  readonly server: oauth.AuthorizationServer
  readonly client: oauth.Client
  readonly authentication: oauth.ClientAuth
  readonly redirectUri: string
}

export interface Login {
  readonly tokens: oauth.TokenEndpointResponse
  readonly claims: oauth.IDToken
}

export const REDIRECT_URI = 'http://localhost:3999/auth/callback'

export async function discover (
  { issuer, clientId, clientSecret }: DevProvider, redirectUri = REDIRECT_URI
): Promise<Client> {
  const url = new URL(issuer)
  const server = await oauth.processDiscoveryResponse(url, await oauth.discoveryRequest(url, insecure))
  return {
    server, redirectUri, client: { client_id: clientId }, authentication: oauth.ClientSecretBasic(clientSecret)
  }
}

/** One authorization request, with its verifier and nonce. */
export async function begin ({ server, client, redirectUri }: Client, further: Record<string, string> = {}) {
  const verifier = oauth.generateRandomCodeVerifier()
  const nonce = oauth.generateRandomNonce()
  const state = oauth.generateRandomState()
  const url = new URL(server.authorization_endpoint ?? '')
  url.search = new URLSearchParams({
    client_id: client.client_id,
    redirect_uri: redirectUri,
    response_type: 'code',
    scope: 'openid profile email',
    code_challenge: await oauth.calculatePKCECodeChallenge(verifier),
    code_challenge_method: 'S256',
    nonce,
    state,
    ...further
  }).toString()
  return { url, verifier, nonce, state }
}

/** Exchanges the code that the callback got, and checks everything that there is to check. */
export async function finish (
  { server, client, authentication, redirectUri }: Client,
  { verifier, nonce, state }: { verifier: string, nonce: string, state: string },
  callback: URL
): Promise<Login> {
  const params = oauth.validateAuthResponse(server, client, callback, state)
  const response = await oauth.authorizationCodeGrantRequest(
    server, client, authentication, params, redirectUri, verifier, insecure)
  const tokens = await oauth.processAuthorizationCodeResponse(server, client, response, {
    expectedNonce: nonce, requireIdToken: true
  })
  await oauth.validateApplicationLevelSignature(server, response, insecure)
  const claims = oauth.getValidatedIdTokenClaims(tokens)
  if (claims === undefined) throw new Error('no ID token')
  return { tokens, claims }
}

/** The whole story: request, choice of a person, callback, tokens. */
export async function signIn (
  application: Client, browser: Browser, person: string, further: Record<string, string> = {}
): Promise<Login> {
  const attempt = await begin(application, further)
  const page = await browser.open(attempt.url)
  const done = await browser.submit(page, '/login', { person })
  return finish(application, attempt, locationOf(done))
}

/** A sign-in that a running session answers without a page. */
export async function signInAgain (
  application: Client, browser: Browser, further: Record<string, string> = {}
): Promise<Login> {
  const attempt = await begin(application, further)
  return finish(application, attempt, locationOf(await browser.open(attempt.url)))
}

export async function refresh (
  { server, client, authentication }: Client, token: string
): Promise<oauth.TokenEndpointResponse> {
  const response = await oauth.refreshTokenGrantRequest(server, client, authentication, token, insecure)
  return oauth.processRefreshTokenResponse(server, client, response)
}

export async function userInfo (
  { server, client }: Client, { tokens, claims }: Login
): Promise<oauth.UserInfoResponse> {
  const response = await oauth.userInfoRequest(server, client, tokens.access_token, insecure)
  return oauth.processUserInfoResponse(server, client, claims.sub, response)
}

export async function introspect (
  { server, client, authentication }: Client, token: string
): Promise<oauth.IntrospectionResponse> {
  const response = await oauth.introspectionRequest(server, client, authentication, token, insecure)
  return oauth.processIntrospectionResponse(server, client, response)
}

export async function revoke ({ server, client, authentication }: Client, token: string): Promise<void> {
  await oauth.processRevocationResponse(await oauth.revocationRequest(server, client, authentication, token, insecure))
}
