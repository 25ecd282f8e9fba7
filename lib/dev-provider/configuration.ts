import { randomBytes } from 'node:crypto'
import { type JWK } from 'jose'
import { createDefaultClient, type Features } from './default-client.ts'
import { renderDeviceConnected, renderUserCodeConfirm, renderUserCodeInput } from './device-pages.ts'
import { renderError } from './error-pages.ts'
import { createGrants } from './grant.ts'
import { renderLoggedOut, renderLogout } from './logout-pages.ts'
import { fetchLoopback, isLoopback } from './loopback.ts'
import { MemoryAdapter } from './memory-adapter.ts'
import { merge } from './merge.ts'
import { type AdapterConstructor, type Client, type ClientContext, type OidcProviderModule } from './oidc-provider.ts'
import { claimsByScope, type Person } from './people.ts'
import { createPolicy } from './policy.ts'
import { type DevClient, type DevProviderSettings } from './settings.ts'

const MINUTE = 60
const HOUR = 60 * MINUTE
const DAY = 24 * HOUR

/** What oidc-provider is configured with. */
export interface Configuration extends Readonly<Record<string, unknown>> {
  readonly features: Features
  /** The default client, then the others. */
  readonly clients: readonly [DevClient, ...DevClient[]]
}

/** What a configuration is made of. */
export interface Plan {
  readonly settings: DevProviderSettings
  readonly module: OidcProviderModule
  /** Port that the provider listens on. */
  readonly port: number
  /** Private key that signs. */
  readonly key: JWK
}

interface Token { readonly clientId: string }

/** A program with a secret may ask about any token, as an API does; one without only about its own. */
function mayIntrospect (_context: unknown, client: Client, token: Token): boolean {
  return client.clientAuthMethod !== 'none' || client.clientId === token.clientId
}

function mayRevoke (_context: unknown, client: Client, token: Token): boolean {
  return client.clientId === token.clientId
}

function createFeatures ({ errors }: OidcProviderModule): Features {
  return {
    devInteractions: { enabled: false },
    backchannelLogout: { enabled: true },
    deviceFlow: {
      enabled: true,
      userCodeInputSource: renderUserCodeInput,
      userCodeConfirmSource: renderUserCodeConfirm,
      successSource: renderDeviceConnected
    },
    introspection: { enabled: true, allowedPolicy: mayIntrospect },
    revocation: { enabled: true, allowedPolicy: mayRevoke },
    rpInitiatedLogout: { enabled: true, logoutSource: renderLogout, postLogoutSuccessSource: renderLoggedOut },
    resourceIndicators: {
      enabled: true,
      getResourceServerInfo () { throw new errors.InvalidTarget() }
    }
  }
}

function createFindAccount (people: readonly Person[]) {
  return function findAccount (_context: unknown, subject: string) {
    const person = people.find(({ sub }) => sub === subject)
    return person && { accountId: person.sub, claims: () => ({ ...person }) }
  }
}

function createDefaults ({ settings, module, port, key }: Plan) {
  const { people, accessTokenTtl, scopes } = settings
  const adapter: AdapterConstructor = MemoryAdapter
  return {
    adapter,
    // Two levels to step up between; a sign-in has the one that was asked for, or the first.
    acrValues: ['1', '2'],
    allowOmittingSingleRegisteredRedirectUri: false,
    claims: { acr: null, auth_time: null, iss: null, sid: null, ...claimsByScope(people) },
    clientBasedCORS: (_context: ClientContext, origin: string) => isLoopback(origin),
    // Tokens end when they say so.
    clockTolerance: 0,
    conformIdTokenClaims: false,
    cookies: {
      keys: [randomBytes(32).toString('base64url')],
      // Browsers send cookies to every port of a host: the port in the name keeps two providers apart.
      names: { session: `_session_${port}`, interaction: `_interaction_${port}`, resume: `_resume_${port}` }
    },
    features: createFeatures(module),
    fetch: fetchLoopback,
    findAccount: createFindAccount(people),
    interactions: { policy: createPolicy(module.interactionPolicy) },
    jwks: { keys: [key] },
    loadExistingGrant: createGrants(settings),
    pkce: { required: () => true },
    renderError,
    responseTypes: ['code'],
    rotateRefreshToken: true,
    scopes: ['openid', 'offline_access', ...scopes],
    ttl: {
      AccessToken: accessTokenTtl,
      AuthorizationCode: MINUTE,
      BackchannelAuthenticationRequest: 10 * MINUTE,
      ClientCredentials: accessTokenTtl,
      DeviceCode: 10 * MINUTE,
      Grant: 14 * DAY,
      IdToken: HOUR,
      Interaction: HOUR,
      PreAuthorizedCode: 10 * MINUTE,
      RefreshToken: 14 * DAY,
      Session: 14 * DAY
    }
  }
}

/** The configuration of oidc-provider: ours, what the caller wrote over it, and the clients. */
export function createConfiguration (plan: Plan): Configuration {
  const { settings } = plan
  const configuration = merge(createDefaults(plan), settings.configuration)
  return { ...configuration, clients: [createDefaultClient(settings, configuration.features), ...settings.clients] }
}
