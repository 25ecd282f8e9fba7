import type { LoginEvents } from './events.ts'
import type { AccessTokenJudge } from './guard/access-proof.ts'
import { BearerTokens } from './guard/bearer-tokens.ts'
import { ProviderTokens } from './oidc/bearer/provider-tokens.ts'
import type { TokenClaims } from './oidc/bearer/token-claims.ts'
import { TokenProof } from './oidc/bearer/token-proof.ts'
import type { OidcClients } from './oidc/client/oidc-clients.ts'
import { logoutMarks } from './oidc/logout/logout-marks.ts'
import type { Provider } from './oidc/provider/provider.ts'
import type { Settings } from './options/settings.ts'
import { IssuedTokens } from './session/issued-tokens.ts'
import type { Revocations } from './session/revocations.ts'
import type { Store } from './stores/store.ts'
import type { Vault } from './vault.ts'

/** What access tokens are made with and judged by. */
export interface BearerGround {
  readonly settings: Settings
  readonly vault: Vault
  readonly store: Store
  readonly revocations: Revocations
  readonly events: LoginEvents
  /** Our clients at the providers that people sign in with, where these are the same for everybody. */
  readonly clients: OidcClients | undefined
}

/** Access tokens of one registration; nothing where a bearer token means nothing. */
export interface Bearer {
  readonly issued: IssuedTokens | undefined
  readonly bearer: AccessTokenJudge | undefined
}

/** Tokens of a person, or of a session at the provider, end with a logout that the provider tells of. */
function createLogoutLookup ({ settings: { routes }, revocations, clients }: BearerGround) {
  const hearsLogouts = routes.backchannelLogout !== undefined || routes.frontchannelLogout !== undefined
  return function isLoggedOut (claims: TokenClaims, provider: Provider) {
    const signsIn = clients?.find(provider.settings.name)?.provider === provider
    return hearsLogouts && signsIn && revocations.isLoggedOut(logoutMarks(provider.settings, claims))
  }
}

export function createBearer (ground: BearerGround): Bearer {
  const { settings, vault, store, revocations, events, clients } = ground
  const { bearer, now } = settings
  if (bearer === undefined) return { issued: undefined, bearer: undefined }
  const issued = bearer.issued === undefined ? undefined : new IssuedTokens({ vault, revocations, settings, events })
  const foreign = bearer.issuers.length === 0
    ? undefined
    : new ProviderTokens({
      settings: bearer,
      providerOf: name => clients?.find(name)?.provider,
      isLoggedOut: createLogoutLookup(ground),
      now
    })
  return { issued, bearer: new BearerTokens(issued, foreign, new TokenProof(store, settings)) }
}
