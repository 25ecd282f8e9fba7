import { digestOf } from '../../digest.ts'
import { ExchangeRefused } from '../../errors.ts'
import type { GrantedToken } from './grant.ts'
import type { Provider } from '../provider/provider.ts'
import { toUsable, type UsableToken } from './service-fetch.ts'
import { TokenCache } from './token-cache.ts'
import { toTokenFailure } from './token-failure.ts'
import { requestToken } from './token-request.ts'

/** What an API has that calls another one for the person who called it. */
export interface OnBehalfOf {
  /** The access token that the API was called with. */
  readonly assertion: string
  /** What the other API is asked for, as `https://graph.microsoft.com/User.Read`. */
  readonly scopes: readonly string[]
}

/** Parameters of a token exchange (RFC 8693, section 2.1). */
export interface Exchange {
  readonly subjectToken: string
  /** @default urn:ietf:params:oauth:token-type:access_token */
  readonly subjectTokenType?: string
  /** Of who acts for the subject. */
  readonly actorToken?: string
  /** @default urn:ietf:params:oauth:token-type:access_token, where there is an actor token */
  readonly actorTokenType?: string
  readonly audience?: string
  readonly resource?: string
  readonly scopes?: readonly string[]
  readonly requestedTokenType?: string
}

type Parameters = Readonly<Record<string, string | undefined>>

const ACCESS_TOKEN = 'urn:ietf:params:oauth:token-type:access_token'
const JWT_BEARER = 'urn:ietf:params:oauth:grant-type:jwt-bearer'
export const TOKEN_EXCHANGE = 'urn:ietf:params:oauth:grant-type:token-exchange'

/**
 * Gets a token for another service out of one that was given to us. Results are kept in this process until they are
 * due, 1,000 of them, under a digest of all that was asked; identical requests at the same time are one.
 *
 * @example
 * const { accessToken } = await exchange.onBehalfOf({ assertion, scopes: ['https://graph.microsoft.com/User.Read'] })
 */
export class TokenExchange {
  readonly #provider: Provider
  readonly #cache: TokenCache

  constructor ({ provider }: { readonly provider: Provider }) {
    this.#provider = provider
    this.#cache = new TokenCache(provider.now)
  }

  /**
   * As Entra ID has it: a JWT bearer assertion (RFC 7523, section 2.1) with `requested_token_use=on_behalf_of`.
   *
   * @throws ExchangeRefused, ProviderUnavailable, ProviderAnswerInvalid
   */
  async onBehalfOf ({ assertion, scopes }: OnBehalfOf): Promise<UsableToken> {
    return await this.#get(JWT_BEARER, { assertion, requested_token_use: 'on_behalf_of' }, scopes)
  }

  /**
   * RFC 8693.
   *
   * @throws ExchangeRefused, ProviderUnavailable, ProviderAnswerInvalid
   */
  async exchange (exchange: Exchange): Promise<UsableToken> {
    const { subjectToken, subjectTokenType = ACCESS_TOKEN, actorToken, actorTokenType = ACCESS_TOKEN } = exchange
    const { audience, requestedTokenType, scopes = [], resource } = exchange
    return await this.#get(TOKEN_EXCHANGE, {
      subject_token: subjectToken,
      subject_token_type: subjectTokenType,
      actor_token: actorToken,
      actor_token_type: actorToken === undefined ? undefined : actorTokenType,
      audience,
      requested_token_type: requestedTokenType
    }, scopes, resource)
  }

  async #get (
    grantType: string, parameters: Parameters, scopes: readonly string[], resource?: string
  ): Promise<UsableToken> {
    const all = JSON.stringify([grantType, parameters, scopes, resource])
    const key = digestOf(all)
    const token = await this.#cache.get(key, () => this.#request(grantType, parameters, scopes, resource))
    return toUsable(this.#provider, token)
  }

  async #request (
    grantType: string, parameters: Parameters, scopes: readonly string[], resource: string | undefined
  ): Promise<GrantedToken> {
    try {
      return await requestToken(this.#provider, grantType, parameters, { scopes, resource })
    } catch (cause) {
      const { kind, error } = toTokenFailure(cause)
      throw kind === 'refused' || kind === 'consent' ? new ExchangeRefused({ cause }) : error
    }
  }
}
