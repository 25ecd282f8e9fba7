import type { GrantedToken } from './grant.ts'
import type { Provider } from '../provider/provider.ts'
import { toUsable, type UsableToken } from './service-fetch.ts'
import { TokenCache } from './token-cache.ts'
import { toTokenFailure } from './token-failure.ts'
import { requestToken } from './token-request.ts'
import { type TokenWish, wishKey } from './token-wish.ts'

/**
 * Access tokens of the application itself, for no person (RFC 6749, section 4.4). They are kept in this process until
 * they are due, and callers at the same time share one request.
 *
 * @example const { accessToken } = await clientTokens.get({ scopes: ['reports.read'], resource: undefined })
 */
export class ClientTokens {
  readonly #provider: Provider
  readonly #cache: TokenCache

  constructor ({ provider }: { readonly provider: Provider }) {
    this.#provider = provider
    this.#cache = new TokenCache(provider.now)
  }

  /** @throws ProviderUnavailable, ProviderAnswerInvalid */
  async get (wish: TokenWish): Promise<UsableToken> {
    return toUsable(this.#provider, await this.#cache.get(wishKey(wish), () => this.#request(wish)))
  }

  async #request (wish: TokenWish): Promise<GrantedToken> {
    try {
      return await requestToken(this.#provider, 'client_credentials', {}, wish)
    } catch (cause) {
      throw toTokenFailure(cause).error
    }
  }
}
