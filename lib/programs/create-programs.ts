import type { LoginEvents } from '../events.ts'
import type { OidcClients } from '../oidc/client/oidc-clients.ts'
import { TOKEN_EXCHANGE } from '../oidc/tokens/token-exchange.ts'
import type { TokenVault } from '../oidc/tokens/token-vault.ts'
import { ownIssuer } from '../options/issuer.ts'
import type { PublicUrl } from '../options/public-url.ts'
import type { Settings } from '../options/settings.ts'
import type { TokenIssuer } from '../session/issued-tokens.ts'
import type { Store } from '../stores/store.ts'
import type { Vault } from '../vault.ts'
import { ProgramClients } from './program-client.ts'
import { ProgramCodes } from './program-codes.ts'
import { createExchange } from './exchange.ts'
import { ProgramDevices, type ProgramDevicesParts } from './program-devices.ts'
import { ProgramRequests } from './program-requests.ts'
import { ProgramGrants, type ProgramGrantsParts } from './program-grants.ts'
import { ProgramProviderTokens } from './program-provider-tokens.ts'
import { RefreshTokens } from './refresh-tokens.ts'
import { type SubjectJudge, SubjectTokens } from './subject-tokens.ts'
import { resourceIn, TokenEndpoint } from './token-endpoint.ts'
import { fieldOf } from './token-form.ts'
import { TokenIntrospection } from './token-introspection.ts'
import { TokenRevocation } from './token-revocation.ts'

/** What programs are served with. */
export interface Programs {
  /** What this application calls itself as an authorization server (RFC 9207, section 2). */
  readonly identifier: string
  readonly clients: ProgramClients
  readonly grants: ProgramGrants
  readonly codes: ProgramCodes
  readonly requests: ProgramRequests
  readonly devices: ProgramDevices
  readonly endpoint: TokenEndpoint
  readonly revocation: TokenRevocation
  readonly introspection: TokenIntrospection
}

export interface ProgramsGround extends Pick<ProgramGrantsParts, 'revocations' | 'onEnd'> {
  /** The access tokens of this application; undefined where it issues none. */
  readonly issued: TokenIssuer | undefined
  /** Who judges tokens of others that programs may exchange; undefined where none are. */
  readonly judgeOf: (providers: OidcClients) => SubjectJudge | undefined
  readonly publicUrl: PublicUrl
  readonly settings: Pick<Settings, 'programs' | 'broker' | 'realm' | 'cookie' | 'routes' | 'now'>
  readonly vault: Vault
  readonly store: Store
  readonly tokens: TokenVault
  readonly events: LoginEvents
  /** Our clients at the providers. */
  readonly providers: OidcClients
  readonly personOf: ProgramDevicesParts['personOf']
}

/** RFC 8628, section 3.4. */
export const DEVICE_CODE = 'urn:ietf:params:oauth:grant-type:device_code'

/** This application as the authorization server of its programs. */
export function createPrograms (ground: ProgramsGround): Programs {
  const { settings, publicUrl, vault, store, tokens, events, providers, personOf } = ground
  const { issued, revocations, onEnd } = ground
  const { programs, broker, realm, cookie, now } = settings
  const clients = new ProgramClients(programs, realm)
  const refreshTokens = new RefreshTokens(vault, store, now)
  const whose = { issued, revocations, onEnd, context: cookie.name }
  const providerTokens = new ProgramProviderTokens({ tokens, clients: providers, hasBroker: broker !== undefined })
  const grants = new ProgramGrants({ ...whose, refreshTokens, providerTokens, events, now })
  const codes = new ProgramCodes(vault, store, grants, now)
  const requests = new ProgramRequests(clients, vault, now)
  const devices = new ProgramDevices({ settings, clients: providers, vault, store, grants, personOf, now })
  const endpoint = new TokenEndpoint({ clients, codes, grants, audience: broker?.audience })
  if (settings.routes.device !== undefined) {
    endpoint.take(DEVICE_CODE, async ({ program, form, accept }) => {
      const audience = resourceIn({ program, form }, broker?.audience)
      return await devices.redeem(program, fieldOf(form, 'device_code'), accept, audience)
    })
  }
  takeExchange(endpoint, grants, ground)
  const identifier = ownIssuer(publicUrl, settings.broker)
  const shared = { clients, grants, refreshTokens, issued }
  const revocation = new TokenRevocation(shared)
  const introspection = new TokenIntrospection({ ...shared, identifier })
  return Object.freeze({ identifier, clients, grants, codes, requests, devices, endpoint, revocation, introspection })
}

/** Programs exchange tokens where this application signs what they get. */
function takeExchange (
  endpoint: TokenEndpoint, grants: ProgramGrants, { settings, issued, judgeOf, providers }: ProgramsGround
): void {
  const { broker, routes, now } = settings
  if (broker === undefined || issued === undefined) return
  const { audience } = broker
  const whose = { own: issued, foreign: judgeOf(providers), clients: providers }
  const subjects = new SubjectTokens({ ...whose, grants, audience, routes })
  endpoint.take(TOKEN_EXCHANGE, createExchange({ subjects, issued, audience, now }))
}
