import type { LoginEvents } from '../events.ts'
import type { Store } from '../stores/store.ts'
import type { Grant, GrantedToken } from './grant.ts'
import type { Provider } from './provider.ts'
import type { TokenVault } from './token-vault.ts'

export interface TokenWish { readonly scopes: readonly string[], readonly resource: string | undefined }
export type TokenAnswer =
  | { readonly kind: 'token', readonly token: GrantedToken, readonly grant: Grant }
  | { readonly kind: 'consent', readonly scopes: readonly string[] }
  | { readonly kind: 'lost' }
  | { readonly kind: 'revoked' }
export class AccessTokens {
  readonly parts
  constructor (parts: { provider: Provider, vault: TokenVault, store: Store, events: LoginEvents }) { this.parts = parts }
  async find (handle: string, wish: TokenWish): Promise<TokenAnswer> {
    const kept = await this.parts.vault.find(handle)
    const token = kept?.grant.accessTokens.at(-1)
    if (kept === undefined || token === undefined) return { kind: 'lost' }
    if (!wish.scopes.every(scope => token.scopes.includes(scope))) return { kind: 'consent', scopes: wish.scopes }
    return { kind: 'token', token, grant: kept.grant }
  }
}
