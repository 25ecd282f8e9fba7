import type * as oauth from 'oauth4webapi'
import { isAcceptableAddress } from '../options/public-url.ts'
import type { Provider } from './provider.ts'

/** How long a logout may wait for the provider's metadata, in milliseconds. Local logout never waits. */
const PATIENCE = 2_000

async function serverInTime (provider: Provider): Promise<oauth.AuthorizationServer | undefined> {
  const { promise: tooLate, cancel } = timer(PATIENCE)
  return await Promise.race([provider.server().catch(() => undefined), tooLate]).finally(cancel)
}

function timer (milliseconds: number): { readonly promise: Promise<undefined>, readonly cancel: () => void } {
  let timeout: NodeJS.Timeout
  const promise = new Promise<undefined>(resolve => { timeout = setTimeout(resolve, milliseconds, undefined) })
  return { promise, cancel: () => { clearTimeout(timeout) } }
}

/**
 * The address that ends the provider's session too (RP-Initiated Logout, section 2), or undefined where the provider
 * has none or does not answer.
 *
 * @param idToken lets the provider log out without asking; where it was lost, `client_id` says who sends the person
 */
export async function endSessionUrl (
  provider: Provider, idToken: string | undefined, postLogoutRedirectUri: string
): Promise<string | undefined> {
  const server = await serverInTime(provider)
  const endpoint = server?.end_session_endpoint
  if (endpoint === undefined || !isAcceptableAddress(endpoint, provider.settings.isPlainHttp)) return undefined
  const url = new URL(endpoint)
  if (idToken !== undefined) url.searchParams.set('id_token_hint', idToken)
  url.searchParams.set('client_id', provider.settings.clientId)
  url.searchParams.set('post_logout_redirect_uri', postLogoutRedirectUri)
  return url.href
}
