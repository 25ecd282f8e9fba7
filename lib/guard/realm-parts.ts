import type { SigningKeys } from '../broker/signing-keys.ts'
import type { LoginEvents } from '../events.ts'
import type { OidcClients } from '../oidc/client/oidc-clients.ts'
import type { TokenVault } from '../oidc/tokens/token-vault.ts'
import type { LoginDemands } from '../oidc/login/demands.ts'
import type { FlowName } from '../options/provider-quirks.ts'
import type { Settings } from '../options/settings.ts'
import type { Cookies } from '../session/cookies.ts'
import type { SiteSessions } from '../session/request-session.ts'
import type { TokenIssuer } from '../session/issued-tokens.ts'
import type { Sessions } from '../session/sessions.ts'
import type { AccessTokenJudge } from './access-proof.ts'
import type { Callers } from './callers.ts'
import type { ReturnPaths } from './return-paths.ts'

/** What guards and requests need of a sign-in. */
export interface SignIn {
  readonly returnPaths: ReturnPaths
  /** The address that starts a sign-in, or a further flow, and comes back to a path of this site. */
  loginUrl (returnTo: string, demands?: LoginDemands, further?: FlowName): string
  /** Which sessions are those of this site; undefined where there is no other. */
  readonly sessions?: SiteSessions | undefined
  /** What sessions were granted. */
  readonly tokens: Pick<TokenVault, 'find' | 'keep' | 'prolong'>
  /** Our clients at the providers. */
  readonly clients: OidcClients
  /**
   * Ends the logins that a browser has begun: none of them signs anybody in any more.
   *
   * @param bindingText value of the binding cookie
   */
  endLogins (bindingText: string | undefined): Promise<void>
}

/** What a realm, and every request in it, works with. */
export interface RealmParts {
  readonly settings: Settings
  readonly events: LoginEvents
  readonly cookies: Cookies
  readonly sessions: Sessions
  /** Sign-in with a provider, where there is one. */
  readonly signIn: SignIn | undefined
  /** Other ways than the cookie to prove who a request comes from, where there are any. */
  readonly callers: Callers | undefined
  /** Judges access tokens, where they are taken. */
  readonly bearer: AccessTokenJudge | undefined
  /** Where this service publishes what programs need to know of it (RFC 9728), if it does. */
  readonly resourceMetadata: string | undefined
  /** The tokens that this application issues, where it issues any. */
  readonly issued: TokenIssuer | undefined
  /** The keys of this application as an issuer, where it signs tokens. */
  readonly keys: Pick<SigningKeys, 'rotate'> | undefined
  /** Value of `WWW-Authenticate` for a stranger who may sign in. */
  readonly challenge: string
}
