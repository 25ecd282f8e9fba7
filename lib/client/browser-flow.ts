import * as oauth from 'oauth4webapi'
import { startCallbackServer } from './callback-server.ts'
import { ClientError } from './client-error.ts'
import { mayBeOpened } from './host.ts'
import type { Server } from './server.ts'
import type { ClientSettings } from './settings.ts'

/** What a browser flow needs of the settings. */
export type BrowserSettings = Pick<ClientSettings, 'scopes' | 'ports' | 'signal' | 'onPrompt' | 'openBrowser' | 'pause'>

/** Milliseconds that a person may take. */
const PATIENCE = 300_000

/** What a sign-in is begun with, and judged by. */
interface Beginning {
  readonly redirectUri: string
  readonly state: string
  readonly verifier: string
}

async function addressOf (
  { host, metadata, client }: Server, { redirectUri, state, verifier }: Beginning, scopes: readonly string[]
): Promise<string> {
  const { authorization_endpoint: endpoint } = metadata
  if (!mayBeOpened(host, endpoint)) {
    throw new ClientError('ANSWER_INVALID', `${host.issuer} names no address to sign in at with a browser.`)
  }
  const url = new URL(endpoint)
  const parameters = {
    response_type: 'code',
    client_id: client.client_id,
    redirect_uri: redirectUri,
    state,
    code_challenge: await oauth.calculatePKCECodeChallenge(verifier),
    code_challenge_method: 'S256',
    ...(scopes.length === 0 ? {} : { scope: scopes.join(' ') })
  }
  for (const [name, value] of Object.entries(parameters)) url.searchParams.set(name, value)
  return url.href
}

async function withinPatience<T> (work: Promise<T>, { host }: Server, { pause, signal }: BrowserSettings): Promise<T> {
  const over = new AbortController()
  async function giveUp (): Promise<never> {
    await pause(PATIENCE, AbortSignal.any([signal, over.signal]))
    throw new ClientError('EXPIRED', `Nobody signed in to ${host.issuer} within ${PATIENCE / 60_000} minutes. Begin again.`)
  }
  try {
    return await Promise.race([work, giveUp()])
  } finally {
    over.abort()
  }
}

async function openFor (address: string, { openBrowser, onPrompt }: BrowserSettings): Promise<void> {
  let isOpened = false
  try {
    isOpened = await openBrowser(address)
  } catch {
    // The person can open it all the same.
  }
  onPrompt({ kind: 'browser', address, isOpened })
}

/**
 * Signs in with a browser on this machine: the authorization code flow (RFC 6749, section 4.1) with a code challenge,
 * a state and the name of who answers (RFC 9207). Throws as oauth4webapi does, too.
 *
 * @throws ClientError `EXPIRED`, `ANSWER_INVALID`, `ARGUMENT_INVALID`, and whatever ends the pause
 */
export async function signInByBrowser (
  server: Server, settings: BrowserSettings
): Promise<oauth.TokenEndpointResponse> {
  const { metadata, client, auth, request } = server
  const [state, verifier] = [oauth.generateRandomState(), oauth.generateRandomCodeVerifier()]
  const { redirectUri, arrived, close } = await startCallbackServer(settings.ports, state)
  let query: URLSearchParams
  try {
    const address = await addressOf(server, { redirectUri, state, verifier }, settings.scopes)
    await openFor(address, settings)
    query = await withinPatience(arrived, server, settings)
  } finally {
    close()
  }
  const parameters = oauth.validateAuthResponse(metadata, client, query, state)
  const response = await oauth.authorizationCodeGrantRequest(
    metadata, client, auth, parameters, redirectUri, verifier, request)
  return await oauth.processAuthorizationCodeResponse(metadata, client, response)
}
