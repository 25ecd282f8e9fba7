import { PeerAnswers } from './broker/peer-answers.ts'
import type { AccessTokenJudge } from './guard/access-proof.ts'
import { BearerTokens } from './guard/bearer-tokens.ts'
import { ProviderTokens } from './oidc/bearer/provider-tokens.ts'
import type { TokenClaims } from './oidc/bearer/token-claims.ts'
import { TokenProof } from './oidc/bearer/token-proof.ts'
import type { OidcClients } from './oidc/client/oidc-clients.ts'
import { logoutMarks } from './oidc/logout/logout-marks.ts'
import type { KeptAnswers } from './oidc/provider/kept-answers.ts'
import type { Provider } from './oidc/provider/provider.ts'
import type { Settings } from './options/settings.ts'
import type { TrustedIssuer } from './options/token-issuers.ts'
import type { TokenIssuer } from './session/issued-tokens.ts'
import type { Revocations } from './session/revocations.ts'
import type { Store } from './stores/store.ts'
import type { Vault } from './vault.ts'

/** What access tokens are judged by. */
export interface BearerGround {
  readonly settings: Settings
  readonly store: Store
  readonly brokerStore: Store
  readonly vault: Vault
  readonly revocations: Revocations
  /** The tokens of this application, where it issues any. */
  readonly issued: TokenIssuer | undefined
  /** Our clients at the providers that people sign in with, where these are the same for everybody. */
  readonly clients: OidcClients | undefined
}

/** Tokens of a person, or of a session at the provider, end with a logout that the provider tells of. */
function createLogoutLookup ({ settings: { routes }, revocations, clients }: BearerGround) {
  const hearsLogouts = routes.backchannelLogout !== undefined || routes.frontchannelLogout !== undefined
  return function isLoggedOut (claims: TokenClaims, provider: Provider) {
    const signsIn = clients?.find(provider.settings.name)?.provider === provider
    return hearsLogouts && signsIn && revocations.isLoggedOut(logoutMarks(provider.settings, claims))
  }
}

/** What peers answered is kept; of whom is none any more it is forgotten. */
function createKeptOf (
  { settings: { broker, now }, brokerStore: store, vault }: BearerGround
): (rules: TrustedIssuer) => KeptAnswers | undefined {
  if (broker === undefined) return () => undefined
  const { issuer, peers } = broker
  const answers = new PeerAnswers({ vault, store, issuer, now })
  // Nobody waits: what could not be deleted is not read, and ends within a day by itself.
  answers.forgetOthers(peers).catch(() => {})
  return rules => peers.includes(rules) ? answers.of(rules) : undefined
}

/** Who judges the access tokens of one registration; undefined where none is taken. */
export function createBearer (ground: BearerGround): AccessTokenJudge | undefined {
  const { settings, store, issued, clients } = ground
  const { bearer, broker, now } = settings
  if (bearer === undefined) return undefined
  const keptOf = createKeptOf(ground)
  const issuers = [...bearer.issuers, ...broker?.peers ?? []]
  const foreign = issuers.length === 0
    ? undefined
    : new ProviderTokens({
      settings: { issuers, userId: bearer.userId },
      providerOf: name => clients?.find(name)?.provider,
      keptOf,
      isLoggedOut: createLogoutLookup(ground),
      now
    })
  return new BearerTokens(issued, foreign, new TokenProof(store, settings))
}
