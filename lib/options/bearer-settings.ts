import type { BearerOptions, IntrospectionOptions, TokenIssuerOptions, TokenRules } from './bearer-options.ts'
import {
  assertFunction, assertKnownKeys, assertObject, assertOneOf, assertText, assertTexts, assertWholeNumber, refuse
} from './check.ts'
import { type OidcSettings, resolveOidcSettings, SIGNING_ALGS } from './oidc-settings.ts'
import { renamed, type UserId } from './provider-settings.ts'

/** How an issuer is asked about tokens. */
export interface IntrospectionSettings {
  /** Our client there. */
  readonly client: OidcSettings
  readonly isForAll: boolean
  /** Seconds. */
  readonly cache: number
}

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
}

/** Access tokens, made strict. */
export interface BearerSettings {
  readonly issuers: readonly TrustedIssuer[]
  /** Seconds that a token lives which this application issues; undefined where it issues none. */
  readonly issued: { readonly expiresIn: number } | undefined
  readonly scopes: readonly string[]
  readonly clientCertificate: BearerOptions['clientCertificate']
  /** `currentUser.id` of whom a token is about. */
  readonly userId: UserId
}

/** What the other options say that this depends on. */
export interface BearerSurroundings {
  readonly providers: readonly OidcSettings[]
  readonly hasTenants: boolean
  readonly allowHttp: boolean
  readonly userId: UserId
  readonly hasOwnUserId: boolean
}

const RULES = ['audience', 'audienceClaim', 'algorithms', 'clockTolerance', 'introspection']
const ISSUER = ['issuer', 'discoveryUrl', 'tenantClaim', 'allowHttp', 'metadata', 'fetch']
const KNOWN = [...RULES, ...ISSUER, 'providers', 'issued', 'scopes', 'clientCertificate']
const KNOWN_INTROSPECTION = ['clientId', 'clientSecret', 'clientAuthentication', 'tokens', 'cache']
/** What the only issuer is called that signs nobody in. */
const UNNAMED = 'bearer'
/** Who asks nobody about tokens needs no name there. */
const NOBODY = 'fastify-login'
const issuerName = /^[A-Za-z][\w-]{0,31}$/
const LONGEST_CACHE = 3600
const LONGEST_LIFE = 400 * 86_400
const HOUR = 3600

function textsOf (value: unknown, option: string): readonly string[] {
  const texts = typeof value === 'string' ? [value] : value
  assertTexts(texts, option)
  if (texts.length === 0) refuse(option, 'is an empty list, which nothing fulfils.')
  return Object.freeze([...texts])
}

/** The client of an introspection: one of its own, or the one that signs people in. */
function resolveIntrospection (
  value: TokenRules['introspection'], signIn: OidcSettings | undefined, makeClient: MakeClient, option: string
): IntrospectionSettings | undefined {
  if (value === undefined || value === false) return undefined
  const options: unknown = value === true ? {} : value
  assertObject(options, option)
  assertKnownKeys(options, KNOWN_INTROSPECTION, option)
  const { tokens = 'opaque', cache = 30, ...credentials } = options as IntrospectionOptions
  assertOneOf(tokens, ['opaque', 'all'], `${option}.tokens`)
  assertWholeNumber(cache, 0, LONGEST_CACHE, `${option}.cache`)
  if (credentials.clientId === undefined && signIn === undefined) {
    refuse(`${option}.clientId`, 'is missing. Nobody signs in with this issuer, so write the client that may ask it about tokens.')
  }
  if (credentials.clientId === undefined && Object.keys(credentials).length > 0) {
    refuse(`${option}.clientId`, 'is missing, whose secret this is.')
  }
  const client = credentials.clientId === undefined ? signIn : undefined
  return Object.freeze({ client: client ?? makeClient(credentials), isForAll: tokens === 'all', cache })
}

type MakeClient = (credentials: Omit<IntrospectionOptions, 'tokens' | 'cache'>) => OidcSettings

/** The options that say where an issuer is, as those of a provider that needs no more than keys. */
function createClientMaker (
  given: Partial<Record<keyof TokenIssuerOptions, unknown>>, name: string, allowHttp: boolean, option: string
): MakeClient {
  const { issuer, discoveryUrl, tenantClaim, metadata, fetch } = given
  const where = { issuer, discoveryUrl, tenantClaim, metadata, fetch }
  const defined = Object.fromEntries(Object.entries(where).filter(([, value]) => value !== undefined))
  return function makeClient ({ clientId = NOBODY, ...proof }) {
    try {
      return resolveOidcSettings({ ...defined, scopes: [], clientId, ...proof }, allowHttp, { name, endpoints: ['jwks_uri'] })
    } catch (error) {
      throw renamed(error, option)
    }
  }
}

function resolveRules (
  rules: TokenRules, base: TokenRules, provider: OidcSettings, option: string
): Omit<TrustedIssuer, 'isSignIn' | 'introspection'> {
  const { audience = base.audience, audienceClaim = base.audienceClaim ?? 'aud' } = rules
  const { algorithms = base.algorithms ?? ['RS256'] } = rules
  const { clockTolerance = base.clockTolerance ?? provider.clockTolerance } = rules
  if (audience === undefined) {
    refuse(`${option}.audience`, 'is missing. Write what tokens for this service have as "aud": without it every token of the issuer would open it.')
  }
  assertOneOf(audienceClaim, ['aud', 'client_id'], `${option}.audienceClaim`)
  assertWholeNumber(clockTolerance, 0, 300, `${option}.clockTolerance`)
  const algs = textsOf(algorithms, `${option}.algorithms`)
  for (const alg of algs) assertOneOf(alg, SIGNING_ALGS, `${option}.algorithms`)
  return { provider, audience: textsOf(audience, `${option}.audience`), audienceClaim, algorithms: algs, clockTolerance }
}

