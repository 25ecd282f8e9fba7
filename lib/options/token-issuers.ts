import type { BearerOptions, TokenIssuerOptions, TokenRules } from './bearer-options.ts'
import { assertKnownKeys, assertObject, assertOneOf, assertText, assertTexts, assertWholeNumber, refuse } from './check.ts'
import { type ClientMaker, type IntrospectionSettings, resolveIntrospection } from './introspection-settings.ts'
import { type OidcSettings, resolveOidcSettings, SIGNING_ALGS } from './oidc-settings.ts'
import type { Claims } from '../user.ts'
import { renamed } from './provider-settings.ts'

/** An issuer whose access tokens are taken. */
export interface TrustedIssuer {
  readonly provider: OidcSettings
  /** Whether people sign in with it too. */
  readonly isSignIn: boolean
  readonly audience: readonly string[]
  readonly audienceClaim: string
  readonly algorithms: readonly string[]
  readonly clockTolerance: number
  readonly introspection: IntrospectionSettings | undefined
  /** What counts of what a token says; undefined where all of it does. */
  readonly mapClaims: ((claims: Claims) => Claims) | undefined
}

/** What the other options say that issuers depend on. */
export interface IssuerSurroundings {
  /** The providers that people sign in with. */
  readonly providers: readonly OidcSettings[]
  /** Names of those that differ from tenant to tenant. */
  readonly tenants: readonly string[]
  readonly allowHttp: boolean
  /** Whether this application signs tokens of its own, so that none of others need be taken. */
  readonly hasBroker: boolean
}

type Given = Partial<Record<keyof TokenIssuerOptions, unknown>>

const RULES = ['audience', 'audienceClaim', 'algorithms', 'clockTolerance', 'introspection']
/** Where an issuer is that signs nobody in. */
const PLACE = ['discoveryUrl', 'tenantClaim', 'metadata', 'fetch'] as const
export const ISSUER_OPTIONS: readonly string[] = [...RULES, 'issuer', 'allowHttp', ...PLACE]
/** What the only issuer is called that signs nobody in. */
export const UNNAMED = 'bearer'
/** Who asks nobody about tokens needs no name there. */
const NOBODY = 'fastify-login'
export const issuerName = /^[A-Za-z][\w-]{0,31}$/

/** One text, or a list of them. */
export function resolveTexts (value: unknown, option: string): readonly string[] {
  if (typeof value === 'string') assertText(value, option)
  const texts = typeof value === 'string' ? [value] : value
  assertTexts(texts, option)
  if (texts.length === 0) refuse(option, 'is an empty list, which nothing fulfils.')
  return Object.freeze([...texts])
}

/** The options that say where an issuer is, as those of a provider that needs no more than keys. */
export function createClientMaker (given: Given, name: string, allowHttp: boolean): ClientMaker {
  const { issuer, discoveryUrl, tenantClaim, metadata, fetch } = given
  const where = Object.entries({ issuer, discoveryUrl, tenantClaim, metadata, fetch })
  const defined = Object.fromEntries(where.filter(([, value]) => value !== undefined))
  return function makeClient ({ clientId = NOBODY, ...proof }, option) {
    try {
      return resolveOidcSettings({ ...defined, scopes: [], clientId, ...proof }, allowHttp, { name, endpoints: ['jwks_uri'] })
    } catch (error) {
      throw renamed(error, option)
    }
  }
}

export function resolveRules (
  rules: TokenRules, base: TokenRules, provider: OidcSettings, option: string
): Omit<TrustedIssuer, 'isSignIn' | 'introspection' | 'mapClaims'> {
  const { audience = base.audience, audienceClaim = base.audienceClaim ?? 'aud' } = rules
  const { algorithms = base.algorithms ?? ['RS256'] } = rules
  const { clockTolerance = base.clockTolerance ?? provider.clockTolerance } = rules
  if (audience === undefined) {
    refuse(`${option}.audience`, 'is missing. Write what tokens for this service have as "aud": without it every token of the issuer would open it.')
  }
  assertOneOf(audienceClaim, ['aud', 'client_id'], `${option}.audienceClaim`)
  assertWholeNumber(clockTolerance, 0, 300, `${option}.clockTolerance`)
  const algs = resolveTexts(algorithms, `${option}.algorithms`)
  for (const alg of algs) assertOneOf(alg, SIGNING_ALGS, `${option}.algorithms`)
  return { provider, audience: resolveTexts(audience, `${option}.audience`), audienceClaim, algorithms: algs, clockTolerance }
}

/** One that people sign in with too. */
function resolveSignIn (
  provider: OidcSettings, base: BearerOptions, { allowHttp }: IssuerSurroundings, option: string
): TrustedIssuer {
  const makeClient = createClientMaker(provider, provider.name, allowHttp)
  return Object.freeze({
    ...resolveRules({}, base, provider, option),
    isSignIn: true,
    mapClaims: undefined,
    introspection: resolveIntrospection(base.introspection, provider, makeClient, `${option}.introspection`)
  })
}

