import * as oauth from 'oauth4webapi'
import { ArgumentInvalid } from '../../errors.ts'
import { isLoopbackHost } from '../../loopback-host.ts'
import { isAcceptableAddress } from '../../options/public-url.ts'
import { createDpop, type DpopKey, type DpopOption, withNonce } from '../provider/dpop.ts'
import type { Provider } from '../provider/provider.ts'
import type { GrantedToken } from './grant.ts'

/** Sends a request to a service with an access token. It follows no redirect: nobody else gets the token. */
export type ServiceFetch = (address: string | URL, init?: RequestInit) => Promise<Response>

/** An access token, and what calls services with it. */
export interface UsableToken extends GrantedToken {
  readonly fetch: ServiceFetch
}

function assertAddress (address: unknown, isPlainHttp: boolean): asserts address is string | URL {
  const text = String(address)
  const isLoopback = URL.canParse(text) && isLoopbackHost(new URL(text).hostname)
  if (isAcceptableAddress(text, isPlainHttp || isLoopback)) return
  throw new ArgumentInvalid('An access token goes to a whole address that begins with https://, or to a loopback address.')
}

/** A stream can be read once: what was in it is gone with the first try. */
function canSendAgain ({ body }: RequestInit): boolean {
  return !(typeof body === 'object' && body !== null && Symbol.asyncIterator in body)
}

async function send (token: string, address: URL, init: RequestInit, dpop: DpopOption): Promise<Response> {
  const { method = 'GET' } = init
  const headers = new Headers(init.headers)
  headers.delete('dpop')
  return await oauth.protectedResourceRequest(token, method.toUpperCase(), address, headers, null, {
    ...dpop,
    [oauth.allowInsecureRequests]: true, // The address was judged before.
    [oauth.customFetch]: async (url, { method, headers, redirect }) =>
      await fetch(url, { ...init, method, headers, redirect })
  })
}

/** A token with what sends it: as a bearer token, or with a proof of its own for each request where a key is given. */
export function toUsable ({ client, settings }: Provider, token: GrantedToken, key?: DpopKey): UsableToken {
  let option: Promise<DpopOption> | undefined

  async function serviceFetch (address: string | URL, init: RequestInit = {}): Promise<Response> {
    assertAddress(address, settings.isPlainHttp)
    const dpop = await (option ??= createDpop(client, key))
    const sendOnce = (): Promise<Response> => send(token.accessToken, new URL(address), init, dpop)
    try {
      return await (canSendAgain(init) ? withNonce(dpop, sendOnce) : sendOnce())
    } catch (error) {
      // What the service answers is for the caller to judge.
      if (error instanceof oauth.WWWAuthenticateChallengeError) return error.response
      throw error
    }
  }

  return { ...token, fetch: serviceFetch }
}
