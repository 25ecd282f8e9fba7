import type { LoginEvents } from '../../events.ts'
import type { OidcSettings } from '../../options/oidc-settings.ts'
import type { Store } from '../../stores/store.ts'
import type { Vault } from '../../vault.ts'
import { DeviceFlow } from '../device/device-flow.ts'
import type { BrowserLogins } from '../login/browser-logins.ts'
import { LoginFlow } from '../login/login-flow.ts'
import { type EndedLogins, ProviderLogouts } from '../logout/provider-logouts.ts'
import { createProvider, type Provider } from '../provider/provider.ts'
import type { Transport } from '../provider/transport.ts'
import { AccessTokens } from '../tokens/access-tokens.ts'
import { ClientTokens } from '../tokens/client-tokens.ts'
import type { Grant } from '../tokens/grant.ts'
import { TokenExchange } from '../tokens/token-exchange.ts'
import type { TokenVault } from '../tokens/token-vault.ts'

/** Our client at one provider: all that it does there. */
export interface OidcClient {
  readonly provider: Provider
  readonly flow: LoginFlow
  /** Sign-in by device code, where providers cannot redirect to this site. */
  readonly device: DeviceFlow | undefined
  readonly logouts: ProviderLogouts
  /** Access tokens of sessions. */
  readonly accessTokens: AccessTokens
  /** Access tokens that lie under what programs were given. */
  readonly programTokens: AccessTokens
  /** Access tokens of the application itself. */
  readonly clientTokens: ClientTokens
  readonly exchange: TokenExchange
}

/** Where tokens of providers lie, and what processes tell one another about them. */
export interface TokenPlace {
  readonly store: Store
  readonly tokens: TokenVault
}

/** What all clients of an application share. */
export interface OidcClientGround extends TokenPlace {
  readonly vault: Vault
  /** For what programs are given. @default where those of sessions are */
  readonly programs?: TokenPlace
  readonly events: LoginEvents
  readonly logins: BrowserLogins
  readonly ended: EndedLogins
  /** The page that waits for a sign-in by device code; undefined where providers redirect. */
  readonly deviceUrl: string | undefined
  /** Told of tokens whose session ended while they were on their way. */
  readonly onOrphan: (handle: string, grant: Grant) => void
  /** Sends requests to providers where the application gave no `fetch`. */
  readonly transport?: Transport | undefined
  /** Milliseconds since 1970. */
  readonly now: () => number
}

/** @param redirectUri where the provider sends people back to */
export function createOidcClient (settings: OidcSettings, redirectUri: string, ground: OidcClientGround): OidcClient {
  const { vault, store, tokens, programs, events, logins, ended, deviceUrl: pageUrl, onOrphan, transport, now } = ground
  const provider = createProvider(settings, now, { transport })
  const flow = new LoginFlow(provider, vault, logins, redirectUri)
  const tokensAt = (place: TokenPlace): AccessTokens =>
    new AccessTokens({ provider, vault: place.tokens, store: place.store, events, onOrphan })
  const accessTokens = tokensAt({ store, tokens })
  return Object.freeze({
    provider,
    flow,
    device: pageUrl === undefined ? undefined : new DeviceFlow({ provider, vault, store, logins, flow, pageUrl }),
    logouts: new ProviderLogouts(provider, store, ended),
    accessTokens,
    programTokens: programs === undefined || programs.tokens === tokens ? accessTokens : tokensAt(programs),
    clientTokens: new ClientTokens({ provider }),
    exchange: new TokenExchange({ provider })
  })
}
