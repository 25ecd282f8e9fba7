import type { BearerSettings } from '../../options/bearer-settings.ts'
import type { TrustedIssuer } from '../../options/token-issuers.ts'
import type { Settings } from '../../options/settings.ts'
import type { Evidence } from '../../user.ts'
import type { Requirements } from '../requirements.ts'

/** A way to prove who a request comes from, as OpenAPI describes it (version 3.1, section 4.8.27). */
export interface SecurityScheme {
  readonly type: string
  readonly [member: string]: string
}

/** What a route demands of a request: each is enough. */
export type Security = ReadonlyArray<Readonly<Record<string, readonly string[]>>>

/** How a document writes things. */
export interface Dialect {
  /** Swagger 2 knows neither cookies nor schemes of HTTP. */
  readonly isSwagger2: boolean
  /** From version 3.1 on every scheme may name what is needed, not only those that have scopes. */
  readonly namesRoles: boolean
}

/** A scheme by the name that a document has for it. */
export type NamedScheme = readonly [label: string, scheme: SecurityScheme]

type Described = Pick<Settings, 'name' | 'cookie' | 'basic' | 'bearer' | 'authenticators'>

/** The address of an issuer's metadata; undefined where it has none that anybody else could ask for. */
function discoveryAddress ({ provider: { issuer, discoveryUrl, metadata } }: TrustedIssuer): string | undefined {
  if (metadata !== undefined) return undefined
  return discoveryUrl ?? `${issuer.replace(/\/$/, '')}/.well-known/openid-configuration`
}

/** Tokens of issuers that say where they give them, those of other issuers, and those of this application. */
function bearerSchemes ({ issuers, issued }: BearerSettings, { isSwagger2 }: Dialect): readonly NamedScheme[] {
  if (isSwagger2) return [['bearer', { type: 'apiKey', in: 'header', name: 'Authorization' }]]
  const plain: NamedScheme = ['bearer', { type: 'http', scheme: 'bearer' }]
  const found = issuers.map((issuer): NamedScheme => {
    const openIdConnectUrl = discoveryAddress(issuer)
    if (openIdConnectUrl === undefined) return plain
    const label = issuers.length === 1 ? 'openIdConnect' : `openIdConnect.${issuer.provider.name}`
    return [label, { type: 'openIdConnect', openIdConnectUrl }]
  })
  return issued === undefined ? found : [...found, plain]
}

function schemesOf (evidence: Evidence, settings: Described, dialect: Dialect): readonly NamedScheme[] {
  const { isSwagger2 } = dialect
  if (evidence === 'cookie') {
    const { name } = settings.cookie
    return [['cookie', { type: 'apiKey', in: isSwagger2 ? 'header' : 'cookie', name: isSwagger2 ? 'Cookie' : name }]]
  }
  if (evidence === 'bearer' && settings.bearer !== undefined) return bearerSchemes(settings.bearer, dialect)
  if (evidence === 'basic') return [['basic', isSwagger2 ? { type: 'basic' } : { type: 'http', scheme: 'basic' }]]
  // Where an authenticator looks, it alone knows. Challenges name it as a scheme of HTTP, and so does the document.
  return [[evidence, isSwagger2 ? { type: 'apiKey', in: 'header', name: 'Authorization' } : { type: 'http', scheme: evidence }]]
}

/** What a request may come by on a route: what each of its guards takes. */
export function evidenceOn (
  demanded: readonly Requirements[], { bearer, basic, authenticators }: Described
): readonly Evidence[] {
  const usual = ['cookie', ...bearer === undefined ? [] : ['bearer'], ...authenticators.map(({ name }) => name)]
  const known = basic === undefined ? usual : [...usual, 'basic']
  return known.filter(one => demanded.every(({ via = usual }) => via.includes(one)))
}

/** The scopes that the guards of a route demand together. */
export function scopesOf (demanded: readonly Requirements[]): readonly string[] {
  return [...new Set(demanded.flatMap(({ scopes }) => scopes))]
}

/** The schemes that a route takes, under names that say which of several registrations they belong to. */
export function schemesOn (
  demanded: readonly Requirements[], settings: Described, dialect: Dialect
): readonly NamedScheme[] {
  const { name } = settings
  const schemes = evidenceOn(demanded, settings).flatMap(evidence => schemesOf(evidence, settings, dialect))
  return schemes.map(([label, scheme]) => [name === undefined ? label : `${name}.${label}`, scheme])
}

export function securityOf (
  schemes: readonly NamedScheme[], scopes: readonly string[], { isSwagger2, namesRoles }: Dialect
): Security {
  const labels = new Map(schemes.map(([label, { type }]) => {
    const hasScopes = !isSwagger2 && (namesRoles || type === 'openIdConnect')
    return [label, hasScopes ? scopes : []]
  }))
  return [...labels].map(([label, needed]) => ({ [label]: [...needed] }))
}

/** What a route demands where two registrations guard it: one of the ways of each. */
export function both (one: Security, other: Security): Security {
  return one.flatMap(first => other.map(second => ({ ...first, ...second })))
}
