import * as oauth from 'oauth4webapi'
import { LoginDenied, StateExpired } from '../../errors.ts'
import { acceptTokens, proofOf, type Tokens } from '../login/code-exchange.ts'
import type { Binding, Transaction } from '../login/transaction.ts'
import { clientAuth } from '../provider/client-auth.ts'
import { withNonce } from '../provider/dpop.ts'
import { toLoginError } from '../provider/failure.ts'
import type { Provider } from '../provider/provider.ts'
import { serverOf } from '../provider/token-issuer.ts'
import { toTokenFailure } from '../tokens/token-failure.ts'

/** The login that tokens are for, and the secret that they are bound with. */
export interface DeviceLogin {
  readonly transaction: Pick<Transaction, 'id' | 'demands' | 'scopes' | 'at'>
  readonly binding: Pick<Binding, 'secret'>
}

/** A last word of the token endpoint, as it came. It is judged when somebody signs in by it. */
export interface TokenAnswer {
  readonly status: number
  readonly type: string
  readonly body: string
}

/** What the token endpoint said about a device code (RFC 8628, section 3.5). */
export type DeviceReply =
  | { readonly kind: 'pending' | 'slow_down' }
  /** It did not answer; `retryAfter` says for how many seconds it wants to be left alone. */
  | { readonly kind: 'unavailable', readonly retryAfter: number }
  | { readonly kind: 'answered', readonly answer: TokenAnswer }

/** Characters. Stores take a megabyte, and sealing makes a text longer by a third. */
const LONGEST_ANSWER = 262_144

async function toTokenAnswer (response: Response): Promise<TokenAnswer> {
  const body = await response.text()
  return {
    status: response.status,
    type: response.headers.get('content-type') ?? '',
    // Nobody could keep tokens as large as this; without them the answer is an invalid one.
    body: body.length > LONGEST_ANSWER ? '' : body
  }
}

/** What an error of the token endpoint means before anybody has signed in; undefined for a last word. */
function toInterim (cause: unknown): DeviceReply | undefined {
  if (cause instanceof oauth.ResponseBodyError) {
    if (cause.error === 'authorization_pending') return { kind: 'pending' }
    if (cause.error === 'slow_down') return { kind: 'slow_down' }
  }
  const { kind, retryAfter = 0 } = toTokenFailure(cause)
  return kind === 'unavailable' ? { kind, retryAfter } : undefined
}

/** Asks the token endpoint once whether the person has agreed (RFC 8628, section 3.4). Never throws. */
export async function askForTokens (
  provider: Provider, deviceCode: string, login: DeviceLogin
): Promise<DeviceReply> {
  const { client, settings, tokenRequest } = provider
  const [resource] = settings.resources
  let answer: TokenAnswer | undefined
  try {
    const server = await provider.server()
    const { dpop } = await proofOf(provider, login)
    const additionalParameters: Record<string, string> = resource === undefined ? {} : { resource }
    const options = { ...tokenRequest, ...dpop, additionalParameters }
    return await withNonce(dpop, async () => {
      const response = await oauth.deviceCodeGrantRequest(
        server, client, clientAuth(settings, server), deviceCode, options)
      answer = await toTokenAnswer(response.clone())
      await oauth.processDeviceCodeResponse(await serverOf(server, settings, response), client, response)
      return { kind: 'answered', answer }
    })
  } catch (cause) {
    const interim = toInterim(cause)
    if (interim !== undefined) return interim
    return answer === undefined ? { kind: 'unavailable', retryAfter: 0 } : { kind: 'answered', answer }
  }
}

function toDeviceError (cause: unknown): Error {
  const reason = cause instanceof oauth.ResponseBodyError ? cause.error : undefined
  if (reason === 'access_denied') return new LoginDenied({ cause })
  return reason === 'expired_token' ? new StateExpired({ cause }) : toLoginError(cause)
}

/**
 * Judges a last word of the token endpoint as the code flow does its own; only a nonce there is none, as no request
 * through the browser could carry one.
 *
 * @throws LoginDenied, StateExpired, CodeRefused, LoginTooWeak, ScopeRefused, ProviderAnswerInvalid,
 *   ProviderUnavailable
 */
export async function acceptAnswer (
  provider: Provider, { status, type, body }: TokenAnswer, login: DeviceLogin
): Promise<Tokens> {
  const server = await provider.server()
  try {
    const response = new Response(body === '' ? null : body, { status, headers: { 'content-type': type } })
    const judge = await serverOf(server, provider.settings, response)
    const tokens = await oauth.processDeviceCodeResponse(judge, provider.client, response)
    return await acceptTokens(provider, server, tokens, login.transaction, await proofOf(provider, login))
  } catch (cause) {
    throw toDeviceError(cause)
  }
}
