import type { FastifyInstance } from 'fastify'
import { toPublicPath } from '../guard/return-paths.ts'
import type { BearerSettings } from '../options/bearer-settings.ts'
import { isOfAnyTenant, ownIssuer } from '../options/issuer.ts'
import { SIGNING_ALGS } from '../options/oidc-settings.ts'
import type { PublicUrl } from '../options/public-url.ts'
import type { Settings } from '../options/settings.ts'
import { addressOf, routePaths } from './addresses.ts'
import { publishDocument } from './published-document.ts'

/** What a service says of itself (RFC 9728, section 2). Members that would be empty are left out (section 3.2). */
export interface ResourceMetadata {
  readonly resource: string
  readonly authorization_servers?: readonly string[]
  readonly scopes_supported?: readonly string[]
  readonly bearer_methods_supported: readonly string[]
  readonly dpop_signing_alg_values_supported?: readonly string[]
  readonly tls_client_certificate_bound_access_tokens?: boolean
}

/** The part of the settings that the metadata are made of. */
export type MetadataSettings = Pick<Settings, 'publicUrl' | 'bearer' | 'broker' | 'programs' | 'routes'>

/** What the route needs of the application. */
export interface MetadataScope {
  readonly settings: MetadataSettings
  readonly paths: readonly string[]
  /** Prefix of the scope that the plugin was registered in. */
  readonly scopePrefix: string
}

const WELL_KNOWN = '/.well-known/oauth-protected-resource'

interface Service extends Pick<MetadataSettings, 'broker' | 'programs' | 'routes'> {
  readonly publicUrl: PublicUrl
  readonly bearer: BearerSettings
}

/** The service that has metadata: one that takes tokens, and that has an address to be called by. */
function serviceOf (settings: MetadataSettings): Service | undefined {
  const { publicUrl, bearer, routes } = settings
  if (publicUrl === undefined || bearer === undefined || !routes.resourceMetadata) return undefined
  return { ...settings, publicUrl, bearer }
}

/**
 * Where the metadata are, for challenges (RFC 9728, section 5.1); undefined where there are none. It is below the path
 * of `publicUrl`: what a proxy passes on, whatever it does at the root of the host.
 */
export function resourceMetadataUrl (settings: MetadataSettings, scopePrefix: string): string | undefined {
  const service = serviceOf(settings)
  return service === undefined ? undefined : addressOf(service.publicUrl, scopePrefix, WELL_KNOWN).url
}

/**
 * The paths of the metadata inside the scope; none where there are none. A scope with a prefix has no place at the root
 * of the host, where section 3.1 looks for them: there the challenge alone leads to them.
 */
export function resourceMetadataPaths (settings: MetadataSettings, scopePrefix: string): readonly string[] {
  const service = serviceOf(settings)
  if (service === undefined) return []
  const { publicUrl } = service
  const paths = routePaths(addressOf(publicUrl, scopePrefix, WELL_KNOWN), scopePrefix)
  const isElsewhere = scopePrefix === '' && publicUrl.basePath !== ''
  return isElsewhere ? [...paths, WELL_KNOWN + publicUrl.basePath] : paths
}

/** Whether a client can show a certificate: to a proxy that passes it on, or to this server, which asks for it. */
function takesCertificates ({ clientCertificate }: BearerSettings, { server }: Pick<FastifyInstance, 'server'>): boolean {
  return clientCertificate !== undefined || (server as { readonly requestCert?: unknown }).requestCert === true
}

/** What only tokens of an issuer can be: those of this application are bound to nothing. */
function boundMembers (
  bearer: BearerSettings, fastify: Pick<FastifyInstance, 'server'>
): Pick<ResourceMetadata, 'dpop_signing_alg_values_supported' | 'tls_client_certificate_bound_access_tokens'> {
  if (bearer.issuers.length === 0) return {}
  return {
    dpop_signing_alg_values_supported: SIGNING_ALGS,
    ...takesCertificates(bearer, fastify) ? { tls_client_certificate_bound_access_tokens: true } : {}
  }
}

/** Who gives the tokens that are taken here. An issuer of any tenant is an address of none: programs know their own. */
function issuersOf ({ publicUrl, bearer, broker, programs, routes }: Service): readonly string[] {
  const givesTokens = programs.some(({ isPassThrough }) => !isPassThrough) && routes.authorizationServerMetadata
  const own = broker !== undefined || givesTokens ? [ownIssuer(publicUrl, broker)] : []
  const others = [...bearer.issuers, ...broker?.peers ?? []].map(({ provider }) => provider.issuer)
  return [...own, ...others.filter(issuer => !isOfAnyTenant(issuer))]
}

function metadataOf (service: Service, scopePrefix: string, fastify: FastifyInstance): ResourceMetadata {
  const { publicUrl, bearer } = service
  const issuers = issuersOf(service)
  return {
    resource: publicUrl.origin + toPublicPath(publicUrl, scopePrefix),
    ...issuers.length > 0 ? { authorization_servers: issuers } : {},
    ...bearer.scopes.length > 0 ? { scopes_supported: bearer.scopes } : {},
    bearer_methods_supported: ['header'],
    ...boundMembers(bearer, fastify)
  }
}

/** The metadata of this service as a protected resource (RFC 9728, section 3). */
export async function resourceMetadataRoutes (
  scope: FastifyInstance, { settings, paths, scopePrefix }: MetadataScope
): Promise<void> {
  const service = serviceOf(settings)
  if (service === undefined) return
  publishDocument(scope, paths, metadataOf(service, scopePrefix, scope))
}
