import * as oauth from 'oauth4webapi'
import { ProviderUnavailable } from '../../errors.ts'
import { clientAuth, ProofFailed } from '../provider/client-auth.ts'
import { createDpop, type DpopOption, isNonceWanted } from '../provider/dpop.ts'
import { toLoginError } from '../provider/failure.ts'
import type { Grant, GrantedToken } from './grant.ts'
import type { Patience } from './patience.ts'
import type { Provider, UsableServer } from '../provider/provider.ts'
import { type RefreshedIdToken, verifyRefreshedIdToken } from './refreshed-id-token.ts'
import { takeApart } from './token-answer.ts'
import { toTokenFailure, type TokenFailure } from './token-failure.ts'
import { grantedToken } from './granted-token.ts'

/** A refresh token is used for this. */
export interface RefreshRequest {
  /** What the session has; its refresh token is sent. */
  readonly grant: Grant & { readonly refreshToken: string }
  readonly scopes: readonly string[]
  /** Whether the scopes are sent: without them a token comes for all that the refresh token is good for. */
  readonly isNarrowed: boolean
  readonly resource: string | undefined
}

/** What came of it. */
export interface RefreshAnswer {
  readonly kind: 'answered'
  /** Undefined where the one that was sent goes on. */
  readonly refreshToken: string | undefined
  readonly token: GrantedToken
  readonly idToken: RefreshedIdToken | undefined
}

/** An answer that cannot be trusted, but for the refresh token in it: the one before it is spent. */
export interface FaultyAnswer {
  readonly kind: 'faulty'
  readonly refreshToken: string
  readonly error: Error
}

export type RefreshResult = RefreshAnswer | FaultyAnswer | TokenFailure

/** Milliseconds between the tries; there is one more of them. */
const PAUSES = Object.freeze([250, 1000])
/** The longest `Retry-After`, in seconds, that is waited for. */
const LONGEST_RETRY_AFTER = 3

function parametersOf ({ scopes, isNarrowed, resource }: RefreshRequest): Record<string, string> {
  return {
    ...(isNarrowed && scopes.length > 0 ? { scope: scopes.join(' ') } : {}),
    ...(resource === undefined ? {} : { resource })
  }
}

async function judge (
  provider: Provider, server: UsableServer, response: Response, request: RefreshRequest
): Promise<RefreshResult> {
  const { grant, scopes, isNarrowed, resource } = request
  const { refreshToken, idToken, rest } = await takeApart(response)
  try {
    const answer = await oauth.processRefreshTokenResponse(server, provider.client, rest)
    return {
      kind: 'answered',
      refreshToken,
      token: { ...grantedToken(answer, scopes, resource, provider.now(), grant.dpopKey !== undefined), isNarrowed },
      idToken: idToken === undefined ? undefined : await verifyRefreshedIdToken(provider, server, idToken, grant)
    }
  } catch (cause) {
    if (refreshToken === undefined && idToken === undefined) return toTokenFailure(cause)
    return { kind: 'faulty', refreshToken: refreshToken ?? grant.refreshToken, error: toLoginError(cause) }
  }
}

/** A proof can take a while, and an answer that comes after the lock has ended would be one too many. */
function inTime (prove: oauth.ClientAuth, isLate: () => boolean): oauth.ClientAuth {
  return async (...request) => {
    await prove(...request)
    if (isLate()) throw new ProofFailed('The proof of the client came too late to use the refresh token')
  }
}

async function send (
  provider: Provider, server: UsableServer, request: RefreshRequest, dpop: DpopOption, isLate: () => boolean
): Promise<RefreshResult> {
  const { client, settings, tokenRequest } = provider
  const auth = inTime(clientAuth(settings, server), isLate)
  try {
    const response = await oauth.refreshTokenGrantRequest(
      server, client, auth, request.grant.refreshToken,
      { ...tokenRequest, ...dpop, additionalParameters: parametersOf(request) })
    return await judge(provider, server, response, request)
  } catch (cause) {
    return toTokenFailure(cause)
  }
}

function tooLate (): TokenFailure {
  const error = new ProviderUnavailable({ cause: new Error('There was no time left to use the refresh token') })
  return { kind: 'unavailable', error, mayBeDone: false, retryAfter: undefined }
}

/** A provider that wants a nonce has not looked at the refresh token: it is sent again at once, where time is left. */
async function tryOnce (
  provider: Provider, server: UsableServer, request: RefreshRequest, isLate: () => boolean
): Promise<RefreshResult> {
  const dpop = await createDpop(provider.client, request.grant.dpopKey)
  const result = await send(provider, server, request, dpop, isLate)
  const isAsked = result.kind === 'invalid' && isNonceWanted(dpop, result.error.cause)
  if (!isAsked) return result
  return isLate() ? tooLate() : await send(provider, server, request, dpop, isLate)
}

/**
 * Uses a refresh token (RFC 6749, section 6), up to three times where the provider does not answer for now. No try is
 * begun too late to end in time.
 *
 * @param lastStart when the last try may begin, by the clock of `patience`
 */
export async function refresh (
  provider: Provider, server: UsableServer, request: RefreshRequest, patience: Patience, lastStart: number,
  [pause = Infinity, ...later]: readonly number[] = PAUSES
): Promise<RefreshResult> {
  const isLate = (): boolean => patience.now() > lastStart
  if (isLate()) return tooLate()
  const result = await tryOnce(provider, server, request, isLate)
  if (result.kind !== 'unavailable') return result
  const { retryAfter = 0, mayBeDone } = result
  const wait = Math.max(pause, retryAfter * 1000)
  if (retryAfter > LONGEST_RETRY_AFTER || patience.now() + wait > lastStart) return result
  await patience.wait(wait)
  const next = await refresh(provider, server, request, patience, lastStart, later)
  return 'mayBeDone' in next ? { ...next, mayBeDone: mayBeDone || next.mayBeDone } : next
}
