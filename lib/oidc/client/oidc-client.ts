import type { LoginEvents } from '../../events.ts'
import type { OidcSettings } from '../../options/oidc-settings.ts'
import type { Store } from '../../stores/store.ts'
import type { Vault } from '../../vault.ts'
import type { BrowserLogins } from '../login/browser-logins.ts'
import { LoginFlow } from '../login/login-flow.ts'
import { type EndedLogins, ProviderLogouts } from '../logout/provider-logouts.ts'
import { createProvider, type Provider } from '../provider/provider.ts'
import { AccessTokens } from '../tokens/access-tokens.ts'
import { ClientTokens } from '../tokens/client-tokens.ts'
import type { Grant } from '../tokens/grant.ts'
import { TokenExchange } from '../tokens/token-exchange.ts'
import type { TokenVault } from '../tokens/token-vault.ts'

/** Our client at one provider: all that it does there. */
export interface OidcClient {
  readonly provider: Provider
  readonly flow: LoginFlow
  readonly logouts: ProviderLogouts
  /** Access tokens of sessions. */
  readonly accessTokens: AccessTokens
  /** Access tokens of the application itself. */
  readonly clientTokens: ClientTokens
  readonly exchange: TokenExchange
}

/** What all clients of an application share. */
export interface OidcClientGround {
  readonly vault: Vault
  readonly store: Store
  readonly tokens: TokenVault
  readonly events: LoginEvents
  readonly logins: BrowserLogins
  readonly ended: EndedLogins
  /** Told of tokens whose session ended while they were on their way. */
  readonly onOrphan: (handle: string, grant: Grant) => void
  /** Milliseconds since 1970. */
  readonly now: () => number
}

/** @param redirectUri where the provider sends people back to */
export function createOidcClient (settings: OidcSettings, redirectUri: string, ground: OidcClientGround): OidcClient {
  const { vault, store, tokens, events, logins, ended, onOrphan, now } = ground
  const provider = createProvider(settings, now)
  return Object.freeze({
    provider,
    flow: new LoginFlow(provider, vault, logins, redirectUri),
    logouts: new ProviderLogouts(provider, store, ended),
    accessTokens: new AccessTokens({ provider, vault: tokens, store, events, onOrphan }),
    clientTokens: new ClientTokens({ provider }),
    exchange: new TokenExchange({ provider })
  })
}