function resolveIssuer (
  name: string, value: true | TokenIssuerOptions, base: BearerOptions, { providers, allowHttp }: BearerSurroundings,
  option: string
): TrustedIssuer {
  const namesake = providers.find(provider => provider.name === name)
  if (value === true && namesake === undefined) {
    refuse(option, 'is true, but nobody signs in with a provider of this name. Write its "issuer".')
  }
  const rules: TokenRules & Partial<TokenIssuerOptions> = value === true ? {} : value
  if (value !== true && namesake !== undefined) {
    refuse(option, 'has the name of a provider that people sign in with, whose people it would be taken for. Write true, or choose another name.')
  }
  const { introspection = base.introspection } = rules
  const makeClient = createClientMaker({ ...namesake, ...rules }, name, allowHttp, option)
  const provider = namesake ?? makeClient({})
  return Object.freeze({
    ...resolveRules(rules, base, provider, option),
    isSignIn: namesake !== undefined,
    introspection: resolveIntrospection(introspection, namesake, makeClient, `${option}.introspection`)
  })
}

function resolveNamed (base: BearerOptions, surroundings: BearerSurroundings): readonly TrustedIssuer[] {
  const { providers: named } = base
  assertObject(named, 'bearer.providers')
  const entries = Object.entries(named)
  if (entries.length === 0) refuse('bearer.providers', 'names nobody. Leave it out, or write an issuer under a name.')
  return entries.map(([name, value]) => {
    const option = `bearer.providers.${name}`
    if (!issuerName.test(name)) refuse(option, 'has no name as "work": at most 32 letters, digits, - and _, a letter first.')
    if (value !== true) {
      assertObject(value, option)
      assertKnownKeys(value, [...RULES, ...ISSUER], option)
      assertText(value.issuer, `${option}.issuer`)
    }
    return resolveIssuer(name, value as true | TokenIssuerOptions, base, surroundings, option)
  })
}

function resolveIssuers (base: BearerOptions, surroundings: BearerSurroundings): readonly TrustedIssuer[] {
  const { issuer, audience, providers: named } = base
  if (issuer !== undefined && named !== undefined) refuse('bearer.issuer', 'stands beside "bearer.providers". Write it as one of them.')
  if (named !== undefined) return resolveNamed(base, surroundings)
  const { providers, hasTenants } = surroundings
  if (issuer !== undefined) {
    const signIn = providers.find(provider => provider.issuer === issuer)
    const value = signIn === undefined ? { ...base, issuer } : true
    return [resolveIssuer(signIn?.name ?? UNNAMED, value, base, surroundings, 'bearer')]
  }
  if (audience === undefined && base.issued !== undefined && base.issued !== false) return []
  if (hasTenants || providers.length === 0) {
    refuse('bearer.issuer', 'is missing: write the issuer whose tokens are taken, or "issued: true" for those of this application alone.')
  }
  return providers.map(({ name }) => resolveIssuer(name, true, base, surroundings, 'bearer'))
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

function resolveIssued (value: unknown): BearerSettings['issued'] {
  if (value === undefined || value === false) return undefined
  const options = value === true ? {} : value
  assertObject(options, 'bearer.issued')
  assertKnownKeys(options, ['expiresIn'], 'bearer.issued')
  const { expiresIn = HOUR } = options
  assertWholeNumber(expiresIn, 1, LONGEST_LIFE, 'bearer.issued.expiresIn')
  return Object.freeze({ expiresIn })
}

/** People of an issuer that signs nobody in are told apart from those who do sign in. */
function createUserId (
  issuers: readonly TrustedIssuer[], base: BearerOptions, surroundings: BearerSurroundings
): UserId {
  const { providers, hasTenants, userId, hasOwnUserId } = surroundings
  if (hasOwnUserId) return userId
  const isAlone = providers.length === 0 && !hasTenants && base.providers === undefined
  return function bearerUserId (identity, claims, isOfMany = false) {
    const { provider, issuer, subject } = identity
    const isSignIn = issuers.some(one => one.isSignIn && one.provider.name === provider)
    if (isSignIn) return userId(identity, claims, isOfMany)
    const person = isOfMany ? `${issuer}#${subject}` : subject
    return isAlone ? person : `${provider}:${person}`
  }
}

/** @throws ConfigurationError */
export function resolveBearerSettings (value: unknown, surroundings: BearerSurroundings): BearerSettings {
  assertObject(value, 'bearer')
  assertKnownKeys(value, KNOWN, 'bearer')
  const options = value as BearerOptions
  const { scopes = [], clientCertificate } = options
  assertTexts(scopes, 'bearer.scopes')
  if (clientCertificate !== undefined) assertFunction(clientCertificate, 'bearer.clientCertificate')
  const issued = resolveIssued(options.issued)
  const issuers = resolveIssuers(options, surroundings)
  assertDistinct(issuers)
  return Object.freeze({
    issuers: Object.freeze(issuers),
    issued,
    scopes: Object.freeze([...scopes]),
    clientCertificate,
    userId: createUserId(issuers, options, surroundings)
  })
}
