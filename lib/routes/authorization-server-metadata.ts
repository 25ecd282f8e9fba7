import type { FastifyInstance } from 'fastify'
import { ABOUT_PERSON } from '../oidc/login/program-demand.ts'
import { TOKEN_EXCHANGE } from '../oidc/tokens/token-exchange.ts'
import { ownIssuer } from '../options/issuer.ts'
import { metadataUrl } from '../options/peer-settings.ts'
import type { PublicUrl } from '../options/public-url.ts'
import type { Settings } from '../options/settings.ts'
import { DEVICE_CODE } from '../programs/create-programs.ts'
import { OFFLINE } from '../programs/program-scopes.ts'
import { addressOf, createAddresses, routePaths } from './addresses.ts'
import { publishDocument } from './published-document.ts'

/** What an authorization server says of itself (RFC 8414, section 2). What would be empty is left out (section 3.2). */
export interface AuthorizationServerMetadata {
  readonly issuer: string
  readonly [member: string]: string | boolean | readonly string[]
}

/** What the route needs of the application. */
export interface ServerMetadataScope {
  readonly settings: Settings
  readonly paths: readonly string[]
  /** Prefix of the scope that the plugin was registered in. */
  readonly scopePrefix: string
}

interface Server { readonly publicUrl: PublicUrl, readonly issuer: string }

/** The server that has metadata: one that gives tokens to programs, or that signs tokens. */
function serverOf ({ publicUrl, broker, routes }: Settings): Server | undefined {
  if (publicUrl === undefined || !routes.authorizationServerMetadata) return undefined
  return { publicUrl, issuer: ownIssuer(publicUrl, broker) }
}

/** Where section 3.1 has the metadata of an issuer on its host. */
function pathOf (issuer: string): string {
  return new URL(metadataUrl(issuer)).pathname
}

/**
 * The paths of the metadata inside the scope; none where there are none. They belong at the root of the host, and are
 * also below the path of `publicUrl`, which a proxy passes on in any case. A scope with a prefix has no place at the
 * root.
 */
export function serverMetadataPaths (settings: Settings, scopePrefix: string): readonly string[] {
  const server = serverOf(settings)
  if (server === undefined) return []
  const { publicUrl, issuer } = server
  const root = `${publicUrl.origin}${publicUrl.basePath}`
  const below = pathOf(publicUrl.origin + issuer.slice(root.length))
  const paths = routePaths(addressOf(publicUrl, scopePrefix, below), scopePrefix)
  return scopePrefix === '' ? [...new Set([...paths, pathOf(issuer)])] : paths
}

/** How programs prove who they are (RFC 6749, section 2.3.1). */
function authMethodsOf ({ programs }: Settings): readonly string[] {
  const secret = programs.some(program => program.secret !== undefined)
  const none = programs.some(program => program.secret === undefined)
  return [...secret ? ['client_secret_basic', 'client_secret_post'] : [], ...none ? ['none'] : []]
}

function grantTypesOf ({ routes, programs }: Settings): readonly string[] {
  if (routes.token === undefined) return []
  return [
    ...routes.authorize === undefined ? [] : ['authorization_code'],
    'refresh_token',
    ...routes.device === undefined ? [] : [DEVICE_CODE],
    ...programs.some(({ mayExchange }) => mayExchange) ? [TOKEN_EXCHANGE] : []
  ]
}

/** What is said of a page that people are sent to, where there is one. */
function authorizeMembers ({ routes }: Settings): Members {
  if (routes.authorize === undefined) return {}
  return {
    response_types_supported: ['code'],
    response_modes_supported: ['query'],
    code_challenge_methods_supported: ['S256'],
    authorization_response_iss_parameter_supported: true
  }
}

type Members = Readonly<Record<string, string | boolean | readonly string[] | undefined>>

/** Every address that there is, and how programs prove themselves there. */
function endpointMembers (settings: Settings, publicUrl: PublicUrl, scopePrefix: string): Members {
  const { routes, programs } = settings
  const addresses = createAddresses(publicUrl, scopePrefix, routes, settings)
  const { authorize, token, device, revoke, introspect, logout } = addresses
  const urlOf = (path: string | undefined): string | undefined =>
    path === undefined ? undefined : addressOf(publicUrl, scopePrefix, routes.prefix + path).url
  const methods = authMethodsOf(settings)
  const secretMethods = methods.filter(method => method !== 'none')
  return {
    authorization_endpoint: authorize?.url,
    token_endpoint: token?.url,
    device_authorization_endpoint: device?.url,
    revocation_endpoint: revoke?.url,
    // Who has no secret is told nothing there.
    introspection_endpoint: secretMethods.length === 0 ? undefined : introspect?.url,
    jwks_uri: urlOf(routes.jwks),
    userinfo_endpoint: urlOf(routes.userinfo),
    end_session_endpoint: programs.length === 0 ? undefined : logout?.url,
    token_endpoint_auth_methods_supported: token === undefined ? [] : methods,
    revocation_endpoint_auth_methods_supported: revoke === undefined ? [] : methods,
    introspection_endpoint_auth_methods_supported: introspect === undefined ? [] : secretMethods
  }
}

function scopesOf ({ programs }: Settings): readonly string[] {
  const own = programs.flatMap(({ scopes }) => scopes)
  return programs.length === 0 ? [] : [...new Set([...ABOUT_PERSON, OFFLINE, ...own])]
}

function metadataOf (
  settings: Settings, { publicUrl, issuer }: Server, scopePrefix: string
): AuthorizationServerMetadata {
  const members: Members = {
    ...endpointMembers(settings, publicUrl, scopePrefix),
    scopes_supported: scopesOf(settings),
    ...authorizeMembers(settings),
    grant_types_supported: grantTypesOf(settings)
  }
  const said = Object.entries(members).filter(([, value]) => !(value === undefined || isEmpty(value)))
  return { issuer, ...Object.fromEntries(said) as Record<string, string | boolean | readonly string[]> }
}

function isEmpty (value: unknown): boolean {
  return Array.isArray(value) && value.length === 0
}

/** The metadata of this application as an authorization server (RFC 8414, section 3). The same for all. */
export async function serverMetadataRoutes (
  scope: FastifyInstance, { settings, paths, scopePrefix }: ServerMetadataScope
): Promise<void> {
  const server = serverOf(settings)
  if (server === undefined) return
  publishDocument(scope, paths, metadataOf(settings, server, scopePrefix))
}
