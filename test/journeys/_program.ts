import { once } from 'node:events'
import { createServer } from 'node:http'
import type { AddressInfo } from 'node:net'
import * as client from 'openid-client'

interface Teardown { teardown (handler: () => Promise<unknown>): unknown }

/** A program on the machine of a person, where it listens for the browser to come back (RFC 8252, section 7.3). */
export interface Loopback {
  /** With the port that it got. */
  readonly redirectUri: string
  /** Addresses that a browser came to. */
  readonly arrived: readonly URL[]
}

/** Listens on a free port of 127.0.0.1 until the end of the test. */
export async function startLoopback (t: Teardown): Promise<Loopback> {
  const arrived: URL[] = []
  const server = createServer((request, response) => {
    const url = new URL(String(request.url), 'http://127.0.0.1')
    url.port = String((server.address() as AddressInfo).port)
    if (url.pathname === '/callback') arrived.push(url)
    response.writeHead(200, { 'content-type': 'text/plain' }).end('You may close this window.')
  })
  server.listen(0, '127.0.0.1')
  await once(server, 'listening')
  t.teardown(async () => {
    server.closeAllConnections()
    await new Promise(resolve => server.close(resolve))
  })
  return { redirectUri: `http://127.0.0.1:${(server.address() as AddressInfo).port}/callback`, arrived }
}

/** What a program knows of an application whose metadata it has not read. */
export function configurationOf (
  origin: string, prefix: string, clientId: string, secret?: string
): client.Configuration {
  const configuration = new client.Configuration({
    issuer: origin,
    authorization_endpoint: `${origin}${prefix}/authorize`,
    token_endpoint: `${origin}${prefix}/token`,
    device_authorization_endpoint: `${origin}${prefix}/device`,
    userinfo_endpoint: `${origin}${prefix}/userinfo`,
    end_session_endpoint: `${origin}${prefix}/logout`,
    authorization_response_iss_parameter_supported: true
  }, clientId, {}, secret === undefined ? client.None() : client.ClientSecretBasic(secret))
  client.allowInsecureRequests(configuration)
  return configuration
}

/** What a program asks a browser to open, and what it checks afterwards. */
export interface Beginning {
  readonly url: URL
  readonly checks: client.AuthorizationCodeGrantChecks
}

/** Begins as a program does that keeps RFC 9700: with a state and a code challenge. */
export async function begin (
  configuration: client.Configuration, redirectUri: string, scope: string
): Promise<Beginning> {
  const [verifier, state] = [client.randomPKCECodeVerifier(), client.randomState()]
  const url = client.buildAuthorizationUrl(configuration, {
    redirect_uri: redirectUri,
    scope,
    state,
    code_challenge: await client.calculatePKCECodeChallenge(verifier),
    code_challenge_method: 'S256'
  })
  return { url, checks: { pkceCodeVerifier: verifier, expectedState: state } }
}

/** What a program was refused with, as an independent parser reads it: an error, or the first challenge. */
export async function refusalOf (answer: Promise<unknown>): Promise<Record<string, unknown>> {
  try {
    await answer
  } catch (error) {
    if (error instanceof client.ResponseBodyError) return { status: error.status, error: error.error }
    if (error instanceof client.AuthorizationResponseError) return { error: error.error }
    if (!(error instanceof client.WWWAuthenticateChallengeError)) throw error
    const [challenge] = error.cause
    return { status: error.status, scheme: challenge?.scheme, ...challenge?.parameters }
  }
  throw new Error('it was not refused')
}