function resolveFurther (
  name: string, value: TokenIssuerOptions, base: BearerOptions, { allowHttp }: IssuerSurroundings, option: string
): TrustedIssuer {
  const { introspection = base.introspection, fetch = base.fetch } = value
  const makeClient = createClientMaker({ ...value, fetch }, name, allowHttp)
  const provider = makeClient({}, option)
  return Object.freeze({
    ...resolveRules(value, base, provider, option),
    isSignIn: false,
    mapClaims: undefined,
    introspection: resolveIntrospection(introspection, undefined, makeClient, `${option}.introspection`)
  })
}

/** Whether people sign in with a provider of this name. */
export function isTaken (name: string, { providers, tenants }: Pick<IssuerSurroundings, 'providers' | 'tenants'>): boolean {
  return tenants.includes(name) || providers.some(provider => provider.name === name)
}

function resolveNamed (
  name: string, value: unknown, base: BearerOptions, surroundings: IssuerSurroundings
): TrustedIssuer {
  const option = `bearer.providers.${name}`
  if (!issuerName.test(name)) refuse(option, 'has no name as "work": at most 32 letters, digits, - and _, a letter first.')
  const namesake = surroundings.providers.find(provider => provider.name === name)
  if (value === true) {
    if (namesake === undefined) refuse(option, 'is true, but nobody signs in with a provider of this name. Write its "issuer".')
    return resolveSignIn(namesake, base, surroundings, option)
  }
  assertObject(value, option)
  assertKnownKeys(value, ISSUER_OPTIONS, option)
  assertText(value.issuer, `${option}.issuer`)
  if (isTaken(name, surroundings)) {
    refuse(option, 'has the name of a provider that people sign in with, whose people it would be taken for. Write true, or choose another name.')
  }
  const signIn = surroundings.providers.find(provider => provider.issuer === value.issuer)
  if (signIn !== undefined) {
    refuse(`${option}.issuer`, `is that of the provider "${signIn.name}" that people sign in with: its people would be taken for others, and what is demanded of them for nothing. Write "${signIn.name}: true".`)
  }
  return resolveFurther(name, value as unknown as TokenIssuerOptions, base, surroundings, option)
}

/** A place that is written down is that of an issuer, and never of one that is known already. */
function assertNoPlace (base: BearerOptions, names: ReadonlyArray<(typeof PLACE)[number]>): void {
  const stray = names.find(name => base[name] !== undefined)
  if (stray !== undefined) refuse(`bearer.${stray}`, 'has no meaning here: it is known where the issuer is. Leave it out.')
}

function resolveAllNamed (base: BearerOptions, surroundings: IssuerSurroundings): readonly TrustedIssuer[] {
  const { providers: named } = base
  assertObject(named, 'bearer.providers')
  const entries = Object.entries(named)
  if (entries.length === 0) refuse('bearer.providers', 'names nobody. Leave it out, or write an issuer under a name.')
  assertNoPlace(base, ['discoveryUrl', 'tenantClaim', 'metadata'])
  return entries.map(([name, value]) => resolveNamed(name, value, base, surroundings))
}

/** The issuers of `bearer`: those that it names, the one that it is about, or all that people sign in with. */
function resolveAll (base: BearerOptions, surroundings: IssuerSurroundings): readonly TrustedIssuer[] {
  const { issuer, audience, providers: named } = base
  const { providers, tenants } = surroundings
  if (issuer !== undefined && named !== undefined) refuse('bearer.issuer', 'stands beside "bearer.providers". Write it as one of them.')
  if (named !== undefined) return resolveAllNamed(base, surroundings)
  const known = providers.find(provider => provider.issuer === issuer)
  if (issuer !== undefined && known === undefined) {
    if (isTaken(UNNAMED, surroundings)) {
      refuse('bearer.issuer', 'would be called "bearer", as a provider that people sign in with is. Write it under another name in "bearer.providers".')
    }
    return [resolveFurther(UNNAMED, { ...base, issuer }, base, surroundings, 'bearer')]
  }
  assertNoPlace(base, PLACE)
  if (known !== undefined) return [resolveSignIn(known, base, surroundings, 'bearer')]
  const hasOwn = surroundings.hasBroker || (base.issued !== undefined && base.issued !== false)
  if (audience === undefined && hasOwn) return []
  if (tenants.length > 0 || providers.length === 0) {
    refuse('bearer.issuer', 'is missing: write the issuer whose tokens are taken, or "issued: true" for those of this application alone.')
  }
  return providers.map(provider => resolveSignIn(provider, base, surroundings, 'bearer'))
}

/** A token names its issuer and no more: of two here at the same one, nobody could say whose it is. */
function assertDistinct (issuers: readonly TrustedIssuer[]): void {
  const texts = issuers.map(({ provider }) => provider.issuer)
  const twin = texts.find((text, index) => texts.indexOf(text) < index)
  if (twin !== undefined) refuse('bearer.providers', `has the issuer ${twin} more than once. Name one of them.`)
  const asked = issuers.filter(({ introspection }) => introspection !== undefined)
  if (asked.length > 1) {
    refuse('bearer.introspection', 'is switched on for several issuers. A token that is no JWT does not say whose it is, and would be shown to all of them: switch it on for one.')
  }
}

/** @throws ConfigurationError */
export function resolveIssuers (base: BearerOptions, surroundings: IssuerSurroundings): readonly TrustedIssuer[] {
  const issuers = resolveAll(base, surroundings)
  assertDistinct(issuers)
  return Object.freeze(issuers)
}
