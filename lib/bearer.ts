import { type BrokerGround, createBroker } from './broker/create-broker.ts'
import type { SigningKeys } from './broker/signing-keys.ts'
import { PeerAnswers } from './broker/peer-answers.ts'
import type { AccessTokenJudge } from './guard/access-proof.ts'
import { BearerTokens } from './guard/bearer-tokens.ts'
import { ProviderTokens, type ProviderTokenParts } from './oidc/bearer/provider-tokens.ts'
import { TokenProof } from './oidc/bearer/token-proof.ts'
import type { OidcClients } from './oidc/client/oidc-clients.ts'
import { logoutMarks } from './oidc/logout/logout-marks.ts'
import type { KeptAnswers } from './oidc/provider/kept-answers.ts'
import type { Transport } from './oidc/provider/transport.ts'
import type { Settings } from './options/settings.ts'
import type { TrustedIssuer } from './options/token-issuers.ts'
import { IssuedTokens, type TokenIssuer } from './session/issued-tokens.ts'
import type { Revocations } from './session/revocations.ts'
import type { Store } from './stores/store.ts'
import type { Vault } from './vault.ts'

/** What peers answered before, also to other processes; undefined for whoever is no peer. */
type KeptOf = (rules: TrustedIssuer) => KeptAnswers | undefined

/** What access tokens are judged by. */
export interface BearerGround {
  readonly settings: Settings
  readonly store: Store
  readonly revocations: Revocations
  /** The tokens of this application, where it issues any. */
  readonly issued: TokenIssuer | undefined
  readonly keptOf: KeptOf
  /** Sends requests to issuers where the application gave no `fetch`. */
  readonly transport: Transport
  /** Our clients at the providers that people sign in with, where these are the same for everybody. */
  readonly clients: OidcClients | undefined
}

/** What tokens of this application are made with. */
export interface IssuerGround extends Pick<BrokerGround, 'vault' | 'store' | 'revocations' | 'events' | 'onRevoke'> {
  readonly settings: Settings
}

/** This application as who gives tokens. */
export interface Issuer {
  /** Undefined where it gives none. */
  readonly issued: TokenIssuer | undefined
  /** Undefined where it signs none. */
  readonly keys: SigningKeys | undefined
}

/** Who makes the tokens of one registration: signed where there is a broker, else sealed. */
export function createIssuer ({ settings, ...ground }: IssuerGround): Issuer {
  const { broker, bearer, cookie, now } = settings
  if (broker !== undefined) {
    const { tokens, keys } = createBroker({ ...ground, settings: broker, context: cookie.name, now })
    return { issued: tokens, keys }
  }
  const issued = bearer?.issued === undefined ? undefined : new IssuedTokens({ ...ground, settings })
  return { issued, keys: undefined }
}

/**
 * Tokens of a person, or of a session at the provider, end with a logout that the provider tells of. What they are
 * called in the list of logouts is computed once for each token.
 */
function createLogoutOf (
  { settings: { routes }, revocations, clients }: Pick<BearerGround, 'settings' | 'revocations' | 'clients'>
): ProviderTokenParts['logoutOf'] {
  const hearsLogouts = routes.backchannelLogout !== undefined || routes.frontchannelLogout !== undefined
  return function logoutOf (claims, provider) {
    const signsIn = clients?.find(provider.settings.name)?.provider === provider
    if (!hearsLogouts || !signsIn) return undefined
    const marks = logoutMarks(provider.settings, claims)
    return () => revocations.isLoggedOut(marks)
  }
}

/** What peers answered is kept; of whom is none any more it is forgotten. */
export function createKeptOf ({ broker, now }: Settings, vault: Vault, store: Store): KeptOf {
  if (broker === undefined) return () => undefined
  const { issuer, peers } = broker
  const answers = new PeerAnswers({ vault, store, issuer, now })
  // Nobody waits: what could not be deleted is not read, and ends within a day by itself.
  answers.forgetOthers(peers).catch(() => {})
  return rules => peers.includes(rules) ? answers.of(rules) : undefined
}

/** Judges the tokens of others that programs may exchange; undefined where none are. */
export function createSubjectJudge (
  ground: Pick<BearerGround, 'settings' | 'revocations' | 'keptOf' | 'transport'>, clients: OidcClients
): Pick<ProviderTokens, 'verify'> | undefined {
  const { settings: { bearer, broker, userId, now } } = ground
  if (bearer === undefined || broker === undefined) return undefined
  const { peers, subjectIssuers } = broker
  const issuers = [...peers, ...subjectIssuers]
  if (issuers.length === 0) return undefined
  const signIns = subjectIssuers.map(({ provider }) => provider.name)
  return new ProviderTokens({
    settings: {
      issuers,
      // Whoever signs in with a provider is the same person by its tokens.
      userId: (identity, ...more) => (signIns.includes(identity.provider) ? userId : bearer.userId)(identity, ...more)
    },
    providerOf: name => clients.find(name)?.provider,
    keptOf: ground.keptOf,
    transport: ground.transport,
    logoutOf: createLogoutOf({ ...ground, clients }),
    now
  })
}

/** Who judges the access tokens of one registration; undefined where none is taken. */
export function createBearer (ground: BearerGround): AccessTokenJudge | undefined {
  const { settings, store, issued, keptOf, transport, clients } = ground
  const { bearer, broker, now } = settings
  if (bearer === undefined) return undefined
  const issuers = [...bearer.issuers, ...broker?.peers ?? []]
  const foreign = issuers.length === 0
    ? undefined
    : new ProviderTokens({
      settings: { issuers, userId: bearer.userId },
      providerOf: name => clients?.find(name)?.provider,
      keptOf,
      transport,
      logoutOf: createLogoutOf(ground),
      now
    })
  return new BearerTokens(issued, foreign, new TokenProof(store, settings))
}
